"""How probable a dose-limiting toxicity is at each dose of an escalation, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.design.anchored_curve import anchored_curve, daily_miu_per_m2
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.endpoints.weighted import of_those, share, share_interval
from bimodal.study.plan.plan import Plan
from bimodal.study.readings.trial import TrialReader

Array = npt.NDArray[np.float64]
_CURVE = (
    'give the curve with its uncertainty: dlt_curve = [{dose = "…", probability = …, lower = …, upper = …}, …], one '
    "point for each dose"
)
_NATIVE = "aldesleukin"
_CERTAIN = 1.0 - 1e-12
_TOXICITY = "tox_index"
_SHARES = 33
#: Days in which the toxicities of the anchored curve come: the shorter of the trials it is anchored to.
ANCHORED_DAYS = 56.0


@dataclass(frozen=True, eq=False)
class DltCurve:
    """A dose-DLT curve.

    Parameters
    ----------
    probability, lower, upper
        (D,) central and between which values it is believed to lie; none falls with the dose.
    source
        Where it is from, in a sentence.
    notes
        What is doubtful about it.
    onset
        (D, G) days at which patients with a toxicity have had it, as :class:`Clock` takes them; None: a constant
        hazard.
    """

    probability: Array
    lower: Array
    upper: Array
    source: str
    notes: tuple[str, ...] = ()
    onset: Array | None = None

    def within(self, window: float | None, own: float) -> DltCurve:
        """Give the curve for a window, from probabilities in `own` days, by a constant hazard.

        Examples
        --------
        >>> half = np.array([0.51])
        >>> DltCurve(half, half, half, "made up").within(28.0, 56.0).probability.round(6).tolist()
        [0.3]
        """
        if window is None or window == own:
            return self
        value, lower, upper = (
            -np.expm1(window / own * np.log1p(-each.clip(0.0, _CERTAIN)))
            for each in (self.probability, self.lower, self.upper)
        )
        notes = (*self.notes, f"its probabilities are taken from {own:g} to {window:g} days by a constant hazard")
        return DltCurve(value, lower, upper, self.source, notes)


def dlt_curve(plan: Plan, trial: TrialReader, doses: Sequence[str]) -> DltCurve:
    """Find the curve of an escalation: its own, that of aldesleukin under the skin, or that of the simulated patients.

    Raises
    ------
    StudyError
        Nothing says how toxic these doses are.
    """
    asked = plan.spec.design
    assert asked is not None
    window = asked.dlt_window_days
    if asked.dlt_curve is not None:
        points = asked.dlt_curve
        given = DltCurve(
            np.array([point.probability for point in points]),
            np.array([point.lower for point in points]),
            np.array([point.upper for point in points]),
            "given in the study file",
        )
        return given if asked.dlt_curve_days is None else given.within(window, asked.dlt_curve_days)
    refuse_without_curve(plan)
    if asked.dlt_model == "simulated":
        return _simulated(plan, trial, doses)
    daily = [daily_miu_per_m2(arm) for name in doses for arm in plan.arms if arm.name == name]
    curve = DltCurve(*anchored_curve(np.array([one for one in daily if one is not None])), *_ANCHORS)
    if window is not None and window < ANCHORED_DAYS:
        curve = replace(curve, notes=(*curve.notes, _SHORT))
    return curve.within(window, ANCHORED_DAYS)


_ANCHORS = (
    "anchored to the doses of aldesleukin under the skin every day that were and were not tolerated: 1 and not 3 "
    "MIU/m2 for 8 weeks (Koreth 2011 N Engl J Med 365:2055), 1.25 and not 1.75 MIU/m2 for 90 days (Meropol 1996 Clin "
    "Cancer Res 2:669)",
    (
        "the trials publish the largest tolerated dose, not counts of toxicities: central values and ends are the "
        "median and 5th and 95th percentile of curves that would give those doses under 3+3 decisions, an assumption",
        f"the curve is of {ANCHORED_DAYS:g} days of daily doses; it says nothing on other schedules, routes and "
        "molecules",
    ),
)


_SHORT = (
    f"the window is shorter than the {ANCHORED_DAYS:g} days in which 3 MIU/m2 was not tolerated: what comes later is "
    "not counted, so that such a dose may be selected"
)


def refuse_without_curve(plan: Plan) -> None:
    """Refuse an escalation of which nothing says how toxic its doses are, before anything is computed."""
    asked = plan.spec.design
    if asked is None or not asked.escalates or asked.dlt_curve is not None:
        return
    wanted = asked.doses or [arm.name for arm in plan.arms]
    arms = [arm for arm in plan.arms if arm.name in wanted]
    others = sorted(
        {drug.molecule.id if drug.molecule else "a model file" for arm in arms for drug in arm.drugs} - {_NATIVE}
    )
    where = f"study '{plan.spec.name}', key 'design'"
    if others:
        raise StudyError(f"there is no dose-DLT curve for {' and '.join(others)}", where=where, fix=_CURVE)
    if asked.dlt_model == "simulated":
        if _TOXICITY not in plan.solver.observables:
            raise StudyError(
                f"the model '{plan.solver.name}' has no toxicity index to count dose-limiting toxicities by",
                where=where,
                fix='name the model "human_oncology", or ' + _CURVE,
            )
        window = asked.dlt_window_days
        if window is not None and window > plan.horizon + 1e-9:
            raise StudyError(
                f"toxicities count for {window:g} days, and {plan.horizon:g} are simulated",
                where=where,
                fix="follow longer: follow_up_days, or a later day of an endpoint; or a shorter dlt_window_days",
            )
        return
    daily = {arm.name: daily_miu_per_m2(arm) for arm in arms}
    off = [name for name, dose in daily.items() if dose is None]
    if off:
        raise StudyError(
            f"arm '{off[0]}' is not one dose of aldesleukin under the skin every day for four weeks or more, the only "
            "schedule with a curve here",
            where=where,
            fix=_CURVE + '; or dlt_model = "simulated" for the toxicity index of the model',
        )
    rising = [daily[name] or 0.0 for name in wanted]
    if any(one >= other for one, other in pairwise(rising)):
        raise StudyError(
            "the doses of an escalation rise from one to the next", where=where, fix="list the lowest first"
        )


def _simulated(plan: Plan, trial: TrialReader, doses: Sequence[str]) -> DltCurve:
    asked = plan.spec.design
    assert asked is not None
    scans = plan.spec.scans or ScanPlan()
    days = asked.window_parts or (scans.dlt_days,)
    within = min(days[-1], plan.horizon)
    found: list[tuple[float, float, float]] = []
    onset: list[Array] = []
    failed = 0
    for arm in doses:
        peaks = [trial.readings.highest(arm, _TOXICITY, min(day, plan.horizon)) for day in days]
        known = np.isfinite(peaks[-1])
        failed += int((~known).sum())
        if not known.any():
            raise StudyError(f"no virtual patient of arm '{arm}' has a toxicity index to count by", where="[design]")
        by = of_those(trial.readings.weights, known)
        toxic = [peak[known] >= scans.dlt_tox_index for peak in peaks]
        had = np.array([share(each, by) for each in toxic])
        found.append(share_interval(toxic[-1], by))
        onset.append(_quantiles(had, days))
    # a share of simulated patients may fall by chance where doses lie close
    value, lower, upper = (np.maximum.accumulate(np.array(each)) for each in zip(*found, strict=True))
    weighted = ("the shares are those of the weighted patients",) if trial.readings.weights is not None else ()
    lost = (f"{failed} virtual patients failed and count neither as toxic nor as not",) if failed else ()
    return DltCurve(
        value,
        lower,
        upper,
        f"share of the virtual patients whose toxicity index reaches {scans.dlt_tox_index:g} within {within:g} days, "
        "with its Wilson interval",
        (
            "the toxicity index is illustrative, calibrated on doses delivered in high-dose trials (docs/toxicity.md); "
            "the interval is chance of the virtual patients, not the uncertainty of the model",
            *weighted,
            *lost,
        ),
        np.stack(onset),
    )


def _quantiles(had: Array, days: Sequence[float]) -> Array:
    """Give the day by which each part of the share who have a toxicity had it; nobody: at the end of the window."""
    if had[-1] == 0.0:
        return np.full(_SHARES, days[-1])
    parts = np.concatenate([[0.0], had / had[-1]])
    # the share may stand still for a part of the window: the first day at which it is reached
    at = np.searchsorted(parts, np.linspace(0.0, 1.0, _SHARES), side="left").clip(1)
    low, high = parts[at - 1], parts[at]
    start, end = np.array([0.0, *days])[at - 1], np.array([0.0, *days])[at]
    part = np.divide(np.linspace(0.0, 1.0, _SHARES) - low, high - low, out=np.ones(_SHARES), where=high > low)
    return start + part * (end - start)
