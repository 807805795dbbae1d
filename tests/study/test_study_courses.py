"""Courses that rules begin: who is given what and when, what the ledger says, and that it replays to the bit."""

import re
from dataclasses import replace

import numpy as np
import pytest

from bimodal.errors import BimodalError
from bimodal.results.export_tables import export_tables
from bimodal.results.query import query
from bimodal.study import RunOptions, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.rules.departures import DIED, LEFT_STUDY
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.runner import run_plan, shipped_solver
from bimodal.study.run.summary import summary_text
from bimodal.study.spec.load import check_study
from bimodal.study.verdict.outside import outside_warnings

N = 6
WEEKS = "1 MIU/m2 SC daily for 5 days, rest 2 days, repeat x3"
RESCUE = {"name": "rescue", "drug": "aldesleukin", "regimen": "2 MIU SC daily for 2 days"}
SECOND = {"name": "second-line", "drug": "efavaleukin-alfa", "regimen": "5 ug conjugate/kg SC q7d x2"}


def study(rules, courses=(RESCUE,), *, regimen=WEEKS, patients=N, visits=None, **more):
    arm = {"name": "a", "drug": "aldesleukin", "regimen": regimen, "rules": rules, "partner": list(courses)}
    raw = {
        "name": "m",
        "population": {"cohort": "healthy", "patients": patients},
        "arm": [arm],
        "endpoint": [{"id": "treg_fold", "days": [7, 14]}, {"id": "doses_given"}, {"id": "unplanned_doses_given"}],
        "follow_up_days": 7,
        **more,
    }
    return check_study({**raw, "visits": visits} if visits else raw, where="test")


def made(solver, *args, **kwargs):
    return make_plan(study(*args, **kwargs), RunOptions(seed=3), solver)


def test_a_course_begins_when_its_condition_holds_and_not_before(human):
    plan = made(human, ["start rescue if treg_fold > 1.25 at most 2 times"])
    solved = plan.solve(0, 0, N)
    ledger, planned = solved.ledger, 15
    assert ledger.courses == ("rescue",) * 4
    assert ledger.planned_doses == planned
    days, starts = ledger.times_h[:planned] / 24.0, ledger.due_h[:, planned::2] / 24.0
    # until the first course, everything is as without the rule
    plain = made(human, ["start rescue if treg_fold > 1e9"]).solve(0, 0, N)
    fold = plain.values[:, :, human.observables.index("treg_count")]
    fold = fold[:, np.searchsorted(plan.times_h, 24.0 * days)] / fold[:, :1]
    for person in range(N):
        first = days[(fold[person] > 1.25).argmax()]
        assert starts[person, 0] == first
        # a second one after the two days of the first, at a visit
        assert np.isnan(starts[person, 1]) or starts[person, 1] >= first + 2.0
        before = plan.times_h <= 24.0 * first
        assert (solved.values[person, before] == plain.values[person, before]).all()
    assert (ledger.due_h[:, planned + 1] == ledger.due_h[:, planned] + 24.0).all()
    assert (ledger.doses_given == planned).all()
    assert (ledger.unplanned_doses_given == 2 * np.isfinite(starts).sum(axis=1)).all()
    assert (ledger.relative_dose_intensity == 1.0).all()
    assert plan.replay(0, 0, ledger).values.tobytes() == solved.values.tobytes()


@pytest.mark.parametrize(
    "rules",
    [
        ["start rescue if treg_fold > 1.25 for 2 visits", "hold if treg_fold > 1.4"],
        ["start rescue if treg_fold > 1.2 until treg_fold < 1.1 at most 5 times", "stop course if treg_fold > 2"],
        ["switch to rescue if treg_fold > 1.3", "reduce one level of 75, 50 % if treg_fold > 1.1"],
        ["start rescue if treg_fold > 1.1 between day 3 and 12 every 3 days at most 3 times"],
        [
            "start rescue if treg_fold > 1.25",
            "stop cycle at random 10 % per dose",
            "titrate treg_fold to 1-1.2 by 20 % between 20 and 300 %",
        ],
    ],
)
def test_a_replay_is_the_same_to_the_bit_whatever_else_rules_do(human, rules):
    plan = made(human, rules)
    solved = plan.solve(0, 0, N)
    ledger = solved.ledger
    assert not solved.failed.any()
    assert (ledger.factor[:, ledger.planned_doses :] > 0.0).any()
    assert plan.replay(0, 0, ledger).values.tobytes() == solved.values.tobytes()
    # alone as in company
    one = plan.solve(0, 2, 3)
    assert one.values.tobytes() == solved.values[2:3].tobytes()
    assert np.array_equal(one.ledger.due_h, ledger.due_h[2:3], equal_nan=True)
    assert (one.ledger.factor == ledger.factor[2:3]).all()


def test_doses_a_rounding_error_beside_a_look_of_somebody_else_move_nobody(human):
    course = {"name": "rescue", "drug": "aldesleukin", "regimen": "0.3 MIU SC every 16.8 h x9"}
    plan = made(human, ["start rescue if treg_fold > 1.05 every 0.7 days at most 2 times"], [course])
    solved = plan.solve(0, 0, N)
    due = solved.ledger.due_h[:, 15:]
    beside = np.abs(due[:, :, None] - plan.visits(0, plan.arms[0].rules).times_h).min(axis=2)
    assert ((beside > 0.0) & (beside < 1e-9)).any()
    assert len(np.unique(due[:, 0])) > 1
    for person in range(N):
        one = plan.solve(0, person, person + 1)
        assert one.values.tobytes() == solved.values[person : person + 1].tobytes()
        assert np.array_equal(one.ledger.due_h[0], solved.ledger.due_h[person], equal_nan=True)
    assert plan.replay(0, 0, solved.ledger).values.tobytes() == solved.values.tobytes()


def test_a_rescue_is_not_held_with_the_dose_it_comes_beside(human):
    rules = ["start rescue if treg_fold > 1.25", "hold if treg_fold > 1.25"]
    plan = made(human, rules)
    solved = plan.solve(0, 0, N)
    ledger = solved.ledger
    for person in range(N):
        beside = np.flatnonzero(ledger.times_h[:15] == ledger.due_h[person, 15])[0]
        assert ledger.factor[person, beside] == 0.0
        assert ledger.factor[person, 15] == 1.0
    plain = made(human, ["start rescue if treg_fold > 1e9", "hold if treg_fold > 1.25"]).solve(0, 0, N)
    level = human.observables.index("il2_plasma")
    for person, start in enumerate(ledger.due_h[:, 15]):
        day = (plan.times_h > start) & (plan.times_h <= start + 24.0)
        assert solved.values[person, day, level].max() > 1.01 * plain.values[person, day, level].max()


def test_a_second_line_ends_the_first_and_another_molecule_begins(human):
    plan = made(human, ["switch to second-line if treg_fold > 1.3 every 7 days"], [SECOND])
    ledger = plan.solve(0, 0, N).ledger
    start = ledger.due_h[:, 15]
    assert (start == 168.0).all()
    after = ledger.times_h[:15] >= start[:, None]
    assert (ledger.factor[:, :15] == np.where(after, 0.0, 1.0)).all()
    assert (ledger.reason[:, :15] == after).all()
    assert ledger.words[1].startswith("switched: switch to second-line if ")
    assert (ledger.due_h[:, 16] == start + 168.0).all()


def test_looks_change_nothing_for_rules_about_doses(human):
    rules = [
        "stop cycle at random 20 % per dose",
        "hold if treg_fold > 1.1 for 2 visits",
        "skip if treg_fold > 1.2 every 2 days",
    ]
    with_looks = made(human, [*rules, "start rescue if treg_fold > 1e9 every 0.9 days"])
    without = made(human, rules, [])
    one, other = with_looks.solve(0, 0, N).ledger, without.solve(0, 0, N).ledger
    assert len(with_looks.visits(0, with_looks.arms[0].rules).times_h) > 25
    assert (one.factor[:, :15] == other.factor).all()
    assert (one.reason[:, :15] == other.reason).all()


def test_people_nobody_treats_are_watched_and_treated_when_they_need_it(human):
    rules = ["start rescue if treg_fold < 1.5 from day 3 every 1 days"]
    plan = made(human, rules, regimen="none")
    ledger = plan.solve(0, 0, N).ledger
    assert ledger.planned_doses == 0
    assert (ledger.due_h == [72.0, 96.0]).all()
    assert np.isnan(ledger.relative_dose_intensity).all()
    result = run_in_memory(plan)
    assert (result.readings.course("a", "doses_given") == 0.0).all()
    assert (result.readings.course("a", "unplanned_doses_given") == 2.0).all()


def test_infusions_that_overlap_keep_their_rates_beside_a_course(human):
    infused = "1 MIU/m2 IV over 30 h q1d x6"
    rules = ["start rescue if treg_fold > 1.1 every 1.3 days", "reduce by 50 % if treg_fold > 1.2"]
    plan = made(human, rules, regimen=infused)
    solved = plan.solve(0, 0, N)
    assert (solved.ledger.factor[:, 6:] > 0.0).any()
    assert plan.replay(0, 0, solved.ledger).values.tobytes() == solved.values.tobytes()
    plain = made(human, rules[1:], [], regimen=infused).solve(0, 0, N)
    early = plan.times_h <= np.nanmin(solved.ledger.due_h[:, 6:])
    assert solved.values[:, early] == pytest.approx(plain.values[:, early], rel=1e-3)


def test_who_has_left_is_begun_nothing_and_given_nothing(human):
    visits = {"dropout_percent_per_month": 60}
    long = {"name": "rescue", "drug": "aldesleukin", "regimen": "1 MIU SC daily for 12 days"}
    plan = made(human, ["start rescue if treg_fold > 1.2"], [long], patients=30, visits=visits)
    ledger = plan.solve(0, 0, 30).ledger
    late = ledger.due_h >= plan.left_h[:, None]
    assert late[:, 15:].any()
    assert (ledger.factor[late] == 0.0).all()
    left = ledger.words.index(LEFT_STUDY)
    assert (ledger.reason[late] == left).all()
    assert (ledger.factor[:, 15:][~np.isnan(ledger.due_h[:, 15:]) & ~late[:, 15:]] == 1.0).all()
    assert plan.replay(0, 0, ledger).values.tobytes() == plan.solve(0, 0, 30).values.tobytes()


def test_the_dead_are_given_nothing_of_a_course(rosenberg):
    ledger, outcomes, name = rosenberg
    assert (ledger.factor[:, ledger.planned_doses :] > 0.0).any()
    dead = ledger.due_h / 24.0 >= outcomes.death_day[:, None]
    assert dead[:, ledger.planned_doses :].any()
    assert (ledger.factor[dead] == 0.0).all()
    assert (ledger.reason[dead] == ledger.words.index(DIED)).all()
    assert name


@pytest.fixture(scope="module")
def rosenberg():
    spec = load_study("rosenberg-1998")
    arm = spec.arm[0].model_copy(
        update={
            "regimen": "720000 IU/kg IV over 15 min q8h x3, rest 60 days, repeat x2",
            "era": None,
            "rules": ("start more if tumour_cells_fold > 1 every 28 days",),
            "thresholds": {},
        }
    )
    raw = arm.model_dump(mode="json", exclude_defaults=True)
    raw["partner"] = [{"name": "more", "drug": "aldesleukin", "regimen": "100000 IU/kg SC q14d x15"}]
    spec = check_study(
        {
            **spec.model_dump(mode="json", exclude_defaults=True, exclude={"arm", "publication", "endpoint"}),
            "arm": [raw],
            "horizon": 300.0,
            "follow_up_days": None,
            "endpoint": [],
        },
        where="test",
    )
    plan = make_plan(spec, RunOptions(seed=1, patients=40), shipped_solver(spec))
    result = run_in_memory(plan)
    ledger = result.ledgers[plan.arms[0].name]
    assert plan.replay(0, 0, ledger).values.tobytes() == plan.solve(0, 0, 40).values.tobytes()
    return ledger, result.outcomes(plan.arms[0].name), plan.arms[0].name


def test_a_stored_run_says_the_same_and_can_be_asked(human, tmp_path):
    rules = ["start rescue if treg_fold > 1.3 at most 2 times", "hold if treg_fold > 1.8"]
    second = {"name": "plain", "drug": "aldesleukin", "regimen": WEEKS, "rules": ["hold if treg_fold > 1.4"]}
    spec = study(rules)
    raw = spec.model_dump(mode="json", exclude_defaults=True)
    spec = check_study({**raw, "arm": [*raw["arm"], second]}, where="test")
    options = RunOptions(seed=3, out=tmp_path / "r", chunk=4)
    plan = make_plan(spec, options, human)
    stored, memory = run_plan(plan), run_in_memory(plan)
    assert summary_text(stored.summary) == summary_text(memory.summary)
    arm = stored.summary["arms"][0]
    assert arm["courses"] == [
        {"name": "rescue", "drug": "aldesleukin", "regimen": "2 MIU SC daily for 2 days", "doses": 2}
    ]
    begun = arm["doses_delivered"]["courses"][0]
    assert begun["name"] == "rescue"
    assert 0.0 < begun["patients"] <= 1.0
    assert "courses" not in stored.summary["arms"][1]["doses_delivered"]
    ledger, read = memory.ledgers["a"], stored.ledgers["a"]
    assert read.courses == ledger.courses
    for name in ("due_h", "times_h", "factor", "planned", "given"):
        assert np.array_equal(getattr(read, name), getattr(ledger, name), equal_nan=True)
    asked = query(
        tmp_path / "r", "select arm, course, count(*) n, sum(given) g, sum(planned) p from ledger group by all"
    )
    rows = {(row["arm"], row["course"]): row for row in asked.records()}
    assert rows["a", "rescue"]["n"] == np.isfinite(ledger.due_h[:, 15:]).sum()
    assert rows["a", "rescue"]["p"] == 0.0
    assert rows["a", "rescue"]["g"] == pytest.approx(ledger.given[:, 15:].sum())
    assert rows["plain", ""]["n"] == 15 * N
    doses = export_tables(memory, plan)["doses"][1]
    own = doses[(doses["arm"] == "a") & (doses["planned"] == 0.0)]
    assert len(own) == np.isfinite(ledger.due_h[:, 15:]).sum()
    assert own["given"].sum() == pytest.approx(ledger.given[:, 15:].sum())
    assert set(own["why"]) == {ledger.words[1]}
    assert "day" in own


@pytest.mark.parametrize(
    ("rules", "courses", "what"),
    [
        (["start rescu if treg_fold > 2"], [RESCUE], "no rule begins the partner 'rescue'.*'rescu'"),
        (["start rescu if treg_fold > 2", "start rescue if treg_fold > 2"], [RESCUE], "did you mean 'rescue'"),
        (["hold if treg_fold > 2"], [RESCUE], "take its name out"),
        (["start rescue if treg_fold > 2"], [], "no partner of the arm is called so"),
        (["start rescue if treg_fold > 2"], [RESCUE, RESCUE], "two partners are called 'rescue'"),
        (["start rescue if treg_fold > 2"], [{**RESCUE, "regimen": "none"}], "gives nothing"),
        (["start rescue if treg_fold > 2"], [{**RESCUE, "regimen": "1 U SC once"}], ""),
        (["start rescue if treg_fold > 2"], [{**RESCUE, "drug": "efavaleukin-alfa"}], "declared potency|IU"),
        (["start rescue if treg_fold > 2 every 0.001 days"], [RESCUE], "over 5000"),
        ([f"start rescue if treg_fold > {k} at most 20 times" for k in (2, 3, 4)], [RESCUE], "begin 60 courses"),
        (
            ["start rescue if treg_fold > 2 at most 20 times"],
            [{**RESCUE, "regimen": "1 MIU SC qd x300"}],
            "6000 unplanned doses",
        ),
        (
            ["switch to rescue if treg_fold > 2", "switch to second-line if treg_fold > 3"],
            [RESCUE, SECOND],
            "an arm switches once",
        ),
    ],
)
def test_courses_and_rules_that_do_not_fit_are_refused(human, rules, courses, what):
    with pytest.raises(BimodalError) as fault:
        made(human, rules, courses)
    assert re.search(what, str(fault.value), re.DOTALL)
    assert "arm" in str(fault.value)


def test_a_course_needs_to_be_seen(human):
    with pytest.raises(BimodalError, match="nobody is seen"):
        made(human, ["start rescue if treg_fold > 2"], regimen="none")


def test_two_infusions_at_one_place_are_refused(human):
    infused = {"name": "rescue", "drug": "aldesleukin", "regimen": "1 MIU IV over 15 min once"}
    with pytest.raises(BimodalError, match="one place for both"):
        made(human, ["start rescue if treg_fold > 2"], [infused], regimen="1 MIU/m2 IV over 15 min daily for 3 days")


def test_a_course_beyond_what_was_calibrated_says_so(human):
    large = {"name": "rescue", "drug": "aldesleukin", "regimen": "90 MIU SC daily for 5 days"}
    warnings = outside_warnings(made(human, ["start rescue if treg_fold > 2"], [large]))
    assert any("the course 'rescue' is outside what" in text for text in warnings)
    assert not any("the course" in text for text in outside_warnings(made(human, ["start rescue if treg_fold > 2"])))


def test_a_study_without_courses_writes_what_it_wrote():
    plain = study(["hold if treg_fold > 2"], [{"drug": "efavaleukin-alfa", "regimen": "1 ug conjugate/kg SC once"}])
    assert plain.canonical()["arm"][0]["partner"] == [
        {"drug": "efavaleukin-alfa", "regimen": "1 ug conjugate/kg SC once"}
    ]


def test_a_patient_that_fails_before_or_after_a_course_begins_has_no_doses(human):
    """Few steps are allowed: some fail at once, some when a course is given to them, all without a second solver."""
    fails = []
    for steps in (300, 1300, 1600):
        few = replace(human, settings=replace(human.settings, max_steps=steps, fallback=False))
        plan = made(few, ["start rescue if treg_fold > 1.1 at most 2 times"])
        solved = plan.solve(0, 0, N)
        ledger = solved.ledger
        fails.append(int(solved.failed.sum()))
        assert np.isnan(ledger.factor[solved.failed]).all()
        assert (ledger.reason[solved.failed] == -1).all()
        assert np.isnan(solved.values[solved.failed]).all()
        assert not np.isnan(ledger.factor[~solved.failed]).any()
        assert set(solved.reasons) == set(np.flatnonzero(solved.failed).tolist())
        assert plan.replay(0, 0, ledger).values.tobytes() == solved.values.tobytes()
    assert fails[0] == N
    assert any(0 < count < N for count in fails)
