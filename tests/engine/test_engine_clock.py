"""Inputs and thresholds that depend on time alone: none is leapt over, however short and whatever rests before it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from engine_systems import make
from hypothesis import assume, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from scipy.integrate import quad

from bimodal.engine import TIME, Schedule, Settings, System, Trigger, Visits, solve
from bimodal.engine.enclosure import enclose
from bimodal.engine.sensitivities import sensitivities
from bimodal.errors import EngineError
from bimodal.expr import Graph, Node, Op, derivative, evaluate

Symbol = Callable[[str], Node]
NOTHING = np.empty((1, 0))


def wave(g: Graph, s: Symbol, phase: float = 0.0, period: float = 24.0) -> Node:
    """sin(2 pi (time - phase) / period)."""
    return g.call(Op.SIN, g.mul(g.const(2.0 * math.pi / period), g.sub(s(TIME), g.const(phase))))


def window(level: float, phase: float) -> System:
    """y' = 1 while a daily sine is above a level, with the switch a model puts there."""
    g = Graph()
    s = g.symbol
    on = g.compare(Op.LT, g.const(level), wave(g, s, phase))
    rate = g.select(on, g.const(1.0), g.const(0.0))
    return System(
        g, ("y",), (), frozenset(), (), (g.const(0.0),), (rate,), (("y", s("y")),), (1.0,), (Trigger("switch", on, ()),)
    )


def hours_on(level: float) -> float:
    return 24.0 * (math.pi - 2.0 * math.asin(level)) / (2.0 * math.pi)


@limits(deadline=None, max_examples=20)
@given(level=st.sampled_from([-0.99, 0.0, 0.5, 0.9, 0.99, 0.999999]), phase=st.floats(0.0, 24.0))
def test_a_daily_window_is_met_every_day(level: float, phase: float) -> None:
    run = solve(window(level, phase), NOTHING, None, [phase, phase + 240.0], start=phase)
    assert run["y"][0, 1] == pytest.approx(10.0 * hours_on(level), rel=1e-5)


def test_an_event_with_a_daily_trigger_in_a_model_at_rest() -> None:
    g = Graph()
    n = g.symbol("n")
    up = Trigger("morning", g.compare(Op.LT, g.const(0.0), wave(g, g.symbol, 0.37)), (("n", g.add(n, g.const(1.0))),))
    system = System(g, ("n",), (), frozenset(), (), (g.const(0.0),), (g.const(0.0),), (("n", n),), (1.0,), (up,))
    assert solve(system, NOTHING, None, [0.0, 100.0, 240.0])["n"][0].tolist() == [0.0, 5.0, 10.0]
    assert solve(system, NOTHING, None, [0.0, 8760.0])["n"][0, 1] == 365.0


def bell(g: Graph, s: Symbol, middle: float, width: float) -> Node:
    z = g.div(g.sub(s(TIME), g.const(middle)), g.const(width))
    return g.call(Op.EXP, g.neg(g.mul(z, z)))


def logistic(g: Graph, x: Node) -> Node:
    return g.div(g.const(1.0), g.add(g.const(1.0), g.call(Op.EXP, g.neg(x))))


@pytest.mark.parametrize("width", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize("middle", [50.0, 777.7])
def test_a_single_short_pulse(width: float, middle: float) -> None:
    system = make({"y": 0.0}, (), lambda g, s: [bell(g, s, middle, width)])
    run = solve(system, NOTHING, None, [0.0, 1000.0])
    assert run["y"][0, 1] == pytest.approx(math.sqrt(math.pi) * width, rel=1e-5)


@pytest.mark.parametrize(
    ("shape", "density", "days"),
    [
        (
            lambda g, s: g.call(Op.MAX, g.const(0.0), g.sub(wave(g, s), g.const(0.999))),
            lambda t: max(0.0, math.sin(2 * math.pi * t / 24.0) - 0.999),
            (5.0, 7.0),
        ),
        (lambda g, s: g.pow(wave(g, s), g.const(40.0)), lambda t: math.sin(2 * math.pi * t / 24.0) ** 40, (0.0, 24.0)),
        (
            lambda g, s: g.call(Op.EXP, g.mul(g.const(200.0), g.sub(wave(g, s), g.const(1.0)))),
            lambda t: math.exp(200.0 * (math.sin(2 * math.pi * t / 24.0) - 1.0)),
            (2.0, 10.0),
        ),
        (
            lambda g, s: logistic(g, g.mul(g.const(300.0), g.sub(wave(g, s), g.const(0.98)))),
            lambda t: 1.0 / (1.0 + math.exp(300.0 * (0.98 - math.sin(2 * math.pi * t / 24.0)))),
            (2.0, 10.0),
        ),
    ],
)  # fmt: skip
def test_smooth_daily_pulses(
    shape: Callable[[Graph, Symbol], Node], density: Callable[[float], float], days: tuple[float, float]
) -> None:
    system = make({"y": 0.0}, (), lambda g, s: [shape(g, s)])
    run = solve(system, NOTHING, None, [0.0, 240.0], settings=Settings(rtol=1e-8))
    assert run["y"][0, 1] == pytest.approx(10.0 * quad(density, *days, epsabs=1e-14, limit=200)[0], rel=1e-5)


def test_a_wave_whose_phase_is_a_state_is_followed() -> None:
    # x' = max(0, sin(w t + p) - 0.99), p' = 0.01
    def rates(g: Graph, s: Symbol) -> list[Node]:
        angle = g.add(g.mul(g.const(2 * math.pi / 24.0), s(TIME)), s("p"))
        return [g.call(Op.MAX, g.const(0.0), g.sub(g.call(Op.SIN, angle), g.const(0.99))), g.const(0.01)]

    run = solve(make({"x": 0.0, "p": 0.0}, (), rates), NOTHING, None, [0.0, 240.0], settings=Settings(rtol=1e-8))
    fast = 2 * math.pi / 24.0 + 0.01
    peaks = [
        (math.pi / 2 + 2 * math.pi * k) / fast for k in range(20) if (math.pi / 2 + 2 * math.pi * k) / fast < 240.0
    ]
    one = quad(lambda t: max(0.0, math.sin(fast * t) - 0.99), peaks[0] - 1.0, peaks[0] + 1.0, epsabs=1e-14)[0]
    assert run["x"][0, 1] == pytest.approx(len(peaks) * one, rel=1e-4)


def test_a_threshold_between_a_wave_and_a_state() -> None:
    """n counts how often the sine rises above a level that falls slowly from 0.98."""
    g = Graph()
    s = g.symbol
    event = Trigger("over", g.compare(Op.LT, s("x"), wave(g, s)), (("n", g.add(s("n"), g.const(1.0))),))
    system = System(
        g, ("x", "n"), (), frozenset(), (), (g.const(0.98), g.const(0.0)), (g.const(-1e-4), g.const(0.0)),
        (("n", s("n")),), (1.0, 1.0), (event,),
    )  # fmt: skip
    assert solve(system, NOTHING, None, [0.0, 240.0])["n"][0, 1] == 10.0


def test_each_patient_has_its_own_clock() -> None:
    g = Graph()
    s = g.symbol
    angle = g.mul(g.const(2.0 * math.pi), g.div(g.sub(s(TIME), s("phase")), s("period")))
    on = g.compare(Op.LT, g.const(0.9), g.call(Op.SIN, angle))
    system = System(
        g, ("y",), ("phase", "period"), frozenset(), (), (g.const(0.0),), (g.select(on, g.const(1.0), g.const(0.0)),),
        (("y", s("y")),), (1.0,), (Trigger("switch", on, ()),),
    )  # fmt: skip
    rng = np.random.default_rng(3)
    values = np.column_stack([rng.uniform(0.0, 1.0, 13), 240.0 / rng.integers(5, 20, 13)])
    times = np.array([1.0, 100.0, 241.0])
    together = solve(system, values, None, times, start=1.0, workers=2)
    np.testing.assert_allclose(together["y"][:, 2], 10.0 * hours_on(0.9), rtol=1e-4)
    for i in (0, 6, 12):
        assert (solve(system, values[i], None, times, start=1.0).values[0] == together.values[i]).all()


def test_stops_are_no_events_of_a_ledger() -> None:
    system = window(0.9, 9.37)
    doses = Schedule.build([[(30.0, system.slot_add("y"), 2.0), (60.0, system.slot_add("y"), 3.0)]])
    run = solve(system, NOTHING, doses, [0.0, 240.0], visits=Visits(np.array([24.0, 48.0])))
    assert run.ledger is not None
    assert run.ledger.planned.tolist() == [2.0, 3.0]
    again, visits = run.ledger.replay(doses)
    assert solve(system, NOTHING, again, [0.0, 240.0], visits=visits).values.tobytes() == run.values.tobytes()
    assert run["y"][0, 1] == pytest.approx(5.0 + 10.0 * hours_on(0.9), rel=1e-5)


def test_derivatives_take_the_steps_of_an_ordinary_run() -> None:
    system = make({"y": 0.0}, ("k",), lambda g, s: [g.sub(g.mul(s("k"), g.pow(wave(g, s), g.const(40.0))), s("y"))])
    times = np.linspace(0.0, 100.0, 11)
    doses = Schedule.build([[(30.0, system.slot_add("y"), 2.0)]])
    plain = solve(system, [[2.0]], doses, times)
    found = sensitivities(system, [[2.0]], doses, times, wrt=["k"])
    assert plain.values.tobytes() == found.values.tobytes()
    without = plain["y"][0] - np.where(times > 30.0, 2.0 * np.exp(30.0 - times), 0.0)
    np.testing.assert_allclose(found["y", "k"][0], without / 2.0, atol=1e-6)


def test_what_turns_too_often_is_refused_by_name() -> None:
    system = make({"quick": 0.0}, (), lambda g, s: [wave(g, s, 0.0, 1e-6)])
    with pytest.raises(EngineError, match=r"'quick'.*too often"):
        solve(system, NOTHING, None, [0.0, 100.0])


@pytest.mark.parametrize("linear", [lambda g, s: s(TIME), lambda g, s: g.const(1.0), lambda g, s: g.neg(s("x"))])
def test_what_is_linear_in_time_needs_no_search(linear: Callable[[Graph, Symbol], Node]) -> None:
    clocks = make({"x": 1.0}, (), lambda g, s: [linear(g, s)]).clocks
    assert (clocks.passing, clocks.turning) == ((), ())


FUNCTIONS = [Op.EXP, Op.LOG, Op.SIN, Op.COS, Op.ATAN, Op.SQRT, Op.ABS, Op.FLOOR, Op.EXPM1, Op.LOG1P]


def grown(draw: st.DrawFn, g: Graph, depth: int) -> Node:
    if depth == 0:
        return draw(st.sampled_from([g.symbol(TIME), g.symbol("k"), g.const(draw(st.floats(-3.0, 3.0)))]))
    a, b = grown(draw, g, depth - 1), grown(draw, g, draw(st.integers(0, depth - 1)))
    kind = draw(st.integers(0, 8))
    if kind == 0:
        return g.pow(a, g.const(draw(st.sampled_from([2.0, 3.0, 20.0, 21.0, 0.5, 1.7, -1.0]))))
    if kind == 1:
        return g.select(g.compare(draw(st.sampled_from([Op.LT, Op.LE])), a, b), a, b)
    if kind == 2:
        return g.call(draw(st.sampled_from([Op.MIN, Op.MAX])), a, b)
    if kind in (3, 4):
        return g.call(draw(st.sampled_from(FUNCTIONS)), a)
    return (g.add, g.sub, g.mul, g.div)[kind - 5](a, b)


@limits(deadline=None, max_examples=300)
@given(st.data(), st.floats(-4.0, 4.0), st.floats(1e-6, 2.0), st.floats(-2.0, 2.0))
def test_bounds_hold_everywhere_within(data: st.DataObject, low: float, width: float, k: float) -> None:
    g = Graph()
    root = data.draw(st.composite(lambda draw: grown(draw, g, 3))())
    times = np.linspace(low, low + width, 41)
    found = enclose(g, [root], {"k": k}, times[:1], times[-1:])[0]
    slope = derivative(g, [root], TIME)[0]
    values, slopes = (np.broadcast_to(v, times.shape) for v in evaluate(g, [root, slope], {TIME: times, "k": k}))
    fine = np.isfinite(values)
    assume(fine.any())
    room = 1e-9 * (1.0 + np.abs(values[fine]))
    assert (values[fine] >= found.low[0] - room).all()
    assert (values[fine] <= found.high[0] + room).all()
    fine &= np.isfinite(slopes)
    room = 1e-9 * (1.0 + np.abs(slopes[fine]))
    assert (slopes[fine] >= found.fall[0] - room).all()
    assert (slopes[fine] <= found.rise[0] + room).all()


@pytest.mark.parametrize("half", [6.0, 0.0])
def test_an_input_that_saturates_is_followed(half: float) -> None:
    """Its tail never ends, and by plain intervals it might turn there any number of times."""

    def rates(g: Graph, s: Symbol) -> list[Node]:
        power = g.pow(g.add(s(TIME), g.const(1.0)), s("n"))
        return [g.div(g.mul(g.const(3.0), power), g.add(s("half"), power))]

    found = solve(make({"x": 0.0}, ("n", "half"), rates), [[5.0, half**5]], None, [0.0, 1.0, 100.0])
    exact = [quad(lambda t: 3.0 * (1 + t) ** 5 / (half**5 + (1 + t) ** 5), 0.0, end)[0] for end in (1.0, 100.0)]
    np.testing.assert_allclose(found["x"][0, 1:], exact, rtol=1e-5)


@limits(deadline=None, max_examples=200)
@given(st.data(), st.floats(0.0, 4.0), st.floats(1e-6, 2.0), st.floats(-2.0, 2.0), st.booleans())
def test_bounds_of_a_share_hold_everywhere_within(
    data: st.DataObject, low: float, width: float, k: float, swapped: bool
) -> None:
    g = Graph()
    draw = st.composite(lambda draw: (grown(draw, g, 2), grown(draw, g, 1)))
    own, other = data.draw(draw())
    own, other = g.mul(own, own), g.call(Op.ABS, other)
    share = g.div(g.mul(g.symbol("k"), own), g.add(*((own, other) if swapped else (other, own))))
    times = np.linspace(low, low + width, 41)
    found = enclose(g, [share], {"k": k}, times[:1], times[-1:])[0]
    slope = derivative(g, [share], TIME)[0]
    values, slopes = (np.broadcast_to(v, times.shape) for v in evaluate(g, [share, slope], {TIME: times, "k": k}))
    for these, least, most in ((values, found.low, found.high), (slopes, found.fall, found.rise)):
        fine = np.isfinite(these)
        room = 1e-9 * (1.0 + np.abs(these[fine]))
        assert (these[fine] >= least[0] - room).all()
        assert (these[fine] <= most[0] + room).all()


def test_a_tight_run_agrees() -> None:
    runs = [
        solve(window(0.9, 9.37), NOTHING, None, [0.0, 240.0], settings=Settings(rtol=r))["y"][0, 1]
        for r in (1e-6, 1e-11)
    ]
    exact = 10.0 * hours_on(0.9)
    assert [abs(run / exact - 1.0) < allowed for run, allowed in zip(runs, (1e-5, 1e-8), strict=True)] == [True, True]
