"""When and of what a patient dies, from two summed hazards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import uniform

Array = npt.NDArray[np.float64]


class Cause(IntEnum):
    """Of what a patient died."""

    ALIVE = 0
    DISEASE = 1
    TREATMENT = 2


@dataclass(frozen=True, eq=False)
class Deaths:
    """Day (infinite while alive) and cause of each patient's death, both (N,)."""

    day: Array
    cause: npt.NDArray[np.int8]


def deaths(seed: int, patients: npt.ArrayLike, days: Array, *, disease: Array, treatment: Array) -> Deaths:
    """Let each patient die of what comes first: the disease (and all else) or the treatment.

    A cause kills when its own summed hazard crosses -ln(U), with one uniform number per patient and cause. The two
    compete; a milder treatment never changes the day on which the disease would have killed.

    Parameters
    ----------
    patients
        (N,) global indices.
    days
        (T,) saved days.
    disease, treatment
        (N, T) hazards summed since day 0; between saved days they rise on a straight line.

    Returns
    -------
    Deaths
        Patients who outlive the last day are alive. NaN hazards (a failed patient) never kill.

    Examples
    --------
    >>> days = np.array([0.0, 1000.0])
    >>> found = deaths(1, [0], days, disease=np.array([[0.0, 50.0]]), treatment=np.array([[0.0, 0.0]]))
    >>> Cause(found.cause[0]).name
    'DISEASE'
    """
    by_disease, by_treatment = death_levels(seed, patients)
    of_disease, of_treatment = crossing_days(days, disease, by_disease), crossing_days(days, treatment, by_treatment)
    day = np.minimum(of_disease, of_treatment)
    cause = np.where(of_treatment < of_disease, Cause.TREATMENT, Cause.DISEASE)
    return Deaths(day, np.where(np.isfinite(day), cause, Cause.ALIVE).astype(np.int8))


def death_levels(seed: int, patients: npt.ArrayLike) -> tuple[Array, Array]:
    """Draw the summed hazards of the disease and of the treatment at which each patient dies, both (N,).

    Examples
    --------
    >>> [level.shape for level in death_levels(1, [0, 1])]
    [(2,), (2,)]
    """
    disease, treatment = (-np.log(uniform(seed, patients, "death", cause)[:, 0]) for cause in ("disease", "treatment"))
    return disease, treatment


def crossing_days(days: Array, hazard: Array, level: Array) -> Array:
    """Find the day on which a summed hazard reaches a level, (N,) days, infinite where it is not reached.

    Parameters
    ----------
    days
        (T,) saved days.
    hazard
        (N, T) hazard summed since the first day; the first crossing counts.
    level
        (N,) above 0.

    Examples
    --------
    >>> crossing_days(np.array([0.0, 10.0]), np.array([[0.0, 2.0]]), np.array([0.5])).tolist()
    [2.5]
    """
    reached = hazard >= (level + hazard[:, 0])[:, None]  # a NaN is no hazard at all
    rows = np.arange(len(hazard))
    right = np.maximum(reached.argmax(axis=1), 1) if len(days) > 1 else np.zeros(len(hazard), np.int64)
    left = np.maximum(right - 1, 0)
    low, high = hazard[rows, left], hazard[rows, right]
    way = (level + hazard[:, 0] - low) / np.where(high > low, high - low, 1.0)
    return np.where(reached.any(axis=1), days[left] + way * (days[right] - days[left]), np.inf)
