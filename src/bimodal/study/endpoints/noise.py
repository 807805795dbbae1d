"""Measurement noise of an observable: its own row of the table, or what follows from the row of its parts."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import normal
from bimodal.evidence.measurement_noise import load_measurement_noise
from bimodal.study.endpoints.registry import load_registry

#: Kinds of observables without measurement noise, and why.
WITHOUT_NOISE = {
    "gain": "a difference of two counts: its noise depends on the counts, which percentiles of the gain do not tell",
    "pk": "how far the pharmacokinetics of one person differ between occasions was not looked for",
    "dosing": "doses are counted",
    "trial": "deaths and grades are counted, and the error of a scan is in the simulated diameters already",
}

_PURPOSE = "measurement noise"


def noise_log_sd(observable: str) -> float:
    """Give the standard deviation of the logarithm of a reading around what the person has; 0 where there is no row.

    A fold has the noise of two readings, that of the day and that of day 0.

    Examples
    --------
    >>> round(noise_log_sd("treg_fold") / noise_log_sd("treg_count"), 3)
    1.414
    """
    row = load_measurement_noise().get(observable)
    if row is not None:
        return row.log_sd
    level = read_as(observable)
    return 0.0 if level == observable else math.sqrt(2.0) * noise_log_sd(level)


def read_as(observable: str) -> str:
    """Name what is read at a visit: of a fold the level, else the observable itself.

    Examples
    --------
    >>> read_as("treg_fold"), read_as("scd25")
    ('treg_count', 'scd25')
    """
    entry = load_registry().get(observable)
    return observable if entry is None or entry.kind != "fold" else entry.of[0]


def log_noise(seed: int, patients: npt.ArrayLike, level: str, day: float) -> npt.NDArray[np.float64]:
    """Draw by how much the logarithm of what is read on a day differs from what a person has, (N,).

    The numbers belong to the patient, the observable and the day: whoever reads that day reads the same.

    Parameters
    ----------
    level
        What is read at a visit, as :func:`read_as` names it; 0 for one without a row in the table.

    Examples
    --------
    >>> log_noise(1, [0, 1], "treg_count", 7.0)[1] == log_noise(1, [1], "treg_count", 7.0)[0]
    np.True_
    """
    row = load_measurement_noise().get(level)
    if row is None:
        return np.zeros(np.shape(patients))
    return row.log_sd * normal(seed, patients, _PURPOSE, f"{level}, day {day:g}")[:, 0]
