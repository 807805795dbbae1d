"""The phase-randomised trial: start days drawn by lot, analysed by a logistic cosinor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from bimodal.errors import TimingError
from bimodal.timing.rayleigh import noncentrality
from bimodal.timing.streams import stream


@dataclass(frozen=True)
class PhaseRandomised:
    """A phase-randomised design: patients, its power by simulation, and how well it finds the phase.

    Examples
    --------
    >>> phase_randomised(1.0, repeats=200).patients
    296
    """

    amplitude: float
    odds_ratio: float
    slots: int
    patients: int
    power: float
    power_se: float
    median_phase_error_h: float
    repeats: int


def cosinor_patients(amplitude: float, p_mean: float = 0.07) -> int:
    """Give the patients for 80 % power: N = 2 lambda / (p (1 - p) B^2).

    B is half the difference in log odds of response between the best and the worst phase, p the mean response.

    Examples
    --------
    >>> [cosinor_patients(b) for b in (0.5, 1.0, 1.5)]
    [1184, 296, 132]
    """
    if amplitude <= 0 or not 0 < p_mean < 1:
        raise TimingError("an amplitude is positive and a response between 0 and 1", where=f"{amplitude}, {p_mean}")
    return math.ceil(2 * noncentrality() / (p_mean * (1 - p_mean) * amplitude**2))


def phase_randomised(
    amplitude: float,
    *,
    p_mean: float = 0.07,
    slots: int = 7,
    period_d: float = 7.0,
    patients: int | None = None,
    repeats: int = 2000,
    seed: int = 1,
) -> PhaseRandomised:
    """Simulate a trial in which the start is drawn over the slots of one cycle.

    It estimates the offset between phase and response, which a timed-against-untimed trial has to assume.

    Start slots are equally often drawn; None for ``patients`` takes the closed form. The power is the share of
    likelihood-ratio tests (2 degrees of freedom) below 0.05.
    """
    n = cosinor_patients(amplitude, p_mean) if patients is None else patients
    angle = 2 * math.pi * np.arange(slots) / slots
    random = stream(seed, "cosinor", amplitude, p_mean, slots, n)
    level = _level(amplitude, p_mean, angle)
    rate = 1 / (1 + np.exp(-(level + amplitude * np.cos(angle))))
    sizes = np.full(slots, n // slots) + (np.arange(slots) < n % slots)
    responses = random.binomial(sizes, rate, size=(repeats, slots))
    statistic, phase = logistic_cosinor(responses.astype(np.float64), sizes.astype(np.float64), angle)
    power = float((statistic > chi2.isf(0.05, 2)).mean())
    return PhaseRandomised(
        amplitude=amplitude,
        odds_ratio=math.exp(2 * amplitude),
        slots=slots,
        patients=n,
        power=power,
        power_se=math.sqrt(power * (1 - power) / repeats),
        median_phase_error_h=float(np.median(np.abs(phase)) / (2 * math.pi) * period_d * 24),
        repeats=repeats,
    )


def logistic_cosinor(
    responses: NDArray[np.float64], sizes: NDArray[np.float64], angle: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit log odds = a + b cos + c sin to responses per slot, many trials at once.

    Responders are of shape (R, S), patients per slot and its phase (radians) of shape (S,). Gives the likelihood-ratio
    statistic against no dependence on phase, and the phase of the highest response (-pi to pi), both of shape (R,).

    Examples
    --------
    >>> angle = 2 * np.pi * np.arange(4) / 4
    >>> statistic, phase = logistic_cosinor(np.array([[30.0, 20.0, 10.0, 20.0]]), np.full(4, 100.0), angle)
    >>> bool(statistic[0] > 10), round(abs(float(phase[0])), 6)
    (True, 0.0)
    """
    design = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=1)
    total = responses.sum(axis=1)
    mean = np.clip(total / sizes.sum(), 1e-9, 1 - 1e-9)
    beta = np.zeros((len(responses), 3))
    beta[:, 0] = np.log(mean / (1 - mean))
    for _ in range(25):
        rate = 1 / (1 + np.exp(-np.clip(beta @ design.T, -30, 30)))
        score = (responses - sizes * rate) @ design
        weight = sizes * rate * (1 - rate)
        # The ridge only matters where responders are so few that the estimate runs off to infinity.
        information = np.einsum("rs,si,sj->rij", weight, design, design) + 1e-6 * np.eye(3)
        step = np.linalg.solve(information, score[:, :, None])[:, :, 0]
        beta = beta + np.clip(step, -1.0, 1.0)
    fitted = _log_likelihood(responses, sizes, 1 / (1 + np.exp(-np.clip(beta @ design.T, -30, 30))))
    flat = _log_likelihood(responses, sizes, np.repeat(mean[:, None], len(angle), axis=1))
    return 2 * np.maximum(fitted - flat, 0.0), np.arctan2(beta[:, 2], beta[:, 1])


def _log_likelihood(
    responses: NDArray[np.float64], sizes: NDArray[np.float64], rate: NDArray[np.float64]
) -> NDArray[np.float64]:
    safe = np.clip(rate, 1e-12, 1 - 1e-12)
    return (responses * np.log(safe) + (sizes - responses) * np.log1p(-safe)).sum(axis=1)


def _level(amplitude: float, p_mean: float, angle: NDArray[np.float64]) -> float:
    """Find the intercept at which the mean response over the slots is the wanted one."""
    from scipy.optimize import brentq

    def excess(level: float) -> float:
        return float((1 / (1 + np.exp(-(level + amplitude * np.cos(angle))))).mean() - p_mean)

    return float(cast(float, brentq(excess, -60.0, 60.0)))
