"""Numbers that describe the virtual patients, for how far other virtual patients would move an answer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Array = npt.NDArray[np.float64]
_DEGREE = 3
_ALIKE = 1e-6  # of its length: what is left of a column that the others say already


def pool_scores(values: Array, weights: Array) -> Array:
    """Describe each virtual patient by a few uncorrelated scores of what a trial would measure of them.

    Powers one to three of the normal score of the rank, and the value itself: what a patient adds to the chance of
    rejecting is a smooth function of it for every test here, and for a rate a straight line.

    Parameters
    ----------
    values
        (people,) without noise; for a rate the probability of responding.
    weights
        (people,) how likely each is drawn, of mean 1.

    Returns
    -------
    ndarray (people, K)
        Mean 0, mean square 1 and uncorrelated in who is drawn; K is 4 or, where values are alike, less.

    Examples
    --------
    >>> pool_scores(np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4)).tolist()
    [[-1.0], [-1.0], [1.0], [1.0]]
    """
    normal = ndtri(_levels(values, weights))
    kept: list[Array] = []
    for column in (*(normal**k for k in range(1, _DEGREE + 1)), values):
        left = column - np.mean(weights * column)
        size = float(np.sqrt(np.mean(weights * left**2)))
        if size == 0.0:
            continue
        left = left / size
        for _ in range(2):  # twice is enough to be uncorrelated to rounding
            for other in kept:
                left = left - np.mean(weights * left * other) * other
        rest = float(np.sqrt(np.mean(weights * left**2)))
        if rest > _ALIKE:
            kept.append(left / rest)
    return np.stack(kept, axis=1) if kept else np.zeros((len(values), 0))


def _levels(values: Array, weights: Array) -> Array:
    """Give the share of those drawn who have less, and half of those who have the same."""
    _, place = np.unique(values, return_inverse=True)
    each = np.bincount(place, weights)
    return ((np.cumsum(each) - 0.5 * each) / each.sum())[place]
