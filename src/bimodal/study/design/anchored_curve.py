"""The dose-DLT curve of aldesleukin under the skin every day, from the doses that trials found tolerable and not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bimodal.study.plan.arm import ArmPlan
from bimodal.units import DoseUnit, dose_amount, dose_nmol

Array = npt.NDArray[np.float64]
TOLERATED, NOT_TOLERATED = (0.3, 1.0, 0.4, 1.25), (3.0, 1.75)
_THIRD = 1.0 / 3.0
_LEAST_DAYS = 28
_KG, _M2 = 70.0, 1.8


def anchored_curve(doses: Array) -> tuple[Array, Array, Array]:
    """Give the probability of a dose-limiting toxicity at daily doses in MIU/m2: median, 5th and 95th percentile.

    The curve is a logistic of the logarithm of the dose. Every curve is weighed by how probable it makes what was seen:
    a dose counts as tolerated after 0 of 3 or at most 1 of 6, as in a 3+3.

    Returns
    -------
    median, lower, upper : ndarray (D,)
        None falls with the dose.

    Examples
    --------
    >>> median, lower, upper = anchored_curve(np.array([0.3, 1.0, 3.0]))
    >>> bool(median[1] < 1 / 3 < median[2]), bool((lower < median).all() and (median < upper).all())
    (True, True)

    Notes
    -----
    Assumed: the dose with one toxicity in three is log-uniform from 0.3 to 10 MIU/m2; the slope on the logarithm of the
    dose is log-normal around 2 with a standard deviation of 0.5. Sources: J. Koreth et al., N Engl J Med 2011;365:2055
    (0.3, 1 and 3 MIU/m2 for 8 weeks, 3 not tolerated); N. J. Meropol et al., Clin Cancer Res 1996;2:669 (0.4 to 1.75
    MIU/m2 for 90 days, largest tolerated 1.25).
    """
    middle, slope, weight = _posterior()
    curves = _probability(doses, middle, slope)
    parts = [_quantile(curves, weight, at) for at in (0.5, 0.05, 0.95)]
    return parts[0], parts[1], parts[2]


def _posterior() -> tuple[Array, Array, Array]:
    middles = np.linspace(np.log(0.3), np.log(10.0), 121)
    slopes = np.linspace(-1.5, 1.5, 61)
    middle, away = (grid.ravel() for grid in np.meshgrid(middles, slopes))
    slope = 2.0 * np.exp(away)
    weight = np.exp(-0.5 * (away / 0.5) ** 2)
    passed = _passes(_probability(np.array(TOLERATED), middle, slope)).prod(axis=0)
    failed = (1.0 - _passes(_probability(np.array(NOT_TOLERATED), middle, slope))).prod(axis=0)
    weight = weight * passed * failed
    return middle, slope, weight / weight.sum()


def _probability(doses: Array, middle: Array, slope: Array) -> Array:
    odds = np.log(_THIRD / (1.0 - _THIRD)) + slope * (np.log(doses)[:, None] - middle)
    return np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float64)


def _passes(p: Array) -> Array:
    none = (1.0 - p) ** 3
    return none + 3.0 * p * (1.0 - p) ** 2 * none


def _quantile(curves: Array, weight: Array, at: float) -> Array:
    order = np.argsort(curves, axis=1)
    share = np.cumsum(weight[order], axis=1)
    place = np.argmax(share >= at, axis=1)
    return np.take_along_axis(curves, np.take_along_axis(order, place[:, None], axis=1), axis=1)[:, 0]


def daily_miu_per_m2(arm: ArmPlan) -> float | None:
    """Give the daily dose of an arm that gives one dose under the skin every day for weeks; None for any other.

    A dose not said per body surface is taken for 70 kg and 1.8 m2.
    """
    doses = arm.schedule.doses
    if arm.molecule is None or arm.partners or len(doses) < _LEAST_DAYS or arm.subjects is not None:
        return None
    first = doses[0]
    alike = all(dose.amount == first.amount and dose.unit == first.unit and dose.route == first.route for dose in doses)
    daily = all(abs(other.time_h - one.time_h - 24.0) < 1e-6 for one, other in pairwise(doses))
    if not (alike and daily and first.route == "sc" and first.amount > 0.0):
        return None
    substance = arm.molecule.substance
    nmol = dose_nmol(first.amount, first.unit, substance, weight_kg=_KG, bsa_m2=_M2)
    return float(dose_amount(nmol, DoseUnit("MIU", "m2"), substance, bsa_m2=_M2))
