"""Two survival curves set against each other, by lifelines: log-rank, Cox, restricted mean."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.trial.scan_schedule import MONTH_DAYS
from bimodal.study.endpoints.trial.survival import to_effective, without_warnings
from bimodal.study.endpoints.weighted import Weights, effective_size

Array = npt.NDArray[np.float64]
Times = tuple[Array, npt.NDArray[np.bool_]]
_Z_95 = 1.959963984540054

INDEPENDENT = (
    "log-rank, Cox and restricted means take the arms as different people; the same virtual people in both arms make "
    "the true Monte-Carlo error smaller"
)


@dataclass(frozen=True, eq=False)
class _Side:
    """Months, events and weights of an arm; the weights sum to the effective sample size."""

    months: Array
    event: npt.NDArray[np.bool_]
    weights: Weights
    effective: float


def survival_contrast(
    first: Times, second: Times, *, months: float | None = None, weights: tuple[Weights, Weights] = (None, None)
) -> dict[str, Any]:
    """Compare times of which some are censored.

    Parameters
    ----------
    first, second
        Days (N,) and whether the event was seen (N,), of the patients of each arm.
    months
        Up to when restricted means are taken; None is the shorter of both follow-ups.
    weights
        Of each arm (N,) for how many patients each stands. They are scaled to the effective sample size of the arm, and
        tests and intervals are those of that many patients; ``n`` and ``events`` count who has a weight.

    Returns
    -------
    dict
        ``logrank`` (chi-square and p), ``cox`` (hazard ratio of the first arm over the second) and ``rmst`` (months
        without the event up to ``months``), each None or with a note where it cannot be said.

    Examples
    --------
    >>> days = np.arange(1.0, 41.0) * 30.4375
    >>> found = survival_contrast((days, np.ones(40, bool)), (2 * days, np.ones(40, bool)))
    >>> found["logrank"]["p"] < 0.001, found["cox"]["value"] > 1.0, round(found["rmst"]["months"])
    (True, True, 40)

    References
    ----------
    N. Mantel, Cancer Chemother Rep 1966;50:163. D. R. Cox, J R Stat Soc B 1972;34:187, ties by Efron. P. Royston,
    M. K. B. Parmar, Stat Med 2011;30:2409. Computed by lifelines (J Open Source Softw 2019;4:1317).
    """
    one, other = _side(first, weights[0]), _side(second, weights[1])
    sides = (one, other)
    counts: dict[str, Any] = {
        "n": [len(side.months) for side in sides],
        "events": [int(side.event.sum()) for side in sides],
        **({} if one.weights is None else {"effective_n": [side.effective for side in sides]}),
    }
    if 0 in counts["n"]:
        return {**counts, "logrank": None, "cox": None, "rmst": None, "note": "nobody is in one of the groups"}
    return {
        **counts,
        "logrank": _logrank(one, other) if sum(counts["events"]) else None,
        "cox": _cox(one, other),
        "rmst": _rmst(one, other, months),
        "note": "" if sum(counts["events"]) else "nobody had the event",
    }


def _side(times: Times, weights: Weights) -> _Side:
    if weights is None:
        months, event = in_months(*times)
        return _Side(months, event, None, float(len(months)))
    counts = np.isfinite(times[0]) & (weights > 0.0)
    days, event, own = times[0][counts], times[1][counts], weights[counts]
    order = np.lexsort((own, event, days))
    by = to_effective(own[order]) if len(own) else own
    return _Side(days[order] / MONTH_DAYS, event[order], by, effective_size(own))


def in_months(days: Array, event: npt.NDArray[np.bool_]) -> Times:
    """Give times in months, sorted, so that the order of the patients changes no bit; who has none is left out."""
    known = np.isfinite(days)
    days, event = days[known], event[known]
    order = np.lexsort((event, days))
    return days[order] / MONTH_DAYS, event[order]


def _logrank(one: _Side, other: _Side) -> dict[str, Any]:
    from lifelines.statistics import logrank_test

    with without_warnings():
        found = logrank_test(
            one.months, other.months, one.event, other.event, weights_A=one.weights, weights_B=other.weights
        )
    return {"chi2": float(found.test_statistic), "p": float(found.p_value)}


def _cox(one: _Side, other: _Side) -> dict[str, Any]:
    from lifelines import CoxPHFitter
    from pandas import DataFrame

    blank: dict[str, Any] = {"value": None, "lower": None, "upper": None, "p": None}
    if not (one.event.any() and other.event.any()):
        return {**blank, "note": "no hazard ratio: one arm has no event"}
    frame = DataFrame(
        {
            "months": np.concatenate([one.months, other.months]),
            "event": np.concatenate([one.event, other.event]),
            "first": np.repeat([1.0, 0.0], [len(one.months), len(other.months)]),
        }
    )
    weighted: dict[str, Any] = {}
    if one.weights is not None and other.weights is not None:
        frame["weight"] = np.concatenate([one.weights, other.weights])
        weighted = {"weights_col": "weight"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with without_warnings():
                fit = CoxPHFitter().fit(frame, "months", "event", **weighted)
    except Exception as fault:  # lifelines has many ways to say that it does not converge
        return {**blank, "note": f"no hazard ratio: {str(fault).strip().splitlines()[0]}"}
    row = fit.summary.loc["first"]
    lower, upper = (float(row[f"exp(coef) {end} 95%"]) for end in ("lower", "upper"))
    return {"value": float(row["exp(coef)"]), "lower": lower, "upper": upper, "p": float(row["p"]), "note": ""}


def _rmst(one: _Side, other: _Side, months: float | None) -> dict[str, Any]:
    shorter = min(float(side.months.max()) for side in (one, other))
    until = shorter if months is None else months
    if until > shorter + 2.0 / MONTH_DAYS:
        note = f"no restricted mean to {until:g} months: an arm is followed for {shorter:.1f}"
        return {
            "months": until,
            "first": None,
            "second": None,
            "difference": None,
            "lower": None,
            "upper": None,
            "note": note,
        }
    (mean, variance), (other_mean, other_variance) = (
        restricted_mean(side.months, side.event, until, side.weights) for side in (one, other)
    )
    gap, width = mean - other_mean, _Z_95 * math.sqrt(variance + other_variance)
    ends = {"difference": gap, "lower": gap - width, "upper": gap + width}
    return {"months": until, "first": mean, "second": other_mean, **ends, "note": ""}


def restricted_mean(
    months: Array, event: npt.NDArray[np.bool_], until: float, weights: Weights = None
) -> tuple[float, float]:
    """Give the mean time without the event up to a limit, and its variance (Greenwood's, which counts censoring).

    Examples
    --------
    >>> mean, variance = restricted_mean(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, bool), 4.0)
    >>> mean, round(variance, 4)  # without censoring: that of a mean of four times
    (2.5, 0.3125)
    """
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    with without_warnings():
        fit = KaplanMeierFitter().fit(months, event, weights=weights)
    mean = float(np.asarray(restricted_mean_survival_time(fit, t=until)))
    times = fit.survival_function_.index.to_numpy(np.float64)
    steps = np.append(times[times < until], until)
    curve = fit.survival_function_.to_numpy(np.float64)[: len(steps) - 1, 0]
    area = np.concatenate([np.cumsum((curve * np.diff(steps))[::-1])[::-1], [0.0]])
    table = fit.event_table[fit.event_table.index <= until]
    risk, died = table["at_risk"].to_numpy(np.float64), table["observed"].to_numpy(np.float64)
    # what is left of the area after each time; after the last of all nothing is left, whatever the variance
    left = area[: len(risk)] if len(area) >= len(risk) else np.append(area, np.zeros(len(risk) - len(area)))
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(left > 0.0, left**2 * died / (risk * (risk - died)), 0.0)
    return mean, float(part.sum())
