"""Profiles: closed form on linear models, coverage, and valleys without end."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from fit_problems import decay, linear, total
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from bimodal.errors import BimodalError
from bimodal.fit import FitParameter, ParameterPrior, profile_parameters, run_fit


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000), st.floats(0.5, 0.99))
def test_a_linear_model_has_the_interval_of_the_closed_form(seed: int, level: float) -> None:
    draw = np.random.default_rng(seed)
    design, seen = draw.normal(size=(8, 3)), draw.normal(size=8)
    problem = linear(design, seen)
    found = profile_parameters(problem, run_fit(problem), ["b1"], level=level)["b1"]
    estimate = np.linalg.lstsq(design, seen, rcond=None)[0][1]
    half = math.sqrt(chi2.ppf(level, 1) * np.linalg.inv(design.T @ design)[1, 1])
    assert found.identified
    assert found.lower == pytest.approx(estimate - half, abs=2e-4 * half)
    assert found.upper == pytest.approx(estimate + half, abs=2e-4 * half)
    assert found.better is None


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    draw = np.random.default_rng(7)
    design = draw.normal(size=(6, 2))
    hits = 0
    for _ in range(120):
        problem = linear(design, design @ [0.7, -0.3] + draw.normal(size=6))
        found = profile_parameters(problem, run_fit(problem), ["b0"], level=0.8)["b0"]
        hits += found.lower is not None and found.upper is not None and found.lower <= 0.7 <= found.upper
    assert 84 <= hits <= 107  # 0.8 of 120 within about three binomial standard deviations


def test_a_nonlinear_profile_is_skewed_and_holds_at_its_ends() -> None:
    problem = decay(groups=("late",) * 9)
    result = run_fit(problem)
    found = profile_parameters(problem, result, level=0.95)
    for name, profile in found.items():
        assert profile.identified, name
        assert profile.lower is not None
        assert profile.upper is not None
        assert profile.lower < profile.estimate < profile.upper
        assert list(profile.values) == sorted(profile.values)
        ends = np.interp([profile.lower, profile.upper], profile.values, profile.costs)
        assert ends == pytest.approx([result.cost + 0.5 * chi2.ppf(0.95, 1)] * 2, rel=1e-3)


def test_a_sum_of_two_is_open_on_both_sides_of_the_truth() -> None:
    problem = total()
    found = profile_parameters(problem, run_fit(problem))
    assert (found["a"].left, found["b"].left) == ("open", "open")
    assert not found["a"].identified
    assert found["a"].lower is None
    assert "open to the left" in found["a"].text()
    # the sum itself bounds each part from above
    assert found["a"].upper == pytest.approx(2.0 + 1.96 * 0.1 / math.sqrt(2.0) - 0.01, abs=0.01)
    assert found["c"].identified
    mended = total(ParameterPrior(mean=0.0, sd=0.1, source="drawn"))
    assert profile_parameters(mended, run_fit(mended), ["b"])["b"].identified


def test_a_parameter_without_effect_is_open_to_both_sides() -> None:
    parameters = (FitParameter("k", 1.0, 0.1, 10.0), FitParameter("idle", 1.0, 1e-3, 1e3))
    problem = decay(parameters=parameters, groups=("a",), residuals=lambda v: np.array([math.log(v["k"])]))
    found = profile_parameters(problem, run_fit(problem))["idle"]
    assert (found.left, found.right) == ("open", "open")
    assert len(found.values) < 30


def test_a_single_parameter_needs_no_refit() -> None:
    parameters = (FitParameter("k", 1.0, 0.1, 10.0),)
    problem = decay(parameters=parameters, groups=("a",), residuals=lambda v: np.array([math.log(v["k"]) / 0.2]))
    found = profile_parameters(problem, run_fit(problem), level=0.95)["k"]
    assert found.upper == pytest.approx(math.exp(0.2 * math.sqrt(chi2.ppf(0.95, 1))), rel=1e-4)


def test_an_estimate_at_its_bound_is_open_there() -> None:
    parameters = (FitParameter("k", 1.0, 0.5, 10.0),)
    problem = decay(parameters=parameters, groups=("a",), residuals=lambda v: np.array([math.log(v["k"] / 0.1)]))
    found = profile_parameters(problem, run_fit(problem))["k"]
    assert found.left == "open"
    assert found.right == "closed"


def test_where_nothing_can_be_computed_the_side_has_failed() -> None:
    def residuals(values: Any) -> np.ndarray:
        return np.array([math.log(values["k"]) if values["k"] < 1.5 else math.nan])

    parameters = (FitParameter("k", 1.2, 0.01, 100.0),)
    problem = decay(parameters=parameters, groups=("a",), residuals=residuals)
    found = profile_parameters(problem, run_fit(problem))["k"]
    assert (found.left, found.right) == ("closed", "failed")
    assert "no answer to the right" in found.text()


def test_a_fit_that_was_not_at_its_minimum_is_found_out() -> None:
    problem = decay()
    poor = run_fit(problem, max_evaluations=2)
    found = profile_parameters(problem, poor, ["rate"])["rate"]
    assert found.better is not None
    assert found.better < poor.cost
    assert "a better fit was met" in found.text()


def test_workers_do_not_change_a_profile() -> None:
    problem = total()
    result = run_fit(problem)
    assert profile_parameters(problem, result) == profile_parameters(problem, result, workers=3)


def test_refusals() -> None:
    problem = total()
    result = run_fit(problem)
    with pytest.raises(BimodalError, match="'d' was not fitted"):
        profile_parameters(problem, result, ["d"])
    with pytest.raises(BimodalError, match="level of 95"):
        profile_parameters(problem, result, level=95)
    with pytest.raises(BimodalError, match="of another problem"):
        profile_parameters(decay(), result)
