"""Simulates a published trial result: a rate, a median, a survival share, or one arm against another."""

from __future__ import annotations

import numpy as np

from bimodal.evidence import Target
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.spread import interval_of, spread
from bimodal.study.endpoints.trial import TrialStatistic, between_trials
from bimodal.study.endpoints.trial.scan_schedule import MONTH_DAYS
from bimodal.study.endpoints.weighted import effective_size
from bimodal.study.readings.trial import TrialReader


def simulate_trial(target: Target, reader: TrialReader) -> TrialStatistic | None:
    """Compute what a target published of a trial.

    A rate with a published denominator gets the range over trials of that size, which is what a reader sets beside
    the published number; anything else the Monte-Carlo interval of the simulation.

    Parameters
    ----------
    target
        A published result whose endpoint is read from scans or survival.

    Returns
    -------
    TrialStatistic or None
        None where this version cannot say it: another statistic or unit than the endpoint has. A bound from below on
        a median that is not reached is set against the longest follow-up. An ``ordering`` of two arms is the first
        arm's value minus the second's, a ``ratio`` the one over the other.
    """
    assert target.endpoint is not None
    entry = load_registry()[target.endpoint]
    without_unit = target.kind in ("ordering", "direction", "ratio")
    if not without_unit and target.unit != entry.unit:
        return None
    if entry.per == "scan":
        return _at_a_scan(target, reader)
    if entry.statistic != target.statistic:
        return None
    if target.kind in ("ordering", "ratio") and entry.contrast is None:
        return _two_arms(target, [reader.statistic(target.endpoint, [arm]) for arm in target.arms])
    return _as_published(target, reader.statistic(target.endpoint, target.arms), reader)


def _as_published(target: Target, found: TrialStatistic, reader: TrialReader) -> TrialStatistic:
    if found.value is None and target.kind == "at_least" and found.statistic == "median" and found.n > 0:
        last = max(reader.outcomes(arm).cut_days for arm in target.arms) / MONTH_DAYS
        words = "median not reached: the follow-up stands for it"
        return TrialStatistic("median", last, None, None, words, found.n, effective=found.effective)
    if found.value is None or target.denominator is None or found.statistic != "proportion":
        return found
    low, high = between_trials(found.value, target.denominator)
    words = f"95 % of trials of {target.denominator} patients (chance alone)"
    return TrialStatistic(
        "proportion", found.value, low, high, words, found.n, found.count, found.note, found.effective
    )


def _two_arms(target: Target, found: list[TrialStatistic]) -> TrialStatistic | None:
    values = [one.value for one in found]
    if len(values) != 2 or values[0] is None or values[1] is None or (target.kind == "ratio" and not values[1]):
        return None
    between = values[0] / values[1] if target.kind == "ratio" else values[0] - values[1]
    worth = None if found[0].effective is None else sum(one.size for one in found)
    return TrialStatistic("value", between, None, None, "none", sum(one.n for one in found), effective=worth)


def _at_a_scan(target: Target, reader: TrialReader) -> TrialStatistic | None:
    when = None if target.time is None else target.time.model_dump(by_alias=True)
    if when is None or "day" not in when or target.statistic not in ("median", "mean"):
        return None
    assert target.endpoint is not None
    values = np.concatenate([reader.measured(target.endpoint, arm, when["day"]) for arm in target.arms])
    weights = reader.weights(target.arms)
    found = spread(values, target.statistic, weights)
    if found is None:
        return None
    there = np.isfinite(values)
    worth = None if weights is None else effective_size(weights[there])
    kind = interval_of(weights)
    return TrialStatistic(
        target.statistic, found.middle, found.lower, found.upper, kind, int(there.sum()), effective=worth
    )
