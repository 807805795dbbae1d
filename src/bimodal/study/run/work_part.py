"""The unit of work: consecutive patients of one arm, computed and stored whole or not at all."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from bimodal.errors import OutputError
from bimodal.study.plan.plan import Plan
from bimodal.study.solver.solver import Solved
from bimodal.study.store.folder import run_in
from bimodal.study.store.run_files import RunFiles
from bimodal.study.store.store import Block


class WorkPart(NamedTuple):
    """Patients from `start` up to `stop` of one arm.

    Examples
    --------
    >>> WorkPart(0, 250, 500).patients
    250
    """

    arm: int
    start: int
    stop: int

    @property
    def patients(self) -> int:
        """How many patients they are."""
        return self.stop - self.start


@dataclass(frozen=True)
class Receipt:
    """What a worker says of a part it has stored; the numbers themselves lie in the folder.

    Parameters
    ----------
    sha256
        Of the file of its trajectories; empty where the part was there already.
    failed
        Patients that could not be computed, of those computed now.
    solve_s, write_s
        Seconds it took to compute and to store.
    fresh
        Whether it was computed now; False where its files were there whole.

    Examples
    --------
    >>> Receipt(WorkPart(0, 0, 250), "f00d").plain()["part"]
    (0, 0, 250)
    """

    part: WorkPart
    sha256: str
    failed: int = 0
    solve_s: float = 0.0
    write_s: float = 0.0
    fresh: bool = True

    def plain(self) -> dict[str, Any]:
        """Give plain data, for a worker to send."""
        return {**asdict(self), "part": tuple(self.part)}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Receipt:
        """Read what a worker sent."""
        said: dict[str, Any] = {**plain, "part": WorkPart(*plain["part"])}
        return cls(**said)


def compute_part(plan: Plan, files: RunFiles, part: WorkPart) -> Receipt:
    """Compute and store a part, unless all of it is there.

    Raises
    ------
    OutputError
        The disk is full or cannot be written, or the folder is no longer that of the run.
    """
    arm, span = part.arm, (part.start, part.stop)
    if files.whole(arm, span):
        return Receipt(part, "", fresh=False)
    if run_in(files.folder) != plan.run:
        raise OutputError(
            "the results folder is not, or no longer, the one of this run",
            where=str(files.folder),
            fix="workers on other computers must see the folder under the same name; a run that was replaced with "
            "--force begins again",
        )
    begun = time.perf_counter()
    solved = plan.solve(arm, *span)
    solved_at = time.perf_counter()
    sha256 = _store(plan, files, part, solved)
    failed = int(solved.failed.sum())
    return Receipt(part, sha256, failed, solved_at - begun, time.perf_counter() - solved_at)


def _store(plan: Plan, files: RunFiles, part: WorkPart, solved: Solved) -> str:
    """Write what is not there whole, and give the fingerprint of the trajectories."""
    arm, span = part.arm, (part.start, part.stop)
    if solved.ledger is not None and files.ledgers.sha256(arm, span) is None:
        files.ledgers.write(arm, part.start, solved.ledger)
    tables = files.tables(arm)
    for name, values in plan.tables(arm, part.start, solved).items():
        kept = tables[name].kept(span)
        if kept is not None and tables[name].sha256(arm, kept) is None:
            tables[name].write(Block(arm, part.start, values, solved.status[: len(values)]))
    there = files.trajectories.sha256(arm, span)
    return there or files.trajectories.write(Block(arm, part.start, solved.values, solved.status))
