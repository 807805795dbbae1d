"""A patient's bytes are the same alone, in company, in any order, on any number of workers and at any width."""

from __future__ import annotations

import numpy as np
import pytest
from engine_systems import at_width, stiff, stiff_patients

from bimodal.engine import Schedule, Settings, SolverStatus, System, solve

N = 37
TIMES = np.array([0.0, 0.5, 1.0, 3.0, 7.7, 20.0])


@pytest.fixture(scope="module")
def system() -> System:
    return stiff()


def patients() -> tuple[np.ndarray, list[list[tuple[float, int, float]]]]:
    values, events = stiff_patients(N)
    values[::3, 2], values[1::9, 2] = 2.0, 1.0  # beside one another: exponents that are products and others
    values[12, 1] = np.nan
    values[20, 3] = 30.0
    return values, events


def run(system: System, who: np.ndarray, workers: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values, events = patients()
    schedule = Schedule.build([events[i] for i in who])
    found = solve(system, values[who], schedule, TIMES, workers=workers, settings=Settings(fallback=False))
    return found.values, found.status, found.steps


def test_company_order_and_workers_change_nothing(system: System) -> None:
    everybody = np.arange(N)
    values, status, steps = run(system, everybody)
    assert sorted(set(status.tolist())) == [SolverStatus.DONE, SolverStatus.STEP_TOO_SMALL, SolverStatus.NOT_FINITE]
    assert (status > SolverStatus.DONE_BY_FALLBACK).sum() == 3
    shuffled = np.random.default_rng(3).permutation(N)
    for order, workers in ((shuffled, 1), (everybody[::-1], 2), (everybody, 2), (shuffled, 3)):
        again = run(system, order, workers)
        for found, expected in zip(again, (values, status, steps), strict=True):
            assert found.tobytes() == expected[order].tobytes()
    for one in (0, 5, 6, 12, 36):
        alone = run(system, np.array([one]))
        assert alone[0].tobytes() == values[one].tobytes()
        assert alone[2].tobytes() == steps[one].tobytes()
    for low in range(0, N, 5):
        part = np.arange(low, min(low + 5, N))
        assert run(system, part)[0].tobytes() == values[part].tobytes()


@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_the_number_of_lanes_changes_nothing(system: System, width: int) -> None:
    values, status, steps = run(system, np.arange(N))
    again = run(at_width(system, width), np.arange(N))
    assert again[0].tobytes() == values.tobytes()
    assert again[1].tobytes() == status.tobytes()
    assert again[2].tobytes() == steps.tobytes()


def test_repeating_a_run_changes_nothing_and_inputs_stay(system: System) -> None:
    values, events = patients()
    before = values.copy()
    schedule = Schedule.build(events)
    first = solve(system, values, schedule, TIMES)
    second = solve(system, values, schedule, TIMES)
    assert first.values.tobytes() == second.values.tobytes()
    np.testing.assert_array_equal(values, before)


def test_more_save_times_do_not_change_the_path(system: System) -> None:
    values, _ = patients()
    few = solve(system, values[:4], None, TIMES)
    many = solve(system, values[:4], None, np.unique(np.concatenate([TIMES, np.linspace(0, 20, 333)])))
    kept = np.isin(many.times, TIMES)
    assert many.values[:, kept].tobytes() == few.values.tobytes()


def test_fallback_companions_change_nothing(system: System) -> None:
    values, _ = patients()
    alone = solve(system, values[:1], None, TIMES)
    together = solve(system, values[[0, 5]], None, TIMES)
    assert together.values[0].tobytes() == alone.values[0].tobytes()
    assert together.failed == 1


def test_progress_counts_everybody(system: System) -> None:
    values, _ = patients()
    seen: list[int] = []
    solve(system, values, None, TIMES, workers=2, progress=seen.append, settings=Settings(fallback=False))
    assert seen == sorted(seen)
    assert seen[-1] == N


def test_an_interrupt_comes_through(system: System) -> None:
    values, _ = patients()

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve(system, values, None, TIMES, workers=2, progress=stop)
