"""When a dose-limiting toxicity is seen, and how long a cohort takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
_CERTAIN = 1.0 - 1e-12


@dataclass(frozen=True, eq=False)
class Clock:
    """The calendar of an escalation.

    Parameters
    ----------
    window
        Days in which a dose-limiting toxicity counts.
    gap
        Days from one patient of a cohort to the next.
    onset
        (D, G) day at which the patients of a dose with a toxicity have had it, at evenly spaced shares of them from 0
        to 1; None: the hazard is constant over the window.

    Examples
    --------
    >>> clock = Clock(28.0)
    >>> clock.observed(np.array([0.1, 0.9]), np.array([0.3, 0.3]), np.array([0, 0])).round(1).tolist()
    [8.3, 28.0]
    """

    window: float
    gap: float = 0.0
    onset: Array | None = None

    def observed(self, luck: Array, truth: Array, dose: Counts) -> Array:
        """Give the days until a patient is known: the toxicity, or the end of the window.

        Parameters
        ----------
        luck, truth, dose
            The number of each patient, the probability at the dose they get, and which dose that is, (T,).
        """
        hit = luck < truth
        if self.onset is None:
            chance = np.minimum(truth, _CERTAIN)
            with np.errstate(invalid="ignore", divide="ignore"):
                day = self.window * np.log1p(-np.minimum(luck, chance)) / np.log1p(-chance)
        else:
            share = np.divide(luck, truth, out=np.zeros(len(luck)), where=truth > 0.0).clip(0.0, 1.0)
            place = share * (self.onset.shape[1] - 1)
            low = np.minimum(place.astype(np.int64), self.onset.shape[1] - 2)
            first, second = self.onset[dose, low], self.onset[dose, low + 1]
            day = first + (place - low) * (second - first)
        return np.where(hit, np.minimum(day, self.window), self.window)
