"""A published number as a mean that must be 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.study.spec.match import MatchSpec

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Wanted:
    """A published number, and what each patient has of its quantity.

    Parameters
    ----------
    values
        (N,) NaN for a patient without a value.
    middle
        For a standard deviation the mean that is asked of the same quantity.
    """

    row: MatchSpec
    values: Array
    middle: float | None = None


def moment(wanted: Wanted) -> Array:
    """Give how far each patient lies from the number, so that its weighted mean is 0 where the number is reached.

    Returns
    -------
    ndarray (N,)
        0 for a patient without a value: the number is that of those who have one, as it is everywhere in a summary. At
        a quantile patients with exactly its value are shared out, so that ties cannot miss it: that share of the
        others lies below.

    Examples
    --------
    >>> middle = MatchSpec(id="age_years", statistic="median", value=50.0, source="made up")
    >>> moment(Wanted(middle, np.array([40.0, 50.0, 60.0, np.nan]))).tolist()
    [0.5, 0.0, -0.5, 0.0]
    """
    row, values = wanted.row, wanted.values
    there = np.isfinite(values)
    own = values[there]
    found = np.zeros(len(values))
    if row.statistic == "mean":
        found[there] = own - row.value
    elif row.statistic == "sd":
        assert wanted.middle is not None
        found[there] = (own - wanted.middle) ** 2 - row.value**2
    elif row.level is not None:
        found[there] = (own > row.level if row.statistic == "above" else own < row.level) - row.value
    else:
        level = 0.5 if row.quantile is None else row.quantile
        found[there] = (own < row.value) + level * (own == row.value) - level
    return found
