"""What falls far and comes back is known to the relative tolerance, and what is lost in rounding stalls nobody."""

from __future__ import annotations

import math

import numpy as np
import pytest
from engine_systems import linear, make
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from scipy.linalg import expm

from bimodal.engine import TIME, Actions, Schedule, Settings, SolverStatus, System, Visits, solve
from bimodal.expr import Graph


def relapse() -> System:
    """T' = 0.3 T (1 - T / 1e9) - d T; events set d."""

    def rates(g: Graph, s):
        growth = g.mul(g.mul(g.const(0.3), s("T")), g.sub(g.const(1.0), g.div(s("T"), g.const(1e9))))
        return [g.sub(growth, g.mul(s("d"), s("T")))]

    return make({"T": 1e9}, ("d",), rates, settable=("d",))


def logistic(start: float, net: float, days: float) -> float:
    """Solve T' = net T - 0.3 / 1e9 T**2 in closed form."""
    grown = math.exp(net * days)
    return net * start * grown / (net + 0.3e-9 * start * (grown - 1.0))


@pytest.mark.parametrize(("kill", "until"), [(1.4, 25.0), (1.4, 45.0), (3.0, 18.0)])
@pytest.mark.parametrize("rtol", [1e-6, 1e-9])
def test_a_deep_response_and_its_relapse(kill: float, until: float, rtol: float) -> None:
    """Down to between 1e-3 and 1e-12 cells of 1e9, and back."""
    system = relapse()
    times = np.array([until, until + 25.0, until + 75.0, until + 150.0])
    off = Schedule.build([[(until, system.slot_set("d"), 0.0)]])
    run = solve(system, [[kill]], off, times, settings=Settings(rtol=rtol))
    bottom = logistic(1e9, 0.3 - kill, until)
    expected = [bottom, *(logistic(bottom, 0.3, later - until) for later in times[1:])]
    np.testing.assert_allclose(run["T"][0], expected, rtol=20 * rtol)


def test_an_infection_that_two_states_carry_comes_back() -> None:
    """V' = p I - c V, I' = b V - d I: neither feeds itself; treatment stops p for 40 days."""
    g = Graph()
    v, i, p = g.symbol("V"), g.symbol("I"), g.symbol("p")
    rates = (
        g.sub(g.mul(p, i), g.mul(g.const(6.0), v)),
        g.sub(g.mul(g.const(0.6), v), g.mul(g.const(0.5), i)),
    )
    outputs = (("V", v), ("I", i))
    system = System(
        g, ("V", "I"), ("p",), frozenset({"p"}), (), (g.const(1e6), g.const(1e5)), rates, outputs, (1.0, 1.0)
    )
    on, off = np.array([[-6.0, 0.01], [0.6, -0.5]]), np.array([[-6.0, 10.0], [0.6, -0.5]])
    times = np.array([0.0, 40.0, 80.0, 120.0])
    schedule = Schedule.build([[(40.0, system.slot_set("p"), 10.0)]])
    run = solve(system, [[0.01]], schedule, times)
    low = expm(on * 40.0) @ np.array([1e6, 1e5])
    expected = [np.array([1e6, 1e5]), low, expm(off * 40.0) @ low, expm(off * 80.0) @ low]
    np.testing.assert_allclose(run.values[0], expected, rtol=1e-5)
    assert run["V"][0, 1] < 1e-2


@pytest.mark.parametrize("dose", [1e3, 1e-9, 1e-15])
def test_a_chain_that_starts_empty_is_right_in_any_unit(dose: float) -> None:
    """A dose passes eight compartments one after the other: the n-th holds dose (k t)^n e^(-k t) / n!."""
    matrix = np.diag(np.full(8, -0.7)) + np.diag(np.full(7, 0.7), -1)
    system = linear(matrix, np.zeros(8))
    times = np.array([100.0, 101.0, 105.0, 120.0, 150.0])
    run = solve(system, np.empty((1, 0)), Schedule.build([[(100.0, system.slot_add("x0"), dose)]]), times)
    kt = 0.7 * (times[1:] - 100.0)
    expected = [dose * kt**n * np.exp(-kt) / math.factorial(n) for n in range(8)]
    np.testing.assert_allclose(run.values[0, 1:].T, expected, rtol=2e-5)
    assert run.steps[0] < 1000


def test_a_small_difference_of_large_flows_stalls_nobody() -> None:
    """x follows a - 1.7 b, which goes to zero by cancellation and leaves rounding."""
    matrix = np.array([[-1.3, 1.3 * 1.7, 0.0], [1.3, -1.3 * 1.7, 0.0], [1.0, -1.7, -1.0]])
    times = np.array([0.0, 1.0, 1000.0])
    for rtol in (1e-6, 1e-9):
        run = solve(
            linear(matrix, np.array([1e9, 3e8, 0.0])), np.empty((1, 0)), None, times, settings=Settings(rtol=rtol)
        )
        assert run.status[0] == SolverStatus.DONE
        assert run.steps[0] < 2000
        assert abs(run["x2"][0, 2]) < 1e-4
        np.testing.assert_allclose(run.values[0, 1], expm(matrix) @ np.array([1e9, 3e8, 0.0]), rtol=20 * rtol)


def test_a_decay_that_goes_on_for_ever_ends_in_few_steps() -> None:
    run = solve(linear(np.array([[-5.0]]), np.array([7.0])), np.empty((1, 0)), None, [0.0, 1.0, 1e6])
    assert run.steps[0] < 700
    assert abs(run["x0"][0, 2]) < 1e-20


def test_a_state_at_exactly_zero_costs_nothing() -> None:
    matrix = np.diag([-1.0, -1e-3])
    run = solve(linear(matrix, np.array([0.0, 1.0])), np.empty((1, 0)), None, [0.0, 1000.0])
    alone = solve(linear(matrix[1:, 1:], np.ones(1)), np.empty((1, 0)), None, [0.0, 1000.0])
    assert run["x0"][0, 1] == 0.0
    assert run.steps[0] <= alone.steps[0] + 5


def test_numbers_near_the_smallest_do_not_cut_the_step() -> None:
    """A second-order rate of 1e-159 beside a linear pair: its products are below the smallest normal number."""

    def rates(g: Graph, s):
        return [
            g.neg(g.mul(s("x"), s("x"))),
            g.sub(g.mul(g.const(0.1), s("b")), g.mul(g.const(2.0), s("a"))),
            g.sub(g.mul(g.const(2.0), s("a")), g.mul(g.const(0.1), s("b"))),
        ]

    for start in (1e-159, 1e-300, 1e-320):
        run = solve(make({"x": start, "a": 1.0, "b": 0.0}, (), rates), np.empty((1, 0)), None, [0.0, 1.0, 100.0])
        assert run.status[0] == SolverStatus.DONE
        assert run.steps[0] < 300
        assert run["a"][0, 2] == pytest.approx(0.1 / 2.1, rel=1e-6)


def test_a_fixed_absolute_tolerance_is_kept() -> None:
    tight, loose = (
        solve(linear(np.array([[-1.0]]), np.ones(1)), np.empty((1, 0)), None, [0.0, 40.0], settings=Settings(atol=atol))
        for atol in (1e-30, 1e-9)
    )
    assert tight["x0"][0, 1] == pytest.approx(math.exp(-40.0), rel=1e-4)
    assert abs(loose["x0"][0, 1]) < 1e-8
    assert loose.steps[0] < tight.steps[0]


@limits(deadline=None, max_examples=15)
@given(
    kills=st.lists(st.floats(0.5, 3.0), min_size=2, max_size=9),
    stops=st.lists(st.floats(1.0, 39.0), max_size=3, unique=True),
)
def test_tolerances_belong_to_the_patient(kills: list[float], stops: list[float]) -> None:
    """The size a patient once had goes with it from stop to stop, whoever else is there."""
    system = relapse()
    times = np.array([10.0, 40.0, 90.0])
    off = [[(20.0 + 0.1 * n, system.slot_set("d"), 0.0)] for n in range(len(kills))]

    def wait(visit):
        return Actions(np.ones(len(visit.patients)), visit.memory, np.zeros(len(visit.patients), np.int64))

    visits = Visits(np.array(sorted(stops)), wait) if stops else None
    together = solve(system, [[k] for k in kills], Schedule.build(off), times, visits=visits, workers=2)
    for n, kill in enumerate(kills):
        alone = solve(system, [[kill]], Schedule.build([off[n]]), times, visits=visits)
        assert alone.values[0].tobytes() == together.values[n].tobytes()


def test_time_is_no_state() -> None:
    """A rate of time alone, nothing in it to be relative to at the start."""
    system = make({"x": 0.0}, (), lambda g, s: [g.mul(s(TIME), s(TIME))])
    run = solve(system, np.empty((1, 0)), None, [0.0, 1e-6, 3.0])
    np.testing.assert_allclose(run["x"][0, 1:], [1e-18 / 3.0, 9.0], rtol=1e-6)
