"""Where messages go, and how tables and progress look on a terminal and off one."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.text import Text

from bimodal.cli.fitting_table import FittingTable, wrapped
from bimodal.cli.hard_stop import ends_soon_after_interrupt
from bimodal.errors import visible

_PIPED = 160


class _Console(Console):
    def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Write out what would steer the terminal: only the console's own styles and movements reach it."""
        for part in super().render(renderable, options):
            yield part if part.control else Segment(visible(part.text), part.style)

    def on_broken_pipe(self) -> None:
        """Let `main` decide what a reader that went away means; rich would exit with 1."""
        raise BrokenPipeError


def out() -> Console:
    """Return the console for results; off a terminal lines are as long as they need to be."""
    return _console(sys.stdout.isatty(), error=False)


def err() -> Console:
    """Return the console for progress, warnings and errors."""
    return _console(sys.stderr.isatty(), error=True)


def _console(terminal: bool, *, error: bool) -> Console:
    if terminal or _asked_width():
        return _Wrapping(stderr=error, highlight=False, width=_asked_width())
    return _Console(stderr=error, highlight=False, soft_wrap=True, width=_PIPED)


class _Wrapping(_Console):
    def print(self, *objects: Any, **options: Any) -> None:
        """Break lines between words; one word longer than the line, such as a path, stays whole."""
        markup = options.get("markup")
        texts = [self.render_str(one, markup=markup, emoji=False) if isinstance(one, str) else one for one in objects]
        fitted = [wrapped(one, self.width) if isinstance(one, Text) else one for one in texts]
        options = {"no_wrap": True, "overflow": "ignore", "crop": False, **options}
        super().print(*fitted, **options)


def _asked_width() -> int | None:
    """Give the width that the environment asks for, on a terminal and off one."""
    text = os.environ.get("COLUMNS", "")
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None


def say_error(error: BaseException) -> None:
    """Print an error for a person: no traceback."""
    err().print(Text("error: ", style="bold red").append(str(error), style="not bold default"))


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str | Text]],
    *,
    right: Sequence[int] = (),
    keys: int = 1,
) -> FittingTable:
    """Build a plain table; columns named in ``right`` are aligned to the right, the first ``keys`` name a row."""
    cells = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    return FittingTable(title, columns, cells, frozenset(right), keys)


@contextmanager
def progress(
    title: str, *, quiet: bool, unit: str = "patients", remaining: bool = True
) -> Iterator[Callable[[int, int, str], None] | None]:
    """Show how far a run is: a bar on a terminal, a line now and then elsewhere, nothing when quiet.

    Without `remaining` the caller says itself how much time is left.
    """
    if quiet:
        yield None
    elif sys.stderr.isatty():
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        left = [TimeRemainingColumn()] if remaining else []
        bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *left, console=err())
        with bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what or title)
    else:
        yield _lines(title, unit)


def _lines(title: str, unit: str) -> Callable[[int, int, str], None]:
    shown = -1

    def show(done: int, total: int, what: str) -> None:
        nonlocal shown
        tenth = 10 * done // max(total, 1)
        if tenth > shown:
            shown = tenth
            line = f"{title}: {done} of {total} {unit}{f' ({what})' if what else ''}"
            print(visible(line), file=sys.stderr, flush=True)

    return show


@contextmanager
def interruptible(told: Callable[[], None] = lambda: None) -> Iterator[Callable[[], None]]:
    """Give a check that raises if Ctrl-C was pressed, also where the interrupt fell into code that cannot raise.

    An exception inside a finalizer or a callback of a compiled library is printed and dropped by Python; without the
    check a run would then go on as if nobody had asked it to stop. Where nothing asks, `told` is called and the process
    ended.
    """

    def last_words() -> None:
        told()
        if sys.stderr.isatty():
            err().show_cursor()  # a bar hides it
        say_interrupted()

    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    pressed: list[int] = []

    def remember(number: int, _frame: object) -> None:
        pressed.append(number)
        raise KeyboardInterrupt

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, remember)
    try:
        with ends_soon_after_interrupt(last_words):
            yield check
    finally:
        signal.signal(signal.SIGINT, before)


def say_interrupted() -> None:
    """Say that Ctrl-C ended a command, and what that means for its results."""
    print("\ninterrupted: what is finished stays; the same command goes on from there", file=sys.stderr, flush=True)
