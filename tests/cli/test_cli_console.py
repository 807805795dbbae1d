"""What happens around the words of a command: interrupts."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import pytest

from bimodal.cli.console import interruptible
from bimodal.cli.main import main


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


@pytest.mark.parametrize("words", [["run", "no-such-study"], ["simulate", "--regimen", "1 MIU SC dialy"]])
def test_run_and_simulate_tell_a_fault_in_what_is_asked_for_as_an_event(words, capsys):
    assert main([*words, "--progress", "json"]) == 2
    said = capsys.readouterr().err.splitlines()
    event = json.loads(said[0])
    assert event["event"] == "error"
    assert event["message"]
    assert said[1].startswith("error: ")
