"""Boundaries of a trial that is looked at several times: what a test statistic must exceed at each look."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from bimodal.errors import StudyError

Array = npt.NDArray[np.float64]
Spending = Callable[[float, float], float]
_FAR = 8.0
_NODES = 12  # of Gauss-Legendre in each piece of the interval that goes on
_PIECES, _MOST_PIECES = 16, 200
_WIDE = 2.0  # of a piece, in standard deviations of a step


def _obrien_fleming(t: float, alpha: float) -> float:
    return 2.0 * float(ndtr(-ndtri(1.0 - alpha / 2.0) / math.sqrt(t)))


def _pocock(t: float, alpha: float) -> float:
    return alpha * math.log(1.0 + (math.e - 1.0) * t)


def _hwang_shih_decani(gamma: float) -> Spending:
    return lambda t, error: error * math.expm1(-gamma * t) / math.expm1(-gamma)


_LAN_DEMETS: Mapping[str, Spending] = MappingProxyType({"obrien-fleming": _obrien_fleming, "pocock": _pocock})
_HWANG = "hwang-shih-decani"
#: How much of alpha may be spent by a share of the information; the last has the parameter -4.
SPENDING: Mapping[str, Spending] = MappingProxyType({**_LAN_DEMETS, _HWANG: _hwang_shih_decani(-4.0)})
#: How much of beta; the last has the parameter -2.
LOSING: Mapping[str, Spending] = MappingProxyType({**_LAN_DEMETS, _HWANG: _hwang_shih_decani(-2.0)})


def boundaries(shares: Sequence[float], alpha: float, spending: str) -> Array:
    """Give the boundary of each look, on the scale of a standard normal statistic.

    Parameters
    ----------
    shares
        Of the information at each look, rising to 1.
    alpha
        Two-sided level: half of it is spent on either side.
    spending
        ``obrien-fleming`` or ``pocock``: the functions of K. K. G. Lan, D. L. DeMets, Biometrika 1983;70:659; or
        ``hwang-shih-decani``: that of I. K. Hwang, W. J. Shih, J. S. DeCani, Stat Med 1990;9:1439, with -4.

    Returns
    -------
    ndarray (K,)
        The trial stops at look k if the statistic is above it, or below minus it.

    Examples
    --------
    >>> boundaries([0.2, 0.4, 0.6, 0.8, 1.0], 0.05, "obrien-fleming").round(3).tolist()
    [4.877, 3.357, 2.68, 2.29, 2.031]
    """
    spent = _spent(shares, alpha / 2.0, spending, SPENDING)
    walk, found = _Walk.through(shares), np.empty(len(shares))
    for look, step in enumerate(np.diff([0.0, *spent])):

        def excess(bound: float, walk: _Walk = walk, step: float = step) -> float:
            return walk.above(bound) - step

        root: Any = _FAR if excess(_FAR) > 0.0 else brentq(excess, 0.0, _FAR, xtol=1e-8)
        found[look] = float(root)
        walk = walk.on(-found[look], found[look])
    return found


def futility(shares: Sequence[float], bounds: Sequence[float], beta: float, spending: str) -> tuple[Array, float]:
    """Give the statistic below which a trial is stopped at each look, because it would hardly show anything.

    The stops do not bind: the boundaries above spend all of alpha without them, so that alpha is kept if a trial goes
    on all the same.

    Parameters
    ----------
    bounds
        Of the same looks, from :func:`boundaries`.
    beta
        Share of the trials that are lost where there is the effect that the trial is made for: 1 - power.
    spending
        As of :func:`boundaries`: how beta is spent; ``hwang-shih-decani`` with -2.

    Returns
    -------
    lower, drift : ndarray (K,), float
        At the last look the boundary itself; and the expected statistic at the end, with which 1 - beta of the trials
        show a difference.

    Examples
    --------
    >>> shares = [0.2, 0.4, 0.6, 0.8, 1.0]
    >>> futility(shares, boundaries(shares, 0.05, "hwang-shih-decani").tolist(), 0.1, "hwang-shih-decani")[0].round(2)
    array([-0.9 , -0.04,  0.69,  1.36,  2.03])
    """
    spent = _spent(shares, beta, spending, LOSING)

    def at(drift: float) -> Array:
        walk, lower = _Walk.through(shares, drift), np.array(bounds, np.float64)
        for look, step in enumerate(np.diff([0.0, *spent])[:-1]):

            def excess(edge: float, walk: _Walk = walk, step: float = step) -> float:
                return walk.below(edge) - step

            if excess(bounds[look]) > 0.0:
                root: Any = -_FAR if excess(-_FAR) > 0.0 else brentq(excess, -_FAR, bounds[look], xtol=1e-8)
                lower[look] = float(root)
            walk = walk.on(lower[look], bounds[look])
        return lower

    def missing(drift: float) -> float:
        return float(leaving(shares, bounds, at(drift).tolist(), drift)[0].sum()) - (1.0 - beta)

    if missing(0.0) >= 0.0:
        raise StudyError(
            f"a power of {100 * (1 - beta):g} % is there without any effect: no trial is stopped for futility by that",
            where="[design]",
            fix="target_power well above alpha",
        )
    high = 1.0
    while missing(high) < 0.0:
        high *= 2.0
    drift: Any = brentq(missing, 0.0, high, xtol=1e-8)
    return at(float(drift)), float(drift)


def _spent(shares: Sequence[float], error: float, spending: str, known: Mapping[str, Spending]) -> list[float]:
    if spending not in known:
        raise StudyError(f"there is no spending '{spending}'", fix="one of " + ", ".join(known))
    return [known[spending](share, error) for share in shares]


def crossing(shares: Sequence[float], bounds: Sequence[float], drift: float = 0.0) -> Array:
    """Give the probability of crossing the upper boundary at each look and at none before, neither above nor below.

    Parameters
    ----------
    drift
        Expected statistic at a share of 1.

    Examples
    --------
    >>> round(float(2 * crossing([0.5, 1.0], [2.178, 2.178]).sum()), 3)
    0.05
    """
    return leaving(shares, bounds, [-bound for bound in bounds], drift)[0]


def leaving(
    shares: Sequence[float], upper: Sequence[float], lower: Sequence[float], drift: float = 0.0
) -> tuple[Array, Array]:
    """Give the probabilities of leaving above and below at each look, having gone on at all before.

    Parameters
    ----------
    drift
        Expected statistic at a share of 1.

    Returns
    -------
    above, below : ndarray (K,)
        By recursive integration over where the trial still goes on (P. Armitage, C. K. McPherson, B. C. Rowe, J R Stat
        Soc A 1969;132:235), with Gauss-Legendre points.

    Examples
    --------
    >>> above, below = leaving([0.5, 1.0], [2.178, 2.178], [0.0, 2.178])
    >>> round(float(above.sum() + below.sum()), 6)
    1.0
    """
    above, below = np.empty(len(shares)), np.empty(len(shares))
    walk = _Walk.through(shares, drift)
    for look, (high, low) in enumerate(zip(upper, lower, strict=True)):
        above[look], below[look] = walk.above(high), walk.below(low)
        walk = walk.on(low, high)
    return above, below


@dataclass(frozen=True, eq=False)
class _Walk:
    """Trials that still go on before a look: where the sum of information is, and how many are there.

    On that scale the steps are independent, with variance t - s.
    """

    shares: tuple[float, ...]
    drift: float
    look: int
    points: Array
    density: Array

    @classmethod
    def through(cls, shares: Sequence[float], drift: float = 0.0) -> _Walk:
        return cls((0.0, *shares), drift, 0, np.zeros(1), np.ones(1))

    @property
    def _step(self) -> tuple[float, float, float]:
        share, before = self.shares[self.look + 1], self.shares[self.look]
        return math.sqrt(share - before), self.drift * (share - before), math.sqrt(share)

    def above(self, bound: float) -> float:
        step, shift, root = self._step
        return float(self.density @ ndtr((self.points + shift - bound * root) / step))

    def below(self, bound: float) -> float:
        step, shift, root = self._step
        return float(self.density @ ndtr((bound * root - self.points - shift) / step))

    def on(self, low: float, high: float) -> _Walk:
        step, shift, root = self._step
        # as fine as the narrower of the steps that meet here
        finest = float(np.sqrt(np.diff(self.shares[self.look : self.look + 3])).min())
        nodes, weights = _inside(low * root, high * root, finest)
        kernel = np.exp(-0.5 * ((nodes[:, None] - self.points - shift) / step) ** 2)
        density = weights * (kernel @ self.density) / (step * math.sqrt(2.0 * math.pi))
        return _Walk(self.shares, self.drift, self.look + 1, nodes, density)


def _inside(low: float, high: float, step: float) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    pieces = min(_MOST_PIECES, max(_PIECES, math.ceil((high - low) / (_WIDE * step))))
    ends = np.linspace(low, max(low, high), pieces + 1)
    half = np.diff(ends) / 2.0
    centre = (ends[:-1] + ends[1:]) / 2.0
    return (centre[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()
