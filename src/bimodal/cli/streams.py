"""Standard streams that can be written to, whatever started the program and wherever they lead."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STREAMS = ("stdin", "stdout", "stderr")


class OutputLostError(Exception):
    """What was printed could not be written; the reason is its text, empty where the reader went away."""


@contextmanager
def usable_streams() -> Iterator[None]:
    """Give every standard stream a place to go, and say in one exception when printing fails.

    A service, a scheduler or a window without console starts a program with streams closed; Python then has None for
    them, and the next file opened would take their number. A letter the encoding lacks is written as an escape.

    Raises
    ------
    OutputLostError
        The disk under the output is full, or its reader went away.
    """
    _open_closed()
    try:
        yield
        _flush()
    except OSError as fault:
        if fault.filename is not None:  # a file by name: not a stream
            raise
        _discard()
        raise OutputLostError("" if isinstance(fault, BrokenPipeError) else fault.strerror or str(fault)) from None


def _open_closed() -> None:
    for number, name in enumerate(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            # the lowest free number is taken, which is this one
            os.open(os.devnull, os.O_RDONLY if name == "stdin" else os.O_WRONLY)
        stream = getattr(sys, name)
        if stream is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - it stays open
        elif isinstance(stream, io.TextIOWrapper) and name != "stdin":
            stream.reconfigure(errors="backslashreplace")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def _discard() -> None:
    """Lead a stream that cannot be written to nowhere, so that Python's own flush at the end stays quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):
                os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
