"""Weights of plausible patients that reach given means and are as even as that allows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: A mean counts as reached when it is missed by less than this share of the largest deviation of a patient.
REACHED = 1e-12
_MOST_STEPS = 500
_ARMIJO = 1e-4
_SMALLEST_STEP = 2.0**-40
_RANK = 1e-13
_ROUNDING = 1e-15


@dataclass(frozen=True, eq=False)
class MaxEntropy:
    """Weights found, or where the search for them ended.

    Attributes
    ----------
    weights
        (N,) of mean 1.
    multipliers
        (K,): weight k is proportional to exp(moments[k] @ multipliers).
    missed
        Largest weighted mean that is not 0, as a share of the largest deviation of a patient.
    reached
        Whether every weighted mean is 0 within `REACHED`.
    """

    weights: Array
    multipliers: Array
    missed: float

    @property
    def reached(self) -> bool:
        """Whether every weighted mean is 0."""
        return self.missed <= REACHED


def max_entropy(moments: Array) -> MaxEntropy:
    """Find the weights of least Kullback-Leibler distance from even ones under which every column has mean 0.

    The dual problem, the logarithm of a sum of exponentials, is convex: it is minimised by Newton's method with steps
    that are damped by how far they tilt the weights (T. Sun, Q. Tran-Dinh, Math Program 2019;178:145). Rows
    are sorted first and summed in that order, so the order of the patients changes no bit.

    Parameters
    ----------
    moments
        (N, K) of each patient how far a quantity lies from the mean it should have, finite.

    Examples
    --------
    >>> found = max_entropy(np.array([[1.0], [-1.0], [-1.0]]))
    >>> found.reached, [round(one, 9) for one in found.weights.tolist()]
    (True, [1.5, 0.75, 0.75])

    References
    ----------
    I. Csiszar, Ann Probab 1975;3:146 (the form of the solution). J. E. Signorovitch et al., Pharmacoeconomics
    2010;28:935, weigh the patients of a trial in the same way.
    """
    count, width = moments.shape
    if width == 0:
        return MaxEntropy(np.ones(count), np.zeros(0), 0.0)
    scale = np.abs(moments).max(axis=0)
    scale[scale == 0.0] = 1.0
    order = np.lexsort(moments.T[::-1])
    columns = [np.ascontiguousarray(moments[order, k] / scale[k]) for k in range(width)]
    at, value = np.zeros(width), _dual(columns, np.zeros(width))
    share, gradient = _shares(columns, at)
    for _ in range(_MOST_STEPS):
        if np.abs(gradient).max() <= REACHED:
            break
        newton = np.linalg.lstsq(_curvature(columns, share, gradient), -gradient, rcond=_RANK)[0]
        step = np.asarray(newton, dtype=np.float64)
        change = _tilt(columns, step)
        widest = float(change.max() - change.min())
        # a longer step may leap over the end to where one patient has all the weight and nothing curves
        length = math.log1p(widest) / widest if widest > 0.0 else 1.0
        tried, slope = at + length * step, float((gradient * step).sum())
        found = _dual(columns, tried)
        while found > value + _ARMIJO * length * slope + _ROUNDING * (1.0 + abs(value)) and length > _SMALLEST_STEP:
            length *= 0.5
            tried = at + length * step
            found = _dual(columns, tried)
        before = np.abs(gradient).max()
        next_share, next_gradient = _shares(columns, tried)
        if found >= value and np.abs(next_gradient).max() >= before:
            break
        at, value, share, gradient = tried, found, next_share, next_gradient
    weights = np.empty(count)
    weights[order] = 1.0 if not at.any() else share * count
    return MaxEntropy(weights, at / scale, float(np.abs(gradient).max()))


def _dual(columns: list[Array], at: Array) -> float:
    tilt = _tilt(columns, at)
    most = float(tilt.max())
    return most + math.log(float(np.exp(tilt - most).sum()) / len(tilt))


def _tilt(columns: list[Array], at: Array) -> Array:
    # column by column: a product of matrices may be summed in an order that depends on the machine
    tilt = np.zeros(len(columns[0]))
    for column, by in zip(columns, at.tolist(), strict=True):
        tilt += by * column
    return tilt


def _shares(columns: list[Array], at: Array) -> tuple[Array, Array]:
    tilt = _tilt(columns, at)
    share = np.exp(tilt - tilt.max())
    share /= share.sum()
    return share, np.array([float((share * column).sum()) for column in columns])


def _curvature(columns: list[Array], share: Array, gradient: Array) -> Array:
    width = len(columns)
    found = np.empty((width, width))
    for k in range(width):
        mine = share * columns[k]
        for m in range(k + 1):
            found[k, m] = found[m, k] = float((mine * columns[m]).sum()) - gradient[k] * gradient[m]
    return found
