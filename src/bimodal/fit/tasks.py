"""Independent tasks in threads; answers come back in the order of the tasks, whoever finishes first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bimodal.errors import BimodalError

Answer = TypeVar("Answer")
Check = Callable[[], None]


class _StoppedError(Exception):
    """Another task failed or the person interrupted; nothing of this task is wanted any more."""


def run_tasks(tasks: Sequence[Callable[[Check], Answer]], workers: int) -> list[Answer]:
    """Run tasks, each with a function it calls now and then, which leaves the task when the others were stopped.

    Threads, not processes: the engine releases the interpreter while it computes, and residuals need not be sent.

    Parameters
    ----------
    workers
        Threads; 1 runs everything in the calling thread.

    Examples
    --------
    >>> run_tasks([lambda check: 1, lambda check: 2], workers=2)
    [1, 2]
    """
    if workers < 1:
        raise BimodalError(f"cannot work with {workers} workers", fix="give 1 or more")
    if workers == 1 or len(tasks) < 2:
        return [task(lambda: None) for task in tasks]
    stopped = threading.Event()

    def check() -> None:
        if stopped.is_set():
            raise _StoppedError

    def guarded(task: Callable[[Check], Answer]) -> Answer:
        try:
            check()
            return task(check)
        except BaseException:
            stopped.set()
            raise

    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        futures = [pool.submit(guarded, task) for task in tasks]
        faults = [fault for future in futures if (fault := future.exception()) is not None]
        if faults:
            raise next((fault for fault in faults if not isinstance(fault, _StoppedError)), faults[0])
        return [future.result() for future in futures]
    finally:
        stopped.set()
        pool.shutdown(wait=True, cancel_futures=True)
