"""Fits with known answers; interruption and workers change nothing."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fit_problems import TIMES, decay, linear, rosenbrock, total
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import BimodalError, OutputError
from bimodal.fit import FitParameter, FitResult, ParameterPrior, run_fit
from bimodal.fit.starts import start_points
from bimodal.fit.surface import Surface


def test_exponential_decay() -> None:
    found = run_fit(decay())
    assert dict(found.values) == pytest.approx({"amount": 3.0, "rate": 0.5}, rel=1e-6)
    assert found.cost == pytest.approx(0.0, abs=1e-10)
    assert found.at_bounds == ()
    assert {name: len(group.residuals) for name, group in found.groups.items()} == {"early": 4, "late": 5}


def test_standard_errors_are_those_of_the_closed_form() -> None:
    found = run_fit(decay())
    shape = np.exp(-0.5 * TIMES)
    slopes = np.stack([3.0 * shape, -3.0 * 0.5 * TIMES * shape], axis=1) / 0.1
    covariance = np.linalg.inv(slopes.T @ slopes)
    errors = [estimate.standard_error for estimate in found.estimates.values()]
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)).tolist(), rel=1e-5)
    assert found.correlations[0][1] == pytest.approx(covariance[0, 1] / math.prod(errors), rel=1e-4)


def test_rosenbrock_from_many_starts() -> None:
    found = run_fit(rosenbrock(), starts=6)
    assert dict(found.values) == pytest.approx({"x": 1.0, "y": 1.0}, rel=1e-6)
    assert len(found.starts) == 6
    assert "6 of 6 starts came to this cost" in found.message


def test_an_exact_jacobian_gives_the_same_answer() -> None:
    exact = rosenbrock(jacobian=lambda v: np.array([[-20.0 * v["x"], 10.0], [-1.0, 0.0]]))
    assert dict(run_fit(exact).values) == pytest.approx(dict(run_fit(rosenbrock()).values), rel=1e-6)


def test_one_by_one_and_in_batches_are_the_same_bytes(tmp_path: Path) -> None:
    def batch(sets: np.ndarray) -> np.ndarray:
        return np.array([decay().residuals(dict(zip(("amount", "rate"), row, strict=True))) for row in sets])

    single, many = run_fit(decay(), starts=3), run_fit(decay(residuals=None, batch_residuals=batch), starts=3)
    assert single == many


def test_several_minima_need_several_starts() -> None:
    # two valleys in k: a shallow one near the declared start, the deep one at 3
    def residuals(values: Any) -> np.ndarray:
        return np.array([math.sin(3.0 * values["k"]) * 3.0 - math.sin(9.0) * 3.0, values["k"] - 3.0])

    parameters = (FitParameter("k", start=-4.0, lower=-5.0, upper=5.0, scale="linear"),)
    rough = decay(parameters=parameters, groups=("a", "b"), residuals=residuals)
    lone, many = run_fit(rough), run_fit(rough, starts=16)
    assert many.cost < 1e-12 < lone.cost
    assert many.values["k"] == pytest.approx(3.0)
    assert many.best_start > 0


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_a_linear_model_with_priors_has_the_closed_form(seed: int) -> None:
    draw = np.random.default_rng(seed)
    design, seen = draw.normal(size=(6, 3)), draw.normal(size=6)
    means, sds = draw.normal(size=3), draw.uniform(0.3, 2.0, size=3)
    parameters = tuple(
        FitParameter(f"b{c}", 0.0, -50.0, 50.0, "linear", ParameterPrior(mean=means[c], sd=sds[c], source="drawn"))
        for c in range(3)
    )
    found = run_fit(linear(design, seen, parameters=parameters))
    precision = design.T @ design + np.diag(sds**-2)
    expected = np.linalg.solve(precision, design.T @ seen + means / sds**2)
    assert list(found.values.values()) == pytest.approx(expected.tolist(), abs=1e-6)
    errors = [estimate.standard_error for estimate in found.estimates.values()]
    assert errors == pytest.approx(np.sqrt(np.diag(np.linalg.inv(precision))).tolist(), rel=1e-5)
    assert found.cost == pytest.approx(found.cost_data + found.cost_priors)


def test_what_the_data_cannot_tell_apart_has_no_error() -> None:
    found = run_fit(total())
    assert found.values["a"] + found.values["b"] == pytest.approx(2.0, rel=1e-6)
    assert [found.estimates[name].standard_error is None for name in "abc"] == [True, True, False]
    assert found.correlations[0][1] is None
    assert "not identified" in found.text()
    informed = run_fit(total(ParameterPrior(mean=0.0, sd=0.1, source="drawn")))
    assert informed.values["a"] == pytest.approx(1.0, rel=1e-5)
    assert informed.estimates["b"].standard_error is not None


def test_a_bound_in_the_way_is_named() -> None:
    narrow = (
        FitParameter("amount", start=1.0, lower=0.01, upper=2.0),
        FitParameter("rate", start=2.0, lower=0.01, upper=10.0),
    )
    found = run_fit(decay(parameters=narrow))
    assert found.at_bounds == ("amount",)
    assert found.estimates["amount"].at_bound == "upper"
    assert found.values["amount"] <= 2.0
    assert found.estimates["amount"].standard_error is None
    assert found.estimates["rate"].standard_error is not None
    assert "at its upper bound" in found.text()


def test_a_start_that_cannot_be_computed_is_counted_not_fatal() -> None:
    def residuals(values: Any) -> np.ndarray:
        return np.array([values["k"] if values["k"] < 1.5 else math.nan])

    parameters = (FitParameter("k", start=1.0, lower=-5.0, upper=5.0, scale="linear"),)
    found = run_fit(decay(parameters=parameters, groups=("a",), residuals=residuals), starts=9)
    assert sum(start.cost is None for start in found.starts) == 3
    assert "3 failed" in found.message
    assert found.values["k"] == pytest.approx(0.0, abs=1e-6)


def test_workers_change_no_byte(tmp_path: Path) -> None:
    one, two = run_fit(decay(), starts=5), run_fit(decay(), starts=5, workers=3)
    assert one.save(tmp_path / "one.json").read_bytes() == two.save(tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_and_resumed_is_the_same_answer(tmp_path: Path, workers: int) -> None:
    def kill(done: int, starts: int, what: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    whole = run_fit(decay(), starts=5)
    with pytest.raises(KeyboardInterrupt):
        run_fit(decay(), starts=5, folder=tmp_path / "fit", workers=workers, progress=kill)
    kept = sorted(path.name for path in (tmp_path / "fit").glob("start-*.json"))
    assert 2 <= len(kept) < 5
    (tmp_path / "fit" / kept[0]).write_text('{"x": [1.0')  # a disk that filled up
    (tmp_path / "fit" / kept[1]).write_text('{"x": "nonsense"}')
    assert run_fit(decay(), starts=5, folder=tmp_path / "fit", workers=workers) == whole

    heard: list[str] = []
    assert run_fit(decay(), starts=5, folder=tmp_path / "fit", progress=lambda *said: heard.append(said[2])) == whole
    assert len(heard) == 5  # nothing was computed again: no words from within a descent
    more = run_fit(decay(), starts=7, folder=tmp_path / "fit")
    assert more.starts[:5] == whole.starts


@pytest.mark.parametrize(
    "change",
    [{"data": {"other": "1" * 64}}, {"step": 1e-3}, {"residuals": lambda values: np.zeros(9)}],
)
def test_the_folder_of_another_fit_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    run_fit(decay(), folder=tmp_path)
    with pytest.raises(OutputError, match="a different fit"):
        run_fit(decay(**change), folder=tmp_path)
    with pytest.raises(OutputError, match="a different fit"):
        run_fit(decay(), folder=tmp_path, seed=2)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds no fit"):
        run_fit(decay(), folder=tmp_path)
    (tmp_path / "fit.json").write_text("[]")
    with pytest.raises(OutputError, match="holds no fit"):
        run_fit(decay(), folder=tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"starts": 0}, "cannot begin from 0 starts"),
        ({"starts": 10**6}, "cannot begin from"),
        ({"seed": -1}, "seed -1 is negative"),
        ({"spread": 0.0}, "spread of 0.0"),
        ({"spread": 1.5}, "spread of 1.5"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"max_evaluations": 0}, "evaluation"),
        ({"workers": 0}, "cannot work with 0 workers"),
    ],
)
def test_impossible_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BimodalError, match=message):
        run_fit(decay(), **options)


def test_what_a_residual_raises_comes_through_from_any_thread() -> None:
    calls: list[float] = []

    def residuals(values: Any) -> np.ndarray:
        calls.append(values["rate"])
        if len(calls) > 20:
            raise EngineFailedError
        return decay().residuals(values)

    class EngineFailedError(Exception):
        pass

    with pytest.raises(EngineFailedError):
        run_fit(decay(residuals=residuals), starts=4, workers=2)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40), st.integers(0, 2**40), st.floats(0.01, 1.0))
def test_starts_stay_in_the_box_and_keep_their_place(starts: int, seed: int, spread: float) -> None:
    surface = Surface(decay())
    points = start_points(surface, starts, seed, spread)
    assert points.shape == (starts, 2)
    assert (points >= surface.lower).all()
    assert (points <= surface.upper).all()
    assert points[0].tolist() == surface.start.tolist()
    assert np.array_equal(start_points(surface, starts + 3, seed, spread)[:starts], points)


def test_a_result_survives_its_file(tmp_path: Path) -> None:
    found = run_fit(total(), starts=2)
    assert FitResult.load(found.save(tmp_path / "r.json")) == found


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": 1}', "\x00", '{"cost": NaN}'])
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(BimodalError, match="no fit result"):
        FitResult.load(tmp_path / "r.json")
    with pytest.raises(BimodalError, match="cannot be read"):
        FitResult.load(tmp_path / "none.json")


def test_a_result_holds_no_time_path_or_worker_count(tmp_path: Path) -> None:
    content = json.loads(run_fit(decay(), folder=tmp_path).save(tmp_path / "r.json").read_text())
    assert set(content) == set(FitResult.model_fields)
    assert str(tmp_path) not in json.dumps(content)
