import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import DosingError, ModelError
from bimodal.study.solver.events import DoseInput, build_events, given_nmol

PORTS = {
    "sc": DoseInput("add", "depot"),
    "iv_bolus": DoseInput("add", "plasma"),
    "iv_infusion": DoseInput("set", "rate"),
}


def dose(time, duration=0.0, route="sc"):
    return SimpleNamespace(time_h=time, duration_h=duration, route="iv_infusion" if duration else route)


def listed(events, patient=0):
    return [
        (t, port.symbol, value)
        for t, port, value in zip(events.times_h.tolist(), events.ports, events.values[patient].tolist(), strict=True)
    ]


def test_injections_become_amounts_in_each_patient():
    events = build_events([dose(0.0), dose(24.0, route="iv_bolus")], np.array([[4.0, 2.0], [8.0, 1.0]]), PORTS)
    assert listed(events, 1) == [(0.0, "depot", 8.0), (24.0, "plasma", 1.0)]


def test_no_dose_is_no_event():
    events = build_events([], np.zeros((3, 0)), {})
    assert events.values.shape == (3, 0)
    assert given_nmol(events).tolist() == [0.0, 0.0, 0.0]


def test_an_infusion_starts_and_stops():
    events = build_events([dose(8.0, 0.25)], np.array([[1.0]]), PORTS)
    assert listed(events) == [(8.0, "rate", 4.0), (8.25, "rate", 0.0)]


def test_overlapping_infusions_sum_and_leave_exactly_nothing_behind():
    doses = [dose(0.0, 6.0), dose(2.0, 0.3), dose(2.1, 0.7)]
    events = build_events(doses, np.array([[0.1, 0.2, 0.3]]), PORTS)
    rates = [value for _, _, value in listed(events)]
    assert rates[1] == pytest.approx(0.1 / 6 + 0.2 / 0.3)
    assert rates[-2] == rates[0]
    assert rates[-1] == 0.0


def test_back_to_back_infusions_are_one_boundary():
    doses = [dose(0.1, 0.2), dose(0.1 + 0.2, 0.5)]
    shifted = [dose(0.1, 0.2), dose(0.3, 0.5)]  # 0.1 + 0.2 is not 0.3 in floating point
    for case in (doses, shifted):
        events = build_events(case, np.array([[2.0, 1.0]]), PORTS)
        assert len(events.times_h) == 3
        assert given_nmol(events)[0] == pytest.approx(3.0, rel=1e-14)


def test_coincident_events_keep_the_written_order():
    doses = [dose(0.0, 1.0), dose(1.0, 0.0, "iv_bolus"), dose(1.0, 1.0), dose(1.0, 0.0, "sc")]
    events = build_events(doses, np.array([[1.0, 2.0, 3.0, 4.0]]), PORTS)
    assert [row for row in listed(events) if row[0] == 1.0] == [
        (1.0, "rate", 3.0),
        (1.0, "plasma", 2.0),
        (1.0, "depot", 4.0),
    ]


def test_a_route_the_model_lacks_is_refused():
    with pytest.raises(ModelError, match="iv_bolus"):
        build_events([dose(0.0, route="iv_bolus")], np.array([[1.0]]), {"sc": DoseInput("add", "depot")})
    with pytest.raises(ModelError):
        build_events([dose(0.0, 1.0)], np.array([[1.0]]), {"iv_infusion": DoseInput("add", "x")})


@pytest.mark.parametrize("amount", [math.nan, math.inf, -1.0])
def test_impossible_amounts_are_refused(amount):
    with pytest.raises(DosingError):
        build_events([dose(0.0)], np.array([[amount]]), PORTS)


def test_amounts_of_the_wrong_shape_are_refused():
    with pytest.raises(DosingError):
        build_events([dose(0.0)], np.array([[1.0, 2.0]]), PORTS)


def test_an_infusion_of_no_length_at_all_is_refused():
    with pytest.raises(DosingError, match="ends when it starts"):
        build_events([dose(1e6, 1e-11)], np.array([[1.0]]), PORTS)


@st.composite
def courses(draw):
    grid = st.integers(0, 400).map(lambda k: k / 8)
    free = st.floats(0.0, 2000.0)
    rows = draw(
        st.lists(
            st.tuples(st.one_of(grid, free), st.sampled_from([0.0, 0.25, 0.1, 1 / 6, 6.0, 24.0, 120.0])), max_size=25
        )
    )
    doses = [dose(t, d, draw(st.sampled_from(["sc", "iv_bolus"]))) for t, d in sorted(rows)]
    amounts = draw(st.lists(st.floats(0.0, 1e6), min_size=len(doses), max_size=len(doses)))
    return doses, amounts


@settings(deadline=None, max_examples=150)
@given(courses())
def test_mass_balance_order_and_silence_at_the_end(course):
    doses, amounts = course
    nmol = np.array([amounts, [2 * a for a in amounts]]).reshape(2, len(doses))
    events = build_events(doses, nmol, PORTS)
    total = math.fsum(amounts)
    assert given_nmol(events)[0] == pytest.approx(total, rel=1e-12)
    assert (np.diff(events.times_h) >= 0).all()
    rates = [value for _, symbol, value in listed(events) if symbol == "rate"]
    assert not rates or rates[-1] == 0.0
    assert all(rate >= 0.0 for rate in rates)
    for t in np.unique(events.times_h):
        actions = [port.action for when, port in zip(events.times_h, events.ports, strict=True) if when == t]
        assert actions == sorted(actions, reverse=True)  # "set" before "add"
        assert actions.count("set") <= 1
