"""Covariances of ln CRP: noise on blood, noise of production seen through clearance, and cycles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bimodal.timing.hypotheses import CRP_MEMORY_DAYS


def noise_on_blood(gap: NDArray[np.float64], memory: ArrayLike) -> NDArray[np.float64]:
    """Give the correlation of an Ornstein-Uhlenbeck process.

    From absolute time differences, shape (n, n), and memories (d), shape (M,), it is of shape (M, n, n).

    Examples
    --------
    >>> bool(abs(noise_on_blood(np.array([[0.0, 2.0]]), [2.0])[0, 0, 1] - np.exp(-1)) < 1e-12)
    True
    """
    return np.exp(-gap[None] / np.asarray(memory, dtype=np.float64)[:, None, None])


def noise_through_clearance(gap: NDArray[np.float64], memory: ArrayLike) -> NDArray[np.float64]:
    """Give the correlation of blood whose production is an Ornstein-Uhlenbeck process.

    Blood forgets with the 19-h half-life of CRP, so noise of production comes out smooth, and smooth noise is what
    passes most easily for a cycle.

    Shape (M, n, n): (u e^(-D/u) - T e^(-D/T)) / (u - T) for memories u of the production (d), none of which may equal
    that of blood, T.

    Examples
    --------
    >>> float(noise_through_clearance(np.zeros((1, 1)), [3.0])[0, 0, 0])
    1.0
    """
    drive = np.asarray(memory, dtype=np.float64)[:, None, None]
    blood = CRP_MEMORY_DAYS
    return (drive * np.exp(-gap[None] / drive) - blood * np.exp(-gap[None] / blood)) / (drive - blood)


def cycle(gap: NDArray[np.float64], frequency: ArrayLike, memory: ArrayLike) -> NDArray[np.float64]:
    """Give the correlation of a cycle that forgets its phase.

    Shape (F, n, n): e^(-D/m) cos(2 pi f D) for frequencies f (1/d) and memories m of the phase (d, infinity allowed).

    Examples
    --------
    >>> float(cycle(np.array([[7.0]]), [1 / 7], [np.inf])[0, 0, 0])
    1.0
    """
    rate = 1.0 / np.asarray(memory, dtype=np.float64)[:, None, None]
    turn = 2.0 * np.pi * np.asarray(frequency, dtype=np.float64)[:, None, None]
    return np.exp(-gap[None] * rate) * np.cos(turn * gap[None])


def pulse_response(days: NDArray[np.float64], start: float, memory_days: float = 2.77) -> NDArray[np.float64]:
    """Give the shape of CRP's answer to a disturbance: nothing before, then a fall with a half-life of 46 h.

    The mean life is 46 h over ln 2, which is what recovery from pneumonia shows (production persists).

    Examples
    --------
    >>> pulse_response(np.array([0.0, 1.0]), 0.5)[0]
    np.float64(0.0)
    """
    since = days - start
    return np.where(since >= 0.0, np.exp(-np.maximum(since, 0.0) / memory_days), 0.0)


def certain_part(
    days: NDArray[np.float64],
    *,
    assay_sd: float,
    level_sd: float,
    trend_sd: float,
    pulses: tuple[float, ...] = (),
    pulse_sd: float = 0.0,
) -> NDArray[np.float64]:
    """Give what every hypothesis shares: assay noise, level, trend and answers to known disturbances, integrated out.

    A covariance of shape (n, n); SDs are in ln units, that of the trend per day.

    Examples
    --------
    >>> certain_part(np.zeros(1), assay_sd=0.1, level_sd=1.0, trend_sd=0.0).round(3)
    array([[1.01]])
    """
    centred = days - 0.5 * (days[0] + days[-1])
    shared = np.eye(len(days)) * assay_sd**2 + level_sd**2 + trend_sd**2 * np.outer(centred, centred)
    for start in pulses:
        shape = pulse_response(days, start)
        shared = shared + pulse_sd**2 * np.outer(shape, shape)
    return shared
