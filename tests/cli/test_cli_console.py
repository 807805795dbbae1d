"""What happens around the words of a command: interrupts."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from bimodal.cli.console import interruptible


class Swallows:
    """Gets the interrupt where Python cannot raise it."""

    def __del__(self):
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_that_was_swallowed_is_raised_at_the_next_check():
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as check:
        check()  # nobody pressed anything yet
        Swallows()
        with pytest.raises(KeyboardInterrupt):
            check()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_while_the_command_is_loaded_ends_without_a_traceback():
    words = [sys.executable, "-X", "importtime", "-m", "bimodal", "list", "studies"]
    for marker in ("typer", "bimodal.cli.fitting_table", "numpy"):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
            assert run.stderr is not None
            for line in run.stderr:
                if line.rstrip().endswith(f" {marker}"):
                    break
            run.send_signal(signal.SIGINT)
            rest = [line for line in run.stderr.read().splitlines() if not line.startswith("import time:")]
        assert run.returncode in (0, 130), rest  # 0 where all was done
        assert not any("Traceback" in line for line in rest)
