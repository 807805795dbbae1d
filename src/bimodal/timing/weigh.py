"""From likelihoods on the grid to probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bimodal.timing.grid import Design, GridLikelihood


@dataclass(frozen=True, eq=False)
class GridWeights:
    """Prior weights along each axis of the grid; the joint prior is their product.

    Examples
    --------
    >>> from bimodal.timing.hypotheses import Prior
    >>> bool(abs(default_weights(Design(np.arange(14.0), Prior(), 0.07)).frequency.sum() - 1.0) < 1e-12)
    True
    """

    kind: NDArray[np.float64]
    noise_memory: NDArray[np.float64]
    noise_sd: NDArray[np.float64]
    frequency: NDArray[np.float64]
    memory: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    damped_frequency: NDArray[np.float64]
    damped_memory: NDArray[np.float64]

    @property
    def noise(self) -> NDArray[np.float64]:
        """Joint weight of the noise axes, shape (J,)."""
        joint = self.kind[:, None, None] * self.noise_memory[None, :, None] * self.noise_sd[None, None, :]
        return joint.ravel()


def default_weights(design: Design) -> GridWeights:
    """Give the weights of the prior: log-normal along the axes of the noise, and even in ln period along frequency."""
    prior, frequency = design.prior, design.frequencies
    steps = 1.0 / frequency
    steps[[0, -1]] *= 0.5

    def even(count: int) -> NDArray[np.float64]:
        return np.full(count, 1.0 / count)

    def about(points: tuple[float, ...], where: tuple[float, float]) -> NDArray[np.float64]:
        weights = np.exp(-0.5 * (np.log(np.asarray(points) / where[0]) / where[1]) ** 2)
        return weights / weights.sum()

    return GridWeights(
        kind=even(2),
        noise_memory=about(prior.noise_memory, prior.noise_memory_about),
        noise_sd=about(prior.noise_sd, prior.noise_sd_about),
        frequency=steps / steps.sum(),
        memory=np.asarray(prior.memory_weights) / sum(prior.memory_weights),
        amplitude=even(len(prior.amplitude)),
        damped_frequency=even(prior.damped_periods),
        damped_memory=even(len(prior.damped_memory)),
    )


def h1_log_joint(likelihood: GridLikelihood, weights: GridWeights) -> NDArray[np.float64]:
    """Give ln (prior weight x likelihood) of every point of H1, shape (F, M, A, J, S)."""
    return likelihood.h1 + _log_outer(weights.frequency, weights.memory, weights.amplitude, weights.noise)[..., None]


def log_evidences(likelihood: GridLikelihood, weights: GridWeights) -> NDArray[np.float64]:
    """Give ln p(samples | hypothesis) for H0, Hq and H1, shape (3, S)."""
    h0 = likelihood.h0 + _log(weights.noise)[:, None]
    damped = _log_outer(weights.damped_frequency, weights.damped_memory, weights.amplitude, weights.noise)
    hq = likelihood.hq + damped[..., None]
    h1 = h1_log_joint(likelihood, weights)
    return np.stack([log_sum(part.reshape(-1, part.shape[-1])) for part in (h0, hq, h1)])


def log_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give ln of the sum of exponentials along the first axis."""
    top = values.max(axis=0)
    return top + np.log(np.exp(values - top).sum(axis=0))


def _log(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.log(weights)


def _log_outer(*axes: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros(())
    for axis in axes:
        total = total[..., None] + _log(axis)
    return total
