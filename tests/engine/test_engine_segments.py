"""Readings along the whole trajectory: closed forms, edges and events, and that nothing else changes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from engine_systems import decay, make, same_readings
from scipy.optimize import brentq

from bimodal.engine import TIME, Schedule, SegmentResults, Segments, Settings, SolverStatus, System, solve
from bimodal.engine.joined_segments import JoinedSegments
from bimodal.engine.segment_results import STATISTICS
from bimodal.errors import EngineError
from bimodal.expr import Graph, Node, Op

#: What one solver or the other may differ from the formula, relative.
ACCURACY = {"main": 2e-6, "fine": 2e-9, "rodas4": 1e-4, "fallback": 2e-6}
SETTINGS = {
    "main": Settings(),
    "fine": Settings(rtol=1e-9),
    "rodas4": Settings(rtol=1e-5, method="rodas4"),
    "fallback": Settings(rtol=1e-8, max_steps=1),  # too few steps for the main solver, so that Radau does the work
}


@pytest.fixture(params=list(SETTINGS))
def solver(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def bolus() -> System:
    return decay()


@pytest.fixture(scope="module")
def absorbed() -> System:
    """Two-step absorption: depot, transit, plasma."""
    return make(
        {"depot": 0.0, "transit": 0.0, "plasma": 0.0},
        ("ka", "k"),
        lambda g, s: [
            g.neg(g.mul(s("ka"), s("depot"))),
            g.mul(s("ka"), g.sub(s("depot"), s("transit"))),
            g.sub(g.mul(s("ka"), s("transit")), g.mul(s("k"), s("plasma"))),
        ],
    )


@pytest.fixture(scope="module")
def driven() -> System:
    """x' = sin(w t) - k x with outputs that have kinks and jumps."""
    base = make(
        {"x": 0.0},
        ("w", "k"),
        lambda g, s: [g.sub(g.call(Op.SIN, g.mul(s("w"), s(TIME))), g.mul(s("k"), s("x")))],
    )
    g = base.graph
    x = g.symbol("x")
    positive = g.select(g.compare(Op.LT, g.const(0.0), x), g.const(1.0), g.const(0.0))
    more = (("size", g.call(Op.ABS, x)), ("positive", positive), ("rise", g.call(Op.MAX, x, g.const(0.0))))
    return replace(base, outputs=(*base.outputs, *more))


def read(
    system: System,
    who: list[float],
    edges: list[float],
    outputs: tuple[str, ...],
    *,
    events: list[tuple[float, int, float]] | None = None,
    times: list[float] | None = None,
    levels: np.ndarray | None = None,
    settings: Settings | None = None,
) -> SegmentResults:
    """Solve for one patient and return what was read."""
    segments = Segments(np.array(edges), outputs, levels)
    schedule = Schedule.build([events or []])
    run = solve(system, [who], schedule, times or [edges[-1]], segments=segments, settings=settings)
    assert not (run.status > SolverStatus.DONE_BY_FALLBACK).any()
    assert run.segments is not None
    return run.segments


def close(found: np.ndarray, expected: object, solver: str) -> None:
    np.testing.assert_allclose(found, expected, rtol=ACCURACY[solver], atol=1e-12)


def test_boluses_belong_to_the_segment_they_begin(bolus: System, solver: str) -> None:
    k, add = 0.7, bolus.slot_add("x")
    events = [(0.0, add, 4.0), (1.0, add, 5.0)]
    edges = [0.0, 1.0, 2.5, 4.0, 10.0]
    found = read(bolus, [1.0, k, 0.0], edges, ("x",), events=events, settings=SETTINGS[solver])
    trough = 5.0 * np.exp(-k)
    begins = np.array([5.0, trough + 5.0, 0.0, 0.0])
    begins[2:] = begins[1] * np.exp(-k * np.array([1.5, 3.0]))
    ends = np.array([trough, begins[2], begins[3], begins[1] * np.exp(-9.0 * k)])
    close(found.first[0, :, 0], begins, solver)
    close(found.last[0, :, 0], ends, solver)
    close(found.high[0, :, 0], begins, solver)
    close(found.low[0, :, 0], ends, solver)
    close(found.integral[0, :, 0], (begins - ends) / k, solver)
    close(found.mean[0, :, 0], (begins - ends) / k / np.diff(edges), solver)
    assert found.high_time[0, :, 0].tolist() == edges[:-1]
    assert found.low_time[0, :, 0].tolist() == edges[1:]
    assert found.first[0, 2, 0] == found.last[0, 1, 0]  # nothing happens at 2.5


def test_a_bolus_inside_a_segment_counts_on_both_sides(bolus: System, solver: str) -> None:
    k, events = 0.7, [(1.0, bolus.slot_add("x"), 5.0), (2.0, bolus.slot_set_state("x"), 0.5)]
    found = read(bolus, [1.0, k, 0.0], [0.0, 3.0], ("x",), events=events, settings=SETTINGS[solver])
    before, after = np.exp(-k), np.exp(-k) + 5.0
    close(found.high[0, 0], [after], solver)
    close(found.low[0, 0], [0.5 * np.exp(-k)], solver)
    area = (1.0 - before) / k + after * (1.0 - before) / k + 0.5 * (1.0 - before) / k
    close(found.integral[0, 0], [area], solver)
    assert found.high_time[0, 0, 0] == 1.0
    assert found.first[0, 0, 0] == 1.0


def test_an_infusion_peaks_at_its_end_and_inside_the_segment_after_it(bolus: System, solver: str) -> None:
    k, slot = 0.7, bolus.slot_set("source")
    events = [(1.0, slot, 3.0), (3.25, slot, 0.0)]
    found = read(bolus, [0.0, k, 0.0], [0.0, 0.5, 3.0, 8.0], ("x",), events=events, settings=SETTINGS[solver])
    at_three, peak = (-3.0 / k * np.expm1(-k * length) for length in (2.0, 2.25))
    end = peak * np.exp(-k * 4.75)
    close(found.high[0, :, 0], [0.0, at_three, peak], solver)
    close(found.last[0, :, 0], [0.0, at_three, end], solver)
    close(found.low[0, :, 0], [0.0, 0.0, end], solver)
    # amount in less amount out: k times the area is what was infused less what is there
    close(k * found.integral[0, :, 0], [0.0, 6.0 - at_three, 0.75 + at_three - end], solver)
    np.testing.assert_allclose(found.high_time[0, 2, 0], 3.25, rtol=1e-14)


def test_two_step_absorption_peaks_between_steps(absorbed: System, solver: str) -> None:
    ka, k, dose = 0.9, 0.25, 10.0
    events = [(0.0, absorbed.slot_add("depot"), dose)]
    edges = [0.0, 0.3, 2.0, 11.0, 48.0]
    outputs = ("plasma", "transit")
    found = read(absorbed, [ka, k], edges, outputs, events=events, settings=SETTINGS[solver])

    def plasma(t: float) -> float:
        d = ka - k
        return dose * ka**2 * (np.exp(-k * t) - np.exp(-ka * t) * (1.0 + d * t)) / d**2

    def slope(t: float) -> float:
        return ka * dose * ka * t * np.exp(-ka * t) - k * plasma(t)

    t_max = brentq(slope, 0.5, 10.0, xtol=1e-14)
    close(found.high[0, 2, 0], plasma(t_max), solver)
    close(found.high[0, 1:3, 1], [dose * np.exp(-1.0), ka * dose * 2.0 * np.exp(-2.0 * ka)], solver)
    np.testing.assert_allclose(found.high_time[0, 2, 0], t_max, rtol=10.0 * ACCURACY[solver] ** 0.5)
    np.testing.assert_allclose(found.high_time[0, 1, 1], 1.0 / ka, rtol=10.0 * ACCURACY[solver] ** 0.5)
    values = np.array([plasma(t) for t in edges])
    # what left the plasma is what left the other two less what is in the plasma
    outside = np.array([dose * np.exp(-ka * t) * (1.0 + ka * t) for t in edges])
    np.testing.assert_allclose(
        k * found.integral[0, :, 0], -np.diff(outside + values), rtol=ACCURACY[solver], atol=dose * ACCURACY[solver]
    )
    np.testing.assert_allclose(found.first[0, :, 0], values[:-1], rtol=ACCURACY[solver], atol=dose * 1e-7)
    np.testing.assert_allclose(found.low[0, :2], found.first[0, :2], atol=dose * 1e-9)


def swing(w: float, k: float, t: np.ndarray) -> np.ndarray:
    """Solve x' = sin(w t) - k x, x(0) = 0."""
    return (k * np.sin(w * t) - w * np.cos(w * t) + w * np.exp(-k * t)) / (k**2 + w**2)


def test_a_driven_swing(driven: System, solver: str) -> None:
    w, k, edges = 2.0, 0.5, np.linspace(0.0, 30.0, 8)
    found = read(driven, [w, k], edges.tolist(), ("x",), settings=SETTINGS[solver])
    scale = 1.0 / np.hypot(w, k)
    for i, (low, high) in enumerate(pairwise(edges)):
        fine = np.linspace(low, high, 200_001)
        values = swing(w, k, fine)
        np.testing.assert_allclose(found.high[0, i, 0], values.max(), atol=scale * ACCURACY[solver])
        np.testing.assert_allclose(found.low[0, i, 0], values.min(), atol=scale * ACCURACY[solver])
        area = (np.cos(w * low) - np.cos(w * high)) / w - (values[-1] - values[0])
        np.testing.assert_allclose(k * found.integral[0, i, 0], area, atol=k * scale * ACCURACY[solver])
        for when, exact in ((found.high_time, fine[values.argmax()]), (found.low_time, fine[values.argmin()])):
            np.testing.assert_allclose(when[0, i, 0], exact, atol=2e-4 + 10.0 * ACCURACY[solver] ** 0.5)


def test_kinks_and_jumps_are_followed(driven: System) -> None:
    """|x|, max(x, 0) and a truth value within long steps: areas as exact as those of smooth outputs."""
    w, k, edges = 2.0, 0.5, [0.0, 4.0, 9.0, 30.0]
    outputs = ("x", "size", "positive", "rise")
    found = read(driven, [w, k], edges, outputs)
    fine = np.linspace(0.0, 30.0, 3_000_001)
    x = swing(w, k, fine)
    for i, (low, high) in enumerate(pairwise(edges)):
        inside = (fine >= low) & (fine <= high)
        for o, values in enumerate((x, np.abs(x), x > 0.0, np.maximum(x, 0.0))):
            np.testing.assert_allclose(
                found.integral[0, i, o], np.trapezoid(values[inside] * 1.0, fine[inside]), atol=3e-5
            )
    assert set(found.high[0, :, 2]) <= {0.0, 1.0}
    assert (found.low[0, :, [1, 3]] >= 0.0).all()
    np.testing.assert_allclose(found.low[0, 1:, 1], 0.0, atol=1e-6)


def test_time_and_area_above_a_level(bolus: System, solver: str) -> None:
    k, level = 0.7, np.array([0.5])
    events = [(1.0, bolus.slot_add("x"), 5.0)]
    found = read(bolus, [1.0, k, 0.0], [0.0, 2.0, 10.0], ("x",), events=events, levels=level, settings=SETTINGS[solver])
    before, after = np.log(2.0) / k, np.exp(-k) + 5.0
    crossing = 1.0 + np.log(after / 0.5) / k
    close(found.time_above[0, :, 0], [before + 1.0, crossing - 2.0], solver)
    first = 0.5 / k - 0.5 * before + after * (1.0 - np.exp(-k)) / k - 0.5
    second = (after * np.exp(-k) - 0.5) / k - 0.5 * (crossing - 2.0)
    np.testing.assert_allclose(found.area_above[0, :, 0], [first, second], rtol=10.0 * ACCURACY[solver])


def test_levels_are_a_patients_own(bolus: System) -> None:
    levels = np.array([[0.5, np.nan], [2.0, -1.0]])
    g = bolus.graph
    twice = replace(bolus, outputs=(*bolus.outputs, ("twice", g.mul(g.const(2.0), g.symbol("x")))))
    run = solve(
        twice, [[1.0, 1.0, 0.0]] * 2, None, [3.0], segments=Segments(np.array([0.0, 3.0]), ("x", "twice"), levels)
    )
    found = run.segments
    assert found is not None
    assert found.time_above is not None
    assert found.area_above is not None
    np.testing.assert_allclose(found.time_above[:, 0], [[np.log(2.0), np.nan], [0.0, 3.0]], rtol=1e-6)
    np.testing.assert_allclose(found.area_above[1, 0], [0.0, 2.0 * (1.0 - np.exp(-3.0)) + 3.0], rtol=1e-6)


def test_a_small_hump_over_a_level_is_timed(driven: System) -> None:
    w, k = 2.0, 0.5
    top = 1.0 / np.hypot(w, k)
    level = 0.995 * top
    found = read(driven, [w, k], [20.0, 20.0 + np.pi], ("x",), levels=np.array([level]))
    fine = np.linspace(20.0, 20.0 + np.pi, 2_000_001)
    over = swing(w, k, fine) - level
    assert found.time_above is not None
    assert found.area_above is not None
    np.testing.assert_allclose(found.time_above[0, 0, 0], np.mean(over > 0.0) * np.pi, rtol=1e-3)
    np.testing.assert_allclose(found.area_above[0, 0, 0], np.mean(np.maximum(over, 0.0)) * np.pi, rtol=1e-3)


def test_segments_before_the_first_and_after_the_last_event(bolus: System, solver: str) -> None:
    slot = bolus.slot_set("source")
    events = [(5.0, slot, 2.0), (6.0, slot, 0.0), (99.0, slot, 1e9)]
    found = read(
        bolus, [0.0, 1.0, 0.0], [1.0, 2.0, 8.0, 9.0], ("x",), events=events, times=[3.0], settings=SETTINGS[solver]
    )
    peak = 2.0 * -np.expm1(-1.0)
    close(found.high[0, :, 0], [0.0, peak, peak * np.exp(-2.0)], solver)
    close(found.integral[0, :, 0], [0.0, 2.0 - peak * np.exp(-2.0), peak * (np.exp(-2.0) - np.exp(-3.0))], solver)


def test_the_run_goes_on_to_the_last_edge_and_saves_what_was_asked(bolus: System) -> None:
    run = solve(bolus, [[1.0, 1.0, 0.0]], None, [0.0, 1.0], segments=Segments(np.array([0.0, 4.0]), ("x",)))
    assert run.values.shape == (1, 2, 1)
    assert run.segments is not None
    np.testing.assert_allclose(run.segments.last[0, 0, 0], np.exp(-4.0), rtol=1e-5)


def test_edges_equal_to_events_up_to_rounding(bolus: System, solver: str) -> None:
    for edge, event in ((0.3, 0.1 * 3), (0.1 * 3, 0.3)):
        events = [(event, bolus.slot_add("x"), 5.0)]
        found = read(bolus, [1.0, 0.7, 0.0], [0.0, edge, 1.0], ("x",), events=events, settings=SETTINGS[solver])
        close(found.last[0, 0, 0], np.exp(-0.21), solver)
        close(found.first[0, 1, 0], np.exp(-0.21) + 5.0, solver)
        assert found.high[0, 0, 0] == 1.0


def test_reading_changes_no_saved_byte_and_no_step(bolus: System) -> None:
    times, events = np.linspace(0.0, 9.0, 13), [(1.0, bolus.slot_add("x"), 5.0)]
    plain = solve(bolus, [[1.0, 0.7, 0.0]] * 5, Schedule.build([events] * 5), times)
    segments = Segments(np.linspace(0.0, 9.0, 100), ("x",))
    also = solve(bolus, [[1.0, 0.7, 0.0]] * 5, Schedule.build([events] * 5), times, segments=segments)
    assert plain.segments is None
    assert plain.values.tobytes() == also.values.tobytes()
    assert plain.steps.tobytes() == also.steps.tobytes()


def test_a_failed_patient_has_no_readings_and_harms_nobody(bolus: System) -> None:
    values = np.array([[1.0, 0.7, 0.0], [np.nan, 0.7, 0.0], [2.0, 0.7, 0.0], [1.0, -1e6, 0.0]])
    segments = Segments(np.array([0.0, 1.0, 5.0]), ("x",), np.array([0.5]))
    settings = Settings(fallback=False, max_steps=300)
    run = solve(bolus, values, None, [5.0], segments=segments, settings=settings)
    assert (run.status > SolverStatus.DONE_BY_FALLBACK).tolist() == [False, True, False, True]
    whole = run.segments
    assert whole is not None
    for name in ("high", "high_time", "low", "low_time", "integral", "first", "last", "time_above", "area_above"):
        assert np.isnan(getattr(whole, name)[[1, 3]]).all()
        assert np.isfinite(getattr(whole, name)[[0, 2]]).all()
    for who in (0, 2):
        alone = solve(bolus, values[[who]], None, [5.0], segments=segments, settings=settings).segments
        assert same_readings(alone, whole, [who])


def test_an_output_that_is_no_number_on_the_way(bolus: System) -> None:
    """ln(x - 1/2) is no number once x falls below 1/2; that segment says so, the others do not mind."""
    g = bolus.graph
    own = replace(bolus, outputs=(("log", g.call(Op.LOG, g.sub(g.symbol("x"), g.const(0.5)))),))
    events = [(2.0, bolus.slot_add("x"), 1.0)]
    found = read(own, [1.0, 1.0, 0.0], [0.0, 0.5, 1.5, 2.25], ("log",), events=events, times=[0.0, 2.25])
    assert np.isnan(found.integral[0, :, 0]).tolist() == [False, True, True]
    assert np.isnan(found.high[0, :, 0]).tolist() == [False, True, True]
    assert np.isfinite([found.high[0, 0, 0], found.first[0, 1, 0], found.last[0, 2, 0]]).all()


def test_merged_segments(bolus: System) -> None:
    edges, events = [0.0, 1.0, 2.5, 4.0, 10.0], [(1.0, bolus.slot_add("x"), 5.0), (4.0, bolus.slot_add("x"), 9.0)]
    fine = read(bolus, [1.0, 0.7, 0.0], edges, ("x",), events=events, levels=np.array([2.0]))
    coarse = read(bolus, [1.0, 0.7, 0.0], [1.0, 4.0, 10.0], ("x",), events=events, levels=np.array([2.0]))
    joined = fine.merged([1.0, 4.0, 10.0])
    assert joined.edges.tolist() == [1.0, 4.0, 10.0]
    for name in ("high", "high_time", "low", "low_time", "first", "last", "integral", "time_above", "area_above"):
        np.testing.assert_allclose(getattr(joined, name), getattr(coarse, name), rtol=1e-6)
    with pytest.raises(EngineError, match="edges they have"):
        fine.merged([0.0, 3.0])


@pytest.mark.parametrize("longest", [1, 2, 3, 8, 9, 40])
def test_joined_segments_are_what_numpy_reduces(longest: int) -> None:
    """To the bit, so that stored tables do not move: also the order in which areas are added up."""
    rng = np.random.default_rng(longest)
    lengths = rng.integers(1, longest + 1, 25)
    at = np.cumsum([2, *lengths])
    n = int(at[-1]) + 3
    many = {name: rng.lognormal(0.0, 3.0, (4, n, 5)) * rng.choice([-1.0, 1.0], (4, n, 5)) for name in STATISTICS}
    for values in many.values():
        values[3], values[0, rng.integers(0, n), 2] = np.nan, np.nan
    found = SegmentResults(np.arange(n + 1.0), tuple("abcde"), **many)
    inside, starts = slice(at[0], at[-1]), at[:-1] - at[0]
    joined = JoinedSegments(found, at.astype(float), [1, 2, 4])
    for name, reduce in (("integral", np.add), ("time_above", np.add), ("high", np.maximum), ("low", np.minimum)):
        wanted = reduce.reduceat(many[name][:, inside], starts, axis=1)[:, :, [1, 2, 4]]
        np.testing.assert_array_equal(getattr(joined, name), wanted, err_msg=name)
    np.testing.assert_array_equal(joined.mean, joined.integral / lengths[:, None])
    np.testing.assert_array_equal(joined.last, many["last"][:, at[1:] - 1][:, :, [1, 2, 4]])


# ---- what is refused


def test_what_makes_no_sense_is_refused(bolus: System) -> None:
    def attempt(
        edges: list[float], outputs: tuple[str, ...] = ("x",), levels: object = None, start: float = 0.0
    ) -> None:
        given = None if levels is None else np.array(levels)
        segments = Segments(np.array(edges), outputs, given)
        solve(bolus, [[1.0, 1.0, 0.0]], None, [5.0], segments=segments, start=start)

    cases: list[tuple[str, Callable[[], None]]] = [
        ("two edges", lambda: attempt([1.0])),
        ("two edges", lambda: attempt([0.0, np.inf])),
        ("no length", lambda: attempt([0.0, 1.0, 1.0])),
        ("no length", lambda: attempt([0.0, 2.0, 1.0])),
        ("too short", lambda: attempt([0.0, 1.0, 1.0 + 1e-12])),
        ("before the start", lambda: attempt([0.0, 1.0], start=1.0)),
        ("no output called 'q'", lambda: attempt([0.0, 1.0], ("q",))),
        ("only once", lambda: attempt([0.0, 1.0], ("x", "x"))),
        ("at least one output", lambda: attempt([0.0, 1.0], ())),
        ("do not fit", lambda: attempt([0.0, 1.0], ("x",), [1.0, 2.0])),
    ]
    for words, fault in cases:
        with pytest.raises(EngineError, match=words):
            fault()


def test_an_output_of_time_alone() -> None:
    g = Graph()
    x, t = g.symbol("x"), g.symbol(TIME)
    outputs: tuple[tuple[str, Node], ...] = (("twice", g.mul(g.const(2.0), t)), ("three", g.const(3.0)))
    system = System(g, ("x",), ("k",), frozenset(), (), (g.const(1.0),), (g.neg(x),), outputs, (1.0,))
    found = read(system, [1.0], [1.0, 2.0, 4.0], ("twice", "three"))
    np.testing.assert_allclose(found.integral[0], [[3.0, 3.0], [12.0, 6.0]], rtol=1e-12)
    np.testing.assert_allclose(found.high[0], [[4.0, 3.0], [8.0, 3.0]], rtol=1e-12)
    np.testing.assert_allclose(found.high_time[0], [[2.0, 1.0], [4.0, 2.0]], rtol=1e-12)
