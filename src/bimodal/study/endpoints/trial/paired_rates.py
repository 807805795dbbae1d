"""The difference of two rates in the same people."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bimodal.evidence.wilson import wilson
from bimodal.study.endpoints.trial.hybrid import hybrid_interval
from bimodal.study.endpoints.trial.trial_statistic import TrialStatistic
from bimodal.study.endpoints.weighted import Weights, effective_size, share, share_interval

PAIRED = "95 % Newcombe, paired (Monte-Carlo: more patients narrow it)"
Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def paired_rates(first: Flags, second: Flags, weights: Weights = None) -> TrialStatistic:
    """Compare how many of the same people have an event under two treatments.

    Parameters
    ----------
    first, second
        (N,) who has the event; person k of both is the same.
    weights
        (N,) for how many people each stands, above 0: the interval is that of the effective sample size.

    Returns
    -------
    TrialStatistic
        First rate minus second, with Newcombe's interval for paired proportions: Wilson intervals of both rates, joined
        by their continuity-corrected correlation. Unlike Wald's it is not empty where nobody differs, and stays inside
        -1 to 1.

    Examples
    --------
    >>> both, only_a, only_b, none = 36, 12, 2, 0
    >>> a = np.array([True] * (both + only_a) + [False] * (only_b + none))
    >>> b = np.array([True] * both + [False] * only_a + [True] * only_b + [False] * none)
    >>> found = paired_rates(a, b)
    >>> round(found.value, 4), round(found.lower, 4), round(found.upper, 4)
    (0.2, 0.0569, 0.3404)

    References
    ----------
    R. G. Newcombe, Improved confidence intervals for the difference between binomial proportions based on paired data,
    Stat Med 1998;17:2635 (method 10).
    """
    n = len(first)
    if n == 0:
        return TrialStatistic("value", None, None, None, PAIRED, 0, note="nobody has a result in both arms")
    if weights is not None:
        return _of_weighted(first, second, weights)
    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    counts = both + only_first, both + only_second
    sides = [(count / n, *wilson(count, n)) for count in counts]
    low, high = hybrid_interval(sides[0], sides[1], correlation=_correlation(both, only_first, only_second, neither))
    return TrialStatistic("value", (only_first - only_second) / n, low, high, PAIRED, n)


def _of_weighted(first: Flags, second: Flags, weights: Array) -> TrialStatistic:
    size = effective_size(weights)
    cells = [size * share(who, weights) for who in (first & second, first & ~second, second & ~first, ~first & ~second)]
    sides = [share_interval(who, weights) for who in (first, second)]
    low, high = hybrid_interval(sides[0], sides[1], correlation=_correlation(*cells))
    return TrialStatistic("value", (cells[1] - cells[2]) / size, low, high, PAIRED, len(first), effective=size)


def _correlation(both: float, only_first: float, only_second: float, neither: float) -> float:
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if margins == 0:
        return 0.0
    product, half = both * neither - only_first * only_second, 0.5 * (both + only_first + only_second + neither)
    return (max(product - half, 0.0) if product >= 0 else float(product)) / math.sqrt(margins)
