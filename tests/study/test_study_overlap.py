"""Infusions that overlap under visit rules: each dose is given, held or changed by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.dosing import expand, parse_regimen
from bimodal.study import RunOptions
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.replay import given_events
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.rules.overlap import overlap_of
from bimodal.study.solver.events import DoseInput, build_events, given_nmol
from bimodal.study.spec.load import check_study

REGIMEN = "1 MIU/m2 IV over 6 h q4h x5"
N = 5


def plan(solver, rules, regimen=REGIMEN):
    arm = {"name": "a", "drug": "aldesleukin", "regimen": regimen, "rules": rules}
    population = {"cohort": "healthy", "patients": N}
    spec = check_study({"name": "m", "population": population, "arm": [arm], "follow_up_days": 1}, where="test")
    return make_plan(spec, RunOptions(seed=3), solver)


def test_infusions_that_do_not_overlap_need_nothing_more():
    assert overlap_of(expand(parse_regimen("1 MIU IV over 4 h q4h x5"))) is None
    assert overlap_of(expand(parse_regimen("1 MIU SC daily for 5 days"))) is None


def test_a_rule_that_never_fires_changes_no_number(human):
    ruled, plain = plan(human, ["hold if nk_fold > 1e9"]), plan(human, [])
    found, expected = ruled.solve(0, 0, N), plain.solve(0, 0, N)
    assert found.values.tobytes() == expected.values.tobytes()
    assert (found.ledger.factor == 1.0).all()
    assert (found.ledger.reason == 0).all()


def test_the_second_of_three_is_held_and_the_others_run_on(human):
    """As the same regimen written without it."""
    one = plan(human, ["skip if treg_count > 0 between day 0.1 and 0.2"], "1 MIU/m2 IV over 6 h q4h x3")
    two = plan(human, [], "1 MIU/m2 IV over 6 h q8h x2")
    held, without = one.solve(0, 0, N), two.solve(0, 0, N)
    here, there = (np.flatnonzero(np.isclose(p.times_h, 24.0)) for p in (one, two))
    assert len(here) == len(there) == 1
    assert held.ledger.factor.tolist() == [[1.0, 0.0, 1.0]] * N
    assert held.values[:, here] == pytest.approx(without.values[:, there], rel=1e-4)
    assert held.ledger.doses_given.tolist() == [2.0] * N


@pytest.mark.parametrize(
    "rule",
    [
        "hold if il2_plasma > 20",
        "reduce by 40 % if il2_plasma > 20",
        "escalate by 30 % up to 200 % if il2_plasma > 5",
        "hold 2 doses if il2_plasma > 30 until il2_plasma < 10",
    ],
)
def test_a_replay_of_the_ledger_is_the_same_to_the_bit(human, rule):
    one = plan(human, [rule])
    found = one.solve(0, 0, N)
    assert (found.ledger.factor != 1.0).any()
    assert ((found.ledger.reason == 0) == (found.ledger.factor == 1.0)).all()
    assert one.replay(0, 0, found.ledger).values.tobytes() == found.values.tobytes()
    apart = [one.solve(0, 0, 2), one.solve(0, 2, N)]
    assert np.concatenate([part.values for part in apart]).tobytes() == found.values.tobytes()
    assert np.concatenate([part.ledger.factor for part in apart]).tobytes() == found.ledger.factor.tobytes()


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 7), st.integers(1, 12), st.data())
def test_what_is_given_is_the_sum_of_the_doses_given(doses, hours, data):
    schedule = expand(parse_regimen(f"1 MIU IV over {hours} h q3h x{doses}"))
    overlap = overlap_of(schedule)
    assert (overlap is None) == (hours <= 3)
    if overlap is None:
        return
    amounts = np.array([data.draw(st.lists(st.floats(0.0, 9.0), min_size=doses, max_size=doses)) for _ in range(2)])
    factors = np.array([data.draw(st.lists(st.floats(0.0, 3.0), min_size=doses, max_size=doses)) for _ in range(2)])
    ports = {"iv_infusion": DoseInput("set", "rate")}
    planned = build_events(schedule.doses, amounts, ports)
    wanted = build_events(schedule.doses, amounts * factors, ports)
    times = np.array([dose.time_h for dose in schedule.doses])
    ledger = DoseLedger(times, np.ones(doses, int), amounts, factors, np.zeros((2, doses), int), ("",))
    given = given_events(planned, ledger, {"rate"}, overlap)
    assert given.values == pytest.approx(wanted.values, rel=1e-9, abs=1e-12)
    assert given_nmol(given) == pytest.approx((amounts * factors).sum(axis=1), rel=1e-9, abs=1e-12)
