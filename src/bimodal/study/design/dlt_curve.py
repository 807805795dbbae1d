"""How probable a dose-limiting toxicity is at each dose of an escalation, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.design.anchored_curve import anchored_curve, daily_miu_per_m2
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.plan import Plan
from bimodal.study.readings.trial import TrialReader

Array = npt.NDArray[np.float64]
_CURVE = (
    'give the curve with its uncertainty: dlt_curve = [{dose = "…", probability = …, lower = …, upper = …}, …], one '
    "point for each dose"
)
_NATIVE = "aldesleukin"


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
    """

    probability: Array
    lower: Array
    upper: Array
    source: str
    notes: tuple[str, ...] = ()


def dlt_curve(plan: Plan, trial: TrialReader, doses: Sequence[str]) -> DltCurve:
    """Find the curve of an escalation: its own, that of aldesleukin under the skin, or that of the simulated patients.

    Raises
    ------
    StudyError
        Nothing says how toxic these doses are.
    """
    asked = plan.spec.design
    assert asked is not None
    if asked.dlt_curve is not None:
        points = asked.dlt_curve
        return DltCurve(
            np.array([point.probability for point in points]),
            np.array([point.lower for point in points]),
            np.array([point.upper for point in points]),
            "given in the study file",
        )
    refuse_without_curve(plan)
    if asked.dlt_model == "simulated":
        return _simulated(plan, trial, doses)
    daily = [daily_miu_per_m2(arm) for name in doses for arm in plan.arms if arm.name == name]
    return DltCurve(*anchored_curve(np.array([one for one in daily if one is not None])), *_ANCHORS)


_ANCHORS = (
    "anchored to the doses of aldesleukin under the skin every day that were and were not tolerated: 1 and not 3 "
    "MIU/m2 for 8 weeks (Koreth 2011 N Engl J Med 365:2055), 1.25 and not 1.75 MIU/m2 for 90 days (Meropol 1996 Clin "
    "Cancer Res 2:669)",
    (
        "the trials publish the largest tolerated dose, not counts of toxicities: central values and ends are the "
        "median and 5th and 95th percentile of curves that would give those doses under 3+3 decisions, an assumption",
        "the curve is of weeks to months of daily doses; it says nothing on other schedules, routes or molecules",
    ),
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
        if "tox_index" not in plan.solver.observables:
            raise StudyError(
                f"the model '{plan.solver.name}' has no toxicity index to count dose-limiting toxicities by",
                where=where,
                fix='name the model "human_oncology", or ' + _CURVE,
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
    found = [trial.statistic("dlt_rate", [arm]) for arm in doses]
    scans = plan.spec.scans or ScanPlan()
    # a share of simulated patients may fall by chance where doses lie close
    value, lower, upper = (
        np.maximum.accumulate([float(getattr(one, name) or 0.0) for one in found])
        for name in ("value", "lower", "upper")
    )
    return DltCurve(
        value,
        lower,
        upper,
        f"share of the virtual patients whose toxicity index reaches {scans.dlt_tox_index:g} within {scans.dlt_days:g} "
        "days, with its Wilson interval",
        (
            "the toxicity index is illustrative, calibrated on doses delivered in high-dose trials (docs/toxicity.md); "
            "the interval is chance of the virtual patients, not the uncertainty of the model",
        ),
    )
