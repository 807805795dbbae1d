"""What a run gives back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bimodal.engine.carried import Carried
from bimodal.engine.segment_results import SegmentResults
from bimodal.engine.status import SolverStatus
from bimodal.engine.visits import Ledger


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Outputs of N patients at T times, and how each patient ended.

    Parameters
    ----------
    values
        (N, T, O); a failed patient is NaN throughout.
    steps
        (N,) step attempts.
    rejected, repeated
        (N,) attempts that missed the tolerance, and attempts taken again because a linear solve could not be trusted.
    ledger
        Visits and what they changed, if there were any.
    reasons
        Of patients that failed: which quantity it was, and when.
    segments
        Readings along the whole trajectory, if they were asked for.
    carried
        Where the triggers stood at the end, for a run that goes on from there; ``None`` for a system without any.
    """

    times: npt.NDArray[np.float64]
    output_ids: tuple[str, ...]
    values: npt.NDArray[np.float64]
    status: npt.NDArray[np.int8]
    steps: npt.NDArray[np.int64]
    rejected: npt.NDArray[np.int64]
    repeated: npt.NDArray[np.int64]
    ledger: Ledger | None = None
    reasons: Mapping[int, str] = field(default_factory=dict[int, str])
    segments: SegmentResults | None = None
    carried: Carried | None = None

    def __getitem__(self, output: str) -> npt.NDArray[np.float64]:
        """Return one output, (N, T)."""
        return self.values[:, :, self.output_ids.index(output)]

    def sentence(self, patient: int) -> str:
        """Say how one patient's integration ended; a failure with the quantity it was."""
        text, reason = SolverStatus(int(self.status[patient])).sentence, self.reasons.get(patient)
        return f"{text[:-1]}: {reason}." if reason else text

    @property
    def failed(self) -> int:
        """Number of patients without a result."""
        return int((self.status > SolverStatus.DONE_BY_FALLBACK).sum())

    def endings(self) -> dict[SolverStatus, int]:
        """Return how many patients ended in which way."""
        return {SolverStatus(code): count for code, count in sorted(Counter(self.status.tolist()).items())}
