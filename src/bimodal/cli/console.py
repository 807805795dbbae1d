"""Where messages go, and how tables and progress look on a terminal and off one."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text


class _Console(Console):
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
    return _Console(stderr=error, highlight=False, soft_wrap=True, width=None if terminal else 160)


def say_error(error: BaseException) -> None:
    """Print an error for a person: no traceback."""
    err().print(Text("error: ", style="bold red").append(str(error), style="not bold default"))


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str | Text]], *, right: Sequence[int] = ()
) -> Table:
    """Build a plain table; columns named in ``right`` are aligned to the right."""
    made = Table(
        title=Text(title), title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False
    )
    for i, column in enumerate(columns):
        made.add_column(Text(column), justify="right" if i in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*[cell if isinstance(cell, Text) else Text(cell) for cell in row])
    return made


@contextmanager
def progress(title: str, *, quiet: bool, unit: str = "patients") -> Iterator[Callable[[int, int, str], None] | None]:
    """Show how far a run is: a bar on a terminal, a line now and then elsewhere, nothing when quiet."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err()
        )
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
            print(f"{title}: {done} of {total} {unit}{f' ({what})' if what else ''}", file=sys.stderr, flush=True)

    return show


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Give a check that raises if Ctrl-C was pressed, also where the interrupt fell into code that cannot raise.

    An exception inside a finalizer or a callback of a compiled library is printed and dropped by Python; without the
    check a run would then go on as if nobody had asked it to stop.
    """
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
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
