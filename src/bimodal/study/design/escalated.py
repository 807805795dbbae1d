"""What many escalation trials ended with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Escalated:
    """The ends of many trials.

    Parameters
    ----------
    selected
        (T,) position of the selected dose; -1 where no dose is.
    patients, dlts
        (T, D) patients treated at each dose, and how many had a dose-limiting toxicity.
    """

    selected: Counts
    patients: Counts
    dlts: Counts
