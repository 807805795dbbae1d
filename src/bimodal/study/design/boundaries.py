"""Boundaries of a trial that is looked at several times: what a test statistic must exceed at each look."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from bimodal.errors import StudyError

Array = npt.NDArray[np.float64]
_FAR = 8.0
_NODES = 12  # of Gauss-Legendre in each piece of the interval that goes on
_PIECES = 16


def _obrien_fleming(t: float, alpha: float) -> float:
    return 2.0 * float(ndtr(-ndtri(1.0 - alpha / 2.0) / math.sqrt(t)))


def _pocock(t: float, alpha: float) -> float:
    return alpha * math.log(1.0 + (math.e - 1.0) * t)


#: How much of alpha may be spent by a share of the information.
SPENDING: Mapping[str, Callable[[float, float], float]] = MappingProxyType(
    {"obrien-fleming": _obrien_fleming, "pocock": _pocock}
)


def boundaries(shares: Sequence[float], alpha: float, spending: str) -> Array:
    """Give the boundary of each look, on the scale of a standard normal statistic.

    Parameters
    ----------
    shares
        Of the information at each look, rising to 1.
    alpha
        Two-sided level: half of it is spent on either side.
    spending
        ``obrien-fleming`` or ``pocock``: the functions of K. K. G. Lan, D. L. DeMets, Biometrika 1983;70:659.

    Returns
    -------
    ndarray (K,)
        The trial stops at look k if the statistic is above it, or below minus it.

    Examples
    --------
    >>> boundaries([0.2, 0.4, 0.6, 0.8, 1.0], 0.05, "obrien-fleming").round(3).tolist()
    [4.877, 3.357, 2.68, 2.29, 2.031]
    """
    if spending not in SPENDING:
        raise StudyError(f"there is no spending '{spending}'", fix="one of " + ", ".join(SPENDING))
    spent = [SPENDING[spending](share, alpha / 2.0) for share in shares]
    found: list[float] = []
    for look, (share, total) in enumerate(zip(shares, spent, strict=True)):
        step = total - (spent[look - 1] if look else 0.0)

        def excess(bound: float, share: float = share, step: float = step) -> float:
            return crossing(shares[: len(found) + 1], [*found, bound])[-1] - step

        if not look:
            found.append(min(_FAR, float(-ndtri(step))))
        else:
            root: Any = _FAR if excess(_FAR) > 0.0 else brentq(excess, 0.0, _FAR, xtol=1e-8)
            found.append(float(root))
    return np.asarray(found)


def crossing(shares: Sequence[float], bounds: Sequence[float], drift: float = 0.0) -> Array:
    """Give the probability of crossing the upper boundary at each look and at none before, neither above nor below.

    Parameters
    ----------
    drift
        Expected statistic at a share of 1.

    Returns
    -------
    ndarray (K,)
        By recursive integration over where the trial still goes on (P. Armitage, C. K. McPherson, B. C. Rowe, J R Stat
        Soc A 1969;132:235), with Gauss-Legendre points.

    Examples
    --------
    >>> round(float(2 * crossing([0.5, 1.0], [2.178, 2.178]).sum()), 3)
    0.05
    """
    found = np.empty(len(shares))
    points, density = np.zeros(1), np.ones(1)
    before = 0.0
    for look, (share, bound) in enumerate(zip(shares, bounds, strict=True)):
        # on the scale of the sum of information: independent steps with variance t - s
        step, edge = math.sqrt(share - before), bound * math.sqrt(share)
        shift = drift * (share - before)
        found[look] = float(density @ ndtr((points + shift - edge) / step))
        nodes, weights = _inside(edge)
        kernel = np.exp(-0.5 * ((nodes[:, None] - points - shift) / step) ** 2) / (step * math.sqrt(2.0 * math.pi))
        points, density, before = nodes, weights * (kernel @ density), share
    return found


def _inside(edge: float) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    ends = np.linspace(-edge, edge, _PIECES + 1)
    half = np.diff(ends) / 2.0
    centre = (ends[:-1] + ends[1:]) / 2.0
    return (centre[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()
