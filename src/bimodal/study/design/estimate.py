"""A number from simulated trials with its Monte-Carlo interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.evidence.wilson import wilson

Array = npt.NDArray[np.float64]
_Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """A value and between which numbers chance leaves it, 95 %.

    Parameters
    ----------
    value
        None where no trial says.
    lower, upper
        None where there is no interval.

    Examples
    --------
    >>> Estimate.share(80, 100).rounded()
    (0.8, 0.711, 0.867)
    """

    value: float | None
    lower: float | None = None
    upper: float | None = None

    @classmethod
    def share(cls, count: int, trials: int, more: float = 0.0) -> Estimate:
        """Estimate a probability from how many trials show something, by Wilson's interval.

        Parameters
        ----------
        more
            Variance beside that of the trials, such as of the virtual patients: it counts as fewer trials.
        """
        if trials == 0:
            return cls(None)
        value = count / trials
        own = value * (1.0 - value) / trials
        if more <= 0.0 or own == 0.0:
            return cls(value, *wilson(count, trials))
        # Wilson's formula takes a number of trials that is not whole: rounded it would step from one size to the next
        fewer = value * (1.0 - value) / (own + more)
        centre = (value + _Z_95**2 / (2.0 * fewer)) / (1.0 + _Z_95**2 / fewer)
        half = _Z_95 / (1.0 + _Z_95**2 / fewer) * math.sqrt((own + more) + (_Z_95 / (2.0 * fewer)) ** 2)
        return cls(value, max(0.0, centre - half), min(1.0, centre + half))

    @classmethod
    def mean(cls, values: npt.ArrayLike) -> Estimate:
        """Estimate a mean over trials, by its normal interval."""
        own = np.asarray(values, np.float64)
        own = own[np.isfinite(own)]
        if not len(own):
            return cls(None)
        value = float(own.mean())
        half = _Z_95 * float(own.std(ddof=1)) / math.sqrt(len(own)) if len(own) > 1 else math.nan
        if not math.isfinite(half):
            return cls(value)
        # never outside of what was seen: a count is not below 0
        return cls(value, max(value - half, float(own.min())), min(value + half, float(own.max())))

    def to_dict(self) -> dict[str, float | None]:
        """Give it as ``summary.json`` holds it."""
        return {"value": self.value, "lower": self.lower, "upper": self.upper}

    def rounded(self, digits: int = 3) -> tuple[float | None, ...]:
        """Give value and ends in few digits, to be read."""
        return tuple(None if one is None else round(one, digits) for one in (self.value, self.lower, self.upper))
