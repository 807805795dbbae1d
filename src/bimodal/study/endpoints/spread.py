"""One number and its spread from one value per patient."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

INTERVAL = "5-95 % of patients"
#: The same where each patient is one parameter set: uncertainty, and no difference between animals.
SETS_INTERVAL = "5-95 % of parameter sets"


@dataclass(frozen=True)
class Spread:
    """A statistic over patients and the range that holds the middle 90 % of them.

    Parameters
    ----------
    lower, upper
        5th and 95th percentile of the patients (variability between patients, not uncertainty of the statistic).
    """

    middle: float
    lower: float
    upper: float


def spread(values: npt.NDArray[np.float64], statistic: Literal["median", "mean"] = "median") -> Spread | None:
    """Summarise one value per patient, leaving out those that have none.

    Parameters
    ----------
    values
        (N,), in any unit; NaN for none.
    statistic
        ``median`` or ``mean``.

    Returns
    -------
    Spread or None
        None when nobody has a value. Sorted and summed exactly, so the order of the patients changes no bit.

    Examples
    --------
    >>> spread(np.array([1.0, 2.0, 9.0, np.nan])).middle
    2.0
    >>> spread(np.array([1.0, 2.0, 9.0]), "mean").middle
    4.0
    """
    own = np.sort(values[np.isfinite(values)])
    if len(own) == 0:
        return None
    lower, middle, upper = (float(x) for x in np.quantile(own, [0.05, 0.5, 0.95]))
    if statistic == "mean":
        middle = math.fsum(own.tolist()) / len(own)
    return Spread(middle, lower, upper)


def median_row(values: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Give the median of the patients (N,) and their range as ``summary.json`` does; None where nobody has a value.

    Examples
    --------
    >>> median_row(np.array([1.0, 2.0, 3.0]))["value"]
    2.0
    """
    found = spread(values)
    return {
        "statistic": "median",
        "value": None if found is None else found.middle,
        "lower": None if found is None else found.lower,
        "upper": None if found is None else found.upper,
        "interval": INTERVAL,
    }
