"""Ctrl-C ends a command soon, also where it falls into compiled code that does not listen."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE_S = 1.5
_INTERRUPTED = 130


@contextmanager
def ends_soon_after_interrupt(last_words: Callable[[], None]) -> Iterator[None]:
    """End the process some time after Ctrl-C if the block is still at work then; only in the main thread.

    Results are put in place whole, so nothing that was finished is lost; worker processes end with this one.

    Parameters
    ----------
    last_words
        Called before the process is ended so.
    """
    hearing, telling = socket.socketpair()
    telling.setblocking(False)
    before = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    over = threading.Event()

    def wait() -> None:
        while signals := hearing.recv(64):
            if signal.SIGINT in signals and not over.wait(_PATIENCE_S):
                last_words()
                os._exit(_INTERRUPTED)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        telling.close()
        waiting.join()
        hearing.close()
