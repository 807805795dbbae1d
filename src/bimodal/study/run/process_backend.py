"""Parts in processes of this machine, each with one thread and its own compiled model."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from bimodal.errors import OutputError
from bimodal.files.own_group import own_group
from bimodal.study.plan.plan import Plan
from bimodal.study.run.work_order import WorkOrder, error_of
from bimodal.study.run.work_part import Receipt, WorkPart

_MOST_LOST = 3
_LOOK_S = 0.5  # between two looks for Ctrl-C, where a wait does not hear it


class ProcessBackend:
    """Computes in processes that are started anew, so alike on every system; one that is lost is replaced.

    Parameters
    ----------
    workers
        How many processes.

    Examples
    --------
    >>> ProcessBackend(2).workers
    2
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def receipts(self, plan: Plan, folder: Path, parts: Sequence[WorkPart]) -> Generator[Receipt, None, None]:
        """Give the receipt of each part as it is done; closing it kills the processes.

        Raises
        ------
        BimodalError
            What a worker said, or that a part was lost with its worker three times.
        """
        order = WorkOrder.of(plan, folder).text()
        said: SimpleQueue[_Said] = SimpleQueue()
        waiting, lost = deque(parts), Counter[WorkPart]()
        working: dict[_Worker, WorkPart] = {}
        idle: list[_Worker] = []
        try:
            while waiting or working:
                while waiting and len(working) < self.workers:
                    worker = idle.pop() if idle else _Worker(order, said)
                    working[worker] = waiting.popleft()
                    worker.give(working[worker])
                answer = _next(said)
                if answer.worker not in working:  # an idle one has ended
                    idle = [worker for worker in idle if worker is not answer.worker]
                    continue
                part = working.pop(answer.worker)
                if answer.facts is None:
                    lost[part] += 1
                    answer.worker.end()
                    if lost[part] >= _MOST_LOST:
                        raise _too_often(part, plan, answer.worker)
                    waiting.appendleft(part)
                elif "error" in answer.facts:
                    raise error_of(answer.facts["error"])
                else:
                    idle.append(answer.worker)
                    yield Receipt.of(answer.facts["receipt"])
        finally:
            for worker in (*working, *idle):
                worker.end()


class _Said(NamedTuple):
    """A line of a worker; without facts it has ended."""

    worker: _Worker
    facts: dict[str, Any] | None


class _Worker:
    """One process, and a thread that hears it."""

    def __init__(self, order: str, said: SimpleQueue[_Said]) -> None:
        # Ctrl-C on the terminal is for the run, which then ends its workers
        command = [sys.executable, "-P", "-m", "bimodal.study.run.part_worker"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", **own_group()
        )
        self._say(order)
        self._hearing = threading.Thread(target=self._hear, args=(said,), daemon=True)
        self._hearing.start()

    def give(self, part: WorkPart) -> None:
        self._say(json.dumps(part))

    def end(self) -> None:
        """Kill it: files are put in place whole, so nothing is lost that was finished."""
        self.process.kill()
        self.process.wait()
        self._hearing.join()
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        with suppress(OSError):  # it has ended, which the hearing thread says
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()

    def _hear(self, said: SimpleQueue[_Said]) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with suppress(ValueError):  # cut short by its end
                said.put(_Said(self, json.loads(line)))
        said.put(_Said(self, None))


def _next(said: SimpleQueue[_Said]) -> _Said:
    while True:
        with suppress(Empty):
            return said.get(timeout=_LOOK_S)


def _too_often(part: WorkPart, plan: Plan, worker: _Worker) -> OutputError:
    code = worker.process.returncode
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return OutputError(
        f"a worker {how} each of {_MOST_LOST} times it was given patients {part.start} to {part.stop - 1}",
        where=f"arm '{plan.arms[part.arm].name}'",
        fix="see whether memory runs out: fewer --workers, or a smaller --chunk; what it printed stands above",
    )
