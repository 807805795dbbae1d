"""Response rates, durations and survival of an arm, each with its denominator and its interval."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.endpoints.trial.contrast import contrast
from bimodal.study.endpoints.trial.criteria import Response
from bimodal.study.endpoints.trial.death import Cause
from bimodal.study.endpoints.trial.outcomes import Outcomes
from bimodal.study.endpoints.trial.scan_schedule import MONTH_DAYS
from bimodal.study.endpoints.trial.scanned import is_read_from_scans, nobody_scanned
from bimodal.study.endpoints.trial.survival import GRACE_MONTHS, INTERVAL, SurvivalCurve, kaplan_meier
from bimodal.study.endpoints.trial.trial_statistic import TrialStatistic
from bimodal.study.endpoints.weighted import Weights, effective_size, of_those, share_interval

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
WILSON = "95 % Wilson (Monte-Carlo: more patients narrow it)"
_NUMBER = re.compile(r"_(\d+)_months$", re.ASCII)


def trial_statistic(name: str, outcomes: Outcomes) -> TrialStatistic:
    """Compute a trial endpoint of one arm.

    Parameters
    ----------
    name
        Id of the registry, with its number of months: ``orr``, ``cr_rate``, ``os_rate_24_months`` ...

    Returns
    -------
    TrialStatistic
        Of all patients with a trajectory, or of the group the endpoint is about (responders, complete responders).

    Examples
    --------
    >>> from bimodal.study.endpoints.trial import ScanPlan, trial_outcomes
    >>> none = np.zeros((2, 101))
    >>> arm = trial_outcomes(np.arange(101.0), tumour_cells=np.full((2, 101), 3e10), death_hazard_integral=none,
    ...                      tox_hazard_integral=none, patients=[0, 1], seed=1, plan=ScanPlan())
    >>> found = trial_statistic("orr", arm)
    >>> found.value, found.n, round(found.upper, 3)
    (0.0, 2, 0.658)
    """
    found = _of_one_arm(name, outcomes)
    if found is None:
        raise StudyError(f"'{name}' is no endpoint of one arm of a trial")
    unread = nobody_scanned(outcomes) if is_read_from_scans(name) else ""
    if unread:
        return replace(found, value=None, lower=None, upper=None, count=None, note=unread)
    return found


def _of_one_arm(name: str, outcomes: Outcomes) -> TrialStatistic | None:
    match = _NUMBER.search(name)
    if name in _SHARES:
        of, which = _SHARES[name](outcomes)
        return proportion(which, of, outcomes.weights)
    if name in _MEDIANS:
        return _median(survival_curve(name, outcomes), outcomes)
    if match is not None:
        stem, months = name[: match.start()], float(match[1])
        if stem in _RATES:
            return _rate(survival_curve(f"{stem.removesuffix('_rate')}_months", outcomes), months)
        if stem == "os_gain_cr":
            return _gain(outcomes, months)
        if stem == "late_progression_rate":
            late = outcomes.pfs_event & (outcomes.pfs_days - outcomes.response_day > months * MONTH_DAYS)
            return proportion(late, outcomes.responders, outcomes.weights)
    return None


def survival_curve(name: str, outcomes: Outcomes) -> SurvivalCurve | None:
    """Estimate the curve behind an endpoint in months; None where nobody is in the group.

    Parameters
    ----------
    name
        ``os_months``, ``pfs_months``, ``ttr_months``, ``dor_months``, ``pr_dor_months`` or ``cr_dor_months``.
    """
    days, event = times_of(name, outcomes)
    known = np.isfinite(days)
    return kaplan_meier(days[known], event[known], of_those(outcomes.weights, known))


def times_of(name: str, outcomes: Outcomes) -> tuple[Array, Flags]:
    """Give the times behind an endpoint in months, and whether the event was seen; parameters as `survival_curve`.

    Returns
    -------
    days, event : ndarray (N,)
        NaN days for who is not in the group the endpoint is about.
    """
    if name not in _MEDIANS:
        raise StudyError(f"'{name}' is no time to an event", fix=f"one of: {', '.join(_MEDIANS)}")
    return _MEDIANS[name](outcomes)


def event_of(name: str, outcomes: Outcomes) -> Flags | None:
    """Say who of all patients has the event of a rate, so that the same people in two arms can be compared in pairs.

    Returns
    -------
    ndarray (N,) or None
        Patients without a trajectory count as without it. None where the endpoint is no rate, a rate of a group (such
        as responders), or a share without progression or death before whose time somebody was lost to follow-up.
    """
    match = _NUMBER.search(name)
    if match is not None and name[: match.start()] in _RATES:
        days, event = _MEDIANS[name[: match.start()].removesuffix("_rate") + "_months"](outcomes)
        months, limit = days / MONTH_DAYS, float(match[1])
        lost = outcomes.evaluated & ~event & (months < limit - GRACE_MONTHS)
        return None if lost.any() else outcomes.evaluated & ~(event & (months <= limit))
    of, which = _SHARES[name](outcomes) if name in _SHARES else (None, None)
    return which if of is outcomes.evaluated else None


def _duration(outcomes: Outcomes, who: Flags, since: Array) -> tuple[Array, Flags]:
    return np.where(who, outcomes.pfs_days - since, np.nan), outcomes.pfs_event


def _first(outcomes: Outcomes, *best: Response) -> Flags:
    return np.isin(outcomes.best, best)


_MEDIANS: Mapping[str, Callable[[Outcomes], tuple[Array, Flags]]] = MappingProxyType(
    {
        "os_months": lambda out: (out.os_days, out.os_event),
        "pfs_months": lambda out: (out.pfs_days, out.pfs_event),
        "ttr_months": lambda out: (np.where(out.responders, out.response_day, np.nan), out.responders),
        "dor_months": lambda out: _duration(out, out.responders, out.response_day),
        "pr_dor_months": lambda out: _duration(out, _first(out, Response.PR), out.response_day),
        "cr_dor_months": lambda out: _duration(out, _first(out, Response.CR), out.complete_day),
    }
)
_RATES = ("os_rate", "pfs_rate")


def _toxic(outcomes: Outcomes) -> Flags:
    if outcomes.dlt is None:
        raise StudyError("'dlt_rate' needs the observable 'tox_index'", fix="use a model that gives it")
    return outcomes.dlt


# Each gives the denominator and, among it, who has the event.
_SHARES: Mapping[str, Callable[[Outcomes], tuple[Flags, Flags]]] = MappingProxyType(
    {
        "orr": lambda out: (out.evaluated, out.responders),
        "cr_rate": lambda out: (out.evaluated, _first(out, Response.CR)),
        "pr_rate": lambda out: (out.evaluated, _first(out, Response.PR)),
        "cr_durable_fraction": lambda out: (_first(out, Response.CR), ~out.pfs_event),
        "response_durable_fraction": lambda out: (out.responders, ~out.pfs_event),
        "treatment_death_rate": lambda out: (out.evaluated, out.cause == Cause.TREATMENT),
        "dlt_rate": lambda out: (out.evaluated, _toxic(out)),
    }
)


def proportion(which: Flags, of: Flags, weights: Weights = None) -> TrialStatistic:
    """Count who has an event, (N,), among some patients, (N,), each of whom may stand for more or less than one.

    Of weighted patients `n` and `count` are those simulated who have a weight; value and interval are weighted.
    """
    if weights is not None:
        of = of & (weights > 0.0)
    n, count = int(of.sum()), int((which & of).sum())
    worth = None if weights is None else effective_size(weights[of])
    if n == 0:
        return TrialStatistic("proportion", None, None, None, WILSON, 0, 0, "nobody is in this group", worth)
    found = share_interval(which[of], of_those(weights, of))
    return TrialStatistic("proportion", *found, WILSON, n, count, effective=worth)


def _median(curve: SurvivalCurve | None, outcomes: Outcomes) -> TrialStatistic:
    if curve is None:
        return TrialStatistic("median", None, None, None, INTERVAL, 0, 0, "nobody is in this group")
    value, lower, upper = curve.median
    last = f"{curve.months[-1]:.1f}"
    note = f"median not reached within {last} months" if value is None else ""
    if value is not None and upper is None:
        note = f"the upper end of the interval is not reached within {last} months"
    return TrialStatistic("median", value, lower, upper, INTERVAL, curve.n, curve.events, note, curve.effective)


def _rate(curve: SurvivalCurve | None, months: float) -> TrialStatistic:
    found = None if curve is None else curve.at(months)
    if curve is None or found is None:
        n, events = (0, 0) if curve is None else (curve.n, curve.events)
        note = f"nobody is followed for {months:g} months"
        return TrialStatistic("proportion", None, None, None, INTERVAL, n, events, note)
    return TrialStatistic("proportion", *found, INTERVAL, curve.n, curve.events, effective=curve.effective)


def _gain(outcomes: Outcomes, months: float) -> TrialStatistic:
    complete = _first(outcomes, Response.CR)
    groups = [complete, outcomes.evaluated & ~complete]
    curves = [
        kaplan_meier(outcomes.os_days[who], outcomes.os_event[who], of_those(outcomes.weights, who)) for who in groups
    ]
    found = [_rate(curve, months) for curve in curves]
    gain = contrast("difference", found[0], found[1])
    if gain.value is None:
        return gain
    note = f"{found[0].value:.3f} of {found[0].n} complete responders, {found[1].value:.3f} of {found[1].n} others"
    return replace(gain, note=note)
