"""Events: what happens first, together, and at the ends; the fallback keeps the same rules."""

from __future__ import annotations

import numpy as np
import pytest
from engine_systems import decay
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from bimodal.engine import Schedule, Settings, SolverStatus, System, solve

Events = list[tuple[float, int, float]]
EXACT = Settings(rtol=1e-9)
#: Too few steps for the main solver, so that Radau does the work.
SECOND = Settings(rtol=1e-9, max_steps=1)


@pytest.fixture(scope="module")
def system() -> System:
    return decay()


@pytest.fixture(params=[EXACT, SECOND], ids=["main", "fallback"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return request.param


def exact(k: float, events: list[tuple[float, str, float]], times: np.ndarray, x0: float = 1.0) -> np.ndarray:
    """Solve x' = source - k x piece by piece; a save at an event comes first."""
    x, source, now, out = x0, 0.0, 0.0, np.full(len(times), np.nan)
    order = sorted(range(len(events)), key=lambda i: events[i][0])

    def at(t: float) -> float:
        return x * np.exp(-k * (t - now)) - source * np.expm1(-k * (t - now)) / k

    stops = [events[i][0] for i in order] + [np.inf]
    for j, stop in enumerate(stops):
        for i, t in enumerate(times):
            if np.isnan(out[i]) and t <= stop:
                out[i] = at(t)
        if j < len(order):
            x, now = at(stop), stop
            _, kind, value = events[order[j]]
            if kind == "add":
                x += value
            elif kind == "set":
                x = value
            else:
                source = value
    return out


def check(
    system: System,
    settings: Settings,
    events: list[tuple[float, str, float]],
    times: np.ndarray,
    tolerance: float = 1e-6,
) -> None:
    slots = {"add": system.slot_add("x"), "set": system.slot_set_state("x"), "source": system.slot_set("source")}
    listed = [(t, slots[kind], value) for t, kind, value in events]
    k = 0.7
    run = solve(system, [[1.0, k, 0.0]], Schedule.build([listed]), times, settings=settings)
    assert not run.status[0] > SolverStatus.DONE_BY_FALLBACK
    np.testing.assert_allclose(run["x"][0], exact(k, events, times), rtol=tolerance, atol=1e-9)


def test_a_save_time_at_an_event_is_before_it(system: System, settings: Settings) -> None:
    check(system, settings, [(1.0, "add", 5.0), (2.0, "set", 9.0)], np.array([0.0, 1.0, 1.5, 2.0, 3.0]))


def test_an_event_at_the_start_comes_after_the_first_save(system: System, settings: Settings) -> None:
    check(system, settings, [(0.0, "add", 5.0)], np.array([0.0, 1.0]))


def test_an_event_at_the_end_changes_nothing(system: System, settings: Settings) -> None:
    check(system, settings, [(2.0, "add", 5.0), (2.0, "set", 1e9)], np.array([0.0, 1.0, 2.0]))


def test_events_after_the_end_are_ignored(system: System, settings: Settings) -> None:
    check(system, settings, [(2.5, "add", 5.0), (1e9, "set", 0.0)], np.array([0.0, 1.0, 2.0]))


def test_coincident_events_happen_as_listed(system: System, settings: Settings) -> None:
    times = np.array([0.0, 1.0, 1.5])
    check(system, settings, [(1.0, "set", 3.0), (1.0, "add", 2.0)], times)
    check(system, settings, [(1.0, "add", 2.0), (1.0, "set", 3.0)], times)
    check(system, settings, [(1.0, "source", 7.0), (1.0, "source", 2.0)], times)
    check(system, settings, [(1.0, "add", 1.0)] * 5, times)


def test_back_to_back_infusions(system: System, settings: Settings) -> None:
    events = [(1.0, "source", 2.0), (2.0, "source", 0.0), (2.0, "source", 3.0), (3.0, "source", 0.0)]
    check(system, settings, events, np.array([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0]))


def test_an_infusion_of_no_length_does_nothing(system: System, settings: Settings) -> None:
    check(system, settings, [(1.0, "source", 1e6), (1.0, "source", 0.0)], np.array([0.0, 1.0, 1.0 + 1e-6, 3.0]))


def test_a_very_short_infusion_gives_its_amount(system: System, settings: Settings) -> None:
    check(system, settings, [(1.0, "source", 4e6), (1.0 + 1e-6, "source", 0.0)], np.array([0.0, 1.0, 2.0]), 1e-5)


def test_times_equal_up_to_rounding_are_one_instant(system: System, settings: Settings) -> None:
    k, three_tenths = 0.7, 0.1 * 3
    assert three_tenths > 0.3
    for event, save in ((0.3, three_tenths), (three_tenths, 0.3)):
        schedule = Schedule.build([[(event, system.slot_add("x"), 5.0)]])
        run = solve(system, [[1.0, k, 0.0]], schedule, [0.0, save, 1.0], settings=settings)
        expected = [1.0, np.exp(-k * 0.3), np.exp(-k) + 5 * np.exp(-0.7 * k)]
        np.testing.assert_allclose(run["x"][0], expected, rtol=1e-6)
    # two events that differ by rounding: still two events, in order
    schedule = Schedule.build([[(0.3, system.slot_set_state("x"), 5.0), (three_tenths, system.slot_add("x"), 1.0)]])
    run = solve(system, [[1.0, k, 0.0]], schedule, [0.0, three_tenths, 1.0], settings=settings)
    np.testing.assert_allclose(run["x"][0], [1.0, np.exp(-0.3 * k), 6 * np.exp(-0.7 * k)], rtol=1e-6)


def test_rounding_at_the_start_counts_too(system: System, settings: Settings) -> None:
    schedule = Schedule.build([[(0.3, system.slot_add("x"), 5.0)]])
    run = solve(system, [[1.0, 0.7, 0.0]], schedule, [0.1 * 3, 1.0], start=0.3, settings=settings)
    np.testing.assert_allclose(run["x"][0], [1.0, 6 * np.exp(-0.7 * 0.7)], rtol=1e-6)


def test_repeated_save_times_give_the_same_value(system: System, settings: Settings) -> None:
    check(system, settings, [(1.0, "add", 5.0)], np.array([0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 2.0, 2.0]))


def test_one_save_time_at_the_start(system: System) -> None:
    run = solve(system, [[4.0, 1.0, 0.0]], None, [0.0])
    assert run["x"].tolist() == [[4.0]]
    assert run.status[0] == SolverStatus.DONE


def test_saving_only_at_the_end(system: System, settings: Settings) -> None:
    check(system, settings, [(1.0, "add", 5.0)], np.array([100.0]), 1e-5)


def test_events_do_not_leak_into_the_next_patient(system: System) -> None:
    slot = system.slot_set("source")
    values = np.tile([1.0, 0.7, 0.0], (40, 1))
    events: list[Events] = [[(0.5, slot, 9.0)] if i % 2 == 0 else [] for i in range(40)]
    run = solve(system, values, Schedule.build(events), [0.0, 2.0])
    np.testing.assert_allclose(run["x"][1::2, 1], np.exp(-1.4), rtol=1e-5)
    assert (run["x"][::2, 1] > 5).all()


@limits(deadline=None, max_examples=40)
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.5, 0.1 + 0.2, 1.0, 1.0, 2.25, 4.0]) | st.floats(0, 5).map(lambda v: round(v, 2)),
            st.sampled_from(["add", "set", "source"]),
            st.floats(0, 10).map(lambda v: round(v, 3)),
        ),
        max_size=12,
    ),
    saves=st.lists(st.floats(0, 5).map(lambda v: round(v, 2)), min_size=1, max_size=8),
)
def test_any_events_against_the_formula(events: list[tuple[float, str, float]], saves: list[float]) -> None:
    check(_SYSTEM, EXACT, events, np.array(sorted(saves)), 1e-5)


_SYSTEM = decay()
