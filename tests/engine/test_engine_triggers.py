"""Events a system causes itself, against closed forms: when they happen, in which order, with which values."""

import math

import numpy as np
import pytest

from bimodal.engine import TIME, Schedule, SolverStatus, System, Trigger, solve
from bimodal.expr import Graph, Op


def build(rates, starts, triggers, nonnegative=()):
    """Make a system of states from functions of a graph and a symbol maker."""
    g = Graph()
    s = g.symbol
    names = tuple(rates)
    return System(
        g,
        names,
        ("one",),
        frozenset(),
        (),
        tuple(g.const(starts[name]) for name in names),
        tuple(rate(g, s) for rate in rates.values()),
        tuple((name, s(name)) for name in names),
        (1.0,) * len(names),
        tuple(trigger(g, s) for trigger in triggers),
        frozenset(nonnegative),
    )


def run(system, times, events=None):
    return solve(system, [[1.0]], Schedule.build([events or []]), times)


def below(name, limit):
    return lambda g, s: g.compare(Op.LT, s(name), g.const(limit))


def test_refill_at_a_threshold():
    """x' = -x refilled to 1 whenever it falls below 1/2: a saw tooth with period ln 2."""
    system = build(
        {"x": lambda g, s: g.neg(s("x"))},
        {"x": 1.0},
        [lambda g, s: Trigger("refill", below("x", 0.5)(g, s), (("x", g.const(1.0)),))],
    )
    times = np.linspace(0.0, 10.0, 201)
    phase = np.mod(times, math.log(2.0))
    np.testing.assert_allclose(run(system, times)["x"][0], np.exp(-phase), rtol=1e-5)


def test_bouncing_ball():
    """Free fall with the velocity reversed at the ground: the root is found, energy is kept."""
    system = build(
        {"h": lambda g, s: s("v"), "v": lambda g, s: g.const(-9.81)},
        {"h": 1.0, "v": 0.0},
        [lambda g, s: Trigger("bounce", below("h", 0.0)(g, s), (("v", g.neg(s("v"))), ("h", g.const(0.0))))],
    )
    fall = math.sqrt(2.0 / 9.81)
    found = run(system, np.array([0.0, fall * 0.999, 2 * fall, 4 * fall, 6 * fall]))
    np.testing.assert_allclose(found["h"][0, 2:], 1.0, rtol=1e-6)


def test_values_are_computed_together_before_any_changes():
    system = build(
        {"a": lambda g, s: g.const(0.0), "b": lambda g, s: g.const(0.0)},
        {"a": 1.0, "b": 2.0},
        [lambda g, s: Trigger("swap", g.compare(Op.LE, g.const(1.0), s(TIME)), (("a", s("b")), ("b", s("a"))))],
    )
    found = run(system, [0.0, 0.5, 2.0])
    assert found["a"][0].tolist() == [1.0, 1.0, 2.0]
    assert found["b"][0].tolist() == [2.0, 2.0, 1.0]


@pytest.mark.parametrize(("at_trigger", "expected"), [(True, math.exp(-1.0)), (False, math.exp(-3.0))])
def test_delay_and_when_values_are_taken(at_trigger, expected):
    system = build(
        {"x": lambda g, s: g.neg(s("x")), "kept": lambda g, s: g.const(0.0)},
        {"x": 1.0, "kept": 0.0},
        [
            lambda g, s: Trigger(
                "keep",
                g.compare(Op.LE, g.const(1.0), s(TIME)),
                (("kept", s("x")),),
                delay=g.const(2.0),
                values_at_trigger=at_trigger,
            )
        ],
    )
    found = run(system, [0.0, 2.9, 3.1])
    assert found["kept"][0, :2].tolist() == [0.0, 0.0]
    assert found["kept"][0, 2] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("persistent", "expected"), [(True, 1.0), (False, 0.0)])
def test_persistence(persistent, expected):
    """The condition holds from 1 to 2 only; the event is due at 4."""
    system = build(
        {"x": lambda g, s: g.const(0.0)},
        {"x": 0.0},
        [
            lambda g, s: Trigger(
                "late",
                g.logical(Op.AND, g.compare(Op.LE, g.const(1.0), s(TIME)), g.compare(Op.LT, s(TIME), g.const(2.0))),
                (("x", g.const(1.0)),),
                delay=g.const(3.0),
                persistent=persistent,
            )
        ],
    )
    assert run(system, [0.0, 3.5, 5.0])["x"][0].tolist() == [0.0, 0.0, expected]


@pytest.mark.parametrize(("first", "second", "last"), [(1.0, 2.0, 10.0), (2.0, 1.0, 20.0)])
def test_the_larger_priority_goes_first(first, second, last):
    def set_to(value, priority):
        return lambda g, s: Trigger(
            f"to {value}",
            g.compare(Op.LE, g.const(1.0), s(TIME)),
            (("x", g.const(value)),),
            priority=g.const(priority),
        )

    system = build({"x": lambda g, s: g.const(0.0)}, {"x": 0.0}, [set_to(10.0, first), set_to(20.0, second)])
    assert run(system, [0.0, 2.0])["x"][0, 1] == last


@pytest.mark.parametrize(("initial", "expected"), [(True, 0.0), (False, 1.0)])
def test_a_condition_true_at_the_start(initial, expected):
    system = build(
        {"x": lambda g, s: g.const(0.0)},
        {"x": 0.0},
        [lambda g, s: Trigger("now", below("x", 0.5)(g, s), (("x", g.const(1.0)),), initial_value=initial)],
    )
    assert run(system, [0.0, 1.0])["x"][0, 1] == expected


def test_one_event_sets_off_another():
    system = build(
        {"x": lambda g, s: g.const(1.0), "y": lambda g, s: g.const(0.0)},
        {"x": 0.0, "y": 0.0},
        [
            lambda g, s: Trigger("a", g.compare(Op.LE, g.const(1.0), s("x")), (("x", g.const(-1.0)),)),
            lambda g, s: Trigger("b", below("x", -0.5)(g, s), (("y", g.add(s("y"), g.const(1.0))),)),
        ],
    )
    found = run(system, [0.0, 0.5, 1.5, 2.9, 3.5])
    assert found["y"][0].tolist() == [0.0, 0.0, 1.0, 1.0, 2.0]


def test_a_dose_may_set_off_an_event():
    system = build(
        {"x": lambda g, s: g.neg(s("x")), "count": lambda g, s: g.const(0.0)},
        {"x": 0.0, "count": 0.0},
        [
            lambda g, s: Trigger(
                "high", g.compare(Op.LT, g.const(5.0), s("x")), (("count", g.add(s("count"), g.const(1.0))),)
            )
        ],
    )
    doses = [(float(t), system.slot_add("x"), 6.0) for t in (1, 20, 40)]
    assert run(system, [0.0, 10.0, 30.0, 50.0], doses)["count"][0].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_an_endless_circle_is_a_failure_of_that_patient_alone():
    """Two events that undo each other at one time never end."""
    system = build(
        {"x": lambda g, s: g.const(1.0)},
        {"x": 0.0},
        [
            lambda g, s: Trigger("up", g.compare(Op.LT, g.const(1.0), s("x")), (("x", g.const(-5.0)),)),
            lambda g, s: Trigger("down", below("x", -4.0)(g, s), (("x", g.const(5.0)),)),
        ],
    )
    found = run(system, [0.0, 2.0])
    assert found.status[0] == SolverStatus.ENDLESS_EVENTS
    assert np.isnan(found.values).all()


def test_a_state_that_must_not_go_negative_fails_when_it_does():
    falling = {"x": lambda g, s: g.const(-1.0)}
    assert run(build(falling, {"x": 1.0}, []), [0.0, 2.0])["x"][0, 1] == pytest.approx(-1.0)
    found = run(build(falling, {"x": 1.0}, [], nonnegative=["x"]), [0.0, 0.5, 2.0])
    assert found.status[0] == SolverStatus.WENT_NEGATIVE
    assert np.isnan(found.values).all()


def test_a_decay_stays_above_its_floor():
    decay = {"x": lambda g, s: g.mul(g.const(-100.0), s("x"))}
    found = run(build(decay, {"x": 1.0}, [], nonnegative=["x"]), [0.0, 1.0, 100.0])
    assert found.status[0] == SolverStatus.DONE


def test_company_does_not_matter():
    g = Graph()
    x, k = g.symbol("x"), g.symbol("k")
    refill = Trigger("refill", g.compare(Op.LT, x, g.const(0.5)), (("x", g.const(1.0)),))
    system = System(
        g, ("x",), ("k",), frozenset(), (), (g.const(1.0),), (g.neg(g.mul(k, x)),), (("x", x),), (1.0,), (refill,)
    )
    rates = np.linspace(0.2, 3.0, 21)[:, None]
    times = np.linspace(0.0, 10.0, 31)
    together = solve(system, rates, None, times, workers=2)
    for i in (0, 7, 20):
        assert (solve(system, rates[i], None, times).values[0] == together.values[i]).all()
