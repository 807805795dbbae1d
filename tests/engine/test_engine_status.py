"""How a run says that it failed, and that it hurts nobody else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from engine_systems import blow_up, decay, make

from bimodal.engine import Schedule, Settings, SolverStatus, solve
from bimodal.expr import Op


def test_a_blow_up_is_reported_and_counted() -> None:
    system = blow_up()
    calm = solve(system, [[0.05], [0.01]], None, [0.0, 5.0, 10.0])
    run = solve(system, [[0.05], [1.0], [0.01], [0.5]], None, [0.0, 5.0, 10.0])
    assert run.status.tolist() == [0, SolverStatus.STEP_TOO_SMALL, 0, SolverStatus.STEP_TOO_SMALL]
    assert np.isnan(run.values[[1, 3]]).all()
    assert run.failed == 2
    assert run.endings() == {SolverStatus.DONE: 2, SolverStatus.STEP_TOO_SMALL: 2}
    assert run.values[[0, 2]].tobytes() == calm.values.tobytes()
    np.testing.assert_allclose(calm["x"][:, 2], [1 / (1 - 0.5), 1 / (1 - 0.1)], rtol=1e-5)


def test_the_limit_on_steps_is_kept() -> None:
    settings = Settings(max_steps=15, fallback=False)
    run = solve(decay(), [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]], None, [0.0, 100.0], settings=settings)
    assert run.status.tolist() == [SolverStatus.TOO_MANY_STEPS, SolverStatus.DONE]
    assert run.steps.tolist()[0] == 15
    assert np.isnan(run.values[0]).all()


def test_the_fallback_takes_over_and_says_so() -> None:
    system = decay()
    schedule = Schedule.build([[(1.0, system.slot_add("x"), 2.0), (2.0, system.slot_set("source"), 1.0)]])
    times = np.linspace(0, 4, 17)
    run = solve(system, [[1.0, 1.0, 0.0]], schedule, times, settings=Settings(max_steps=2, rtol=1e-8))
    usual = solve(system, [[1.0, 1.0, 0.0]], schedule, times, settings=Settings(rtol=1e-8))
    assert run.status[0] == SolverStatus.DONE_BY_FALLBACK
    assert not SolverStatus(run.status[0]).failed
    assert run.failed == 0
    np.testing.assert_allclose(run.values, usual.values, rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_parameters_that_are_no_numbers(bad: float) -> None:
    run = solve(decay(), [[1.0, 1.0, 0.0], [1.0, bad, 0.0], [bad, 1.0, 0.0]], None, [0.0, 1.0])
    assert run.status.tolist() == [SolverStatus.DONE, SolverStatus.NOT_FINITE, SolverStatus.NOT_FINITE]
    assert np.isnan(run.values[1:]).all()


def test_a_starting_value_that_is_no_number() -> None:
    system = make({"x": "x0"}, ("x0", "k"), lambda g, s: [g.call(Op.LOG, s("k"))])
    run = solve(system, [[1.0, 1.0], [1.0, -1.0], [1.0, 0.0]], None, [0.0, 1.0])
    assert run.status[0] == SolverStatus.DONE
    assert all(SolverStatus(code).failed for code in run.status[1:])
    assert np.isnan(run.values[1:]).all()


def test_an_output_that_is_no_number_is_no_result() -> None:
    system = make({"x": 1.0}, ("k",), lambda g, s: [g.neg(s("k"))])
    g = system.graph
    logged = replace(system, outputs=(("l", g.call(Op.LOG, g.symbol("x"))),))
    run = solve(logged, [[0.5], [2.0]], None, [0.0, 1.0])
    assert run.status.tolist() == [SolverStatus.DONE, SolverStatus.NOT_FINITE]
    assert np.isnan(run.values[1]).all()


def test_an_event_that_overflows_fails_only_its_patient() -> None:
    system = blow_up()
    events = [[], [(1.0, system.slot_set_state("x"), 1e308)], [(1.0, system.slot_set_state("x"), -1e308)]]
    run = solve(system, [[0.01]] * 3, Schedule.build(events), [0.0, 2.0])
    assert run.status[0] == SolverStatus.DONE
    assert run["x"][0, 1] == pytest.approx(1 / 0.98, rel=1e-5)
    assert SolverStatus(run.status[1]).failed
    assert run.failed >= 1


def test_every_status_has_a_sentence() -> None:
    for status in SolverStatus:
        assert status.sentence.endswith(".")
        assert status.failed == (status >= 2)
