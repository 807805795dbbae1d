"""Any rules over any readings, NaN and infinite ones included: what the decisions and the ledger must never do."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.dosing import (
    AtMost,
    Condition,
    Escalate,
    GiveDose,
    GiveOnly,
    Hold,
    NextLevel,
    Reduce,
    Skip,
    Start,
    Step,
    Stop,
    StopAfter,
    StopAtRandom,
    ThresholdTest,
    Titrate,
    Window,
    expand,
    parse_regimen,
    parse_rule,
)
from bimodal.engine import Visit
from bimodal.study import RunOptions
from bimodal.study.endpoints import load_registry
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.rules.decide import make_decider
from bimodal.study.rules.departures import DIED, LEFT_STUDY
from bimodal.study.rules.rules import ArmRules
from bimodal.study.rules.visits import plan_visits
from bimodal.study.spec.load import check_study
from bimodal.study.spec.visits import VisitsSpec

NAMES = ("treg_count", "il2_plasma", "death_hazard_integral", "tox_hazard_integral")
REGISTRY = load_registry()
LASTS_H = 30.0
DAYS_SEEN = 10

ANY = st.sampled_from([float("nan"), float("inf"), 0.0, -0.0, 1e-300, 1e300]) | st.floats(0.0, 10.0)
LEVELS = st.sampled_from([0.0, -1.0, 1.0, 3.0, 1e300, 1e-300, 5.0])
TESTS = st.builds(
    ThresholdTest,
    st.sampled_from(["treg_count", "treg_fold", "il2_plasma"]),
    st.sampled_from([">", ">=", "<", "<="]),
    LEVELS,
) | st.builds(
    lambda name, level: ThresholdTest(name, ">=", level, of_lowest=True),
    st.sampled_from(["treg_count", "treg_fold"]),
    st.sampled_from([0.0, 1.0, 1.5, 1e300]),
)
SIDES = st.lists(st.lists(TESTS, min_size=1, max_size=2).map(tuple), min_size=1, max_size=2).map(tuple)
BACK = st.sampled_from([(1, 1), (2, 2), (1, 3), (3, 50), (50, 50)])
SPANS = st.sampled_from([(None, None), (2.0, None), (0.0, 0.0), (1.0, 4.0), (1e9, None)])
EVERY = st.sampled_from([None, 0.4, 1.0, 2.0, 1e9])
WHEN = st.builds(
    lambda now, until, back, days, every: Condition(now, until, Window(*back, *days, every)),
    SIDES, st.just(()) | SIDES, BACK, SPANS, EVERY,
)  # fmt: skip
ONLY = st.builds(lambda now, until, back: Condition(now, until, Window(*back)), SIDES, st.just(()) | SIDES, BACK)
SCOPES = st.sampled_from(["cycle", "course"])
RULES = st.one_of(
    st.builds(Hold, WHEN, st.sampled_from([1, 2, 100_000])),
    st.builds(Skip, WHEN),
    st.builds(GiveDose, ONLY),
    st.builds(Reduce, st.sampled_from([0.001, 50.0, 99.999]), WHEN),
    st.builds(Escalate, st.sampled_from([100.001, 150.0, 1000.0]), WHEN),
    st.builds(Step, st.just(True), st.sampled_from([25.0, 999.0]), st.sampled_from([50.0, 200.0, 1000.0]), WHEN),
    st.builds(Step, st.just(False), st.sampled_from([25.0, 99.0]), st.sampled_from([0.001, 50.0, 200.0]), WHEN),
    st.builds(NextLevel, st.just(True), st.sampled_from([(100.0,), (50.0, 100.0, 1000.0)]), WHEN),
    st.builds(NextLevel, st.just(False), st.sampled_from([(75.0, 50.0), (0.001,)]), WHEN),
    st.builds(
        lambda low, percent, least, most, every: Titrate(
            "treg_fold", low, 2.0 * low, "", percent, least, most, Window(1, 1, None, None, every)
        ),
        st.sampled_from([1e-300, 1.0, 1e9]), st.sampled_from([0.1, 900.0]), st.sampled_from([0.001, 100.0]),
        st.sampled_from([100.0, 1000.0]), EVERY,
    ),
    st.builds(Stop, SCOPES, WHEN),
    st.builds(StopAfter, SCOPES, st.sampled_from([1, 2])),
    st.builds(StopAtRandom, SCOPES, st.sampled_from([5.0, 100.0])),
    st.builds(AtMost, st.sampled_from([1, 3])),
    st.builds(GiveOnly, st.sampled_from([1, 2, 9]), st.booleans(), ONLY),
    st.builds(Start, st.just("more"), WHEN, st.sampled_from([1, 3])),
    st.builds(lambda when: Start("other", when, 1, True), WHEN),
)  # fmt: skip
REGIMENS = st.sampled_from(["1 MIU SC qd x4, repeat", "1 MIU SC q12h x3, rest 1 day, repeat x2", "1 MIU SC once"])


def run(rules, regimen, seen, people, conduct):
    """Let a decider see people; give plan, decider, factors, reasons and who was gone, each (N, V)."""
    plan = plan_visits(
        ArmRules(tuple(rules)), expand(parse_regimen(regimen)), observables=NAMES, registry=REGISTRY, model="m",
        until_h=24.0 * DAYS_SEEN,
    )  # fmt: skip
    lasts = {code: LASTS_H for code, _ in plan.starts}
    decide = make_decider(plan, 1, np.array(people), conduct, diseased=True, lasts_h=lasts)
    n, everybody = len(people), np.arange(len(people))
    memory = np.tile(decide.memory, (n, 1))
    factors, reasons, gone = [], [], []
    for number, time in enumerate(plan.times_h):
        visit = Visit(number, time, everybody, seen[:, number % seen.shape[1]], memory, np.zeros(n))
        found = decide(visit)
        memory = found.memory
        factors.append(found.factor)
        reasons.append(found.reason)
        gone.append(decide.departures.codes(visit, time) > 0)
    return plan, decide, *(np.stack(part, axis=1) for part in (factors, reasons, gone))


@settings(deadline=None, max_examples=250)
@given(
    st.lists(RULES, min_size=1, max_size=5), REGIMENS, st.integers(1, 3), st.floats(0.0, 95.0), st.booleans(), st.data()
)
def test_whatever_is_read_decisions_stay_within_what_rules_may_do(rules, regimen, n, leave, noise, data):
    assert [parse_rule(str(rule)) for rule in rules] == rules
    values = data.draw(st.lists(st.lists(ANY, min_size=8, max_size=8), min_size=n, max_size=n))
    hazard = np.cumsum(np.abs(np.random.default_rng(n).normal(0.0, 0.05, (n, 60))), axis=1)
    tregs = np.tile(np.array(values), (1, 8))[:, :60]
    seen = np.stack([10.0 * tregs, tregs, hazard, np.zeros((n, 60))], axis=2)
    conduct, people = VisitsSpec(noise=noise, dropout_percent_per_month=leave), data.draw(
        st.lists(st.integers(0, 10**12), min_size=n, max_size=n, unique=True)
    )  # fmt: skip
    with np.errstate(all="ignore"):
        plan, decide, factor, reason, gone = run(rules, regimen, seen, people, conduct)
        one = data.draw(st.integers(0, n - 1))
        alone = run(rules, regimen, seen[one : one + 1], people[one : one + 1], conduct)
    words, due = decide.words, plan.doses > 0
    # alone as in company
    assert (alone[2][0] == factor[one]).all()
    assert (alone[3][0] == reason[one]).all()
    # nothing infinite, negative, above ten times the plan, or without a reason
    assert np.isfinite(factor).all()
    assert ((factor >= 0.0) & (factor <= 10.0 + 1e-9)).all()
    assert ((reason >= 0) & (reason < len(words))).all()
    assert (reason[:, due][factor[:, due] != 1.0] > 0).all()
    # who has died or left is given nothing, for that reason, unless the course had ended before
    away = np.isin(reason, [code for code, text in enumerate(words) if text in (DIED, LEFT_STUDY)])
    assert (away <= gone).all()
    assert (factor[:, due][gone[:, due]] == 0.0).all()
    # what has ended stays ended
    ends = [
        code
        for code, rule in enumerate(rules, start=1)
        if (isinstance(rule, Stop | StopAfter | StopAtRandom) and rule.scope == "course")
        or (isinstance(rule, Start) and rule.instead)
    ]
    for person in range(n):
        own = np.flatnonzero(np.isin(reason[person], ends) & due)
        if len(own):
            assert (factor[person, own[0] :][due[own[0] :]] == 0.0).all()
    for code, rule in enumerate(rules, start=1):
        if isinstance(rule, AtMost):
            for cycle in np.unique(plan.cycles[due]):
                assert (((factor > 0.0) & due & (plan.cycles == cycle)).sum(axis=1) <= rule.doses).all()
        if isinstance(rule, StopAtRandom) and rule.percent == 100.0:
            assert (factor[:, due] == 0.0).all()
        if isinstance(rule, Start):
            begun = decide.begun[code]
            for person in range(n):
                visits = begun[person][begun[person] >= 0]
                assert (begun[person][: len(visits)] >= 0).all()
                assert (np.diff(plan.times_h[visits]) >= LASTS_H).all()
                assert not gone[person, visits].any()
                assert all(plan.judges(rule, visit) and plan.inside(rule.when.window, visit) for visit in visits)


def nothing_is_known(rule):
    people = np.arange(3)
    seen = np.full((3, 40, 4), np.nan)
    plan, decide, factor, _, _ = run([parse_rule(rule)], "1 MIU SC qd x4, repeat", seen, people, VisitsSpec())
    return factor[:, plan.doses > 0], decide


def test_what_cannot_be_said_holds_changes_and_begins_nothing():
    for rule in (
        "hold if treg_fold > 1 for 2 visits",
        "skip if treg_fold <= 1",
        "stop if treg_fold > 1 until treg_fold < 5",
        "reduce by 50 % if treg_count >= 0",
        "escalate by 50 % up to 200 % if treg_count < 1e9",
        "titrate treg_fold to 1-2 by 25 % between 50 and 200 %",
        "start more if treg_count >= 0 every 1 days",
    ):
        factor, decide = nothing_is_known(rule)
        assert (factor == 1.0).all()
        assert all((begun == -1).all() for begun in decide.begun.values())
    for rule in ("give dose only if treg_fold > 1", "give from cycle 1 on only if treg_count >= 0"):
        assert (nothing_is_known(rule)[0] == 0.0).all()


def test_what_began_before_readings_failed_goes_on():
    """A hysteresis that cannot see that it is over goes on."""
    seen = np.full((1, 40, 4), np.nan)
    seen[:, :2, :2] = 5.0
    rules = [parse_rule("skip if treg_count > 3 until treg_count < 1")]
    _, _, factor, _, _ = run(rules, "1 MIU SC qd x4, repeat", seen, np.arange(1), VisitsSpec())
    assert (factor == 0.0).all()


# on the model

PLANS = st.sampled_from(
    [
        "1 MIU/m2 SC q3d x5",
        "1 MIU/m2 IV over 30 h q1d x4, rest 6 days, repeat",
        "300000 IU/kg IV over 15 min q8h x5, rest 4 days, repeat",
        "0.5 MIU/m2/day CIV on days 1-3 of 7 for 2 weeks",
        "1 MIU SC bid for 4 days then 2 MIU SC once",
        "none",
    ]
)
TEXTS = st.lists(
    st.sampled_from(
        [
            "hold if treg_fold > 1.2 until treg_fold < 1.1",
            "skip if il2_plasma > 1 nM",
            "titrate treg_fold to 1-1.2 by 50 % between 10 and 400 % every 2 days",
            "stop cycle at random 15 % per dose",
            "stop course if treg_fold > 1.5 for 3 visits",
            "give from cycle 2 on only if treg_fold > 1",
            "reduce by 40 % if treg_count > 0 between day 1 and 3",
        ]
    ),
    max_size=3,
    unique=True,
)
BEGINS = st.sampled_from(
    [
        (),
        ("start more if treg_fold > 1.05 every 1.5 days at most 3 times",),
        ("switch to more if treg_fold < 5 from day 3 every 4 days",),
        ("start more if treg_fold < 5 every 5 days", "start other if treg_fold > 1.01 every 2 days at most 2 times"),
    ]
)
COURSES = {
    "more": {"name": "more", "drug": "aldesleukin", "regimen": "1 MIU SC q1d x3"},
    "other": {"name": "other", "drug": "basiliximab", "regimen": "20 mg IV over 30 min on days 1, 4"},
}


def test_any_ledger_is_in_order_within_bounds_and_replays_to_the_bit(human):
    @settings(deadline=None, max_examples=15)
    @given(PLANS, TEXTS, BEGINS, st.sampled_from([0, 1, 3]), st.sampled_from([0.0, 80.0]), st.booleans())
    def check(regimen, texts, begins, jitter, leave, noise):
        check_ledger(human, regimen, [*texts, *begins], jitter, leave, noise)

    check()


def check_ledger(human, regimen, rules, jitter, leave, noise):
    named = [name for name in COURSES if any(f" {name} if " in text for text in rules)]
    arm = {"name": "a", "drug": "aldesleukin", "regimen": regimen, "rules": rules}
    raw = {
        "name": "m",
        "population": {"cohort": "healthy", "patients": 4},
        "arm": [{**arm, "partner": [COURSES[name] for name in named]}],
        "horizon": 24.0,
        "visits": {"jitter_days": jitter, "dropout_percent_per_month": leave, "noise": noise},
    }
    plan = make_plan(check_study(raw, where="test"), RunOptions(seed=5), human)
    solved = plan.solve(0, 0, 4)
    ledger = solved.ledger
    assert not solved.failed.any()
    if ledger is None:  # no rules, no visits
        assert not rules
        return
    planned, end = ledger.planned_doses, float(plan.times_h[-1])
    assert (np.diff(ledger.due_h[:, :planned], axis=1) >= 0.0).all()
    assert not (ledger.due_h[:, planned:] >= end).any()
    assert (ledger.given <= 10.0 * ledger.planned + 1e-12).all()
    assert np.isin(ledger.factor[:, planned:], [0.0, 1.0]).all()
    assert (ledger.factor[np.isnan(ledger.due_h)] == 0.0).all()
    if plan.left_h is not None:
        assert (ledger.factor[ledger.due_h >= plan.left_h[:, None]] == 0.0).all()
    for name in named:
        own = planned + np.flatnonzero(np.array(ledger.courses) == name)
        for due in ledger.due_h[:, own]:
            assert (np.diff(due[~np.isnan(due)]) > 0.0).all()
    assert plan.replay(0, 0, ledger).values.tobytes() == solved.values.tobytes()
    part = plan.solve(0, 1, 3)
    assert part.values.tobytes() == solved.values[1:3].tobytes()
    assert (part.ledger.factor == ledger.factor[1:3]).all()
