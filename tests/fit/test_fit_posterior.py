"""The sampler against the posterior of a straight line, which is known; global sensitivity against known shares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bimodal.errors import BimodalError
from bimodal.fit import FitParameter, ParameterPrior, Problem
from bimodal.fit.global_sensitivity import global_sensitivity
from bimodal.fit.posterior import sample_posterior

X = np.array([-1.0, 0.0, 1.0, 2.0])
Y = np.array([0.9, 2.1, 2.9, 4.2])
SD = 0.2
LINE = Problem(
    name="line",
    parameters=(
        FitParameter("level", start=1.0, lower=-9.0, upper=9.0, scale="linear"),
        FitParameter(
            "slope", start=0.5, lower=-9.0, upper=9.0, scale="linear", prior=ParameterPrior(0.5, 0.5, "made up")
        ),
    ),
    groups=("a",) * 4,
    data={"made up": "0" * 64},
    batch_residuals=lambda v: (v[:, :1] + v[:, 1:] * X - Y) / SD,
)


def _exact() -> tuple[np.ndarray, np.ndarray]:
    design = np.stack([np.ones(4), X], axis=1) / SD
    precision = design.T @ design + np.diag([0.0, 1 / 0.25])
    covariance = np.linalg.inv(precision)
    return covariance @ (design.T @ (Y / SD) + [0.0, 0.5 / 0.25]), np.sqrt(np.diag(covariance))


def test_draws_follow_the_posterior_of_a_line() -> None:
    mean, sd = _exact()
    found = sample_posterior(LINE, {"level": mean[0], "slope": mean[1]}, steps=3000, seed=3)
    assert found.long_enough
    assert found.kept.mean(axis=0) == pytest.approx(mean, abs=0.02)
    assert found.kept.std(axis=0) == pytest.approx(sd, rel=0.1)
    low, _, high = found.quantiles()["slope"]
    assert (low, high) == pytest.approx((mean[1] - 1.96 * sd[1], mean[1] + 1.96 * sd[1]), abs=0.04)


def test_a_block_holds_the_others() -> None:
    found = sample_posterior(LINE, {"level": 2.0, "slope": 1.1}, block=["level"], steps=400, seed=3)
    precision = len(X) / SD**2
    mean = (Y - 1.1 * X).sum() / SD**2 / precision
    assert found.ids == ("level",)
    assert found.kept.mean() == pytest.approx(mean, abs=0.03)
    assert found.kept.std() == pytest.approx(precision**-0.5, rel=0.2)


def test_a_stopped_chain_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    start = {"level": 2.0, "slope": 1.1}
    whole = sample_posterior(LINE, start, steps=90, folder=tmp_path / "whole")
    sample_posterior(LINE, start, steps=37, folder=tmp_path / "parts")
    parts = sample_posterior(LINE, start, steps=90, folder=tmp_path / "parts")
    assert (whole.draws == parts.draws).all()
    with pytest.raises(BimodalError, match="another problem"):
        sample_posterior(replace(LINE, name="other"), start, steps=90, folder=tmp_path / "parts")


def test_wrong_questions_are_refused() -> None:
    with pytest.raises(BimodalError, match="not fitted"):
        sample_posterior(LINE, {"level": 2.0, "slope": 1.1}, block=["bend"], steps=100)
    with pytest.raises(BimodalError, match="too few"):
        sample_posterior(LINE, {"level": 2.0, "slope": 1.1}, steps=3)
    with pytest.raises(BimodalError, match="power of 2"):
        global_sensitivity(LINE, method="sobol", samples=12)


BOX = Problem(
    name="box",
    parameters=tuple(FitParameter(name, start=0.5, lower=0.0, upper=1.0, scale="linear") for name in "abc"),
    groups=("sum", "product"),
    data={"made up": "0" * 64},
    batch_residuals=lambda v: np.stack([3 * v[:, 0] + v[:, 1], v[:, 0] * v[:, 1]], axis=1),
)


def test_shares_of_variance_are_those_of_the_formula() -> None:
    found = global_sensitivity(BOX, method="sobol", samples=1024)
    # 3a + b: variances 9/12 and 1/12; a b: total 4/7 each, first order 3/7
    assert found.effect[0] == pytest.approx([0.9, 0.1, 0.0], abs=0.02)
    assert found.effect[1] == pytest.approx([4 / 7, 4 / 7, 0.0], abs=0.04)
    assert found.other[1] == pytest.approx([3 / 7, 3 / 7, 0.0], abs=0.04)


def test_screening_finds_what_does_nothing_and_failures_are_counted() -> None:
    found = global_sensitivity(BOX, samples=8)
    assert found.effect[0] == pytest.approx([3.0, 1.0, 0.0], abs=1e-9)
    assert found.other[0] == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert "a 3 (" in found.text()
    broken = replace(
        BOX,
        batch_residuals=lambda v: np.where(v.min(axis=1, keepdims=True) > 0.9, np.nan, BOX.evaluate(v)),
        name="broken",
    )
    again = global_sensitivity(broken, samples=64)
    assert 0 < again.failed < again.evaluations
    assert again.effect[0, 2] == 0.0
