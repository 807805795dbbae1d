"""What the data see: eigenvalues, priors against data, and which group identifies what."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fit_problems import decay, linear, total
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import BimodalError
from bimodal.fit import FitParameter, ParameterPrior, measure_sloppiness, run_fit
from bimodal.fit.covariance import covariance_of


def test_a_sum_of_two_has_one_unseen_direction() -> None:
    found = measure_sloppiness(total(), {"a": 1.0, "b": 1.0, "c": 1.0})
    assert found.unseen == 1
    assert found.eigenvalues == pytest.approx([400.0, 200.0, 0.0], abs=1e-3)
    sloppy = found.direction(2)
    assert set(sloppy) == {"a", "b"}
    assert sloppy["a"] == pytest.approx(-sloppy["b"], abs=1e-4)
    assert np.isinf(found.posterior_sd).tolist() == [True, True, False]
    assert "nothing: not identified" in found.text()


def test_priors_and_data_are_weighed() -> None:
    found = measure_sloppiness(total(ParameterPrior(mean=0.0, sd=0.3, source="drawn")), {"a": 1.0, "b": 1.0, "c": 1.0})
    assert found.prior_sd.tolist() == pytest.approx([0.3, math.inf, math.inf])
    assert found.data_over_prior[0] == pytest.approx(1.0, abs=1e-3)
    assert np.isnan(found.data_over_prior[1])
    assert found.groups == ("sum", "single", "priors")
    assert np.isinf(found.loss[2, :2]).all()
    assert found.loss[2, 2] == pytest.approx(1.0)
    assert found.share[:, 2] == pytest.approx([0.0, 1.0, 0.0])
    assert found.share.sum(axis=0) == pytest.approx(1.0)
    assert "priors (lost)" in found.text()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_loss_is_what_leaving_a_group_out_costs(seed: int) -> None:
    draw = np.random.default_rng(seed)
    design = draw.normal(size=(12, 3))
    problem = linear(design, draw.normal(size=12))
    found = measure_sloppiness(problem, {"b0": 0.1, "b1": 0.2, "b2": 0.3})
    rest = design[[row % 3 != 1 for row in range(12)]]
    without, everything = (np.sqrt(np.diag(np.linalg.inv(part.T @ part))) for part in (rest, design))
    assert found.loss[1] == pytest.approx(without / everything, rel=1e-6)
    assert (found.loss >= 1.0 - 1e-9).all()


def test_a_linear_parameter_counts_in_widths_of_its_range() -> None:
    problem = linear(np.array([[1.0]]), np.array([0.0]))
    found = measure_sloppiness(problem, {"b0": 0.0})
    assert found.eigenvalues == pytest.approx([100.0**2])
    assert found.posterior_sd == pytest.approx([0.01])


def test_no_information_at_all() -> None:
    idle = decay(parameters=(FitParameter("k", 1.0, 0.1, 10.0),), groups=("a",), residuals=lambda _: np.ones(1))
    found = measure_sloppiness(idle, {"k": 1.0})
    assert found.unseen == 1
    assert np.isnan(found.share).all()
    errors, correlations = covariance_of(np.zeros((3, 2)))
    assert np.isinf(errors).all()
    assert correlations[0, 0] == 1.0


def test_refusals() -> None:
    result = run_fit(total())
    with pytest.raises(BimodalError, match="'amount' is missing"):
        measure_sloppiness(decay(), result.values)
    with pytest.raises(BimodalError, match="out of bounds"):
        measure_sloppiness(total(), {"a": 1.0, "b": 1.0, "c": 1e4})
    bad = decay(jacobian=lambda _: np.full((9, 2), np.nan))
    with pytest.raises(BimodalError, match="derivatives of the residuals are not finite"):
        measure_sloppiness(bad, {"amount": 1.0, "rate": 1.0})
