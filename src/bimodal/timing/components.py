"""The phase posterior of one series, from the grid points that hold it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bimodal.timing.grid import Design
from bimodal.timing.kernels import cycle
from bimodal.timing.phase import PhasePosterior
from bimodal.timing.tobit import below_limits, given_seen

_CHUNK = 2000


def phase_posterior(
    design: Design,
    values: NDArray[np.float64],
    log_joint: NDArray[np.float64],
    *,
    points: int,
    censored: NDArray[np.bool_] | None = None,
) -> PhasePosterior:
    """Give the phase of the cycle at the last sample, given H1.

    Parameters
    ----------
    values
        ln CRP less its mean, shape (n,).
    log_joint
        ln (prior x likelihood) of every point of H1, shape (F, M, A, J).
    points
        Number of equal shares of the posterior; each is stood for by the grid point in its middle. The grid runs in
        its natural order, neighbours are alike, so nothing is left out and no random number is drawn.

    Examples
    --------
    >>> from bimodal.timing.hypotheses import Prior
    >>> design = Design(np.arange(14.0), Prior(), 0.07)
    >>> flat = np.zeros((len(design.frequencies), 3, 4, 72))
    >>> found = phase_posterior(design, np.cos(np.arange(14.0)), flat, points=50)
    >>> len(found.weights)
    50
    """
    heaps = np.cumsum(np.exp(log_joint.ravel() - log_joint.max()))
    middles = (np.arange(points) + 0.5) / points * heaps[-1]
    order, count = np.unique(np.searchsorted(heaps, middles), return_counts=True)
    f, m, a, j = np.unravel_index(order, log_joint.shape)
    frequency = design.frequencies[f]
    memory = np.asarray(design.prior.memory)[m]
    amplitude = np.asarray(design.prior.amplitude)[a]
    noise = design.noise
    means, spreads = [], []
    for start in range(0, len(order), _CHUNK):
        part = slice(start, start + _CHUNK)
        mean, spread = _state_at_end(
            design, values, noise[j[part]], frequency[part], memory[part], amplitude[part], censored
        )
        means.append(mean)
        spreads.append(spread)
    return PhasePosterior(
        weights=count / points,
        frequency=frequency,
        memory=memory,
        amplitude=amplitude,
        mean=np.concatenate(means),
        covariance=np.concatenate(spreads),
        at_hours=float(design.days[-1]) * 24.0,
    )


def _state_at_end(
    design: Design,
    values: NDArray[np.float64],
    noise: NDArray[np.float64],
    frequency: NDArray[np.float64],
    memory: NDArray[np.float64],
    amplitude: NDArray[np.float64],
    censored: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give mean and covariance of the turning state at the last sample, for each grid point."""
    variance = amplitude**2
    covariance = noise + variance[:, None, None] * cycle(design.gap, frequency, memory)
    seen = np.broadcast_to(values, (len(frequency), len(values))).copy()
    if censored is not None and censored.any():
        _, limits, rest = given_seen(covariance, values, censored)
        fit = below_limits(limits, rest)
        # A censored sample becomes the Gaussian observation that stands in for its limit
        middle = values[censored][None] - limits
        seen[:, censored] = middle + fit.shift / fit.precision
        index = np.flatnonzero(censored)
        covariance[:, index, index] += 1.0 / fit.precision
    angle = 2.0 * np.pi * frequency[:, None] * design.days[None, :]
    fade = variance[:, None] * np.exp(-(design.days[-1] - design.days)[None] / memory[:, None])
    cross = np.stack([fade * np.cos(angle), -fade * np.sin(angle)], axis=1)
    solved = np.linalg.solve(covariance, np.concatenate([np.swapaxes(cross, 1, 2), seen[:, :, None]], axis=2))
    mean = np.asarray((cross @ solved[:, :, 2:])[:, :, 0], dtype=np.float64)
    spread = variance[:, None, None] * np.eye(2) - cross @ solved[:, :, :2]
    return mean, np.asarray(0.5 * (spread + np.swapaxes(spread, 1, 2)), dtype=np.float64)
