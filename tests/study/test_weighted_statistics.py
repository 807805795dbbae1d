"""Statistics of weighted patients: even weights change nothing, whole ones repeat people, lifelines agrees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.cohort.max_entropy import max_entropy
from bimodal.study.contrast.above import share_above
from bimodal.study.contrast.change import Sides
from bimodal.study.contrast.contrast_row import continuous_row
from bimodal.study.contrast.median_interval import median_interval
from bimodal.study.endpoints.bootstrap import bootstrap_median
from bimodal.study.endpoints.spread import spread
from bimodal.study.endpoints.trial.paired_rates import paired_rates
from bimodal.study.endpoints.trial.statistics import proportion
from bimodal.study.endpoints.trial.survival import kaplan_meier, to_effective
from bimodal.study.endpoints.trial.survival_contrast import survival_contrast
from bimodal.study.endpoints.weighted import columns_quantiles, effective_size, evenly, mean, quantiles, share_interval

LEVELS = [0.0, 0.05, 0.25, 0.5, 0.9, 1.0]


@pytest.fixture
def drawn():
    return np.random.default_rng(5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.integers(1, 6)), min_size=1, max_size=40))
def test_whole_weights_repeat_people(rows):
    values, counts = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    repeated, weights = np.repeat(values, counts), counts.astype(float)
    np.testing.assert_allclose(quantiles(values, LEVELS, weights), np.quantile(repeated, LEVELS), atol=1e-9)
    np.testing.assert_allclose(columns_quantiles(values[:, None], LEVELS, weights)[:, 0], np.quantile(repeated, LEVELS),
                               atol=1e-9)  # fmt: skip
    np.testing.assert_allclose(mean(values, weights), repeated.mean(), atol=1e-9)


def test_values_that_are_all_the_same_are_their_own_quantiles(drawn):
    assert set(quantiles(np.full(50, 0.7), LEVELS, drawn.exponential(1.0, 50)).tolist()) == {0.7}


def test_even_weights_change_no_number(drawn):
    values, ones = np.append(drawn.normal(size=41), np.nan), np.ones(42)
    plain, even = spread(values, "mean"), spread(values, "mean", ones)
    for name in ("middle", "lower", "upper"):
        assert getattr(even, name) == pytest.approx(getattr(plain, name), abs=1e-14)
    flags, of = values > 0.3, np.isfinite(values)
    one, other = proportion(flags, of), proportion(flags, of, ones)
    assert (one.value, one.lower, one.upper, one.n, one.count) == (
        other.value, other.lower, other.upper, other.n, other.count
    )  # fmt: skip
    assert median_interval(values[:-1]) == median_interval(values[:-1], ones[:-1])
    second = values + drawn.normal(size=42)
    for fold in (True, False):
        rows = [
            continuous_row(Sides(np.exp(values), np.exp(second), paired=True, weights=by), fold=fold, measure=None)
            for by in (None, ones)
        ]
        assert rows[1].pop("effective_n") == 41.0
        _alike(rows[0], rows[1])
    first, later = values[:-1] > 0.0, second[:-1] > 0.0
    _alike(vars(paired_rates(first, later)), {**vars(paired_rates(first, later, ones[:-1])), "effective": None})
    sides = [Sides(values, second, paired=True, weights=by) for by in (None, ones)]
    _alike(*(share_above(side, 0.1, "1", None) for side in sides))


def test_even_weights_change_no_curve(drawn):
    days, event = drawn.exponential(300.0, 50), drawn.random(50) < 0.7
    one, other = kaplan_meier(days, event), kaplan_meier(days, event, np.ones(50))
    for name in ("months", "survival", "lower", "upper", "at_risk"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12)
    sides, ones = ((days, event), (1.4 * days, event)), np.ones(50)
    found = survival_contrast(*sides, weights=(ones, ones))
    assert found.pop("effective_n") == [50.0, 50.0]
    _alike(survival_contrast(*sides), found)


def _alike(one, other):
    assert one.keys() == other.keys()
    for key, value in one.items():
        if isinstance(value, dict):
            _alike(value, other[key])
        elif isinstance(value, float):
            assert other[key] == pytest.approx(value, rel=1e-9, abs=1e-12), key
        else:
            assert other[key] == value, key


def test_curves_are_those_of_lifelines_with_the_same_weights(drawn):
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from pandas import DataFrame

    days, event, weights = drawn.exponential(300.0, 80), drawn.random(80) < 0.7, drawn.exponential(1.0, 80)
    by, months = to_effective(weights), days / 30.4375
    assert by.sum() == pytest.approx(effective_size(weights), rel=1e-12)
    with pytest.warns(match="weights are not integers"):
        fit = KaplanMeierFitter().fit(months, event, weights=by)
    curve = kaplan_meier(days, event, weights)
    np.testing.assert_allclose(curve.survival, fit.survival_function_["KM_estimate"], atol=1e-12)
    later = days * np.where(np.arange(80) % 2, 1.0, 1.7)
    found = survival_contrast((days, event), (later, event), weights=(weights, weights))
    test = logrank_test(months, later / 30.4375, event, event, weights_A=by, weights_B=by)
    assert found["logrank"]["chi2"] == pytest.approx(test.test_statistic, rel=1e-9)
    frame = DataFrame(
        {"t": np.concatenate([months, later / 30.4375]), "e": np.tile(event, 2), "w": np.tile(by, 2),
         "first": np.repeat([1.0, 0.0], 80)}
    )  # fmt: skip
    with pytest.warns(match="weights are not integers"):
        cox = CoxPHFitter().fit(frame, "t", "e", weights_col="w").summary.loc["first"]
    assert found["cox"]["value"] == pytest.approx(cox["exp(coef)"], rel=1e-6)
    assert found["cox"]["lower"] == pytest.approx(cox["exp(coef) lower 95%"], rel=1e-6)


def test_the_interval_of_a_weighted_curve_does_not_round_patients_at_risk_down(drawn):
    """With whole weights whose sum is the effective number lifelines is right, and the curve has its interval."""
    from lifelines import KaplanMeierFitter

    days, event = drawn.exponential(300.0, 40), drawn.random(40) < 0.8
    fit = KaplanMeierFitter().fit(days / 30.4375, event)
    curve = kaplan_meier(days, event, np.full(40, 3.0))
    np.testing.assert_allclose(np.stack([curve.lower, curve.upper], 1), fit.confidence_interval_.to_numpy(), atol=1e-12)
    few = kaplan_meier(np.array([30.0, 60.0, 90.0]), np.array([True, True, True]), np.array([1.0, 0.2, 0.1]))
    assert few.survival[-1] == 0.0
    assert ((few.lower <= few.survival + 1e-12) & (few.survival <= few.upper + 1e-12)).all()


def test_a_rate_has_the_interval_of_the_effective_number():
    from bimodal.evidence.wilson import wilson

    weights = np.array([2.0, 2.0, 1.0, 1.0, 0.0])
    found = share_interval(np.array([True, False, True, False, True]), weights)
    size = effective_size(weights)
    assert size == pytest.approx(36 / 10)
    assert found == pytest.approx((0.5, *wilson(0.5 * size, size)))
    assert share_interval(np.array([False] * 4 + [True]), weights)[0] == 0.0
    assert share_interval(np.array([True] * 4 + [False]), weights)[0] == 1.0


def test_the_order_of_people_changes_no_bit(drawn):
    values, weights, order = drawn.normal(size=200), drawn.exponential(1.0, 200), drawn.permutation(200)
    assert spread(values, "mean", weights) == spread(values[order], "mean", weights[order])
    assert effective_size(weights) == effective_size(weights[order])
    flags = values > 0.2
    assert share_interval(flags, weights) == share_interval(flags[order], weights[order])
    one, other = (
        Sides(values, values**2, paired=True, weights=weights),
        Sides(values[order], values[order] ** 2, paired=True, weights=weights[order]),
    )
    assert one.difference() == other.difference()


def test_a_bootstrap_of_weighted_people_is_around_their_median(drawn):
    values = drawn.normal(size=300)
    weights = np.where(values > 0.0, 3.0, 1.0)
    found = bootstrap_median(values, 400, 1, weights)
    middle = spread(values, weights=weights).middle
    assert found["lower"] < middle < found["upper"]
    assert found["lower"] > np.median(values)


def test_people_are_drawn_as_often_as_they_weigh():
    weights = np.array([0.0, 1.0, 3.0, 0.0, 4.0])
    assert np.bincount(evenly(weights, 5, 16), minlength=5).tolist() == [0, 2, 6, 0, 8]
    assert evenly(np.zeros(3), 3, 4).tolist() == []


@pytest.mark.parametrize("slope", [0.0, 1.5])
def test_intervals_of_weighted_people_hold_the_truth_as_often_as_they_say(drawn, slope):
    """Normal people weighted to another mean: what they would show is known, with an outcome that follows or not."""
    shift, repeats = 0.6, 300
    people = drawn.normal(shift, 1.0, 200_000)
    rate = (1.0 / (1.0 + np.exp(1.0 - slope * people))).mean()
    level = np.median(slope * people + drawn.normal(size=len(people)))
    times = drawn.exponential(300.0 * np.exp(0.5 * slope * people))
    alive = (times > 300.0).mean()
    held = np.zeros(3)
    for _ in range(repeats):
        x = drawn.normal(size=150)
        weights = max_entropy((x - shift)[:, None]).weights
        responds = drawn.random(150) < 1.0 / (1.0 + np.exp(1.0 - slope * x))
        _, *ends = share_interval(responds, weights)
        low, high = median_interval(slope * x + drawn.normal(size=150), weights)
        days = drawn.exponential(300.0 * np.exp(0.5 * slope * x))
        _, lower, upper = kaplan_meier(days, np.ones(150, bool), weights).at(300.0 / 30.4375)
        held += [ends[0] <= rate <= ends[1], low <= level <= high, lower <= alive <= upper]
    # 95 % less 2.8 standard errors of 300 repeats
    assert (held / repeats >= 0.915).all(), held / repeats
    if slope == 0.0:
        assert (held / repeats <= 0.985).all(), held / repeats
