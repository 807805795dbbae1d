"""When patients leave a study for reasons the model does not have."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import uniform

_MONTH_DAYS = 365.25 / 12.0


def dropout_days(seed: int, patients: npt.ArrayLike, percent_per_month: float) -> npt.NDArray[np.float64] | None:
    """Draw the day on which each patient leaves, at a constant rate, (N,); None where nobody does.

    A patient leaves on the same day in every arm, and a larger rate never lets anybody stay longer.

    Parameters
    ----------
    patients
        (N,) global indices.
    percent_per_month
        Share of those still there that leaves within a month of 30.4 days.

    Examples
    --------
    >>> days = dropout_days(1, np.arange(1000), 5.0)
    >>> 0.03 < (days < 30.4).mean() < 0.07
    np.True_
    """
    if percent_per_month == 0.0:
        return None
    rate = -math.log1p(-percent_per_month / 100.0) / _MONTH_DAYS
    return -np.log(uniform(seed, patients, "dropout", "day")[:, 0]) / rate
