"""Likelihoods over the whole grid of the three hypotheses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bimodal.timing.hypotheses import Prior
from bimodal.timing.kernels import certain_part, cycle, noise_on_blood, noise_through_clearance
from bimodal.timing.likelihood import LOG_TWO_PI, log_likelihoods
from bimodal.timing.tobit import censored_log_likelihoods

_CHUNK_BYTES = 12_000_000


@dataclass(frozen=True, eq=False)
class Design:
    """Sample times with everything of the model that depends on them alone.

    Days are of shape (n,), the assay noise in ln units, ``pulses`` the days of known disturbances.

    Examples
    --------
    >>> Design(np.arange(14.0), Prior(), 0.07).noise.shape
    (72, 14, 14)
    """

    days: NDArray[np.float64]
    prior: Prior
    assay_sd: float
    pulses: tuple[float, ...] = ()

    @property
    def gap(self) -> NDArray[np.float64]:
        """Absolute time differences, d, shape (n, n)."""
        return np.abs(self.days[:, None] - self.days[None, :])

    @property
    def noise(self) -> NDArray[np.float64]:
        """Covariance of H0 for each (kind, memory, SD) of the noise, in this order, shape (J, n, n)."""
        prior = self.prior
        correlation = np.stack(
            [noise_on_blood(self.gap, prior.noise_memory), noise_through_clearance(self.gap, prior.noise_memory)]
        )
        variance = np.asarray(prior.noise_sd)[None, None, :, None, None] ** 2
        every = correlation[:, :, None] * variance
        return every.reshape(-1, *self.gap.shape) + certain_part(
            self.days,
            assay_sd=self.assay_sd,
            level_sd=prior.level_sd,
            trend_sd=prior.trend_sd,
            pulses=self.pulses,
            pulse_sd=prior.pulse_sd,
        )

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Frequencies of the persistent cycle, 1/d, shape (F,)."""
        return self.prior.frequencies(float(self.days[-1] - self.days[0]))

    @property
    def damped_frequencies(self) -> NDArray[np.float64]:
        """Frequencies of the rhythm without memory, 1/d, shape (Q,)."""
        return 1.0 / np.geomspace(self.prior.periods[1], self.prior.periods[0], self.prior.damped_periods)


@dataclass(frozen=True, eq=False)
class GridLikelihood:
    """ln p(samples | grid point) under each hypothesis, last axis the series.

    Parameters
    ----------
    h0
        Shape (J, S); J runs over (kind, memory, SD) of the noise.
    hq
        Shape (Q, R, A, J, S): frequency, memory in periods, amplitude, noise.
    h1
        Shape (F, M, A, J, S): frequency, memory, amplitude, noise.
    """

    h0: NDArray[np.float64]
    hq: NDArray[np.float64]
    h1: NDArray[np.float64]


def grid_likelihood(
    design: Design,
    values: NDArray[np.float64],
    *,
    first: int,
    censored: NDArray[np.bool_] | None = None,
) -> tuple[GridLikelihood, GridLikelihood]:
    """Work out the likelihood of every grid point, for all samples and for the first part alone.

    ``values`` are ln CRP less its mean, shape (n, S), of which ``first`` samples make the first part. ``censored``,
    shape (n,), is true where the value is a limit that the sample lies below, and then only one series is allowed (S =
    1).

    Examples
    --------
    >>> whole, part = grid_likelihood(Design(np.arange(10.0), Prior(), 0.07), np.zeros((10, 1)), first=7)
    >>> whole.h0.shape
    (72, 1)
    """
    prior = design.prior
    noise = design.noise
    size = np.asarray(prior.amplitude) ** 2
    plain = censored is None or not censored.any()

    def run(covariance: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if plain:
            return log_likelihoods(covariance, values, first=first, floor=design.assay_sd**2)
        assert censored is not None
        return censored_log_likelihoods(covariance, values[:, 0], censored, first=first)

    def sweep(shapes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give likelihoods over (shape, amplitude, noise)."""
        count, last = len(shapes) * len(size) * len(noise), values.shape[1]
        whole, part = np.empty((count, last)), np.empty((count, last))
        for rows, covariance in _covariances(shapes, size, noise, last):
            whole[rows], part[rows] = run(covariance)
        form = (len(shapes), len(size), len(noise), last)
        return whole.reshape(form), part.reshape(form)

    h0 = run(noise)
    damped = design.damped_frequencies
    hq = [sweep(cycle(design.gap, damped, share / damped)) for share in prior.damped_memory]
    frequencies = design.frequencies
    h1 = []
    for memory in prior.memory:
        if np.isinf(memory) and plain:
            h1.append(_everlasting(design, noise, values, first))
        else:
            h1.append(sweep(cycle(design.gap, frequencies, np.full(len(frequencies), memory))))
    whole, part = (
        GridLikelihood(h0[k], np.stack([each[k] for each in hq], axis=1), np.stack([each[k] for each in h1], axis=1))
        for k in (0, 1)
    )
    return whole, part


def _covariances(
    shapes: NDArray[np.float64], size: NDArray[np.float64], noise: NDArray[np.float64], series: int
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Give covariances in chunks of whole (shape, amplitude) pairs, with the rows they fill."""
    n = noise.shape[1]
    pairs = [(shape, variance) for shape in range(len(shapes)) for variance in size]
    together = max(1, _CHUNK_BYTES // (8 * n * (n + series) * len(noise)))
    for start in range(0, len(pairs), together):
        chosen = pairs[start : start + together]
        signal = np.stack([variance * shapes[shape] for shape, variance in chosen])
        block = (signal[:, None] + noise[None]).reshape(-1, n, n)
        yield slice(start * len(noise), start * len(noise) + len(block)), block


def _everlasting(
    design: Design, noise: NDArray[np.float64], values: NDArray[np.float64], first: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give likelihoods of a cycle that keeps time: its covariance has rank 2, so one factor serves all frequencies."""
    angle = 2.0 * np.pi * design.frequencies[:, None] * design.days[None, :]
    n, count, series = len(design.days), len(angle), values.shape[1]
    waves = np.concatenate([np.cos(angle), np.sin(angle)]).T
    size = np.asarray(design.prior.amplitude) ** 2
    found = tuple(np.empty((count, len(size), len(noise), series)) for _ in range(2))
    factor = np.linalg.cholesky(noise)
    columns = np.concatenate([waves, values], axis=1)
    white = np.linalg.solve(factor, np.broadcast_to(columns, (len(noise), *columns.shape)))
    for j in range(len(noise)):
        for out, m in zip(found, (n, first), strict=True):
            c, s, y = white[j, :m, :count], white[j, :m, count : 2 * count], white[j, :m, 2 * count :]
            cc, ss, cs = (c * c).sum(axis=0), (s * s).sum(axis=0), (c * s).sum(axis=0)
            cy, sy = c.T @ y, s.T @ y
            base = -0.5 * (y * y).sum(axis=0) - np.log(np.diagonal(factor[j])[:m]).sum() - 0.5 * m * LOG_TWO_PI
            for k, variance in enumerate(size):
                a, b = 1.0 + variance * cc, 1.0 + variance * ss
                determinant = a * b - (variance * cs) ** 2
                gain = b[:, None] * cy * cy + a[:, None] * sy * sy - 2.0 * variance * cs[:, None] * cy * sy
                out[:, k, j] = (
                    base[None] + 0.5 * variance * gain / determinant[:, None] - 0.5 * np.log(determinant)[:, None]
                )
    return found[0], found[1]
