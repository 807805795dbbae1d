"""Visits look at the events around them: the right ones, and each of them twice at most."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimodal.engine import Actions, Schedule, System, Visits, solve
from bimodal.engine.visit_windows import VisitWindows
from bimodal.expr import Graph

hours = st.integers(0, 12).map(float)


@given(st.lists(st.lists(hours, max_size=9), min_size=1, max_size=4), st.sets(hours, max_size=6))
def test_events_between_visits_as_a_look_at_all_of_them_finds_them(doses, seen):
    schedule = Schedule.build([[(time, 0, 1.0) for time in own] for own in doses])
    times = np.array(sorted(seen), np.float64)
    windows = VisitWindows(schedule, times, 12.0)
    edges = [-np.inf, *times, np.inf]
    for visit in range(len(times) + 1):
        inside = (schedule.times >= edges[visit]) & (schedule.times < edges[visit + 1])
        assert windows.before(visit).tolist() == np.flatnonzero(inside).tolist()
    assert windows.owner.tolist() == [who for who, own in enumerate(doses) for _ in own]


@pytest.mark.parametrize("off", [1e-11, -1e-11, 1e-13])
def test_a_visit_that_differs_from_its_dose_by_rounding_comes_before_it(off):
    schedule = Schedule.shared([0.0, 8.0, 16.0], [0, 0, 0], [[1.0, 1.0, 1.0]])
    windows = VisitWindows(schedule, np.array([8.0 + off]), 16.0)
    assert windows.times[0] <= 8.0
    assert [windows.before(0).tolist(), windows.before(1).tolist()] == [[0], [1, 2]]
    apart = VisitWindows(schedule, np.array([8.0 + 1e-6]), 16.0)
    assert apart.before(0).tolist() == [0, 1]


@pytest.mark.parametrize("doses", [40, 400])
def test_the_work_grows_with_the_doses_and_not_with_their_square(doses, monkeypatch):
    g = Graph()
    x, k = g.symbol("x"), g.symbol("k")
    system = System(g, ("x",), ("k",), frozenset(), (), (g.const(1.0),), (g.neg(g.mul(k, x)),), (("x", x),), (1.0,))
    looked, whole = [], VisitWindows.before

    def before(windows, visit):
        found = whole(windows, visit)
        looked.append(len(found))
        return found

    monkeypatch.setattr(VisitWindows, "before", before)
    totals = []

    def halve(visit):
        totals.append(visit.given.tolist())
        return Actions(np.full(2, 0.5), visit.memory, np.zeros(2, np.int64))

    times = np.arange(doses) * 1.0
    schedule = Schedule.shared(times, np.full(doses, system.slot_add("x")), np.ones((2, doses)))
    solve(system, [[0.5], [1.0]], schedule, [0.0, float(doses)], visits=Visits(times, halve))
    assert totals == [[0.5 * visit] * 2 for visit in range(doses)]
    assert sum(looked) <= 4 * doses  # each event of two patients: once when it comes, once when it is past
    assert len(looked) == 2 * doses
