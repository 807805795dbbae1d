"""Visits stop everybody, a rule decides, the ledger says what was done, and a replay repeats it to the bit."""

import numpy as np
import pytest

from bimodal.engine import Actions, Schedule, System, Visits, solve
from bimodal.errors import EngineError
from bimodal.expr import Graph

N, DOSES = 19, 10
TIMES = np.arange(0.0, 12.01, 0.5)


@pytest.fixture(scope="module")
def system() -> System:
    """A depot that empties: x' = -k x."""
    g = Graph()
    x, k = g.symbol("x"), g.symbol("k")
    return System(g, ("x",), ("k",), frozenset(), (), (g.const(0.0),), (g.neg(g.mul(k, x)),), (("x", x),), (1.0,))


@pytest.fixture(scope="module")
def run(system):
    rates = np.linspace(0.1, 2.0, N)[:, None]
    schedule = Schedule.shared(np.arange(DOSES), [system.slot_add("x")] * DOSES, np.ones((N, DOSES)))
    return rates, schedule


def hold_above(limit):
    def decide(visit):
        held = visit.outputs[:, 0] > limit
        count = visit.memory + held[:, None]
        return Actions(np.where(held, 0.0, 1.0), count, held.astype(np.int64))

    return decide


def test_a_rule_holds_doses_of_those_it_concerns(system, run):
    rates, schedule = run
    visits = Visits(np.arange(1.0, DOSES), hold_above(0.7), memory=(0.0,))
    found = solve(system, rates, schedule, TIMES, visits=visits)
    ledger = found.ledger
    # the value seen is the one before the dose of that moment
    seen = found["x"][:, [list(TIMES).index(t) for t in visits.times]]
    assert (ledger.factor == np.where(seen > 0.7, 0.0, 1.0)).all()
    assert (ledger.reason == (ledger.factor == 0.0)).all()
    given = ledger.given.reshape(N, DOSES)
    assert (given[:, 0] == 1.0).all()
    assert (given[:, 1:] == ledger.factor).all()
    assert (ledger.planned == 1.0).all()
    assert 0.0 < (ledger.factor == 0.0).mean() < 1.0


def test_closed_form_of_a_held_patient(system, run):
    rates, schedule = run
    found = solve(system, rates, schedule, TIMES, visits=Visits(np.arange(1.0, DOSES), hold_above(0.7), memory=(0.0,)))
    given = found.ledger.given.reshape(N, DOSES)
    elapsed = TIMES[:, None] - np.arange(DOSES)[None, :]
    for i in range(N):
        exact = np.where(elapsed > 0, np.exp(-rates[i] * np.maximum(elapsed, 0.0)), 0.0) @ given[i]
        np.testing.assert_allclose(found["x"][i], exact, rtol=2e-6, atol=1e-9)


def test_replay_of_the_ledger_is_the_same_to_the_bit(system, run):
    rates, schedule = run
    first = solve(
        system, rates, schedule, TIMES, visits=Visits(np.arange(0.5, 10, 0.5), hold_above(0.7), memory=(0.0,))
    )
    again_schedule, stops = first.ledger.replay(schedule)
    again = solve(system, rates, again_schedule, TIMES, visits=stops, workers=2)
    assert (again.values == first.values).all()


@pytest.mark.parametrize("workers", [1, 2])
def test_company_does_not_matter(system, run, workers):
    rates, schedule = run
    visits = Visits(np.arange(1.0, DOSES), hold_above(0.7), memory=(0.0,))
    together = solve(system, rates, schedule, TIMES, visits=visits, workers=workers)
    alone = solve(system, rates[3], schedule.part(3, 4), TIMES, visits=visits)
    assert (alone.values[0] == together.values[3]).all()


def test_a_visit_at_the_start_decides_about_the_first_dose(system, run):
    rates, schedule = run
    nothing = Visits(np.array([0.0]), lambda v: Actions(np.zeros(len(v.patients)), v.memory, v.patients * 0))
    assert (solve(system, rates, schedule, TIMES, visits=nothing)["x"] == 0.0).all()


def test_doses_so_far_and_memory_reach_the_rule(system, run):
    rates, schedule = run
    told = []

    def note(visit):
        told.append((visit.number, visit.time, visit.given.tolist(), visit.memory[:, 0].tolist()))
        return Actions(np.ones(N), visit.memory + 1.0, np.zeros(N, np.int64))

    solve(system, rates, schedule, TIMES, visits=Visits(np.array([1.0, 2.5]), note, memory=(5.0,)))
    assert told == [(0, 1.0, [1.0] * N, [5.0] * N), (1, 2.5, [3.0] * N, [6.0] * N)]


def test_visits_change_nothing_by_themselves(system, run):
    rates, schedule = run
    plain = solve(system, rates, schedule, TIMES)
    stopped = solve(system, rates, schedule, TIMES, visits=Visits(np.array([0.7, 3.3, 11.0])))
    np.testing.assert_allclose(stopped.values, plain.values, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("times", [[1.0, 1.0], [2.0, 1.0], [np.nan], [np.inf]])
def test_impossible_visit_times(times):
    with pytest.raises(EngineError, match="visit times"):
        Visits(np.array(times))


def test_a_visit_before_the_start(system, run):
    rates, schedule = run
    with pytest.raises(EngineError, match="before the start"):
        solve(system, rates, schedule, TIMES, visits=Visits(np.array([-1.0])))


@pytest.mark.parametrize(("dose", "seen"), [(0.3, 0.1 * 3), (0.1 * 3, 0.3), (0.3, 0.3)])
def test_a_visit_at_a_dose_up_to_rounding_comes_before_it(system, dose, seen):
    schedule = Schedule.shared([dose], [system.slot_add("x")], [[1.0]])
    hold = Visits(np.array([seen]), lambda v: Actions(np.zeros(len(v.patients)), v.memory, v.patients * 0))
    found = solve(system, [[1.0]], schedule, [0.0, 1.0], visits=hold)
    assert found["x"][0].tolist() == [0.0, 0.0]
    assert found.ledger.given.tolist() == [0.0]


def test_a_rule_governs_its_own_slots_alone():
    g = Graph()
    x, y, k = g.symbol("x"), g.symbol("y"), g.symbol("k")
    slopes = (g.neg(g.mul(k, x)), g.neg(g.mul(k, y)))
    two = System(g, ("x", "y"), ("k",), frozenset(), (), (g.const(0.0),) * 2, slopes, (("x", x), ("y", y)), (1.0, 1.0))
    slots = [two.slot_add("x"), two.slot_add("y")]
    schedule = Schedule.shared([0.0, 0.0, 1.0, 1.0], slots * 2, np.ones((3, 4)))
    hold = Visits(
        np.array([0.0]),
        lambda v: Actions(np.zeros(len(v.patients)), v.memory, v.patients * 0),
        slots=frozenset(slots[:1]),
    )
    found = solve(two, np.ones((3, 1)), schedule, [0.0, 0.5, 2.0], visits=hold)
    assert (found["x"] == 0.0).all()
    assert (found["y"][:, 1:] > 0.1).all()
    assert found.ledger.given.reshape(3, 4)[0].tolist() == [0.0, 1.0, 0.0, 1.0]


# visits of each patient's own


def own_times():
    """Visits 1, 2, ... of everybody, each a whole day early or late."""
    shifts = np.random.default_rng(4).integers(-1, 2, (N, DOSES // 3))
    return 3.0 * np.arange(1.0, DOSES // 3 + 1) + shifts


@pytest.mark.parametrize("workers", [1, 2])
def test_patients_seen_at_times_of_their_own_are_as_they_are_alone(system, run, workers):
    rates, _ = run
    times, add = own_times(), system.slot_add("x")
    doses = Schedule.build([[(0.0, add, 1.0), *((t, add, 1.0) for t in own)] for own in times])
    found = solve(system, rates, doses, TIMES, visits=Visits(times, hold_above(0.3), memory=(0.0,)), workers=workers)
    assert 0.0 < (found.ledger.factor == 0.0).mean() < 1.0
    for i in range(N):
        mine = Visits(times[i], hold_above(0.3), memory=(0.0,))
        alone = solve(system, rates[i], doses.part(i, i + 1), TIMES, visits=mine)
        assert alone.values.tobytes() == found.values[i : i + 1].tobytes()
        assert (alone.ledger.factor == found.ledger.factor[i]).all()
    again, stops = found.ledger.replay(doses)
    assert solve(system, rates, again, TIMES, visits=stops, workers=workers).values.tobytes() == found.values.tobytes()


def test_a_common_time_written_for_each_patient_changes_nothing(system, run):
    rates, schedule = run
    times = np.arange(0.0, DOSES)
    shared = solve(system, rates, schedule, TIMES, visits=Visits(times, hold_above(0.7), memory=(0.0,)))
    each = Visits(np.tile(times, (N, 1)), hold_above(0.7), memory=(0.0,))
    own = solve(system, rates, schedule, TIMES, visits=each)
    assert own.values.tobytes() == shared.values.tobytes()
    assert (own.ledger.given == shared.ledger.given).all()


def test_visits_govern_single_events_where_slots_do_not_tell(system, run):
    rates, schedule = run
    second = np.tile(np.arange(DOSES) % 2 == 1, N)
    hold = Visits(np.arange(DOSES, dtype=float), hold_above(-1.0), memory=(0.0,), governed=second)
    found = solve(system, rates, schedule, TIMES, visits=hold)
    assert (found.ledger.given == np.where(second, 0.0, 1.0)).all()


@pytest.mark.parametrize(
    "wrong",
    [
        Visits(np.ones((3, 1))),
        Visits(np.ones(1), governed=np.ones(3, np.bool_)),
        Visits(np.full((N, 1), -1.0)),
    ],
)
def test_visits_that_do_not_fit_are_refused(system, run, wrong):
    with pytest.raises(EngineError):
        solve(system, *run, TIMES, visits=wrong)
