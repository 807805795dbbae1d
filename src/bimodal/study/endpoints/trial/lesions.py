"""From a number of tumour cells to lesions, and from lesions to what a reader measures on a scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import normal, uniform
from bimodal.study.endpoints.trial.scan_plan import ScanPlan

Array = npt.NDArray[np.float64]

MOST_LESIONS = 5
# Hillman 2009, J Clin Oncol 27:3205: share of patients with 1, 2, 3, 4 and 5 lesions at baseline.
LESION_SHARES = (0.49, 0.28, 0.12, 0.06, 0.05)
_OF = "target lesions"
_NOISE = "measurement noise"


@dataclass(frozen=True, eq=False)
class Measured:
    """What the reader writes down.

    Attributes
    ----------
    sld
        (N, V) sum of the longest diameters of the target lesions, mm; 0 where none is left.
    spd
        (N, V) sum of the products of two perpendicular diameters, mm2.
    measurable
        (N,) whether any lesion was large enough at baseline.
    """

    sld: Array
    spd: Array
    measurable: npt.NDArray[np.bool_]


def lesion_fractions(seed: int, patients: npt.ArrayLike) -> Array:
    """Split each patient's burden over one to five lesions.

    Parameters
    ----------
    patients
        (N,) global indices.

    Returns
    -------
    ndarray (N, 5)
        Fractions of the volume that sum to 1; 0 for lesions the patient does not have. How many a patient has is
        published (Hillman 2009); that every split is as likely as any other is assumed.

    Examples
    --------
    >>> lesion_fractions(1, [0, 1]).sum(axis=1).round(12).tolist()
    [1.0, 1.0]
    """
    ladder = np.cumsum(LESION_SHARES)[:-1]
    number = 1 + np.searchsorted(ladder, uniform(seed, patients, _OF, "number")[:, 0], side="right")
    parts = -np.log(uniform(seed, patients, _OF, "split", MOST_LESIONS))
    parts[np.arange(MOST_LESIONS) >= number[:, None]] = 0.0
    return parts / parts.sum(axis=1, keepdims=True)


def diameters_mm(cells: Array, fractions: Array, cells_per_cm3: float) -> Array:
    """Give the true diameters of lesions that are spheres and shrink and grow together, (N, V, L) mm.

    Parameters
    ----------
    cells
        (N, V) tumour cells of the whole body.
    fractions
        (N, L) fractions of the volume.
    cells_per_cm3
        Cells in a cubic centimetre of tumour.

    Examples
    --------
    >>> diameters_mm(np.array([[1e9]]), np.array([[1.0]]), 1e9).round(2).tolist()
    [[[12.41]]]
    """
    volume = np.maximum(cells, 0.0)[:, :, None] * fractions[:, None, :] / cells_per_cm3
    return 10.0 * np.cbrt(6.0 / np.pi * volume)


def measure(plan: ScanPlan, seed: int, patients: npt.ArrayLike, cells: Array) -> Measured:
    """Measure the target lesions on every scan.

    A lesion that is smaller than the detection limit is gone; one that is seen is never written down as smaller than
    that limit. Lesions too small to be measured at baseline are not followed: they shrink with the others.

    Parameters
    ----------
    patients
        (N,) global indices.
    cells
        (N, V) tumour cells at the scans, baseline first.

    Returns
    -------
    Measured
        The error of a diameter belongs to the patient, the lesion and the scheduled scan: missing or adding other
        scans later changes none.

    Examples
    --------
    >>> seen = measure(ScanPlan(reader_sd_mm=0.0), 1, [0], np.array([[4e10, 1e6]]))
    >>> bool(seen.measurable[0]), seen.sld[0, 1].tolist()
    (True, 0.0)
    """
    true = diameters_mm(cells, lesion_fractions(seed, patients), plan.cells_per_cm3)
    target = true[:, 0, :] >= plan.measurable_mm
    seen = target[:, None, :] & (true >= plan.limit_mm)
    long = _read(plan, true, seen, seed, patients, "longest diameter")
    sld = _sum(long)
    if plan.criterion == "WHO":
        spd = _sum(long * _read(plan, true, seen, seed, patients, "perpendicular diameter"))
    else:
        spd = _sum(long * long)
    return Measured(sld, spd, np.asarray(target.any(axis=1), np.bool_))


def at_days(days: Array, values: Array, wanted: npt.ArrayLike) -> Array:
    """Read cell numbers at given days, on a straight line in the logarithm between saved days, (N, V).

    Parameters
    ----------
    days
        (T,) saved days, ascending.
    values
        (N, T) cells.
    wanted
        (V,) days within the saved ones; on a saved day the value is the saved one to the bit.

    Examples
    --------
    >>> at_days(np.array([0.0, 10.0]), np.array([[1e9, 1e7]]), [0.0, 5.0]).round(-3).tolist()
    [[1000000000.0, 100000000.0]]
    """
    asked = np.asarray(wanted, np.float64)
    right = np.clip(np.searchsorted(days, asked), 0, len(days) - 1)
    left = np.maximum(right - 1, 0)
    before, after = np.maximum(values[:, left], 0.0), np.maximum(values[:, right], 0.0)
    span = np.where(right > left, days[right] - days[left], 1.0)
    way = np.clip((asked - days[left]) / span, 0.0, 1.0)
    between = np.expm1(np.log1p(before) + way * (np.log1p(after) - np.log1p(before)))
    exact = np.abs(days[right] - asked) < 1e-7
    return np.where(exact, after, between)


def _read(
    plan: ScanPlan, true: Array, seen: npt.NDArray[np.bool_], seed: int, patients: npt.ArrayLike, which: str
) -> Array:
    if plan.reader_sd_mm > 0.0:
        n, visits, lesions = true.shape
        error = normal(seed, patients, _NOISE, f"tumour_sld, {which}", visits * lesions).reshape(n, visits, lesions)
        true = np.maximum(true + plan.reader_sd_mm * error, plan.limit_mm)
    return np.where(seen, true, 0.0)


def _sum(lesions: Array) -> Array:
    total = lesions[:, :, 0]
    for one in range(1, lesions.shape[2]):
        total = total + lesions[:, :, one]
    return total
