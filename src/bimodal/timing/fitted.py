"""What each hypothesis makes of the samples: curves to draw, and noise to compare with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bimodal.timing.grid import Design, GridLikelihood, grid_likelihood
from bimodal.timing.hypotheses import Prior
from bimodal.timing.kernels import cycle, noise_on_blood, noise_through_clearance, pulse_response
from bimodal.timing.result import Assessment
from bimodal.timing.series import Series
from bimodal.timing.streams import stream
from bimodal.timing.weigh import default_weights

_POINTS = 240


@dataclass(frozen=True, eq=False)
class Fit:
    """One hypothesis at its most likely grid point.

    ``mean`` and ``sd`` are of ln CRP without assay noise, given the samples, at ``days`` after the first sample, shape
    (T,).
    """

    hypothesis: str
    says: str
    days: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]


def fitted_curves(assessment: Assessment) -> tuple[Fit, ...]:
    """Give the curves of noise, rhythm without memory and persistent cycle through the samples.

    All three can follow the samples: that a curve goes through them is no evidence for it. Samples below the
    detection limit are held at the limit here, unlike in the comparison itself.

    H0, Hq, H1; empty where the data do not suffice.

    References
    ----------
    C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, equations 2.23-2.24.
    """
    if assessment.posterior is None:
        return ()
    series, prior = assessment.series, assessment.prior
    design = _design(series, prior)
    values = series.log_values - series.log_values.mean()
    whole, _ = grid_likelihood(design, values[:, None], first=len(values))
    return tuple(_fit(name, design, whole, series, values) for name in ("h0", "hq", "h1"))


def noise_like(assessment: Assessment, count: int, *, seed: int) -> NDArray[np.float64]:
    """Draw noise series from the patient's own null: the noise hypothesis with the weights the samples give it.

    ln CRP at the sample times, shape (count, n).
    """
    series, prior = assessment.series, assessment.prior
    design = _design(series, prior)
    logs = series.log_values
    whole, _ = grid_likelihood(design, (logs - logs.mean())[:, None], first=len(logs))
    joint = whole.h0[:, 0] + np.log(default_weights(design).noise)
    weights = np.exp(joint - joint.max())
    random = stream(seed, "line-up", series.label, count)
    chosen = random.choice(len(weights), size=count, p=weights / weights.sum())
    correlation = _noise_correlation(series.days[:, None] - series.days[None, :], prior)
    centred = design.days - 0.5 * (design.days[0] + design.days[-1])
    basis = np.stack([np.ones_like(centred), centred], axis=1)
    made = np.empty((count, len(logs)))
    for row, point in enumerate(chosen.tolist()):
        variance = prior.noise_sd[point % len(prior.noise_sd)] ** 2
        cov = variance * correlation[point // len(prior.noise_sd)] + design.assay_sd**2 * np.eye(len(logs))
        weighted = np.linalg.solve(cov, basis)
        line = np.linalg.solve(basis.T @ weighted, weighted.T @ logs)
        made[row] = basis @ line + np.linalg.cholesky(cov) @ random.standard_normal(len(logs))
    return made


def _design(series: Series, prior: Prior) -> Design:
    return Design(series.days, prior, series.assay_sd, tuple(hour / 24.0 for hour in series.pulses))


def _noise_correlation(gap: NDArray[np.float64], prior: Prior) -> NDArray[np.float64]:
    distance = np.abs(gap)
    return np.concatenate(
        [noise_on_blood(distance, prior.noise_memory), noise_through_clearance(distance, prior.noise_memory)]
    )


def _fit(name: str, design: Design, whole: GridLikelihood, series: Series, values: NDArray[np.float64]) -> Fit:
    prior = design.prior
    days = np.linspace(float(series.days[0]), float(series.days[-1]), _POINTS)
    likelihood = {"h0": whole.h0, "hq": whole.hq, "h1": whole.h1}[name]
    place = np.unravel_index(int(np.argmax(likelihood)), likelihood.shape)
    noise = int(place[-2])
    kind, rest = divmod(noise, len(prior.noise_memory) * len(prior.noise_sd))
    memory, sd = divmod(rest, len(prior.noise_sd))
    says = (
        f"{'smoothed noise' if kind else 'noise'}, memory {prior.noise_memory[memory]:g} d, SD {prior.noise_sd[sd]:g}"
    )
    period = fade = amplitude = 0.0
    if name != "h0":
        frequencies = design.damped_frequencies if name == "hq" else design.frequencies
        period = 1.0 / float(frequencies[place[0]])
        fade = prior.damped_memory[place[1]] * period if name == "hq" else prior.memory[place[1]]
        amplitude = prior.amplitude[place[2]]
        lasting = "for good" if np.isinf(fade) else f"{fade:.1f} d"
        says += f"; cycle of {period:.1f} d, SD {amplitude:g}, memory {lasting}"

    def kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        gap = np.abs(a[:, None] - b[None, :])
        made = (
            noise_through_clearance(gap, [prior.noise_memory[memory]])
            if kind
            else noise_on_blood(gap, [prior.noise_memory[memory]])
        )
        total = prior.noise_sd[sd] ** 2 * made[0]
        if name != "h0":
            total = total + amplitude**2 * cycle(gap, [1.0 / period], [fade])[0]
        middle = 0.5 * (design.days[0] + design.days[-1])
        total = total + prior.level_sd**2 + prior.trend_sd**2 * np.outer(a - middle, b - middle)
        for start in design.pulses:
            total = total + prior.pulse_sd**2 * np.outer(pulse_response(a, start), pulse_response(b, start))
        return total

    factor = np.linalg.cholesky(kernel(design.days, design.days) + design.assay_sd**2 * np.eye(len(values)))
    across = np.linalg.solve(factor, kernel(design.days, days))
    mean = across.T @ np.linalg.solve(factor, values) + series.log_values.mean()
    variance = np.diagonal(kernel(days, days)) - (across * across).sum(axis=0)
    return Fit(name, says, days, mean, np.sqrt(np.maximum(variance, 0.0)))
