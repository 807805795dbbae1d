"""An exact interval for a median."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.weighted import Weights, effective_size

FEWEST = 6
_TAIL = 0.025
ORDER = "95 % of the median (order statistics, Monte-Carlo: more patients narrow it)"


def median_interval(values: npt.NDArray[np.float64], weights: Weights = None) -> tuple[float, float] | None:
    """Give the 95 % interval of the median of what the values were drawn from, whatever its shape.

    Parameters
    ----------
    values
        (N,), finite.
    weights
        (N,) for how many patients each stands. The ends are then where the weighted patients reach the shares that
        those ranks are of the effective sample size, rounded down (R. S. Woodruff, J Am Stat Assoc 1952;47:635).

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
    if weights is not None:
        return _of_weighted(values, weights)
    outside = _outside(len(values))
    if outside < 1:
        return None
    own = np.sort(values)
    return float(own[outside - 1]), float(own[-outside])


def _of_weighted(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    size = math.floor(effective_size(weights) + 1e-9)
    outside = _outside(size)
    if outside < 1:
        return None
    order = np.lexsort((weights, values))
    own, ends = values[order], np.cumsum(weights[order])
    places = np.searchsorted(ends / ends[-1], [(outside - 0.5) / size, 1.0 - (outside - 0.5) / size], side="left")
    low, high = own[np.minimum(places, len(own) - 1)]
    return float(low), float(high)


def _outside(n: int) -> int:
    """Say which value from either end it is: the most for which a median beyond it is at most 2.5 % likely."""
    if n == 0:
        return 0
    from scipy.special import bdtr, bdtrik  # scipy.stats has this too, and takes a second to load

    most = math.ceil(float(bdtrik(_TAIL, n, 0.5)))
    return next(k for k in range(max(most - 1, 0), n) if float(bdtr(k, n, 0.5)) >= _TAIL)
