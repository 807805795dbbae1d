"""Statistics of patients who do not all count the same; without weights they are those of NumPy.

A weight says for how many patients of mean weight somebody stands. What depends on a number of patients, such as an
interval, takes the effective sample size in its place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.evidence.wilson import wilson

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Weights = Array | None


def effective_size(weights: Array) -> float:
    """Give the number of patients of equal weight whose mean would scatter as much; 0 where nobody counts.

    Examples
    --------
    >>> effective_size(np.array([1.0, 1.0])), round(effective_size(np.array([1.8, 0.2])), 3)
    (2.0, 1.22)

    References
    ----------
    L. Kish, Survey Sampling, Wiley 1965, section 11.7.
    """
    own = np.sort(weights[weights > 0.0])
    if not len(own):
        return 0.0
    own = own / own[-1]
    return math.fsum(own.tolist()) ** 2 / math.fsum((own * own).tolist())


def of_those(weights: Weights, who: npt.NDArray[Any]) -> Weights:
    """Give the weights of some patients (flags or positions); None where all count the same."""
    return None if weights is None else weights[who]


def known(values: Array, weights: Weights) -> tuple[Array, Weights]:
    """Keep who has a value and counts, sorted by value, so that the order of the patients changes no bit."""
    if weights is None:
        return np.sort(values[np.isfinite(values)]), None
    there = np.isfinite(values) & (weights > 0.0)
    order = np.lexsort((weights[there], values[there]))
    return values[there][order], weights[there][order]


def quantiles(values: Array, levels: Sequence[float], weights: Weights = None) -> Array:
    """Give quantiles of the patients who have a value; NaN where nobody has one.

    Parameters
    ----------
    values, weights
        (N,); None counts everybody the same.
    levels
        (L,) 0 to 1.

    Returns
    -------
    ndarray (L,)
        For n patients of equal weight those of NumPy's usual rule. In general the mean of the weighted values over a
        window of one patient's width that slides from the first to the last: a patient of weight 2 counts as two.

    Examples
    --------
    >>> quantiles(np.array([1.0, 2.0, 4.0]), [0.5, 0.75]).tolist()
    [2.0, 3.0]
    >>> quantiles(np.array([1.0, 2.0, 4.0]), [0.5, 0.75], np.array([1.0, 1.0, 2.0])).tolist()
    [3.0, 4.0]

    References
    ----------
    R. J. Hyndman, Y. Fan, Am Stat 1996;50:361 (their seventh rule); A. Akinshin, arXiv:2304.07265, carries such rules
    over to weights by an integral over the weighted quantile function.
    """
    own, by = known(values, weights)
    if not len(own):
        return np.full(len(levels), np.nan)
    if by is None:
        return np.quantile(own, levels)
    found = np.empty(len(levels))
    for place, inside in enumerate(_windows(by, levels)):
        seen = inside > 0.0
        middle = math.fsum((own[seen] * inside[seen]).tolist()) / math.fsum(inside[seen].tolist())
        # a mean of equal values may miss them by rounding
        found[place] = min(max(middle, float(own[seen][0])), float(own[seen][-1]))
    return found


def columns_quantiles(values: Array, levels: Sequence[float], weights: Array) -> Array:
    """Give quantiles of every column by the rule of `quantiles`, many columns at once.

    Parameters
    ----------
    values
        (N, S), NaN for none.
    weights
        (N,)

    Returns
    -------
    ndarray (L, S)
        NaN where nobody has a value.

    Examples
    --------
    >>> columns_quantiles(np.array([[1.0], [2.0], [4.0]]), [0.5], np.array([1.0, 1.0, 2.0])).tolist()
    [[3.0]]
    """
    there = np.isfinite(values)
    order = np.argsort(np.where(there, values, np.inf), axis=0, kind="stable")
    by = np.take_along_axis(np.where(there, weights[:, None], 0.0), order, axis=0)
    own = np.take_along_axis(np.where(there, values, 0.0), order, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [(own * inside).sum(axis=0) / inside.sum(axis=0) for inside in _windows(by, levels)]
    return np.where(by.any(axis=0), np.array(found), np.nan)


def _windows(weights: Array, levels: Sequence[float]) -> Iterator[Array]:
    """Give how much of each patient, sorted by value along the first axis, lies in the window of each level."""
    ends = np.concatenate([np.zeros_like(weights[:1]), np.cumsum(weights, axis=0)])
    # fewer than one patient's weight is taken as one patient
    ends *= np.maximum(ends[-1], 1.0) / ends[-1]
    for level in levels:
        start = (ends[-1] - 1.0) * level
        yield np.diff(np.clip(ends, start, start + 1.0), axis=0)


def median(values: Array, weights: Weights = None) -> float:
    """Give the median of the patients who have a value; NaN where nobody has one."""
    return float(quantiles(values, [0.5], weights)[0])


def mean(values: Array, weights: Weights = None) -> float:
    """Give the mean of the patients who have a value, summed exactly; NaN where nobody has one.

    Examples
    --------
    >>> mean(np.array([1.0, 4.0, np.nan]), np.array([2.0, 1.0, 1.0]))
    2.0
    """
    own, by = known(values, weights)
    if not len(own):
        return math.nan
    if by is None:
        return math.fsum(own.tolist()) / len(own)
    return math.fsum((own * by).tolist()) / math.fsum(by.tolist())


def share(which: Flags, weights: Weights = None) -> float:
    """Give the share of patients, (N,), for whom something holds; NaN without patients who count.

    Examples
    --------
    >>> share(np.array([True, False])), share(np.array([True, False]), np.array([3.0, 1.0]))
    (0.5, 0.75)
    """
    if weights is None:
        return float(which.mean()) if len(which) else math.nan
    total = math.fsum(weights.tolist())
    return math.fsum(weights[which].tolist()) / total if total > 0.0 else math.nan


def share_interval(which: Flags, weights: Weights = None) -> tuple[float, float, float]:
    """Give a share of patients with its 95 % interval of Wilson, that of the effective sample size.

    Examples
    --------
    >>> [round(end, 3) for end in share_interval(np.array([True, False]), np.array([1.0, 1.0]))]
    [0.5, 0.095, 0.905]
    """
    if weights is None:
        count, n = int(which.sum()), len(which)
        return count / n, *wilson(count, n)
    found, size = share(which, weights), effective_size(weights)
    # a rounded sum must not say that nobody, or everybody, has the event
    counting = weights > 0.0
    events = 0.0 if not which[counting].any() else size if which[counting].all() else found * size
    return events / size, *wilson(events, size)


def evenly(weights: Weights, count: int, most: int) -> npt.NDArray[np.int64]:
    """Choose who is drawn where not everybody can be: the first ones, or by weight at even steps.

    Parameters
    ----------
    count, most
        How many patients there are, and how many are chosen.

    Returns
    -------
    ndarray of int
        Positions, ascending; a patient of large weight may be there more than once.

    Examples
    --------
    >>> evenly(None, 9, 3).tolist(), evenly(np.array([1.0, 4.0, 1.0]), 3, 6).tolist()
    ([0, 1, 2], [0, 1, 1, 1, 1, 2])
    """
    if weights is None:
        return np.arange(min(count, most))
    ends = np.cumsum(weights)
    if not count or ends[-1] <= 0.0:
        return np.zeros(0, np.int64)
    steps = (np.arange(most) + 0.5) * ends[-1] / most
    return np.minimum(np.searchsorted(ends, steps, side="right"), count - 1)
