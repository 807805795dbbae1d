"""Stiff, time-dependent and linear problems against exact or very tight solutions."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from engine_systems import decay, linear, make, robertson, van_der_pol
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from bimodal.engine import TIME, Settings, SolverStatus, solve
from bimodal.expr import Op


def test_robertson() -> None:
    times = np.array([0.4, 4.0, 40.0, 400.0, 4e3, 4e4])
    k = [0.04, 3e7, 1e4]

    def rate(_t: float, y: np.ndarray) -> list[float]:
        slow, fast, back = k[0] * y[0], k[1] * y[1] ** 2, k[2] * y[1] * y[2]
        return [back - slow, slow - back - fast, fast]

    tight = solve_ivp(rate, (0, 4e4), [1.0, 0, 0], method="Radau", t_eval=times, rtol=1e-11, atol=1e-16).y.T
    run = solve(robertson(), [k], None, times, settings=Settings(rtol=1e-8, atol_factor=1e-3))
    assert run.status[0] == SolverStatus.DONE
    np.testing.assert_allclose(run.values[0], tight, rtol=1e-6)
    np.testing.assert_allclose(run.values[0].sum(axis=1), 1.0, rtol=1e-12)
    assert run.steps[0] < 1000


def test_van_der_pol_jumps_at_the_right_time() -> None:
    mu, times = 1000.0, np.array([100.0, 500.0, 800.0, 807.0, 808.0, 1500.0, 2000.0])
    tight = solve_ivp(
        lambda _t, y: [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]],
        (0, 2000),
        [2.0, 0.0],
        method="Radau",
        t_eval=times,
        rtol=1e-10,
        atol=1e-13,
        jac=lambda _t, y: [[0, 1], [-2 * mu * y[0] * y[1] - 1, mu * (1 - y[0] ** 2)]],
    ).y[0]
    run = solve(van_der_pol(), [[mu]], None, times, settings=Settings(rtol=1e-9))
    np.testing.assert_allclose(run["x"][0], tight, rtol=2e-5)
    assert run.status[0] == SolverStatus.DONE


def test_rates_that_use_time_keep_their_order() -> None:
    # x' = -x + e^-t, x(0) = 1: x = (1 + t) e^-t;  y' = 3 t^2 - 4 t^3 + 1: a polynomial
    system = make(
        {"x": 1.0, "y": 0.0},
        (),
        lambda g, s: [
            g.sub(g.call(Op.EXP, g.neg(s(TIME))), s("x")),
            g.add(
                g.sub(
                    g.mul(g.const(3.0), g.pow(s(TIME), g.const(2.0))), g.mul(g.const(4.0), g.pow(s(TIME), g.const(3.0)))
                ),
                g.const(1.0),
            ),
        ],
    )
    t = np.linspace(0.0, 6.0, 25)
    run = solve(system, np.empty((1, 0)), None, t, settings=Settings(rtol=1e-9))
    np.testing.assert_allclose(run["x"][0], (1 + t) * np.exp(-t), rtol=1e-6)
    np.testing.assert_allclose(run["y"][0], t**3 - t**4 + t, rtol=1e-6, atol=1e-7)


def test_a_start_other_than_zero_is_the_start() -> None:
    system = make({"x": 1.0}, (), lambda g, s: [g.mul(s(TIME), s("x"))])
    run = solve(system, np.empty((1, 0)), None, [2.0, 3.0], start=2.0, settings=Settings(rtol=1e-10))
    np.testing.assert_allclose(run["x"][0], [1.0, np.exp(2.5)], rtol=1e-8)


def test_the_error_falls_with_the_tolerance() -> None:
    # the rotation x'' = -x, ten turns: no decay hides the error
    system = make({"x": 1.0, "v": 0.0}, (), lambda g, s: [s("v"), g.neg(s("x"))])
    t = np.linspace(0, 20 * np.pi, 101)
    errors, steps = [], []
    for rtol in (1e-4, 1e-6, 1e-8, 1e-10):
        run = solve(system, np.empty((1, 0)), None, t, settings=Settings(rtol=rtol, atol_factor=1.0))
        errors.append(np.abs(run["x"][0] - np.cos(t)).max())
        steps.append(run.steps[0])
    assert all(b < a / 20 for a, b in pairwise(errors))
    assert errors[-1] < 2e-8
    # order 5: a hundredfold tolerance costs about 100^(1/5) = 2.5 times the steps
    growth = [b / a for a, b in pairwise(steps)]
    assert all(1.7 < g < 3.2 for g in growth)


def test_a_save_between_steps_is_as_good_as_one_at_a_step() -> None:
    t = np.linspace(0, 5, 2001)
    run = solve(decay(), [[1.0, 1.3, 0.0]], None, t, settings=Settings(rtol=1e-8))
    assert run.steps[0] < 100  # a look at a save is no step of the path
    np.testing.assert_allclose(run["x"][0], np.exp(-1.3 * t), rtol=3e-8)


@pytest.mark.parametrize("method", ["rodas5p", "rodas4"])
def test_a_fast_state_that_follows_a_slow_one_is_exact_between_steps(method: Literal["rodas5p", "rodas4"]) -> None:
    # y follows x**3 with a lag of 1e-4: an interpolating polynomial knows nothing of that, a step does
    system = make(
        {"x": 1.0, "y": 1.0},
        (),
        lambda g, s: [g.neg(s("x")), g.mul(g.const(1e4), g.sub(g.mul(s("x"), g.mul(s("x"), s("x"))), s("y")))],
    )
    t = np.linspace(0.0, 6.0, 400)
    run = solve(system, np.empty((1, 0)), None, t, settings=Settings(rtol=1e-6, atol_factor=1e-3, method=method))
    assert run.steps[0] < 200
    follows = np.exp(-3.0 * t) / (1.0 - 3e-4)
    late = t > 0.01
    np.testing.assert_allclose(run["y"][0][late], follows[late], rtol=2e-5, atol=1e-10)


@limits(deadline=None, max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 14), density=st.floats(0.0, 0.5))
def test_sparse_linear_systems_equal_the_matrix_exponential(seed: int, n: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(-1, 1, (n, n)) * (rng.random((n, n)) < density)
    np.fill_diagonal(matrix, -(np.abs(matrix).sum(axis=1) + rng.choice([0.1, 1.0, 1000.0], n)))
    start = rng.uniform(0.5, 2.0, n)
    t = np.array([0.0, 0.1, 1.0])
    run = solve(linear(matrix, start), np.empty((1, 0)), None, t, settings=Settings(rtol=1e-9))
    exact = np.array([expm(matrix * when) @ start for when in t])
    np.testing.assert_allclose(run.values[0], exact, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("rate", [0.0, 1e-12, 1e12])
def test_very_slow_and_very_fast(rate: float) -> None:
    run = solve(decay(), [[1.0, rate, 0.0]], None, [0.0, 1.0, 10.0])
    np.testing.assert_allclose(run["x"][0], np.exp(-rate * np.array([0, 1.0, 10.0])), rtol=1e-5, atol=1e-8)
