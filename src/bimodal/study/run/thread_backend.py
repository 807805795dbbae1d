"""Parts one after the other in this process; the solver shares the patients of a part out to threads."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from bimodal.study.plan.plan import Plan
from bimodal.study.run.work_part import Receipt, WorkPart, compute_part
from bimodal.study.store.run_files import RunFiles


class ThreadBackend:
    """Computes in this process, with as many threads as the options of the plan say.

    Examples
    --------
    >>> from bimodal.study import RunOptions, load_study
    >>> from bimodal.study.plan.make_plan import make_plan
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> plan = make_plan(load_study("koreth-2011"), RunOptions(), load_solver("human"))
    >>> list(ThreadBackend().receipts(plan, Path("nowhere"), []))
    []
    """

    def receipts(self, plan: Plan, folder: Path, parts: Sequence[WorkPart]) -> Generator[Receipt, None, None]:
        """Give the receipt of each part, in order."""
        files = RunFiles(plan, folder)
        return (compute_part(plan, files, part) for part in parts)
