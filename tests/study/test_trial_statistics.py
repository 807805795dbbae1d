"""Rates, medians and survival of an arm, with denominators and intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats.contingency import relative_risk

from bimodal.errors import StudyError
from bimodal.evidence.wilson import wilson
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.trial import (
    Cause,
    Outcomes,
    Response,
    TrialStatistic,
    between_trials,
    contrast,
    kaplan_meier,
    survival_curve,
    trial_statistic,
)
from bimodal.study.endpoints.trial.scan_schedule import MONTH_DAYS
from bimodal.study.endpoints.trial.statistics import event_of

NAN, INF = float("nan"), float("inf")


def arm(best, *, pfs=None, event=None, os=None, dead=None, since=None, cause=None, dlt=None, evaluated=None):
    """An arm with times in months."""
    n = len(best)
    months = lambda values, other: np.asarray([other] * n if values is None else values, float) * MONTH_DAYS  # noqa: E731
    flags = lambda values: np.asarray([False] * n if values is None else values, bool)  # noqa: E731
    best = np.asarray([Response[name] for name in best], np.int8)
    response = np.where(best >= Response.PR, months(since, 2.0), NAN)
    return Outcomes(
        criterion="WHO",
        scan_days=np.array([0.0]),
        sld=np.ones((n, 1)),
        sums=np.ones((n, 1)),
        evaluated=np.ones(n, bool) if evaluated is None else np.asarray(evaluated),
        best=best,
        response_day=response,
        complete_day=np.where(best == Response.CR, response, NAN),
        progression_day=np.full(n, NAN),
        death_day=np.full(n, INF),
        cause=np.zeros(n, np.int8) if cause is None else np.asarray(cause, np.int8),
        pfs_days=months(pfs, 24.0),
        pfs_event=flags(event),
        os_days=months(os, 24.0),
        os_event=flags(dead),
        dlt=None if dlt is None else flags(dlt),
        cut_days=24.0 * MONTH_DAYS,
    )


TEN = ["CR", "CR", "PR", "PR", "PR", "SD", "SD", "PD", "PD", "NE"]


def test_response_rates_have_everybody_below_the_line():
    out = arm(TEN)
    for name, count in (("orr", 5), ("cr_rate", 2), ("pr_rate", 3)):
        found = trial_statistic(name, out)
        assert (found.count, found.n, found.value) == (count, 10, count / 10)
        assert (found.lower, found.upper) == wilson(count, 10)
        assert "Wilson" in found.interval


def test_failed_patients_are_in_no_denominator():
    out = arm(TEN, evaluated=[True] * 9 + [False])
    assert trial_statistic("orr", out).n == 9


def test_durable_responses_are_of_responders():
    event = [False, True, True, True, False, True, True, True, True, False]
    out = arm(TEN, event=event)
    assert (trial_statistic("cr_durable_fraction", out).count, trial_statistic("cr_durable_fraction", out).n) == (1, 2)
    assert trial_statistic("response_durable_fraction", out).value == 2 / 5


def test_a_group_of_nobody_has_no_value():
    out = arm(["SD", "PD"])
    for name in ("cr_durable_fraction", "dor_months", "pr_dor_months", "late_progression_rate_30_months"):
        found = trial_statistic(name, out)
        assert (found.value, found.n) == (None, 0)
        assert found.note


def test_duration_of_response_runs_from_the_first_scan_of_the_response():
    out = arm(["PR"] * 3 + ["PD"], pfs=[6.0, 8.0, 12.0, 1.0], event=[True] * 4, since=[2.0] * 4)
    found = trial_statistic("dor_months", out)
    assert found.value == pytest.approx(6.0)
    assert (found.n, found.count) == (3, 3)
    assert trial_statistic("pr_dor_months", out).value == pytest.approx(6.0)


def test_late_progression_counts_responses_that_ended_after_the_limit():
    out = arm(["CR", "PR", "PR"], pfs=[40.0, 35.0, 50.0], event=[True, True, False], since=[2.0, 10.0, 2.0])
    assert trial_statistic("late_progression_rate_30_months", out).count == 1
    assert trial_statistic("late_progression_rate_20_months", out).count == 2


def test_survival_against_a_table_worked_by_hand():
    # Months 6, 6, 6, 7, 10, 13, 16, 22, 23 dead; 6+, 9+, 10+, 11+, 17+, 19+, 20+, 25+, 32+, 32+, 34+, 35+ censored:
    # the 6-mercaptopurine arm of Freireich 1963 with the product-limit values printed in every textbook.
    dead = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    alive = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    months = np.array([*dead, *alive], float)
    event = np.array([True] * len(dead) + [False] * len(alive))
    curve = kaplan_meier(months * MONTH_DAYS, event)
    for month, share in ((6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)):
        assert curve.at(month)[0] == pytest.approx(share, abs=6e-4)
    assert curve.median[0] == pytest.approx(23.0)
    assert curve.remaining([0, 6.5, 36]).tolist() == [21, 17, 0]
    assert (curve.n, curve.events) == (21, 9)
    share, lower, upper = curve.at(10.0)
    assert lower < share < upper


@pytest.mark.parametrize(
    ("months", "events", "middle", "first"),
    [
        # R's survival package and SAS give the middle; in the third R goes to the last follow-up
        ([5, 6], [1, 1], 5.5, 5.0),
        ([2, 4, 8, 10], [1, 1, 1, 1], 6.0, 4.0),
        ([1, 2, 3, 4], [1, 1, 0, 0], 3.0, 2.0),
        ([1, 2, 3], [1, 1, 1], 2.0, 2.0),
        ([1, 2, 3, 4], [0, 1, 1, 0], 3.0, 3.0),
    ],
)
def test_the_median_on_a_flat_stretch_is_its_middle(months, events, middle, first):
    curve = kaplan_meier(np.array(months) * MONTH_DAYS, np.array(events, bool))
    assert (curve.median[0], curve.median_first) == pytest.approx((middle, first))


@given(st.lists(st.floats(0.1, 100.0), min_size=1, max_size=40, unique=True))
def test_without_censoring_the_median_is_the_ordinary_one(months):
    curve = kaplan_meier(np.array(months) * MONTH_DAYS, np.ones(len(months), bool))
    assert curve.median[0] == pytest.approx(np.median(months))


def test_a_median_that_is_not_reached_says_so():
    found = trial_statistic("os_months", arm(["SD"] * 5, os=[1, 2, 24, 24, 24], dead=[True, True, False, False, False]))
    assert found.value is None
    assert "not reached within 24.0 months" in found.note
    assert found.lower is not None


def test_survival_beyond_the_follow_up_is_not_said():
    out = arm(["SD"] * 4, os=[5, 10, 24, 24], dead=[True, True, False, False])
    assert trial_statistic("os_rate_12_months", out).value == pytest.approx(0.5)
    assert trial_statistic("os_rate_60_months", out).value is None
    assert "nobody is followed" in trial_statistic("os_rate_60_months", out).note


def test_survival_after_all_have_died_is_zero():
    out = arm(["SD"] * 2, os=[5, 10], dead=[True, True])
    assert trial_statistic("os_rate_60_months", out).value == 0.0


def test_complete_responders_against_the_others():
    out = arm(["CR", "CR", "SD", "SD"], os=[24, 24, 5, 24], dead=[False, False, True, False])
    found = trial_statistic("os_gain_cr_12_months", out)
    assert found.value == pytest.approx(0.5)
    assert "of 2 complete responders" in found.note


def test_deaths_and_toxicity():
    out = arm(["SD"] * 4, cause=[Cause.TREATMENT, Cause.DISEASE, 0, 0], dlt=[True, True, False, False])
    assert trial_statistic("treatment_death_rate", out).value == 0.25
    assert trial_statistic("dlt_rate", out).value == 0.5
    with pytest.raises(StudyError, match="tox_index"):
        trial_statistic("dlt_rate", arm(["SD"]))


@pytest.mark.parametrize(
    "name", ["or", "os_rate", "os_rate_n_months", "os_rate_-1_months", "cr_rate_ratio", "treg_fold"]
)
def test_what_is_no_endpoint_of_one_arm_is_refused(name):
    with pytest.raises(StudyError, match="no endpoint of one arm"):
        trial_statistic(name, arm(["SD"]))


def test_every_trial_endpoint_of_the_registry_can_be_computed():
    out = arm(TEN, event=[True] * 10, dead=[True] * 10, dlt=[True] * 10)
    for entry in load_registry().observables.values():
        if entry.per != "trial" or "tumour_cells" not in entry.of:
            continue
        name = entry.id.replace("_n_months", "_12_months")
        assert load_registry()[name].label.count("n months") == 0
        if entry.contrast is None:
            assert trial_statistic(name, out).statistic == entry.statistic
        else:
            rates = [trial_statistic(entry.rate, out)] * 2
            assert contrast(entry.contrast, *rates).statistic == entry.statistic


def test_trials_of_one_size_differ_by_chance():
    low, high = between_trials(0.07, 100)
    assert 0 < low < 0.07 < high
    assert between_trials(0.07, 1000)[1] < high
    assert between_trials(0.0, 50) == (0.0, 0.0)
    assert between_trials(1.0, 50) == (1.0, 1.0)
    for wrong in ((-0.1, 5), (1.1, 5), (0.5, 0), (NAN, 5)):
        with pytest.raises(StudyError, match="spread between trials"):
            between_trials(*wrong)


def rate(count, n):
    return TrialStatistic("proportion", count / n, *wilson(count, n), "", n, count)


def test_two_arms_against_each_other():
    ratio = contrast("ratio", rate(60, 1000), rate(80, 1000))
    assert ratio.value == pytest.approx(0.75)
    assert ratio.lower < 0.75 < ratio.upper
    difference = contrast("difference", rate(56, 70), rate(48, 80))
    assert difference.value == pytest.approx(0.2)
    # Newcombe 1998, table II, method 10, example a: 56/70 against 48/80.
    assert (round(difference.lower, 4), round(difference.upper, 4)) == (0.0524, 0.3339)
    assert contrast("ratio", rate(1, 10), rate(0, 10)).value is None
    assert contrast("ratio", rate(0, 10), rate(1, 10)).value == 0.0


@pytest.mark.parametrize(("one", "other"), [((60, 1000), (80, 900)), ((1, 10), (9, 10)), ((7, 7), (3, 40))])
def test_the_interval_of_a_ratio_is_that_of_katz(one, other):
    ratio = contrast("ratio", rate(*one), rate(*other))
    katz = relative_risk(*one, *other).confidence_interval(0.95)
    assert (ratio.lower, ratio.upper) == pytest.approx((katz.low, katz.high), rel=1e-12)
    assert (ratio.n, ratio.effective) == (one[1] + other[1], None)
    assert ratio.interval == "95 % Katz (Monte-Carlo, arms as independent)"
    difference = contrast("difference", rate(*one), rate(*other))
    assert (difference.n, difference.interval) == (ratio.n, "95 % Newcombe (Monte-Carlo, arms as independent)")
    missing = contrast("difference", rate(*one), replace(rate(*other), value=None))
    assert (missing.value, missing.n, missing.interval) == (None, ratio.n, "none")


def test_weighted_arms_are_compared_by_what_they_are_worth():
    first, second = replace(rate(30, 100), effective=40.0), rate(20, 50)
    ratio, difference = contrast("ratio", first, second), contrast("difference", first, second)
    katz = relative_risk(12, 40, 20, 50).confidence_interval(0.95)
    assert (ratio.lower, ratio.upper) == pytest.approx((katz.low, katz.high), rel=1e-12)
    assert (ratio.n, ratio.effective, difference.effective) == (150, 90.0, 90.0)
    assert contrast("ratio", second, first).effective == 90.0
    assert contrast("ratio", first, rate(0, 50)).effective == 90.0
    assert contrast("ratio", replace(rate(0, 100), effective=40.0), second).effective == 90.0


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.floats(0.0, 3000.0), st.booleans()), min_size=1, max_size=60), st.randoms())
def test_survival_falls_and_does_not_depend_on_the_order(rows, random):
    days, event = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    curve = kaplan_meier(days, event)
    assert (np.diff(curve.survival) <= 1e-12).all()
    assert (curve.lower <= curve.survival + 1e-12).all()
    assert (curve.survival <= curve.upper + 1e-12).all()
    order = list(range(len(rows)))
    random.shuffle(order)
    other = kaplan_meier(days[order], event[order])
    assert other.survival.tobytes() == curve.survival.tobytes()
    assert other.lower.tobytes() == curve.lower.tobytes()


def test_curves_of_groups():
    out = arm(TEN)
    assert survival_curve("dor_months", out).n == 5
    assert survival_curve("cr_dor_months", out).n == 2
    assert survival_curve("os_months", out).n == 10
    assert kaplan_meier(np.array([]), np.array([], bool)) is None


@given(st.lists(st.tuples(st.floats(0.1, 24.0), st.booleans()), min_size=1, max_size=20), st.integers(1, 23))
def test_the_events_of_people_add_up_to_the_rate(patients, months):
    times, dead = (list(column) for column in zip(*patients, strict=True))
    followed = [time if gone else 24.0 for time, gone in patients]
    found = arm(["SD"] * len(times), os=followed, dead=dead)
    name = f"os_rate_{months}_months"
    assert event_of(name, found).mean() == pytest.approx(trial_statistic(name, found).value)


def test_only_a_rate_of_everybody_has_an_event_of_each_person():
    found = arm(TEN, os=[3.0] * 10)
    assert event_of("orr", found).sum() == 5
    assert event_of("cr_rate", found).sum() == 2
    assert event_of("os_rate_3_months", found).all()
    assert event_of("os_rate_12_months", found) is None  # lost to follow-up after three months
    for name in ("os_months", "cr_durable_fraction", "late_progression_rate_12_months", "os_gain_cr_12_months"):
        assert event_of(name, found) is None
