"""Rayleigh test: whether complete responders share a predicted phase."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import ncx2

from bimodal.errors import TimingError
from bimodal.timing.streams import stream


@dataclass(frozen=True)
class RayleighTest:
    """Resultant length of phases and how often uniform phases would give one as long.

    Examples
    --------
    >>> rayleigh([0.1, -0.1, 0.05, 0.0, -0.2]).p_value < 0.01
    True
    """

    n: int
    resultant: float
    mean_phase: float
    p_value: float


def rayleigh(phases: ArrayLike) -> RayleighTest:
    """Test phases for a common direction.

    Responders alone prove nothing if everybody was dosed at the same phase: the phases of non-responders are the
    control, and have to look uniform.

    Phases are those predicted at the first dose, in radians; the test needs three.

    References
    ----------
    D. Wilkie, "Rayleigh test for randomness of circular data", Appl. Stat. 32, 311 (1983): the p-value.
    """
    angles = np.asarray(phases, dtype=np.float64)
    if angles.ndim != 1 or len(angles) < 3 or not np.isfinite(angles).all():
        raise TimingError("a Rayleigh test needs three finite phases or more", where=f"{angles.size} given")
    mean = np.exp(1j * angles).mean()
    length = float(abs(mean))
    p_value = float(_p_value(len(angles), np.array([length]))[0])
    return RayleighTest(len(angles), length, math.atan2(mean.imag, mean.real), p_value)


def noncentrality(alpha: float = 0.05, power: float = 0.80) -> float:
    """Give the noncentrality at which a chi-squared test with 2 degrees of freedom has this power.

    Examples
    --------
    >>> round(noncentrality(), 2)
    9.63
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2

    edge = chi2.isf(alpha, 2)
    return float(cast(float, brentq(lambda value: ncx2.sf(edge, 2, value) - power, 1e-6, 200.0)))


def responders_needed(resultant: float) -> int:
    """Give the number of complete responders for 80 % power: lambda / (2 R^2).

    R is the expected resultant length of their true phases: share of responses that came through the window, times the
    first harmonic of the effect, times ``exp(-(2 pi s / P)^2 / 2)`` for a prediction error s.

    Examples
    --------
    >>> responders_needed(0.5822)
    15
    """
    if not 0 < resultant <= 1:
        raise TimingError("a resultant length lies between 0 and 1", where=f"R = {resultant:g}")
    return max(3, math.ceil(noncentrality() / (2 * resultant**2)))


def simulated_power(
    m: int, *, window_share: float, through: float, error: float, repeats: int = 2000, seed: int = 1
) -> float:
    """Simulate the power of the test with `m` responders.

    Parameters
    ----------
    window_share
        Width of the window as a share of the cycle.
    through
        Share of responders who came through the window; the others have any phase.
    error
        Standard deviation of the predicted phase, as a share of the cycle.

    Examples
    --------
    >>> 0.7 < simulated_power(12, window_share=2 / 7, through=1.0, error=1 / 7, repeats=500) < 0.9
    True
    """
    random = stream(seed, "rayleigh", m, window_share, through, error)
    true = (random.random((repeats, m)) - 0.5) * window_share
    lucky = random.random((repeats, m)) >= through
    true = np.where(lucky, random.random((repeats, m)), true)
    angle = 2 * math.pi * (true + error * random.standard_normal((repeats, m)))
    return float((_p_value(m, np.abs(np.exp(1j * angle).mean(axis=1))) < 0.05).mean())


def _p_value(m: int, length: NDArray[np.float64]) -> NDArray[np.float64]:
    rest = m * m * (1.0 - length**2)
    return np.exp(np.sqrt(1.0 + 4.0 * m + 4.0 * rest) - (1.0 + 2.0 * m))
