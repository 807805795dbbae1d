"""Where in its cycle CRP will be."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

PHASE_BINS = 144
_CHUNK = 200_000
_TAU = 2.0 * math.pi


@dataclass(frozen=True, eq=False)
class PhasePosterior:
    """The phase of the cycle, given that there is a persistent one: a mixture over the grid.

    The cycle is Re(z e^{i w t}); z is a complex Ornstein-Uhlenbeck process, Gaussian given the samples and a grid
    point. Phase 0 is the peak of the cycle in CRP. Everything here is conditional on H1: multiply by P(H1).

    Parameters
    ----------
    frequency
        1/d, shape (K,).
    memory
        Phase memory, d (infinity allowed), shape (K,).
    amplitude
        SD of the cycle, ln units, shape (K,).
    mean
        Mean of (Re z, Im z) at `at_hours`, shape (K, 2).
    covariance
        Covariance of it, shape (K, 2, 2).
    at_hours
        Hours after the first sample that `mean` and `covariance` hold for: the last sample.

    Examples
    --------
    >>> one = PhasePosterior(np.ones(1), np.full(1, 1 / 7), np.full(1, np.inf), np.ones(1),
    ...                      np.array([[1.0, 0.0]]), 1e-4 * np.eye(2)[None], 0.0)
    >>> bool(one.within(7 * 24.0, 48.0) > 0.99), bool(one.within(3.5 * 24.0, 48.0) < 0.01)
    (True, True)
    """

    weights: NDArray[np.float64]
    frequency: NDArray[np.float64]
    memory: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    at_hours: float

    @property
    def grid(self) -> NDArray[np.float64]:
        """Phases of the bins in radians, 0 to 2 pi, shape (PHASE_BINS,)."""
        return np.arange(PHASE_BINS, dtype=np.float64) * (_TAU / PHASE_BINS)

    def at(self, hours: ArrayLike) -> NDArray[np.float64]:
        """Give the probability of each phase bin at these hours after the first sample, shape (H, PHASE_BINS)."""
        moments = np.atleast_1d(np.asarray(hours, dtype=np.float64))
        return np.stack([self._spread(float(hour), self.weights) for hour in moments])

    def within(self, hours: ArrayLike, width_hours: float) -> NDArray[np.float64]:
        """Give the probability that a peak of CRP lies within half of `width_hours` of each of these hours.

        Hours count from the first sample, shape (H,). Compare with :meth:`chance`.
        """
        moments = np.asarray(hours, dtype=np.float64)
        found = [self._within(float(hour), width_hours) for hour in np.atleast_1d(moments)]
        return np.asarray(found).reshape(moments.shape)

    def chance(self, width_hours: float) -> float:
        """Give the probability of hitting a window of this width at a random hour."""
        return float(self.weights @ np.minimum(1.0, width_hours / 24.0 * self.frequency))

    def hours_from_peak(self, weights: NDArray[np.float64], probability: ArrayLike) -> NDArray[np.float64]:
        """Give quantiles of the time since the nearest peak of CRP, h, negative before it.

        ``weights`` are the phase distribution at one hour, a row of :meth:`at`. The circle is cut opposite its mean
        direction, so that the quantiles are those of one lump.
        """
        centre = circular_mean(self.grid, weights)
        turned = np.mod(self.grid - centre + math.pi, _TAU)
        order = np.argsort(turned, kind="stable")
        half = 0.5 * _TAU / PHASE_BINS
        edges = np.append(turned[order] - half, turned[order][-1] + half)
        steps = np.append(0.0, np.cumsum(weights[order]))
        angle = np.interp(np.asarray(probability, dtype=np.float64), steps / steps[-1], edges) - math.pi + centre
        return angle / _TAU * 24.0 * self.mean_period_days

    @property
    def mean_period_days(self) -> float:
        """Period that turns an angle into hours: one over the mean frequency, d."""
        return 1.0 / float(self.weights @ self.frequency)

    def _within(self, hour: float, width_hours: float) -> float:
        half = np.minimum(math.pi, math.pi * width_hours / 24.0 * self.frequency)
        # Share of each bin that lies inside the window; bins are cut where its edge falls
        middle = np.minimum(self.grid, _TAU - self.grid)
        bin_half = math.pi / PHASE_BINS
        total = 0.0
        for part in self._parts():
            cover = np.clip((half[part, None] - middle[None, :] + bin_half) / (2.0 * bin_half), 0.0, 1.0)
            density = self._density(hour, part)
            total += float(self.weights[part] @ (density * cover).sum(axis=1))
        return total

    def _spread(self, hour: float, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        total = np.zeros(PHASE_BINS)
        for part in self._parts():
            total += weights[part] @ self._density(hour, part)
        return total / total.sum()

    def _parts(self) -> list[slice]:
        size = max(1, _CHUNK // PHASE_BINS)
        return [slice(start, start + size) for start in range(0, len(self.weights), size)]

    def _density(self, hour: float, part: slice) -> NDArray[np.float64]:
        """Give the phase distribution of each grid point at an hour, rows sum to 1, shape (K, PHASE_BINS)."""
        ahead = (hour - self.at_hours) / 24.0
        fade = np.exp(-np.abs(ahead) / self.memory[part])
        mean = self.mean[part] * fade[:, None]
        fresh = (self.amplitude[part] ** 2) * (1.0 - fade**2)
        covariance = self.covariance[part] * (fade**2)[:, None, None] + fresh[:, None, None] * np.eye(2)
        # z turns by w * t: the phase asked for is arg z + w t, so arg z is read at phase - w t
        turn = _TAU * self.frequency[part] * hour / 24.0
        angle = self.grid[None, :] - turn[:, None]
        density = projected_normal(angle, mean, covariance)
        return density / density.sum(axis=1, keepdims=True)


def projected_normal(
    angle: NDArray[np.float64], mean: NDArray[np.float64], covariance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the density of the direction of a Gaussian point in the plane.

    Per radian, shape (K, B), for angles (K, B), means (K, 2) and covariances (K, 2, 2).

    Examples
    --------
    >>> even = projected_normal(np.zeros((1, 1)), np.zeros((1, 2)), np.eye(2)[None])
    >>> bool(abs(even[0, 0] - 1 / (2 * np.pi)) < 1e-12)
    True

    References
    ----------
    K. V. Mardia, P. E. Jupp, "Directional Statistics", 2000, section 3.5.6 (the angular Gaussian distribution).
    """
    determinant = covariance[:, 0, 0] * covariance[:, 1, 1] - covariance[:, 0, 1] ** 2
    p00, p11 = covariance[:, 1, 1] / determinant, covariance[:, 0, 0] / determinant
    p01 = -covariance[:, 0, 1] / determinant
    x, y = np.cos(angle), np.sin(angle)
    a = p00[:, None] * x * x + 2.0 * p01[:, None] * x * y + p11[:, None] * y * y
    first = p00 * mean[:, 0] + p01 * mean[:, 1]
    second = p01 * mean[:, 0] + p11 * mean[:, 1]
    c = (first * mean[:, 0] + second * mean[:, 1])[:, None]
    d = (first[:, None] * x + second[:, None] * y) / np.sqrt(a)
    tail = math.sqrt(_TAU) * d * ndtr(d) * np.exp(0.5 * (d * d - c))
    return np.maximum(np.exp(-0.5 * c) + tail, 0.0) / (_TAU * a * np.sqrt(determinant)[:, None])


def circular_mean(angle: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Give the mean direction of weighted angles, radians, -pi to pi."""
    return math.atan2(float(weights @ np.sin(angle)), float(weights @ np.cos(angle)))
