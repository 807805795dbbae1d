"""An exact interval for a median."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FEWEST = 6
ORDER = "95 % of the median (order statistics, Monte-Carlo: more patients narrow it)"


def median_interval(values: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    """Give the 95 % interval of the median of what the values were drawn from, whatever its shape.

    Parameters
    ----------
    values
        (N,), finite.

    Returns
    -------
    tuple of float or None
        Two of the values, as far from both ends as a binomial count with a chance of one half allows; it covers at
        least 95 %. None for fewer than 6 values, of which no two do.

    Examples
    --------
    >>> median_interval(np.arange(1.0, 11.0)), median_interval(np.arange(1.0, 6.0))
    ((2.0, 9.0), None)

    References
    ----------
    W. R. Thompson, Ann Math Stat 1936;7:122; W. J. Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2.
    """
    from scipy.stats import binom

    own = np.sort(values)
    outside = int(binom.ppf(0.025, len(own), 0.5)) if len(own) else 0
    if outside < 1:
        return None
    return float(own[outside - 1]), float(own[-outside])
