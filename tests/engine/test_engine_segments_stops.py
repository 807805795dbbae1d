"""Readings along the whole trajectory where the run stops on the way: visits, events of its own, the second solver."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from engine_systems import decay, make, readings, same_readings

from bimodal.engine import (
    TIME,
    Actions,
    Schedule,
    Segments,
    Settings,
    SolverStatus,
    System,
    Trigger,
    Visit,
    Visits,
    solve,
)
from bimodal.expr import Graph, Op
from bimodal.model import load_model

N, DOSES = 19, 10
EDGES = np.array([0.0, 0.75, *range(1, DOSES), 12.0])
HARD = Settings(rtol=1e-8, max_steps=1)


@pytest.fixture(scope="module")
def depot() -> System:
    return decay()


def hold_above(visit: Visit) -> Actions:
    held = visit.outputs[:, 0] > 0.7
    return Actions(np.where(held, 0.0, 1.0), visit.memory, held.astype(np.int64))


def problem(depot: System) -> tuple[np.ndarray, Schedule, Visits]:
    rates = np.column_stack([np.zeros(N), np.linspace(0.1, 2.0, N), np.zeros(N)])
    schedule = Schedule.shared(np.arange(DOSES), [depot.slot_add("x")] * DOSES, np.ones((N, DOSES)))
    return rates, schedule, Visits(np.arange(1.0, DOSES), hold_above)


@pytest.mark.parametrize("settings", [Settings(), HARD], ids=["main", "fallback"])
def test_visits_decide_and_troughs_are_what_they_saw(depot: System, settings: Settings) -> None:
    rates, schedule, visits = problem(depot)
    segments = Segments(EDGES, ("x",))
    run = solve(depot, rates, schedule, [12.0], visits=visits, segments=segments, settings=settings)
    assert run.ledger is not None
    found = run.segments
    assert found is not None
    assert not (run.status > SolverStatus.DONE_BY_FALLBACK).any()
    given, k = run.ledger.given.reshape(N, DOSES), rates[:, 1:2]
    assert 0.0 < given.mean() < 1.0
    ages = EDGES[:, None] - np.arange(DOSES)
    share = np.where(ages >= 0.0, np.exp(-k[:, :, None] * np.maximum(ages, 0.0)), 0.0)
    after = (share * given[:, None]).sum(axis=2)
    before = after - np.where(ages == 0.0, given[:, None, :], 0.0).sum(axis=2)
    np.testing.assert_allclose(found.first[:, :, 0], after[:, :-1], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.last[:, :, 0], before[:, 1:], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(k * found.integral[:, :, 0], after[:, :-1] - before[:, 1:], rtol=1e-5, atol=1e-9)
    # a trough is what the rule saw
    held = found.last[:, 1:DOSES, 0] > 0.7
    assert (held == (run.ledger.reason == 1)).all()


def test_a_replay_reads_the_same_to_the_bit_whatever_is_saved(depot: System) -> None:
    rates, schedule, visits = problem(depot)
    segments = Segments(EDGES, ("x",), np.array([0.5]))
    first = solve(depot, rates, schedule, [12.0], visits=visits, segments=segments)
    assert first.ledger is not None
    replayed, stops = first.ledger.replay(schedule)
    again = solve(depot, rates, replayed, np.linspace(0.0, 12.0, 97), visits=stops, segments=segments, workers=2)
    assert same_readings(first.segments, again.segments)


def saw_tooth(delay: float | None = None) -> System:
    """Return x' = -x, refilled to 1 whenever it falls below 1/2, or a while later."""
    g = Graph()
    x = g.symbol("x")
    full = Trigger(
        "refill",
        g.compare(Op.LT, x, g.const(0.5)),
        (("x", g.const(1.0)),),
        delay=None if delay is None else g.const(delay),
    )
    return System(g, ("x",), ("k",), frozenset(), (), (g.const(1.0),), (g.neg(x),), (("x", x),), (1.0,), (full,))


@pytest.mark.parametrize("settings", [Settings(), HARD], ids=["main", "fallback"])
def test_events_of_the_system_itself(settings: Settings) -> None:
    period = np.log(2.0)
    edges = np.array([0.0, 0.5, 2.0, 3.5 * period, 3.9 * period, 9.9 * period])
    segments = Segments(edges, ("x",), np.array([0.75]))
    found = solve(saw_tooth(), [[1.0]], None, [edges[-1]], segments=segments, settings=settings).segments
    assert found is not None
    left = np.exp(-np.mod(edges, period))
    area = 0.5 * np.diff(np.floor(edges / period)) + left[:-1] - left[1:]
    np.testing.assert_allclose(found.integral[0, :, 0], area, rtol=1e-5)
    np.testing.assert_allclose(found.high[0, :, 0], [1.0, 1.0, 1.0, left[3], 1.0], rtol=2e-6)
    np.testing.assert_allclose(found.low[0, :, 0], [left[1], 0.5, 0.5, left[4], 0.5], rtol=2e-6)
    # the time between a refill and 3/4, as often as it comes
    assert found.time_above is not None
    np.testing.assert_allclose(found.time_above[0, 4, 0], 6.0 * np.log(4.0 / 3.0), rtol=1e-4)
    times = np.linspace(0.0, edges[-1], 123)
    many = solve(saw_tooth(), [[1.0]], None, times, segments=segments, settings=settings).segments
    assert same_readings(found, many)


def test_a_delayed_event_on_an_edge() -> None:
    """Below 1/2 at ln 2, refilled 1 later: an edge there ends with the value before and begins with 1."""
    when = np.log(2.0) + 1.0
    found = solve(saw_tooth(1.0), [[1.0]], None, [3.0], segments=Segments(np.array([0.0, when, 2.5]), ("x",))).segments
    assert found is not None
    np.testing.assert_allclose(found.last[0, :, 0], [0.5 * np.exp(-1.0), np.exp(when - 2.5) * 1.0], rtol=2e-5)
    np.testing.assert_allclose(found.low[0, 0, 0], 0.5 * np.exp(-1.0), rtol=2e-5)
    np.testing.assert_allclose(found.high[0, 1, 0], 1.0, rtol=2e-5)


def test_a_clock_that_strikes_on_edges() -> None:
    """A system that gives itself a dose at 1 and 2: those belong to the segments they begin."""
    system = make({"x": 1.0}, ("k",), lambda g, s: [g.neg(g.mul(s("k"), s("x")))])
    g = system.graph
    strikes = tuple(
        Trigger(f"at {t:g}", g.compare(Op.LE, g.const(t), g.symbol(TIME)), (("x", g.add(g.symbol("x"), g.const(5.0))),))
        for t in (1.0, 2.0)
    )
    own = System(
        g, ("x",), ("k",), frozenset(), (), system.initial, system.rates, system.outputs, (1.0,), triggers=strikes
    )
    segments = Segments(np.array([0.0, 1.0, 2.0, 3.0]), ("x",))
    found = solve(own, [[0.7]], None, [3.0], segments=segments).segments
    assert found is not None
    decay_factor, value, begins, ends = np.exp(-0.7), 1.0, [], []
    for _ in range(3):
        begins.append(value)
        ends.append(value * decay_factor)
        value = ends[-1] + 5.0
    np.testing.assert_allclose(found.first[0, :, 0], begins, rtol=1e-5)
    np.testing.assert_allclose(found.last[0, :, 0], ends, rtol=1e-5)
    np.testing.assert_allclose(0.7 * found.integral[0, :, 0], np.subtract(begins, ends), rtol=1e-5)


def test_a_patient_carried_on_by_the_second_solver_inside_a_segment(depot: System) -> None:
    """The main solver gives up after 30 steps; from the last visit on Radau reads on, in the middle of a segment."""
    rates, schedule, visits = problem(depot)
    segments = Segments(np.array([0.0, 4.5, 12.0]), ("x",), np.array([0.5]))
    exact = solve(depot, rates, schedule, [12.0], visits=visits, segments=segments, settings=Settings(rtol=1e-9))
    mixed = solve(
        depot, rates, schedule, [12.0], visits=visits, segments=segments, settings=Settings(rtol=1e-8, max_steps=55)
    )
    assert set(mixed.status.tolist()) <= {SolverStatus.DONE, SolverStatus.DONE_BY_FALLBACK}
    assert SolverStatus.DONE_BY_FALLBACK in mixed.status
    for found, expected in zip(readings(mixed.segments).values(), readings(exact.segments).values(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_high_dose_against_a_grid_of_minutes() -> None:
    """Three infusions on one day in the human model: peaks lie between any days somebody would save."""
    model = load_model("human")
    system = model.system
    values = model.table.values()
    patient = [[values[name] for name in model.parameter_ids]]
    slot = system.slot_set("il2_infusion")
    events = [(8.0 * i + end, slot, 0.0 if end else 670.0) for i in range(3) for end in (0.0, 0.25)]
    schedule = Schedule.build([events])
    edges = np.array([0.0, 8.0, 10.0, 16.0, 24.0])
    outputs = ("il2_plasma", "pstat5_treg", "treg_count", "cd8_count")
    segments = Segments(edges, outputs)
    found = solve(system, patient, schedule, [48.0], segments=segments).segments
    assert found is not None
    grid = np.arange(24 * 60 + 1) / 60.0
    run = solve(system, patient, schedule, [*grid, 48.0], segments=segments)
    assert same_readings(run.segments, found)
    for o, name in enumerate(outputs):
        level = run[name][0, :-1]
        for i, (low, high) in enumerate(pairwise(edges)):
            inside = (grid > low - 1e-9) & (grid < high + 1e-9)
            area = np.trapezoid(level[inside], grid[inside])
            np.testing.assert_allclose(found.integral[0, i, o], area, rtol=1e-3)
            np.testing.assert_allclose(found.high[0, i, o], level[inside].max(), rtol=1e-3)
            np.testing.assert_allclose(found.low[0, i, o], level[inside].min(), rtol=1e-3)
            assert found.high[0, i, o] >= level[inside].max() * (1.0 - 3e-6)
    np.testing.assert_allclose(found.high_time[0, [0, 1, 3], 0], [0.25, 8.25, 16.25], atol=1e-9)
