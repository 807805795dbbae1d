"""Derivatives that are infinite or no number where the rates are fine, and failures that say which quantity it was."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from engine_systems import blow_up, make
from scipy.integrate import quad, solve_ivp

from bimodal.engine import TIME, Schedule, Settings, SolverStatus, System, Trigger, solve
from bimodal.expr import Graph, Node, Op

Symbol = Callable[[str], Node]
NOTHING = np.empty((1, 0))
EXACT = Settings(rtol=1e-9)


def loss_by_a_power(power: float) -> System:
    """G' = -0.5 G, C' = 0.5 G - 0.3 C**power, C from zero."""

    def rates(g: Graph, s: Symbol) -> list[Node]:
        inflow = g.mul(g.const(0.5), s("G"))
        return [g.neg(inflow), g.sub(inflow, g.mul(g.const(0.3), g.pow(s("C"), g.const(power))))]

    return make({"G": 10.0, "C": 0.0}, (), rates)


@pytest.mark.parametrize("power", [0.75, 0.5, 1.0 / 3.0, 2.0 / 3.0, 0.1])
def test_a_loss_by_a_fractional_power_from_zero(power: float) -> None:
    times = np.array([0.0, 1e-6, 0.5, 2.0, 4.0])
    run = solve(loss_by_a_power(power), NOTHING, None, times, settings=EXACT)
    assert run.status[0] == SolverStatus.DONE
    exact = solve_ivp(
        lambda _t, y: [-0.5 * y[0], 0.5 * y[0] - 0.3 * max(y[1], 0.0) ** power],
        (0.0, 4.0), [10.0, 0.0], "RK45", t_eval=times, rtol=1e-12, atol=1e-15,
    ).y.T  # fmt: skip
    np.testing.assert_allclose(run.values[0], exact, rtol=1e-6, atol=1e-12)


def test_nothing_of_what_flows_in_is_lost() -> None:
    run = solve(loss_by_a_power(0.75), NOTHING, None, [0.0, 2.0, 4.0])
    np.testing.assert_allclose(run["C"][0], [0.0, 4.94426, 5.18570], rtol=3e-6)


def test_growth_by_a_power_that_starts_with_an_inflow() -> None:
    # v' = 1e-3 + v^(2/3)
    system = make({"v": 0.0}, (), lambda g, s: [g.add(g.const(1e-3), g.pow(s("v"), g.const(2.0 / 3.0)))])
    run = solve(system, NOTHING, None, [0.0, 1.0, 6.0], settings=EXACT)
    for when, found in zip([1.0, 6.0], run["v"][0, 1:], strict=True):
        # separated: 3 (r - sqrt(a) atan(r / sqrt(a))) = t with r = v^(1/3), a = 1e-3
        r, a = found ** (1.0 / 3.0), 1e-3
        assert 3.0 * (r - math.sqrt(a) * math.atan(r / math.sqrt(a))) == pytest.approx(when, rel=1e-6)


@pytest.mark.parametrize("hill", [0.7, 0.3, 0.99])
@pytest.mark.parametrize("form", ["power", "inverse"])
def test_an_effect_with_a_hill_exponent_below_one(hill: float, form: str) -> None:
    """C = 5 (1 - exp(-0.2 t)) in closed form; its effect by quadrature, in either way to write it."""

    def rates(g: Graph, s: Symbol) -> list[Node]:
        h, ec = g.const(hill), g.const(2.0)
        if form == "power":
            up = g.pow(s("C"), h)
            effect = g.div(up, g.add(g.pow(ec, h), up))
        else:
            effect = g.div(g.const(1.0), g.add(g.const(1.0), g.pow(g.div(ec, s("C")), h)))
        return [g.sub(g.const(1.0), g.mul(g.const(0.2), s("C"))), effect]

    def effect(t: float) -> float:
        c = -5.0 * math.expm1(-0.2 * t)
        return c**hill / (2.0**hill + c**hill)

    run = solve(make({"C": 0.0, "E": 0.0}, (), rates), NOTHING, None, [0.0, 2.0, 4.0], settings=EXACT)
    assert run.status[0] == SolverStatus.DONE
    expected = [0.0, *(quad(effect, 0.0, when, epsabs=1e-13, limit=500)[0] for when in (2.0, 4.0))]
    np.testing.assert_allclose(run["E"][0], expected, rtol=1e-6)


@pytest.mark.parametrize("middle", [100.0, 800.0, 5000.0])
def test_a_steep_logistic_far_from_its_middle(middle: float) -> None:
    """The integral is ln(1 + exp(x - middle))."""
    system = make(
        {"x": 0.0, "y": 0.0},
        (),
        lambda g, s: [
            g.const(1.0),
            g.div(g.const(1.0), g.add(g.const(1.0), g.call(Op.EXP, g.sub(g.const(middle), s("x"))))),
        ],
    )
    run = solve(system, NOTHING, None, [0.0, middle, middle + 200.0], settings=EXACT)
    np.testing.assert_allclose(run["y"][0], [0.0, math.log(2.0), 200.0], rtol=1e-6, atol=1e-12)


def test_a_root_of_time_at_its_start() -> None:
    system = make({"x": 0.0}, (), lambda g, s: [g.call(Op.SQRT, s(TIME))])
    run = solve(system, NOTHING, None, [0.0, 1.0, 4.0], settings=EXACT)
    np.testing.assert_allclose(run["x"][0], [0.0, 2.0 / 3.0, 16.0 / 3.0], rtol=1e-7)


def test_a_jump_of_a_rate_while_its_state_is_zero() -> None:
    g = Graph()
    x, late = g.symbol("x"), g.compare(Op.LE, g.const(3.0), g.symbol(TIME))
    system = System(
        g, ("x",), (), frozenset(), (), (g.const(0.0),), (g.select(late, g.const(2.0), g.const(0.0)),),
        (("x", x),), (1.0,), (Trigger("switch", late, ()),),
    )  # fmt: skip
    run = solve(system, NOTHING, None, [0.0, 3.0, 5.0, 1000.0])
    np.testing.assert_allclose(run["x"][0], [0.0, 0.0, 4.0, 1994.0], atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize(
    ("starts", "rates", "says"),
    [
        ({"x": 1.0}, lambda g, s: [g.neg(g.call(Op.SQRT, s("x")))], "'x' comes to .* at time 2, and beyond it"),
        ({"x": 1.0, "y": 0.0}, lambda g, s: [g.const(-1.0), g.call(Op.LOG, s("x"))], "the rate of 'y'"),
        ({"x": 1.0, "y": 0.0}, lambda g, s: [g.mul(s("x"), s("x")), s("x")], "'x' grows without bound"),
        ({"x": 0.0}, lambda g, s: [g.div(g.const(1.0), s("x"))], "the rate of 'x' is not a finite number"),
    ],
)
def test_a_failure_names_the_quantity(
    starts: dict[str, float | str], rates: Callable[[Graph, Symbol], list[Node]], says: str
) -> None:
    run = solve(make(starts, (), rates), NOTHING, None, [0.0, 3.0])
    assert SolverStatus(int(run.status[0])).failed
    assert np.isnan(run.values).all()
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(run.sentence(0))


def test_a_start_that_is_no_number_is_named() -> None:
    system = make({"x": "a", "y": 1.0}, ("a", "b"), lambda g, s: [s("b"), s("x")])
    run = solve(system, [[np.nan, 1.0], [1.0, np.inf], [1.0, 1.0]], None, [0.0, 1.0])
    assert [run.sentence(i).partition(": ")[2] for i in range(3)] == [
        "the parameter 'a' is nan.",
        "the parameter 'b' is inf.",
        "",
    ]


def test_a_blow_up_names_its_patient_alone() -> None:
    run = solve(blow_up(), [[0.01], [1.0]], None, [0.0, 5.0])
    assert set(run.reasons) == {1}
    assert run.sentence(0) == "Integrated to the end."


def counting(condition: Callable[[Graph, Symbol], Node]) -> System:
    """x' = -x; an event counts and refills."""
    g = Graph()
    s = g.symbol
    event = Trigger("refill", condition(g, s), (("n", g.add(s("n"), g.const(1.0))), ("x", g.add(s("x"), g.const(1.0)))))
    return System(
        g, ("x", "n"), (), frozenset(), (), (g.const(1.0), g.const(0.0)), (g.neg(s("x")), g.const(0.0)),
        (("x", s("x")), ("n", s("n"))), (1.0, 1.0), (event,),
    )  # fmt: skip


@pytest.mark.parametrize(
    "condition",
    [
        lambda g, s: g.compare(Op.LT, s("x"), g.const(0.5)),
        lambda g, s: g.compare(Op.LE, g.const(2.0), s(TIME)),
        lambda g, s: g.compare(Op.EQ, s(TIME), g.const(2.0)),
        lambda g, s: g.compare(Op.LT, g.const(2.0), s(TIME)),
    ],
)
def test_the_fallback_carries_events(condition: Callable[[Graph, Symbol], Node]) -> None:
    system = counting(condition)
    times = np.array([0.0, 1.0, 2.0, 3.0, 6.0])
    doses = Schedule.build([[(1.0, system.slot_add("x"), 2.0)]])
    usual = solve(system, NOTHING, doses, times, settings=EXACT)
    second = solve(system, NOTHING, doses, times, settings=Settings(rtol=1e-9, max_steps=2))
    assert second.status[0] == SolverStatus.DONE_BY_FALLBACK
    assert usual["n"][0, -1] >= 1.0
    np.testing.assert_array_equal(second["n"], usual["n"])
    np.testing.assert_allclose(second["x"], usual["x"], rtol=1e-6)
