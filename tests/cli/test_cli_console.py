"""What happens around the words of a command: interrupts."""

import contextlib
import os
import signal

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
