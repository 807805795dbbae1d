"""Kaplan-Meier estimates, by lifelines, in months."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.trial.scan_schedule import MONTH_DAYS
from bimodal.study.endpoints.weighted import Weights, effective_size

Array = npt.NDArray[np.float64]
GRACE_MONTHS = 2.0 / MONTH_DAYS
INTERVAL = "95 % of the estimate (log-log Greenwood, Monte-Carlo: more patients narrow it)"
#: A product of many shares misses one half by rounding.
_TINY = 1e-12
_Z_95 = 1.959963984540054


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """A Kaplan-Meier estimate.

    Attributes
    ----------
    months
        (K,) times of events and of censoring, the first is 0.
    survival, lower, upper
        (K,) share without the event after each time, and its 95 % interval (log-log Greenwood).
    at_risk
        (K,) patients followed just before each time; of weighted patients the effective number, rounded.
    """

    months: Array
    survival: Array
    lower: Array
    upper: Array
    at_risk: npt.NDArray[np.int64]
    n: int
    events: int
    effective: float | None = None

    def at(self, months: float) -> tuple[float, float, float] | None:
        """Give the share without the event at a time, with its interval.

        Returns
        -------
        tuple of float or None
            Share, lower and upper; None after the last patient's follow-up (two days of grace: five years are 1,826
            days), unless all had the event by then.
        """
        if months > self.months[-1] + GRACE_MONTHS and self.survival[-1] > 0.0:
            return None
        place = int(np.searchsorted(self.months, months, side="right")) - 1
        return float(self.survival[place]), float(self.lower[place]), float(self.upper[place])

    @property
    def median(self) -> tuple[float | None, float | None, float | None]:
        """Median in months and its 95 % interval (Brookmeyer-Crowley); None where it is not reached.

        Where the curve is flat at exactly one half it is the middle of that stretch, up to the last follow-up, as R's
        survival package has it; without censoring this is the ordinary median. See also :attr:`median_first`.
        """
        return (
            _reaches(self.months, self.survival),
            _reaches(self.months, self.lower),
            _reaches(self.months, self.upper),
        )

    def quantile(self, gone: float) -> float | None:
        """Time in months at which a share of patients has had the event, by the rule of the median; None if never."""
        return _reaches(self.months, self.survival, 1.0 - gone)

    @property
    def median_first(self) -> float | None:
        """First time in months at which at most one half is left: the rule of lifelines for a flat stretch."""
        places = np.flatnonzero(self.survival <= 0.5 + _TINY)
        return float(self.months[places[0]]) if len(places) else None

    def remaining(self, months: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Count the patients still followed at given times, as written under a plot.

        Parameters
        ----------
        months
            (M,) times.

        Returns
        -------
        ndarray (M,)
            Patients at risk just before.
        """
        places = np.searchsorted(self.months, np.asarray(months, np.float64), side="left")
        return np.where(places < len(self.months), self.at_risk[np.minimum(places, len(self.months) - 1)], 0)


def kaplan_meier(days: Array, event: npt.NDArray[np.bool_], weights: Weights = None) -> SurvivalCurve | None:
    """Estimate survival from times of which some are censored.

    Parameters
    ----------
    days
        (N,) days to the event or to the end of follow-up.
    event
        (N,) whether the event was seen.
    weights
        (N,) for how many patients each stands; scaled to the effective sample size, which the interval is of.

    Returns
    -------
    SurvivalCurve or None
        None without patients. Sorted first, so the order of the patients changes no bit.

    Examples
    --------
    >>> curve = kaplan_meier(np.array([30.4375, 60.875, 91.3125, 121.75]), np.array([True, True, True, False]))
    >>> [round(value, 3) for value in curve.at(2.0)]
    [0.5, 0.058, 0.845]
    >>> curve.median[0]
    2.5

    References
    ----------
    E. L. Kaplan, P. Meier, J Am Stat Assoc 1958;53:457. R. Brookmeyer, J. Crowley, Biometrics 1982;38:29.
    Computed by lifelines (C. Davidson-Pilon, J Open Source Softw 2019;4:1317).
    """
    if weights is not None:
        counts = weights > 0.0
        days, event, weights = days[counts], event[counts], weights[counts]
    if len(days) == 0:
        return None
    from lifelines import KaplanMeierFitter

    order = np.lexsort((event, days) if weights is None else (weights, event, days))
    by = None if weights is None else to_effective(weights[order])
    with without_warnings():
        fit = KaplanMeierFitter().fit(days[order] / MONTH_DAYS, event[order], weights=by)
    table = fit.event_table
    band = fit.confidence_interval_.to_numpy(np.float64) if by is None else _log_log(fit.survival_function_, table)
    return SurvivalCurve(
        months=fit.survival_function_.index.to_numpy(np.float64),
        survival=fit.survival_function_.to_numpy(np.float64)[:, 0],
        lower=band[:, 0],
        upper=band[:, 1],
        at_risk=_whole(table["at_risk"].to_numpy()),
        n=len(days),
        events=int(event.sum()),
        effective=None if weights is None else effective_size(weights),
    )


def to_effective(weights: Array) -> Array:
    """Scale weights so that they sum to the effective sample size, as estimates take them for counts of patients.

    They are rounded to a step so fine that sums of them are exact, or the last patients of a curve would not come out
    as all that are left.

    Examples
    --------
    >>> to_effective(np.array([2.0, 2.0])).tolist()
    [1.0, 1.0]
    """
    size = effective_size(weights)
    step = 2.0 ** (math.ceil(math.log2(size + 1.0)) - 51)
    return np.maximum(np.rint(weights * (size / math.fsum(weights.tolist())) / step), 1.0) * step


@contextmanager
def without_warnings() -> Iterator[None]:
    """Leave out what lifelines warns of weights that are no whole numbers: what intervals are of is said here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(?s).*weights are not integers")
        yield


def _log_log(survival: Any, table: Any) -> Array:
    """Give the interval of a weighted curve, (K, 2); lifelines rounds the patients at risk down to whole ones there."""
    risk, died = (table[name].to_numpy(np.float64) for name in ("at_risk", "observed"))
    with np.errstate(divide="ignore", invalid="ignore"):
        step = died / (risk * (risk - died))
        error = _Z_95 * np.sqrt(np.cumsum(np.where(np.isfinite(step), step, 0.0)))
        log = np.log(survival.to_numpy(np.float64)[:, 0])
        ends = [np.exp(-np.exp(np.log(-log) + sign * error / log)) for sign in (-1.0, 1.0)]
    return np.where(np.isnan(ends), 1.0, ends).T


def _whole(at_risk: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.rint(at_risk.astype(np.float64)).astype(np.int64)


def _reaches(months: Array, survival: Array, level: float = 0.5) -> float | None:
    """Time at which a curve falls below a level, or the middle of its flat stretch there."""
    at_most = np.flatnonzero(survival <= level + _TINY)
    if not len(at_most):
        return None
    first = float(months[at_most[0]])
    if survival[at_most[0]] < level - _TINY:
        return first
    below = np.flatnonzero(survival < level - _TINY)
    return 0.5 * (first + float(months[below[0]] if len(below) else months[-1]))
