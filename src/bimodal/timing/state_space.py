"""The likelihood of a series by a Kalman filter: an independent way to the same number."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bimodal.timing.hypotheses import CRP_MEMORY_DAYS


def kalman_log_likelihood(
    days: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    noise_sd: float,
    noise_memory: float,
    through_clearance: bool,
    assay_sd: float,
    level_sd: float,
    trend_sd: float,
    cycle_sd: float = 0.0,
    frequency: float = 0.0,
    memory: float = math.inf,
) -> float:
    """Give ln p of a series by filtering it sample by sample, without any covariance matrix of the samples.

    Parameters
    ----------
    noise_sd, noise_memory, through_clearance
        Biological noise: SD in ln units, memory in days, on blood or of production.
    assay_sd, level_sd, trend_sd
        Assay noise, level, trend per day.
    cycle_sd, frequency, memory
        Cycle: SD, 1/d, days; none with an SD of 0.

    Examples
    --------
    >>> round(kalman_log_likelihood(np.zeros(1), np.zeros(1), noise_sd=0.0, noise_memory=1.0,
    ...       through_clearance=False, assay_sd=1.0, level_sd=0.0, trend_sd=0.0), 6)
    -0.918939

    References
    ----------
    R. E. Kalman, J. Basic Eng. 82, 35 (1960).
    """
    blocks = 2 if through_clearance else 1
    a, b = 1.0 / noise_memory, 1.0 / CRP_MEMORY_DAYS
    if through_clearance:
        drive = noise_sd**2 * (a + b) / b
        stationary = np.array([[drive, noise_sd**2], [noise_sd**2, noise_sd**2]])
    else:
        stationary = np.array([[noise_sd**2]])
    spread = _blocks(stationary, np.eye(2) * cycle_sd**2, np.diag([level_sd**2, trend_sd**2]))
    centre = np.zeros(len(spread))
    middle = 0.5 * (days[0] + days[-1])
    total, before = 0.0, float(days[0])
    for day, value in zip(days.tolist(), values.tolist(), strict=True):
        step = day - before
        if step > 0:
            move = _transition(step, a, b, through_clearance, frequency, memory)
            still = _blocks(stationary, np.eye(2) * cycle_sd**2, np.zeros((2, 2)))
            centre = move @ centre
            spread = move @ (spread - still) @ move.T + still
        seen = np.zeros(len(spread))
        seen[blocks - 1] = seen[blocks] = seen[blocks + 2] = 1.0
        seen[blocks + 3] = day - middle
        variance = float(seen @ spread @ seen) + assay_sd**2
        surprise = value - float(seen @ centre)
        gain = spread @ seen / variance
        centre = centre + gain * surprise
        spread = spread - np.outer(gain, gain) * variance
        total -= 0.5 * (math.log(2 * math.pi * variance) + surprise**2 / variance)
        before = day
    return total


def _transition(
    step: float, a: float, b: float, through_clearance: bool, frequency: float, memory: float
) -> NDArray[np.float64]:
    fade = math.exp(-step / memory)
    turn = 2 * math.pi * frequency * step
    wave = fade * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    if through_clearance:
        mixed = b / (b - a) * (math.exp(-a * step) - math.exp(-b * step))
        noise = np.array([[math.exp(-a * step), 0.0], [mixed, math.exp(-b * step)]])
    else:
        noise = np.array([[math.exp(-a * step)]])
    return _blocks(noise, wave, np.eye(2))


def _blocks(*parts: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = np.zeros((sum(len(part) for part in parts),) * 2)
    start = 0
    for part in parts:
        whole[start : start + len(part), start : start + len(part)] = part
        start += len(part)
    return whole
