"""People come early or late: their doses and what is read of them move with them, and nobody else changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.dosing import expand, parse_regimen
from bimodal.errors import BimodalError
from bimodal.report.figures.catalogue import drawable
from bimodal.study import RunOptions
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.rules.stays import stays_of
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.runner import run_plan
from bimodal.study.run.summary import summary_text
from bimodal.study.solver.own_times import moved_events
from bimodal.study.spec.load import check_study

N = 12
EVERY_THIRD = "1 MIU/m2 SC q3d for 21 days"


def study(jitter, rules=(), regimen=EVERY_THIRD, patients=N, days=(6, 18), **more):
    arms = [
        {"name": "given", "drug": "aldesleukin", "regimen": regimen, "rules": list(rules)},
        {"name": "none", "regimen": "none"},
    ]
    raw = {
        "name": "m",
        "population": {"cohort": "healthy", "patients": patients},
        "arm": arms,
        "endpoint": [{"id": "treg_fold", "days": list(days)}, {"id": "doses_given"}, {"id": "cmax"}],
        "follow_up_days": 4,
        **more,
    }
    return check_study({**raw, "visits": {"jitter_days": jitter}} if jitter is not None else raw, where="test")


def made(solver, *args, **kwargs):
    return make_plan(study(*args, **kwargs), RunOptions(seed=3), solver)


def spans(text):
    return [(dose.time_h, dose.end_h) for dose in expand(parse_regimen(text)).doses]


# what moves together


@pytest.mark.parametrize(
    ("regimen", "jitter", "starts"),
    [
        ("1 MIU SC q3d x4", 1, [0, 3, 6, 9]),
        ("1 MIU SC q2d x4", 1, [0]),
        ("1 MIU SC daily for 56 days", 1, [0]),
        ("1 MIU SC tiw for 14 days", 1, [0, 7]),
        ("600000 IU/kg IV over 15 min q8h x14, repeat on day 15", 1, [0, 14]),
        ("600000 IU/kg IV over 15 min q8h x14, repeat on day 15", 5, [0]),
        ("1 MIU/m2/day CIV on days 1-5 of 21 for 42 days", 3, [0, 21]),
        ("none", 1, []),
    ],
)
def test_doses_closer_than_people_can_be_off_move_together(regimen, jitter, starts):
    assert (stays_of(spans(regimen), jitter, 1e5).starts_h / 24.0).tolist() == starts


REGIMENS = st.sampled_from(
    [
        "1 MIU SC q3d x9",
        "1 MIU SC tiw for 28 days",
        "1 MIU SC q7d x5",
        "1 MIU SC daily for 5 days, rest 9 days, repeat x3",
    ]
)


@settings(deadline=None, max_examples=60)
@given(REGIMENS, st.integers(1, 10), st.integers(0, 40), st.lists(st.integers(0, 10**12), min_size=1, max_size=5))
def test_order_and_day_0_are_kept_and_a_patient_is_alone_as_in_company(regimen, jitter, more, people):
    doses = spans(regimen)
    until = doses[-1][0] + 1.0 + 24.0 * more
    stays = stays_of(doses, jitter, until)
    times, ends = np.array([start for start, _ in doses]), np.array([end for _, end in doses])
    who = np.array(people)
    own = stays.own_h(1, who, times)
    late = own - times
    assert (np.abs(late) <= 24.0 * jitter).all()
    assert (late % 24.0 == 0.0).all()
    assert (own[:, 0] == 0.0).all()
    assert (own[:, 1:] >= (own + ends - times)[:, :-1] - 1e-9).all()
    assert (np.diff(own, axis=1) > 0.0).all() or len(times) == 1
    assert (own < until).all()
    assert (stays.own_h(1, who[-1:], times)[0] == own[-1]).all()
    for day in (0.0, 1.0, 8.5, until / 24.0):
        read = day + stays.read_days(1, who, day)
        assert (read <= until / 24.0 + 1e-9).all()
        assert ((read > 0.0) | (day == 0.0)).all()


def test_each_day_is_as_likely_as_the_others():
    late = stays_of([(0.0, 0.0), (2400.0, 2400.0)], 2, 1e5).days(5, np.arange(20_000))[:, 1]
    counts = np.unique(late, return_counts=True)
    assert counts[0].tolist() == [-2, -1, 0, 1, 2]
    assert (np.abs(counts[1] / 20_000 - 0.2) < 0.01).all()


# on the model


def test_options_that_are_off_change_no_byte(human):
    plain, off = made(human, None), made(human, 0)
    assert off.run == plain.run
    assert summary_text(run_in_memory(off).summary) == summary_text(run_in_memory(plain).summary)
    assert made(human, 1).run != plain.run


def test_doses_are_really_given_on_the_other_day(human):
    plan = made(human, 1)
    solved = plan.solve(0, 0, N)
    ledger = solved.ledger
    late = (ledger.due_h - ledger.times_h) / 24.0
    assert set(np.unique(late)) == {-1.0, 0.0, 1.0}
    assert (ledger.factor == 1.0).all()
    # each patient is as one whose regimen says these days, and stops there, is given
    people = plan.people(0, 0, N)
    for person in (0, 5):
        moved = moved_events(people.events, np.repeat(late[person : person + 1] * 24.0, N, axis=0))
        alone = human.solve(people.parameters, moved, plan.times_h, 1)
        assert solved.values[person] == pytest.approx(alone.values[person], rel=2e-3, abs=1e-9)
    assert plan.replay(0, 0, ledger).values.tobytes() == solved.values.tobytes()
    one = plan.solve(0, 7, 8)
    assert one.values.tobytes() == solved.values[7:8].tobytes()
    assert (one.ledger.due_h == ledger.due_h[7:8]).all()


def test_rules_see_people_when_they_come_and_count_days_as_planned(human):
    rules = ["skip if treg_fold > 1.1 from day 6", "reduce by 50 % if treg_count > 0 between day 3 and 3"]
    plan = made(human, 1, rules)
    ledger = plan.solve(0, 0, N).ledger
    assert (ledger.factor[:, 1] == 0.5).all()
    assert (ledger.due_h[:, 1] != 72.0).any()
    values = plan.solve(0, 0, N).values[:, :, human.observables.index("treg_count")]
    at = np.array([[np.abs(plan.times_h - t).argmin() for t in row] for row in ledger.due_h])
    exact = np.abs(plan.times_h[at] - ledger.due_h) < 1e-6
    fold = np.take_along_axis(values, at, axis=1) / values[:, :1]
    late = np.arange(7) >= 2
    assert exact.all()
    assert ((ledger.factor == 0.0) == ((fold > 1.1) & late))[:, 2:].all()


def test_what_is_read_is_read_when_they_come(human):
    plan = made(human, 1)
    result = run_in_memory(plan)
    readings = result.readings
    for arm in ("given", "none"):
        for day in (6.0, 18.0):
            own = readings.read_day(arm, day)
            assert set(np.unique(own - day)) == {-1.0, 0.0, 1.0}
            values = readings.values(arm, "treg_fold")
            at = [np.abs(plan.times_h - 24.0 * one).argmin() for one in own]
            assert (readings.on_day(arm, "treg_fold", day) == values[np.arange(N), at]).all()
    # day 6 is a visit for a dose: what is read there is what is seen before that dose
    ledger = result.ledgers["given"]
    assert (readings.read_day("given", 6.0) == ledger.due_h[:, 2] / 24.0).all()
    assert (readings.read_day("none", 6.0) == readings.read_day("given", 6.0)).all()
    assert (readings.on_day("given", "treg_fold", 0.0) == 1.0).all()
    warnings = result.summary["warnings"]
    assert any("come up to 1 day early or late" in text for text in warnings)
    assert np.isnan(readings.course("given", "cmax")).all()


def test_every_figure_is_drawn_of_people_dosed_at_times_of_their_own(human):
    result = run_in_memory(made(human, 1))
    entries = drawable(result)
    assert "pstat5_occupancy" in [entry.name for entry in entries]
    for entry in entries:
        assert entry.figure(result).axes


def test_daily_doses_stay_and_what_is_read_moves(human):
    plan = made(human, 1, regimen="1 MIU/m2 SC daily for 21 days")
    plain = made(human, None, regimen="1 MIU/m2 SC daily for 21 days")
    result = run_in_memory(plan)
    assert (result.ledgers["given"].due_h == result.ledgers["given"].times_h).all()
    assert any("are given as planned" in text for text in result.summary["warnings"])
    assert (result.readings.read_day("given", 6.0) != 6.0).any()
    whole = run_in_memory(plain).readings
    for person in range(N):
        day = result.readings.read_day("given", 6.0)[person]
        same = result.readings.on_day("given", "treg_count", 6.0)[person]
        assert same == pytest.approx(whole.on_day("given", "treg_count", day)[person], rel=1e-3)


@pytest.mark.parametrize("chunk", [5, 12])
def test_a_run_in_a_folder_says_the_same(human, tmp_path, chunk):
    rules = ["hold if treg_fold > 1.3", "start more if treg_fold > 1.2"]
    raw = study(1, rules[:1]).model_dump(mode="json", exclude_defaults=True)
    raw["arm"][0] |= {
        "rules": rules,
        "partner": [{"name": "more", "drug": "aldesleukin", "regimen": "1 MIU SC daily for 2 days"}],
    }
    raw["visits"] |= {"dropout_percent_per_month": 30, "noise": True}
    plan = make_plan(check_study(raw, where="test"), RunOptions(seed=3, out=tmp_path / "r", chunk=chunk), human)
    stored, memory = run_plan(plan), run_in_memory(plan)
    assert summary_text(stored.summary) == summary_text(memory.summary)
    ledger = memory.ledgers["given"]
    assert np.array_equal(stored.ledgers["given"].due_h, ledger.due_h, equal_nan=True)
    assert (ledger.factor[ledger.due_h >= plan.left_h[:, None]] == 0.0).all()
    assert plan.replay(0, 0, ledger).values.tobytes() == plan.solve(0, 0, N).values.tobytes()


def test_everybody_changes_alone(human):
    """Another arm, more patients, another rule: nobody's days move."""
    one = made(human, 1).solve(0, 0, N).ledger.due_h
    more = made(human, 1, ["hold if treg_fold > 1.1"], patients=2 * N).solve(0, 0, 2 * N).ledger.due_h
    assert (more[:N] == one).all()


def test_partners_move_with_the_first_drug(human):
    raw = study(1).model_dump(mode="json", exclude_defaults=True)
    raw["arm"][0]["partner"] = [{"drug": "basiliximab", "regimen": "20 mg IV over 30 min on days 1, 7"}]
    plan = make_plan(check_study(raw, where="test"), RunOptions(seed=3), human)
    own = plan.own_h(0, np.array([144.0, 144.5]), 0, N)
    assert (own[:, 0] == plan.solve(0, 0, N).ledger.due_h[:, 2]).all()
    assert (own[:, 1] - own[:, 0] == 0.5).all()


@pytest.mark.parametrize("wrong", [-1, 1.5, 31, "1 day", True])
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(BimodalError):
        study(wrong)


def test_doses_of_a_table_do_not_move(human, tmp_path):
    (tmp_path / "t.csv").write_text("id,time,amt,unit,route\na,0,1,MIU,sc\n", "utf-8")
    arms = [{"name": "a", "drug": "aldesleukin", "table": str(tmp_path / "t.csv")}]
    raw = {"name": "m", "population": {"cohort": "healthy", "patients": 2}, "arm": arms, "visits": {"jitter_days": 1}}
    with pytest.raises(BimodalError, match="nobody comes early or late"):
        make_plan(check_study(raw, where="test"), RunOptions(), human)


def test_numbers_people_are_weighted_to_are_read_when_they_come(human):
    """Whether an endpoint names the day as well does not matter."""
    row = {
        "id": "treg_fold",
        "day": 12,
        "arm": "given",
        "statistic": "above",
        "level": 1.6,
        "value": 0.6,
        "source": "x",
    }
    people = {"cohort": "healthy", "patients": N, "match": [row]}
    without, named = (
        make_plan(study(1, days=days, population=people), RunOptions(seed=3), human) for days in ((6, 18), (6, 12, 18))
    )
    assert np.array_equal(without.late_days["given"][12.0], named.late_days["given"][12.0])
    assert without.late_days["given"][12.0].any()
    one, other = (run_in_memory(plan).readings for plan in (without, named))
    assert np.array_equal(one.on_day("given", "treg_fold", 12.0), other.on_day("given", "treg_fold", 12.0))
    assert one.weights.tolist() == other.weights.tolist()
