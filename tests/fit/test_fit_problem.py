"""Everything a problem can get wrong is refused by name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from fit_problems import DATA, decay, rosenbrock

from bimodal.errors import BimodalError
from bimodal.fit import FitParameter, ParameterPrior, Problem, residual_jacobian, run_fit

GOOD: dict[str, Any] = {"id": "k", "start": 1.0, "lower": 0.1, "upper": 10.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": " "}, "has no name"),
        ({"start": 0.05}, "outside the bounds 0.1 to 10"),
        ({"start": 11.0}, "outside the bounds"),
        ({"start": math.nan}, "not a finite number"),
        ({"upper": math.inf}, "not a finite number"),
        ({"lower": 10.0, "start": 10.0}, "not below the upper bound"),
        ({"lower": 20.0}, "not below the upper bound"),
        ({"lower": 0.0}, "has no logarithm"),
        ({"lower": -1.0}, "has no logarithm"),
        ({"scale": "log10"}, "'log10' is no scale"),
    ],
)
def test_impossible_parameters(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BimodalError, match=message):
        FitParameter(**{**GOOD, **change})


@pytest.mark.parametrize(
    ("mean", "sd", "source", "message"),
    [
        (0.0, 0.0, "s", "impossible"),
        (0.0, -1.0, "s", "impossible"),
        (math.nan, 1.0, "s", "impossible"),
        (0.0, math.inf, "s", "impossible"),
        (0.0, 1.0, "  ", "without a source"),
    ],
)
def test_impossible_priors(mean: float, sd: float, source: str, message: str) -> None:
    with pytest.raises(BimodalError, match=message):
        ParameterPrior(mean=mean, sd=sd, source=source)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "has no name"),
        ({"parameters": ()}, "no parameter is named"),
        ({"groups": ()}, "no residual has a group"),
        ({"parameters": (FitParameter(**GOOD), FitParameter(**GOOD))}, "'k' is to be fitted twice"),
        ({"data": {}}, "names no data"),
        ({"data": {"trial": "abc"}}, "'abc' is no SHA-256"),
        ({"residuals": None}, "has no residuals"),
        ({"step": 0.0}, "step of 0.0"),
        ({"step": math.nan}, "step of nan"),
        ({"step": 0.5}, "step of 0.5"),
    ],
)
def test_impossible_problems(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BimodalError, match=message):
        decay(**change)


@pytest.mark.parametrize("form", ["residuals", "batch_residuals"])
def test_residuals_of_another_length_are_refused(form: str) -> None:
    wrong = np.zeros(3) if form == "residuals" else np.zeros((1, 3))
    with pytest.raises(BimodalError, match="the residuals have shape"):
        run_fit(decay(**{"residuals": None, form: lambda _: wrong}))


def test_missing_data_are_named_by_group() -> None:
    seen = np.array([1.0, 2.0, 3.0, 4.0, math.nan, 6.0, 7.0, 8.0, 9.0])
    with pytest.raises(BimodalError, match=r"1 of 9 residuals are not finite at the declared start") as fault:
        run_fit(decay(residuals=lambda values: values["amount"] - seen))
    assert "group 'late'" in str(fault.value)


def test_groups_are_left_out_of_every_form() -> None:
    full = rosenbrock(jacobian=lambda v: np.array([[-20.0 * v["x"], 10.0], [-1.0, 0.0]]))
    part = full.without({"valley"})
    assert part.groups == ("wall",)
    assert part.evaluate(np.array([[0.5, 2.0]])).tolist() == [[0.5]]
    assert residual_jacobian(part, [0.5, 2.0]).tolist() == [[-1.0, 0.0]]
    assert decay().without({"late"}).evaluate(np.array([[3.0, 0.5]])).shape == (1, 4)


def test_a_batch_is_asked_once_for_all_derivatives() -> None:
    sizes: list[int] = []
    plain = rosenbrock()

    def counted(sets: np.ndarray) -> np.ndarray:
        sizes.append(len(sets))
        assert plain.batch_residuals is not None
        return plain.batch_residuals(sets)

    found = residual_jacobian(rosenbrock(batch_residuals=counted), [-1.2, 1.0])
    assert sizes == [4]
    assert np.allclose(found, [[24.0, 10.0], [-1.0, 0.0]], rtol=1e-6)
    sizes.clear()
    residual_jacobian(rosenbrock(batch_residuals=counted, two_sided=False), [-1.2, 1.0])
    assert sizes == [3]


@pytest.mark.parametrize("two_sided", [True, False])
def test_derivatives_stay_inside_bounds_and_computable_places(two_sided: bool) -> None:
    visited: list[float] = []

    def residuals(values: Any) -> np.ndarray:
        visited.append(values["k"])
        return np.array([math.nan if values["k"] > 5.0 else values["k"] ** 2])

    problem = Problem(
        name="edge", parameters=(FitParameter("k", start=1.0, lower=0.1, upper=10.0),), groups=("a",), data=DATA,
        residuals=residuals, two_sided=two_sided,
    )  # fmt: skip
    for at in (0.1, 5.0):
        assert residual_jacobian(problem, [at])[0, 0] == pytest.approx(2.0 * at**2, rel=1e-3)
    assert min(visited) >= 0.1
    assert np.isnan(residual_jacobian(problem, [7.0])).all()


def test_a_jacobian_of_another_shape_is_refused() -> None:
    with pytest.raises(BimodalError, match=r"the Jacobian has shape \(1, 2\) instead of \(2, 2\)"):
        run_fit(rosenbrock(jacobian=lambda _: np.zeros((1, 2))))
