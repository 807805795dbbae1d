"""``python -m bimodal`` and ``bimodal`` are this: the command line, and an end without a traceback at every moment."""

import os
import signal
import sys

_INTERRUPTED = 130


def start() -> None:
    """Run the command and end the process with its exit code."""
    try:
        from bimodal.cli import main

        code = main()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done and written: nothing is left to stop
    except KeyboardInterrupt:  # while the command itself was loaded
        print("\ninterrupted", file=sys.stderr)
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        # Python may have noted an interrupt that it met in generated code, and would end by the signal in place of this
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    start()
