"""Sections computed by a second process while this one is at work."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from bimodal.files.own_group import own_group
from bimodal.qualify.compute_section import compute_section
from bimodal.qualify.registry import SectionPlan
from bimodal.qualify.request import Request
from bimodal.qualify.section import Section
from bimodal.qualify.store import Stored

#: Called with (section, whether it was there already).
Heard = Callable[[Section, bool], None]
_LOOK_S = 0.5  # between two looks for Ctrl-C, where a wait does not hear it


class Beside:
    """Sections that a second process computes, or this one where there is none or it was lost."""

    def __init__(self, plans: Sequence[SectionPlan], request: Request, folder: Path, *, studies: bool) -> None:
        self.left = list(plans)
        self.request, self.folder = request, folder
        two = request.workers > 1 and bool(plans)
        self.process = _started(plans, request, folder, studies=studies) if two else None
        self.lines: SimpleQueue[str] = SimpleQueue()
        if self.process is not None:
            self.hearing = threading.Thread(target=self._hear, args=(self.process.stdout,), daemon=True)
            self.hearing.start()

    def finished(self, heard: Heard | None) -> dict[str, Stored]:
        """Wait for all that is left."""
        found: dict[str, Stored] = {}
        while self.left:
            plan = self.left.pop(0)
            found[plan.id] = self._said() or compute_section(plan, self.request, self.folder, done={})
            if heard is not None:
                heard(found[plan.id].section, False)
        return found

    def _said(self) -> Stored | None:
        """Return the next section of the other process; None where it has ended."""
        if self.process is None:
            return None
        line = self._next()
        with suppress(ValueError, KeyError):  # cut short by its end
            said: dict[str, Any] = json.loads(line)
            return Stored(Section.read(said["section"]), said["took"])
        self.end()
        return None

    def _next(self) -> str:
        while True:
            with suppress(Empty):
                return self.lines.get(timeout=_LOOK_S)

    def _hear(self, stream: IO[str]) -> None:
        # at once, as a full pipe would hold the process up
        with suppress(ValueError, OSError):  # closed
            for line in stream:
                self.lines.put(line)
        self.lines.put("")

    def end(self) -> None:
        """Kill the process; sections are put in place whole, so nothing that was finished is lost."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.hearing.join()
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        self.process = None


@contextmanager
def computed_beside(plans: Sequence[SectionPlan], request: Request, folder: Path, *, studies: bool) -> Iterator[Beside]:
    """Start on some sections in a process of their own, and end it with the block.

    Parameters
    ----------
    studies
        Whether this process is at work on the studies, so that the other helps when it has nothing else to do.
    """
    others = Beside(plans, request, folder, studies=studies)
    try:
        yield others
    finally:
        others.end()


def _started(plans: Sequence[SectionPlan], request: Request, folder: Path, *, studies: bool) -> subprocess.Popen[str]:
    # Ctrl-C on the terminal is for the one who asked, who then ends this process
    command = [sys.executable, "-P", "-m", "bimodal.qualify.section_worker"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", **own_group()
    )
    order = {
        "request": request.plain(),
        "folder": str(folder.absolute()),
        "sections": [plan.id for plan in plans],
        "help": studies,
    }
    assert process.stdin is not None
    with suppress(OSError):  # it has ended, which the one who waits for it sees
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
    return process
