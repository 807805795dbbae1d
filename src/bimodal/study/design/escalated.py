"""What many escalation trials ended with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.study.design.step import Step

Counts = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Escalated:
    """The ends of many trials.

    Parameters
    ----------
    selected
        (T,) position of the selected dose; -1 where no dose is.
    patients, dlts
        (T, D) patients treated at each dose, and how many had a dose-limiting toxicity.
    days
        (T,) from the first patient to the last decision; None where no window is said.
    traces
        Cohort by cohort, of the first trials.
    """

    selected: Counts
    patients: Counts
    dlts: Counts
    days: Array | None = None
    traces: Sequence[Sequence[Step]] = ()

    @classmethod
    def pooled(cls, parts: Sequence[Escalated]) -> Escalated:
        """Put parts of the trials together; the traces are those of the first."""
        selected, patients, dlts = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("selected", "patients", "dlts")
        )
        days = [part.days for part in parts if part.days is not None]
        return cls(selected, patients, dlts, np.concatenate(days) if days else None, parts[0].traces)
