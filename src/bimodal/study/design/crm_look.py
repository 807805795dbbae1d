"""What a continual reassessment method sees and wants after a cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CrmLook:
    """What a CRM sees after a cohort, trial by trial.

    Parameters
    ----------
    dose
        Of the cohort.
    fitted
        (T, D) estimated probabilities.
    wanted, move
        The dose nearest to the target, and the one that comes next.
    held
        Whether the rate of the cohort was above the target, so that the dose does not rise.
    toxic
        Whether the lowest dose is too toxic.
    """

    dose: Counts
    fitted: Array
    wanted: Counts
    held: Flags
    toxic: Flags
    move: Counts

    def of(self, trials: Counts) -> CrmLook:
        """Give those of some trials."""
        dose, wanted, move = (part[trials] for part in (self.dose, self.wanted, self.move))
        held, toxic = self.held[trials], self.toxic[trials]
        return CrmLook(dose, self.fitted[trials], wanted, held, toxic, move)
