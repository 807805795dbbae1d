"""Where step control ends: a jump of the rates is stepped over, a pole is not, and a state may begin at zero."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from engine_systems import make
from scipy.integrate import solve_ivp

from bimodal.engine import TIME, Settings, System, Trigger, solve
from bimodal.engine.sensitivities import sensitivities
from bimodal.expr import Graph, Node, Op

Symbol = Callable[[str], Node]
NOTHING = np.empty((1, 0))


def late(g: Graph, s: Symbol, at: float = 60.0) -> Node:
    return g.compare(Op.LE, g.const(at), s(TIME))


def binding(g: Graph, s: Symbol) -> list[Node]:
    """From 60 on a turns to b, first by a rate of time alone times a, then by a rate of a that is switched."""
    speed = g.mul(g.select(late(g, s), s("k"), g.const(0.0)), s("a"))
    switched = g.select(late(g, s), g.mul(s("k"), s("c")), g.const(0.0))
    return [g.neg(speed), speed, g.neg(switched), switched]


STATES: dict[str, float | str] = {"a": 1.0, "b": 0.0, "c": 1.0, "d": 0.0}


@pytest.mark.parametrize("fast", [1e2, 1e4, 1e6])
@pytest.mark.parametrize("rtol", [1e-6, 1e-8, 1e-10])
def test_what_begins_faster_than_time_resolves_is_solved(fast: float, rtol: float) -> None:
    times = [0.0, 60.0, 60.0 + 1.0 / fast, 65.0]
    run = solve(make(STATES, ("k",), binding), [[fast]], None, times, settings=Settings(rtol=rtol, fallback=False))
    assert run.sentence(0) == "Integrated to the end."
    left = np.array([1.0, 1.0, np.exp(-fast * (times[2] - 60.0)), 0.0])
    # time is known to 7e-15 there
    allowed = 10.0 * rtol + fast * 2e-14
    for name, exact in (("a", left), ("b", 1.0 - left), ("c", left), ("d", 1.0 - left)):
        np.testing.assert_allclose(run[name][0], exact, rtol=0.0, atol=allowed)


def test_derivatives_take_the_same_step_over_it() -> None:
    system = make(STATES, ("k",), binding)
    times, exactly = np.array([0.0, 59.0, 60.0, 60.0001, 65.0]), Settings(rtol=1e-8)
    plain = solve(system, [[1e4]], None, times, settings=exactly)
    found = sensitivities(system, [[1e4]], None, times, wrt=["k"], settings=exactly)
    assert plain.status[0] == 0
    assert plain.values.tobytes() == found.values.tobytes()
    exact = -1e-4 * np.exp(-1e4 * (times[3] - 60.0))
    assert found["a", "k"][0, 3] == pytest.approx(exact, rel=1e-5)


def test_expressions_that_jump_a_rounding_apart_are_one_jump() -> None:
    next_ = float(np.nextafter(60.0, 61.0))

    def rates(g: Graph, s: Symbol) -> list[Node]:
        both = g.add(g.select(late(g, s), s("k"), g.const(0.0)), g.select(late(g, s, next_), s("k"), g.const(0.0)))
        return [g.neg(g.mul(both, s("a")))]

    run = solve(make({"a": 1.0}, ("k",), rates), [[1e4]], None, [0.0, 60.0001], settings=Settings(rtol=1e-10))
    assert run["a"][0, 1] == pytest.approx(np.exp(-2.0), rel=1e-9)


def test_a_jump_takes_place_before_an_event_and_saves_of_its_time() -> None:
    g = Graph()
    s = g.symbol
    speed = g.mul(g.select(late(g, s), g.const(1e4), g.const(0.0)), s("a"))
    up = Trigger("at", late(g, s), (("n", g.add(s("n"), s("a"))),))
    system = System(
        g, ("a", "n"), (), frozenset(), (), (g.const(1.0), g.const(0.0)), (g.neg(speed), g.const(0.0)),
        (("a", s("a")), ("n", s("n"))), (1.0, 1.0), (up,),
    )  # fmt: skip
    run = solve(system, NOTHING, None, [0.0, 59.0, 60.0, 65.0], settings=Settings(rtol=1e-8))
    # an event is found to 1e-14 of its time
    np.testing.assert_allclose(run["n"][0], [0.0, 0.0, 1.0, 1.0], rtol=1e-7)
    np.testing.assert_allclose(run["a"][0], [1.0, 1.0, 1.0, 0.0], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    "pole", [lambda g, away: g.div(g.const(1.0), away), lambda g, away: g.div(g.const(1.0), g.mul(away, away))]
)
def test_a_pole_is_no_jump(pole: Callable[[Graph, Node], Node]) -> None:
    system = make({"x": 0.0}, (), lambda g, s: [pole(g, g.sub(g.const(60.1), s(TIME)))])
    run = solve(system, NOTHING, None, [0.0, 65.0], settings=Settings(fallback=False))
    assert run.status[0] > 1


def test_a_short_switch_of_a_state_is_not_leapt_over() -> None:
    def rates(g: Graph, s: Symbol) -> list[Node]:
        within = g.logical(Op.AND, late(g, s, 59.9), g.compare(Op.LT, s(TIME), g.const(60.0)))
        return [g.select(within, s("x"), g.const(0.0))]

    run = solve(make({"x": 1.0}, (), rates), NOTHING, None, [0.0, 1000.0])
    assert run["x"][0, 1] == pytest.approx(np.exp(0.1), rel=1e-5)


def rising(count: int) -> System:
    """z is time to the power count + 1 over its factorial; y is made and lost by a broken power of it."""

    def rates(g: Graph, s: Symbol) -> list[Node]:
        power = g.pow(s("z"), g.const(1.03))
        loss = g.mul(g.div(power, g.add(g.const(0.1), power)), s("y"))
        return [g.const(1.0), *(s(f"c{i}") for i in range(count)), g.sub(g.const(1.0), loss)]

    return make({**{f"c{i}": 0.0 for i in range(count)}, "z": 0.0, "y": 1.0}, (), rates)


@pytest.mark.parametrize("rtol", [1e-6, 1e-10])
def test_a_state_that_begins_at_zero_may_stand_under_a_broken_power(rtol: float) -> None:
    run = solve(rising(6), NOTHING, None, [0.0, 1.0, 8.0], settings=Settings(rtol=rtol, fallback=False))
    np.testing.assert_allclose(run["z"][0, 1:], np.array([1.0, 8.0]) ** 7 / 5040.0, rtol=10 * rtol)

    def rate(t: float, y: np.ndarray) -> np.ndarray:
        power = (t**7 / 5040.0) ** 1.03
        return 1.0 - power / (0.1 + power) * y

    exact = solve_ivp(rate, (0.0, 8.0), [1.0], method="Radau", rtol=1e-11, atol=1e-12, t_eval=[1.0, 8.0]).y[0]
    np.testing.assert_allclose(run["y"][0, 1:], exact, rtol=10 * rtol, atol=1e-9)


def test_a_state_that_is_drawn_below_zero_still_fails() -> None:
    system = make({"x": 1.0}, (), lambda g, s: [g.neg(g.pow(s("x"), g.const(0.5)))])
    run = solve(system, NOTHING, None, [0.0, 3.0])
    assert run.status[0] > 1
    assert "at time 2" in run.sentence(0)
