"""Sets a run against what was published: one number per target, judged by the written rules of `bimodal.evidence`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.evidence import Target, judge
from bimodal.evidence.when import Window
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.spread import SETS_INTERVAL, Spread, interval_of, spread
from bimodal.study.plan.targets import when_of
from bimodal.study.readings.readings import Readings
from bimodal.study.readings.trial import TrialReader
from bimodal.study.verdict.share_of_sets import agreements, judge_share, values_of
from bimodal.study.verdict.trial import simulate_trial
from bimodal.study.verdict.visits import Visits

Array = npt.NDArray[np.float64]
_NOISY = "read on the report days with measurement noise"


def compare(
    target: Target,
    readings: Readings,
    trial: TrialReader | None = None,
    visits: Visits | None = None,
    *,
    sets: bool = False,
) -> dict[str, Any]:
    """Simulate one target and judge it.

    Parameters
    ----------
    visits
        Where an arm is read with measurement noise; None reads every arm exactly.
    sets
        Whether the patients are parameter sets: a sign or a band is then judged by the share of sets that agree.

    Returns
    -------
    dict
        One entry of ``targets`` in ``summary.json``.
    """
    found, interval, more = _simulated(target, readings, trial, visits)
    verdict = judge(target, None if found is None else found.middle)
    if sets and verdict.within is not None:
        own = [reading(target, arm, readings) for arm in target.arms]
        agree = agreements(target, own)
        share = None if agree is None else float(np.mean(agree))
        found = spread(values_of(target, own)) if found is not None else None
        interval, more, verdict = SETS_INTERVAL, {"share_of_sets": share}, judge_share(target, share)
    return {
        "id": target.id,
        "arms": list(target.arms),
        "endpoint": target.endpoint,
        "label": target.label,
        "time": None if target.time is None else when_of(target),
        "statistic": target.statistic,
        "kind": target.kind,
        "published": target.published,
        "lower": target.lower,
        "upper": target.upper,
        "unit": target.unit,
        "denominator": target.denominator,
        "simulated": None if found is None else found.middle,
        "simulated_lower": None if found is None else _known(found.lower),
        "simulated_upper": None if found is None else _known(found.upper),
        "simulated_interval": None if found is None else interval,
        **more,
        "within": verdict.within,
        "rule": verdict.rule,
        "scored": verdict.scored,
        "quality": target.quality,
        "role": target.role,
        "source": target.source,
        "note": target.note,
    }


def _simulated(
    target: Target, readings: Readings, trial: TrialReader | None, visits: Visits | None
) -> tuple[Spread | None, str, dict[str, Any]]:
    if target.role == "context" or target.endpoint is None:
        return None, "", {}
    registry = load_registry()
    if registry[target.endpoint].kind != "trial":
        noisy = visits is not None and any(visits.take(target, arm) for arm in target.arms)
        kind = interval_of(readings.weights)
        return simulate(target, readings, visits), f"{kind}, {_NOISY}" if noisy else kind, {}
    if trial is None or not set(readings.observables).issuperset(registry.primitives([target.endpoint])):
        return None, "", {}
    found = simulate_trial(target, trial)
    if found is None:
        return None, "", {}
    more: dict[str, Any] = {"simulated_n": found.n, "simulated_note": found.note}
    if found.effective is not None:
        more["simulated_effective_n"] = found.effective
    if "tumour_cells" in registry[target.endpoint].of:
        more["criterion"] = trial.plan.criterion
    if found.value is None:
        return None, "", more
    ends = [math.nan if end is None else end for end in (found.lower, found.upper)]
    return Spread(found.value, *ends), found.interval, more


def _known(end: float) -> float | None:
    return None if math.isnan(end) else end


def simulate(target: Target, readings: Readings, visits: Visits | None = None) -> Spread | None:
    """Compute what a target published: within each patient first, then over the patients of all its arms.

    Returns
    -------
    Spread or None
        None when this version cannot say it (scans and survival: see
        :func:`~bimodal.study.verdict.trial.simulate_trial`), or every patient failed. An ``ordering`` of two arms
        is the first arm's statistic minus the second's, a ``ratio`` the one over the other; they have no interval.
    """
    if target.endpoint is None or target.statistic not in ("median", "mean"):
        return None
    if load_registry()[target.endpoint].kind == "trial":
        return None
    if target.kind not in ("ordering", "direction", "ratio") and _unit(target) != target.unit:
        return None
    own, by = [reading(target, arm, readings, visits) for arm in target.arms], readings.weights
    if target.kind == "ratio" or (target.kind == "ordering" and not _is_change(target)):
        return _two_arms(target, [spread(values, target.statistic, by) for values in own])
    return spread(np.concatenate(own), target.statistic, None if by is None else np.tile(by, len(own)))


def _two_arms(target: Target, found: list[Spread | None]) -> Spread | None:
    if len(found) != 2 or found[0] is None or found[1] is None:
        return None
    first, second = found[0].middle, found[1].middle
    if target.kind == "ratio" and second == 0.0:
        return None
    between = first / second if target.kind == "ratio" else first - second
    return Spread(between, between, between)


def _unit(target: Target) -> str:
    assert target.endpoint is not None
    unit = load_registry()[target.endpoint].unit
    return target.time.unit(unit) if isinstance(target.time, Window) else unit


def _is_change(target: Target) -> bool:
    return target.time is not None and when_of(target).get("reduce") == "change"


def reading(target: Target, arm: str, readings: Readings, visits: Visits | None = None) -> Array:
    """Read what a target published within each patient of one arm, (N,); NaN where it cannot be said."""
    if visits is not None and visits.take(target, arm):
        return visits.read(target, arm, readings)
    assert target.endpoint is not None
    if load_registry()[target.endpoint].per == "course":
        return readings.course(arm, target.endpoint)
    if target.time is None:
        return np.full(readings.n(arm), np.nan)
    when = when_of(target)
    if "day" in when:
        return readings.on_day(arm, target.endpoint, when["day"])
    return readings.window(arm, target.endpoint, when["reduce"], first=when["from"], last=when["to"])
