"""Conditions that hold for an instant, and values at the instant of an event."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from bimodal.engine import TIME, Schedule, Settings, System, Trigger, solve
from bimodal.expr import Graph, Node, Op

Symbol = Callable[[str], Node]
NOTHING = np.empty((1, 0))


def at_an_instant(condition: Callable[[Graph, Symbol], Node], *, start: float = 0.0, **more: object) -> System:
    """n counts how often a condition comes true; x' = 1 beside it."""
    g = Graph()
    s = g.symbol
    event = Trigger("count", condition(g, s), (("n", g.add(s("n"), g.const(1.0))),), **more)  # type: ignore[arg-type]
    return System(
        g, ("n", "x"), (), frozenset(), (), (g.const(0.0), g.const(start)), (g.const(0.0), g.const(1.0)),
        (("n", s("n")), ("x", s("x"))), (1.0, 1.0), (event,),
    )  # fmt: skip


def equal(g: Graph, a: Node, value: float) -> Node:
    return g.compare(Op.EQ, a, g.const(value))


def of_day(g: Graph, s: Symbol) -> Node:
    """time - 24 floor(time / 24)."""
    return g.sub(s(TIME), g.mul(g.const(24.0), g.call(Op.FLOOR, g.div(s(TIME), g.const(24.0)))))


def wave(g: Graph, s: Symbol, op: Op) -> Node:
    return g.call(op, g.mul(g.const(2.0 * math.pi / 24.0), s(TIME)))


@pytest.mark.parametrize(
    ("condition", "times"),
    [
        (lambda g, s: equal(g, s(TIME), 10.0), [10.0]),
        (lambda g, s: equal(g, g.sub(s(TIME), g.const(10.0)), 0.0), [10.0]),
        (lambda g, s: g.logical(Op.NOT, g.logical(Op.NOT, equal(g, s(TIME), 10.0))), [10.0]),
        (
            lambda g, s: g.logical(
                Op.AND, g.compare(Op.LE, g.const(10.0), s(TIME)), g.compare(Op.LE, s(TIME), g.const(10.0))
            ),
            [10.0],
        ),
        (lambda g, s: equal(g, s("x"), 10.0), [10.0]),
        (lambda g, s: equal(g, g.mul(s("x"), s("x")), 100.0), [10.0]),
        (lambda g, s: equal(g, g.mul(g.const(1e12), g.sub(s(TIME), g.const(10.0))), 0.0), [10.0]),
        (lambda g, s: g.compare(Op.LE, g.call(Op.ABS, g.sub(s(TIME), g.const(10.0))), g.const(0.0)), [10.0]),
        (lambda g, s: equal(g, g.pow(g.sub(s(TIME), g.const(10.0)), g.const(2.0)), 0.0), [10.0]),
        (lambda g, s: equal(g, g.call(Op.FLOOR, s(TIME)), 10.0), [10.0]),
        (lambda g, s: equal(g, g.call(Op.FLOOR, s(TIME)), 10.5), []),
        (lambda g, s: equal(g, of_day(g, s), 9.0), [9.0, 33.0, 57.0]),
        (lambda g, s: equal(g, of_day(g, s), 0.0), [24.0, 48.0, 72.0]),
        (lambda g, s: equal(g, wave(g, s, Op.COS), 1.0), [24.0, 48.0, 72.0]),
        (lambda g, s: g.compare(Op.LE, g.const(1.0), wave(g, s, Op.SIN)), [6.0, 30.0, 54.0]),
    ],
)
def test_a_condition_of_an_instant_fires_once_each_time(
    condition: Callable[[Graph, Symbol], Node], times: list[float]
) -> None:
    saves = np.linspace(0.0, 77.0, 78)
    run = solve(at_an_instant(condition), NOTHING, None, saves)
    np.testing.assert_array_equal(run["n"][0], [sum(when <= save for when in times) for save in saves])


def test_a_state_that_a_dose_takes_over_a_value_was_never_there() -> None:
    system = at_an_instant(lambda g, s: equal(g, s("x"), 10.0))
    run = solve(system, NOTHING, Schedule.build([[(5.0, system.slot_add("x"), 20.0)]]), [0.0, 4.0, 6.0, 50.0])
    assert run["n"][0].tolist() == [0.0, 0.0, 0.0, 0.0]


def test_an_event_that_meets_its_own_instant_happens_once_there() -> None:
    """The event puts x back to 0 whenever it is 10."""
    g = Graph()
    x, n = g.symbol("x"), g.symbol("n")
    event = Trigger("back", equal(g, x, 10.0), (("x", g.const(0.0)), ("n", g.add(n, g.const(1.0)))))
    system = System(
        g, ("x", "n"), (), frozenset(), (), (g.const(0.0), g.const(0.0)), (g.const(1.0), g.const(0.0)),
        (("x", x), ("n", n)), (1.0, 1.0), (event,),
    )  # fmt: skip
    run = solve(system, NOTHING, None, [0.0, 9.0, 10.0, 15.0, 95.0])
    np.testing.assert_allclose(run["x"][0], [0.0, 9.0, 0.0, 5.0, 5.0], atol=1e-9)
    assert run["n"][0].tolist() == [0.0, 0.0, 1.0, 1.0, 9.0]


@pytest.mark.parametrize(("persistent", "expected"), [(True, 1.0), (False, 0.0)])
def test_an_instant_is_over_before_a_delay_is(persistent: bool, expected: float) -> None:
    g = Graph()
    event = Trigger(
        "late", equal(g, g.symbol(TIME), 10.0), (("n", g.const(1.0)),), persistent=persistent, delay=g.const(2.0)
    )
    system = System(
        g, ("n",), (), frozenset(), (), (g.const(0.0),), (g.const(0.0),), (("n", g.symbol("n")),), (1.0,), (event,)
    )
    assert solve(system, NOTHING, None, [0.0, 11.0, 12.0, 13.0])["n"][0].tolist() == [0.0, 0.0, expected, expected]


def doses(*conditions: Callable[[Graph, Symbol], Node], delay: float | None = None) -> System:
    """A' = -0.1 A, each condition adds 100; B runs up to 24 at time 24."""
    g = Graph()
    s = g.symbol
    events = tuple(
        Trigger(
            f"dose {i}",
            condition(g, s),
            (("A", g.add(s("A"), g.const(100.0))),),
            delay=None if delay is None else g.const(delay),
        )
        for i, condition in enumerate(conditions)
    )
    return System(
        g, ("A", "B"), (), frozenset(), (), (g.const(0.0), g.const(0.0)), (g.mul(g.const(-0.1), s("A")), g.const(1.0)),
        (("A", s("A")), ("B", s("B"))), (1.0, 1.0), events,
    )  # fmt: skip


def after(name: str, value: float) -> Callable[[Graph, Symbol], Node]:
    return lambda g, s: g.compare(Op.LT, g.const(value), s(name))


def from_(name: str, value: float) -> Callable[[Graph, Symbol], Node]:
    return lambda g, s: g.compare(Op.LE, g.const(value), s(name))


TROUGH = 100.0 * math.exp(-2.35)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (after(TIME, 24.0), TROUGH),
        (from_(TIME, 24.0), TROUGH + 100.0),
        (after("B", 24.0), TROUGH),
        (from_("B", 24.0), TROUGH + 100.0),
        (lambda g, s: g.logical(Op.NOT, g.compare(Op.LE, s(TIME), g.const(24.0))), TROUGH),
        (lambda g, s: g.logical(Op.NOT, g.compare(Op.LT, s(TIME), g.const(24.0))), TROUGH + 100.0),
    ],
)
def test_a_strict_condition_comes_true_after_the_values_of_its_instant(
    second: Callable[[Graph, Symbol], Node], expected: float
) -> None:
    times = np.array([0.0, 12.0, 24.0, 36.0])
    run = solve(doses(after(TIME, 0.5), second), NOTHING, None, times, settings=Settings(rtol=1e-9))
    later = (TROUGH + 100.0) * math.exp(-1.2)
    np.testing.assert_allclose(run["A"][0], [0.0, 100.0 * math.exp(-1.15), expected, later], rtol=1e-7)


def test_a_delay_after_a_strict_condition_ends_after_its_instant_too() -> None:
    times = np.array([0.0, 24.0, 25.0, 26.0])
    early = solve(doses(from_(TIME, 20.0), delay=4.0), NOTHING, None, times)["A"][0]
    late = solve(doses(after(TIME, 20.0), delay=4.0), NOTHING, None, times)["A"][0]
    np.testing.assert_allclose(early[1:3], [100.0, 100.0 * math.exp(-0.1)], rtol=1e-6)
    np.testing.assert_allclose(late[1:3], [0.0, 100.0 * math.exp(-0.1)], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(early[3], late[3], rtol=1e-6)


def test_what_happens_at_an_instant_comes_before_what_follows_it() -> None:
    """At 24 one event doubles, another, strict, adds: 2 x, then + 100, whatever their order in the model."""
    g = Graph()
    s = g.symbol
    double = Trigger("double", g.compare(Op.EQ, s(TIME), g.const(24.0)), (("A", g.mul(g.const(2.0), s("A"))),))
    add = Trigger("add", g.compare(Op.LT, g.const(24.0), s(TIME)), (("A", g.add(s("A"), g.const(100.0))),))
    for events in ((double, add), (add, double)):
        system = System(
            g, ("A",), (), frozenset(), (), (g.const(1.0),), (g.const(0.0),), (("A", s("A")),), (1.0,), events
        )
        assert solve(system, NOTHING, None, [0.0, 24.0, 25.0])["A"][0].tolist() == [1.0, 2.0, 102.0]


def test_company_does_not_matter_at_instants() -> None:
    g = Graph()
    s = g.symbol
    event = Trigger("dose", g.compare(Op.EQ, s(TIME), s("when")), (("A", g.add(s("A"), g.const(1.0))),))
    system = System(
        g,
        ("A",),
        ("k", "when"),
        frozenset(),
        (),
        (g.const(1.0),),
        (g.neg(g.mul(s("k"), s("A"))),),
        (("A", s("A")),),
        (1.0,),
        (event,),
    )
    values = np.column_stack([np.linspace(0.1, 2.0, 11), np.linspace(1.0, 9.0, 11)])
    times = np.linspace(0.0, 10.0, 41)
    together = solve(system, values, None, times, workers=2)
    for i in (0, 5, 10):
        assert (solve(system, values[i], None, times).values[0] == together.values[i]).all()
    dose = np.where(times >= 5.0, np.exp(-1.05 * (times - 5.0)), 0.0)
    np.testing.assert_allclose(together["A"][5], np.exp(-1.05 * times) + dose, rtol=1e-5)
