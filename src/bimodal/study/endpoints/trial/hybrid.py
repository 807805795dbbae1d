"""The interval of a difference from the intervals of its two sides."""

from __future__ import annotations

import math

Estimate = tuple[float, float, float]


def hybrid_interval(first: Estimate, second: Estimate, *, correlation: float = 0.0) -> tuple[float, float]:
    """Give the interval of first minus second.

    The distance from each estimate to the end of its interval stands for the error to that side, so that the interval
    is as skewed as its sides.

    Parameters
    ----------
    first, second
        Value, lower and upper end of each side, of one confidence level.
    correlation
        Between the two estimates, -1 to 1; 0 for independent groups.

    Examples
    --------
    >>> hybrid_interval((5.0, 2.0, 6.0), (1.0, -1.0, 5.0))
    (-1.0, 6.23606797749979)

    References
    ----------
    R. G. Newcombe, Stat Med 1998;17:873 (method 10) for rates; G. Y. Zou, A. Donner, Stat Med 2008;27:1693 for any two
    estimates.
    """
    a, a_low, a_high = first
    b, b_low, b_high = second
    low = a - b - _length(a - a_low, b_high - b, correlation)
    high = a - b + _length(a_high - a, b - b_low, correlation)
    return low, high


def _length(one: float, other: float, correlation: float) -> float:
    if correlation == 0.0:
        return math.hypot(one, other)
    return math.sqrt(max(one * one + other * other - 2.0 * correlation * (one * other), 0.0))
