"""Predicted percentiles of patients as an assay would read them."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bimodal.predict.prediction import PERCENTILES

Array = npt.NDArray[np.float64]

_PEOPLE = 100.0 * (np.arange(2000) + 0.5) / 2000.0  # where the patients are read, per cent
_WIDTHS = 9.0  # beyond so many standard deviations of the noise nothing is looked for
_HALVINGS = 60


def noisy_percentiles(percentiles: tuple[float, ...], places: Array, log_sd: float) -> Array:
    """Give percentiles of readings of patients, where each reading is its true value times log-normal noise.

    The distribution of readings is the mean, over 2,000 patients at even steps of the predicted percentiles, of the
    normal distribution of the noise around each on the log scale; its percentiles are found by halving.

    Parameters
    ----------
    percentiles
        Of the patients without noise, at :data:`bimodal.predict.prediction.PERCENTILES`; none below 0.
    places
        Percentiles that are wanted, in per cent.
    log_sd
        Standard deviation of the logarithm of the noise, whose median is 1; 0 is no noise.

    Examples
    --------
    >>> same = noisy_percentiles((1.0,) * 15, np.array([5.0, 95.0]), 0.1)
    >>> [round(float(end), 3) for end in same]
    [0.848, 1.179]
    """
    if log_sd == 0.0:
        return np.interp(places, PERCENTILES, percentiles)
    return np.array(_read(percentiles, tuple(places.tolist()), log_sd))


@lru_cache(maxsize=256)  # a table of observed values may ask for the same ones in every line
def _read(percentiles: tuple[float, ...], places: tuple[float, ...], log_sd: float) -> tuple[float, ...]:
    from scipy.special import ndtr

    people = np.interp(_PEOPLE, PERCENTILES, percentiles)
    # somebody with none of it is read as none
    logs, none = np.log(people[people > 0.0]), float(np.mean(people <= 0.0))
    wanted = np.asarray(places, dtype=np.float64) / 100.0
    if not len(logs):
        return (0.0,) * len(wanted)
    low = np.full(len(wanted), logs.min() - _WIDTHS * log_sd)
    high = np.full(len(wanted), logs.max() + _WIDTHS * log_sd)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        below = none + (1.0 - none) * ndtr((middle[:, None] - logs) / log_sd).mean(axis=1)
        low, high = np.where(below < wanted, middle, low), np.where(below < wanted, high, middle)
    return tuple(np.where(wanted <= none, 0.0, np.exp((low + high) / 2.0)).tolist())


def noisy_sd(mean: float, sd: float, log_sd: float) -> float:
    """Give the standard deviation of readings over patients from that of the patients: two independent factors.

    Examples
    --------
    >>> noisy_sd(2.0, 0.5, 0.0)
    0.5
    >>> round(noisy_sd(2.0, 0.0, 0.1), 3)
    0.201
    """
    cv2 = math.expm1(log_sd * log_sd)
    return math.sqrt(sd * sd * (1.0 + cv2) + mean * mean * cv2)
