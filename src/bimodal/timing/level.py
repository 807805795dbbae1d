"""The level of CRP, a known confounder of any effect of phase."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bimodal.timing.series import Series


@dataclass(frozen=True)
class Level:
    """The level of CRP over the samples used.

    Parameters
    ----------
    mean_mg_per_l
        Arithmetic mean; samples below the limit count at the limit, so it is an upper bound where there are some.
    geometric_mean_mg_per_l
        Exponential of the mean of ln CRP, same rule.
    """

    mean_mg_per_l: float | None
    geometric_mean_mg_per_l: float | None
    samples: int
    below_limit: int


def mean_level(series: Series) -> Level:
    """Give the level of a series; None for means of no samples.

    Examples
    --------
    >>> from bimodal.timing.series import plain_series
    >>> mean_level(plain_series([0.0, 24.0], [1.0, 4.0])).geometric_mean_mg_per_l
    2.0
    """
    if not series.n:
        return Level(None, None, 0, 0)
    return Level(
        float(series.values.mean()),
        math.exp(float(series.log_values.mean())),
        series.n,
        int(series.censored.sum()),
    )
