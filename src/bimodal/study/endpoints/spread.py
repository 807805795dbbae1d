"""One number and its spread from one value per patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.weighted import Weights, known, mean, quantiles

INTERVAL = "5-95 % of patients"
#: The same of patients who do not all count the same.
WEIGHTED_INTERVAL = "5-95 % of the weighted patients"
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


def spread(
    values: npt.NDArray[np.float64], statistic: Literal["median", "mean"] = "median", weights: Weights = None
) -> Spread | None:
    """Summarise one value per patient, leaving out those that have none.

    Parameters
    ----------
    values
        (N,), in any unit; NaN for none.
    statistic
        ``median`` or ``mean``.
    weights
        (N,) for how many patients each stands; None counts all the same.

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
    own, by = known(values, weights)
    if len(own) == 0:
        return None
    lower, middle, upper = (float(x) for x in quantiles(own, [0.05, 0.5, 0.95], by))
    if statistic == "mean":
        middle = mean(own, by)
    return Spread(middle, lower, upper)


def interval_of(weights: Weights) -> str:
    """Name the range that `spread` gives."""
    return INTERVAL if weights is None else WEIGHTED_INTERVAL


def median_row(values: npt.NDArray[np.float64], weights: Weights = None) -> dict[str, Any]:
    """Give the median of the patients (N,) and their range as ``summary.json`` does; None where nobody has a value.

    Examples
    --------
    >>> median_row(np.array([1.0, 2.0, 3.0]))["value"]
    2.0
    """
    found = spread(values, weights=weights)
    return {
        "statistic": "median",
        "value": None if found is None else found.middle,
        "lower": None if found is None else found.lower,
        "upper": None if found is None else found.upper,
        "interval": interval_of(weights),
    }
