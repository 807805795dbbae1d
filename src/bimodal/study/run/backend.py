"""Who computes the parts of a run: one small interface, and the choice of what stands behind it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Protocol

from bimodal.study.plan.plan import Plan
from bimodal.study.run.work_part import Receipt, WorkPart
from bimodal.study.spec.options import RunOptions


class Backend(Protocol):
    """Has parts computed by workers that write them into the results folder themselves."""

    def receipts(self, plan: Plan, folder: Path, parts: Sequence[WorkPart]) -> Generator[Receipt, None, None]:
        """Give the receipt of each part as it is done, in any order; closing the iterator ends the workers.

        Parameters
        ----------
        folder
            Results folder, claimed for the run.

        Raises
        ------
        BimodalError
            What a worker said, or that too many of them were lost; finished parts stay.
        """
        ...


def choose_backend(options: RunOptions) -> Backend:
    """Give the backend that the options of a run name.

    Examples
    --------
    >>> type(choose_backend(RunOptions(backend="processes", workers=2))).__name__
    'ProcessBackend'
    """
    if options.backend == "processes":
        from bimodal.study.run.process_backend import ProcessBackend

        return ProcessBackend(options.workers)
    if options.backend == "dask":
        from bimodal.study.run.dask_backend import DaskBackend

        return DaskBackend(options.scheduler or "local", options.workers)
    from bimodal.study.run.thread_backend import ThreadBackend

    return ThreadBackend()
