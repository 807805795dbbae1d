"""Visit rules that look back, go on, count on some days, and change how large doses are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.dosing import expand, parse_regimen
from bimodal.engine import Visit
from bimodal.study import RunOptions
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.noise import log_noise
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.replay import given_events
from bimodal.study.rules.decide import make_decider
from bimodal.study.rules.read import read_rules
from bimodal.study.rules.visits import plan_visits
from bimodal.study.solver.events import given_nmol
from bimodal.study.spec.load import check_study
from bimodal.study.spec.spec import ArmSpec
from bimodal.study.spec.visits import VisitsSpec

N = 6


def decide(rules, seen, *, regimen="1 MIU SC qd x4, repeat", patients=None, seed=1, noise=False):
    """Run rules over values (N, V, 2) of treg_count and il2_plasma; give factor and reason, (N, V) each."""
    own = read_rules(ArmSpec(name="a", regimen="none", rules=rules))
    names = ("treg_count", "il2_plasma")
    visits = plan_visits(own, expand(parse_regimen(regimen)), observables=names, registry=load_registry(), model="m")
    decider = make_decider(
        visits, seed, np.arange(len(seen)) if patients is None else np.asarray(patients), VisitsSpec(noise=noise)
    )
    memory = np.tile(decider.memory, (len(seen), 1))
    factors, reasons = [], []
    for number, time in enumerate(visits.times_h):
        found = decider(Visit(number, time, np.arange(len(seen)), seen[:, number], memory, np.zeros(len(seen))))
        memory = found.memory
        factors.append(found.factor)
        reasons.append(found.reason)
    return np.stack(factors, axis=1), np.stack(reasons, axis=1)


def series(*values):
    """One patient: il2_plasma as given, treg_count ten times that."""
    return np.array([[[10.0 * value, value] for value in values]])


UP_DOWN = series(1, 5, 2, 4, 2, 0.5, 5, 5)


@pytest.mark.parametrize(
    ("rules", "given", "why"),
    [
        # goes on until the lower level, not only while above the upper
        (["hold if il2_plasma > 3 until il2_plasma < 1"], [1, 0, 0, 0, 0, 1, 0, 0], [0, 1, 1, 1, 1, 0, 1, 1]),
        (["skip if il2_plasma > 3 until il2_plasma < 3"], [1, 0, 1, 0, 1, 1, 0, 0], [0, 1, 0, 1, 0, 0, 1, 1]),
        # where both hold, the beginning counts
        (["skip if il2_plasma > 3 until il2_plasma > 1"], [1, 0, 1, 0, 1, 1, 0, 0], [0, 1, 0, 1, 0, 0, 1, 1]),
        (["skip if il2_plasma > 1 for 2 visits"], [1, 1, 0, 0, 0, 1, 1, 0], [0, 0, 1, 1, 1, 0, 0, 1]),
        (["skip if il2_plasma > 3 at least 2 of last 3 visits"], [1, 1, 1, 0, 1, 1, 1, 0], [0, 0, 0, 1, 0, 0, 0, 1]),
        (["skip if il2_plasma > 3 between day 3 and 6"], [1, 1, 1, 0, 1, 1, 0, 1], [0, 0, 0, 1, 0, 0, 1, 0]),
        (["skip if il2_plasma > 3 from day 2"], [1, 1, 1, 0, 1, 1, 0, 0], [0, 0, 0, 1, 0, 0, 1, 1]),
        # looked at on days 3 and 6 only, and never on day 0; what was found holds in between
        (["skip if il2_plasma > 3 every 3 days"], [1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 1, 1]),
        (["skip if il2_plasma < 3 every 2 days"], [1, 1, 0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 1, 1, 0, 0]),
        (["give dose only if il2_plasma > 3"], [0, 1, 0, 1, 0, 0, 1, 1], [1, 0, 1, 0, 1, 1, 0, 0]),
        # a skipped dose is not a held one
        (["skip if il2_plasma > 3", "stop after 1 hold"], [1, 0, 1, 0, 1, 1, 0, 0], [0, 1, 0, 1, 0, 0, 1, 1]),
        (["hold if il2_plasma > 4", "skip if il2_plasma > 3"], [1, 0, 1, 0, 1, 1, 0, 0], [0, 1, 0, 2, 0, 0, 1, 1]),
        (["escalate to 150 % if il2_plasma < 1"], [1, 1, 1, 1, 1, 1.5, 1, 1], [0, 0, 0, 0, 0, 1, 0, 0]),
        # a reduction comes before any escalation, and of several escalations the largest counts
        (
            [
                "escalate to 150 % if il2_plasma < 3",
                "escalate to 200 % if il2_plasma <= 1",
                "reduce by 50 % if treg_count < 6",
            ],
            [2, 1, 1.5, 1, 1.5, 0.5, 1, 1],
            [2, 0, 1, 0, 1, 3, 0, 0],
        ),
        (["escalate by 50 % up to 200 % if il2_plasma > 3"], [1, 1.5, 1.5, 2, 2, 2, 2, 2], [0, *[1] * 7]),
        (["reduce by 50 % down to 20 % if il2_plasma > 3"], [1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2], [0, *[1] * 7]),
        (["reduce one level of 75, 50 % if il2_plasma > 3"], [1, 0.75, 0.75, 0.5, 0.5, 0.5, 0.5, 0.5], [0, *[1] * 7]),
        (
            ["reduce one level of 100, 50 % if il2_plasma > 3", "escalate one level of 100, 150 % if il2_plasma < 3"],
            [1.5, 1, 1.5, 1, 1.5, 1.5, 1, 0.5],
            [2, 0, 2, 0, 2, 2, 0, 1],
        ),
        (
            ["titrate il2_plasma to 1.5-3 pM by 100 % between 50 and 400 %"],
            [2, 1, 1, 0.5, 0.5, 1, 0.5, 0.5],
            [1, 0, 0, 1, 1, 0, 1, 1],
        ),
        # no level changes while a dose is not given
        (
            ["titrate il2_plasma to 1.5-3 by 100 % between 50 and 400 %", "skip if il2_plasma > 3 from day 3"],
            [2, 1, 1, 0, 1, 2, 0, 0],
            [1, 0, 0, 2, 0, 1, 2, 2],
        ),
        # twice the lowest that was seen so far, today included
        (["skip if il2_plasma >= 4 times its lowest"], [1, 0, 1, 0, 1, 1, 0, 0], [0, 1, 0, 1, 0, 0, 1, 1]),
        (["hold if il2_plasma > 8 times its lowest until il2_plasma < 5"], [1, 1, 1, 1, 1, 1, 0, 0], [0] * 6 + [1, 1]),
        # a rule that looks every third day has seen 4 and 5 alone
        (["skip if treg_fold > 1.2 times its lowest every 3 days"], [1] * 6 + [0, 0], [0] * 6 + [1, 1]),
        # responders are treated again: whether they responded at any of the last visits
        (["give cycle 2 only if il2_plasma > 4 at least 1 of last 4 visits"], [1] * 8, [0] * 8),
        (
            ["give cycle 2 only if il2_plasma > 4 at least 1 of last 3 visits"],
            [1, 1, 1, 1, 0, 0, 0, 0],
            [0, 0, 0, 0, 1, 1, 1, 1],
        ),
        (["stop if il2_plasma > 3 until il2_plasma < 1"], [1, *[0] * 7], [0, *[1] * 7]),
    ],
)
def test_every_rule_does_what_it_says(rules, given, why):
    factor, reason = decide(rules, UP_DOWN)
    assert factor[0].tolist() == given
    assert reason[0].tolist() == why


def test_a_step_up_and_a_step_down_undo_each_other():
    seen = series(*[1, 5] * 4)
    factor, _ = decide(["titrate il2_plasma to 2-3 by 30 % between 25 and 300 %"], seen)
    assert factor[0] == pytest.approx([1.3, 1.0] * 4, rel=1e-15)


def test_weekly_looks_of_daily_doses_begin_in_the_second_week():
    seen = np.tile(series(1), (1, 22, 1))
    rules = ["titrate il2_plasma to 2-3 by 25 % between 25 and 300 % every 7 days"]
    factor, reason = decide(rules, seen, regimen="1 MIU SC qd x22")
    assert factor[0].tolist() == [*[1.0] * 7, *[1.25] * 7, *[1.25**2] * 7, 1.25**3]
    assert ((reason == 0) == (factor == 1.0)).all()


RULES = st.sampled_from(
    [
        "hold if il2_plasma > 4 until il2_plasma < 2",
        "hold 2 doses if il2_plasma > 6 for 2 visits",
        "skip if treg_fold > 2 at least 2 of last 3 visits",
        "give dose only if il2_plasma < 8",
        "reduce by 25 % if treg_count > 50 every 2 days",
        "escalate to 150 % if il2_plasma < 3",
        "escalate by 20 % up to 300 % if il2_plasma < 3 from day 1",
        "reduce by 20 % down to 40 % if il2_plasma > 3",
        "reduce one level of 75, 50 % if treg_fold > 1.5",
        "titrate treg_fold to 1.2-1.5 by 25 % between 25 and 300 %",
        "stop cycle after 2 holds",
        "stop cycle at random 10 % per dose",
    ]
)
VALUES = st.lists(st.lists(st.floats(0.1, 10.0), min_size=8, max_size=8), min_size=1, max_size=4)


@settings(deadline=None, max_examples=80)
@given(VALUES, st.lists(RULES, min_size=1, max_size=5, unique=True), st.booleans(), st.data())
def test_a_decision_is_the_same_in_any_company_and_within_its_bounds(values, rules, noise, data):
    seen = np.stack([np.stack([10.0 * np.array(row), np.array(row)], axis=1) for row in values])
    factor, reason = decide(rules, seen, noise=noise)
    one = data.draw(st.integers(0, len(seen) - 1))
    alone = decide(rules, seen[one : one + 1], patients=[one], noise=noise)
    assert (alone[0][0] == factor[one]).all()
    assert (alone[1][0] == reason[one]).all()
    # what ends or leaves out a dose gives none of it; nothing else does, or gives more than was ever allowed
    out = np.isin(
        reason, [k for k, text in enumerate(rules, start=1) if text.split()[0] in ("hold", "skip", "give", "stop")]
    )
    assert (out == (factor == 0.0)).all()
    assert ((factor == 0.0) | ((factor >= 0.25 * 0.75) & (factor <= 3.0))).all()
    assert (reason[factor != 1.0] > 0).all()


def test_rules_may_read_with_the_noise_of_the_assay_which_belongs_to_patient_and_day():
    seen = np.tile(series(1), (500, 8, 1))
    rules = ["skip if treg_fold > 1.2"]
    exact, noisy = decide(rules, seen)[0], decide(rules, seen, noise=True)[0]
    assert exact.all()
    people = np.arange(500)
    fold = np.exp(log_noise(1, people, "treg_count", 3.0) - log_noise(1, people, "treg_count", 0.0))
    assert 0.05 < (fold > 1.2).mean() < 0.6
    assert (noisy[:, 3] == np.where(fold > 1.2, 0.0, 1.0)).all()
    assert noisy[:, 0].all()


# on the model


def study(rules, regimen):
    arm = {"name": "a", "drug": "aldesleukin", "regimen": regimen, "rules": rules}
    population = {"cohort": "healthy", "patients": N}
    return check_study({"name": "m", "population": population, "arm": [arm], "follow_up_days": 2}, where="test")


SC = "1 MIU/m2 SC daily for 5 days, rest 2 days, repeat"
WIDER = [
    "skip if treg_cd25_fold > 1.5 until treg_cd25_fold < 1.2",
    "hold if treg_cd25_fold > 1.1 for 2 visits",
    "give dose only if treg_fold < 1.3",
    "give cycle 2 only if treg_fold > 50 at least 1 of last 3 visits",
    "escalate to 170 % if treg_fold < 1.1",
    "escalate by 30 % up to 250 % if treg_fold < 1.2 every 2 days",
    "reduce one level of 75, 50, 25 % if treg_fold > 1.01 from day 2",
    "titrate treg_fold to 1.05-1.1 by 37 % between 20 and 300 %",
]


@pytest.mark.parametrize("rule", WIDER)
def test_a_replay_of_the_ledger_is_the_same_to_the_bit(human, rule):
    plan = make_plan(study([rule], SC), RunOptions(seed=3), human)
    found = plan.solve(0, 0, N)
    ledger = found.ledger
    assert not found.failed.any()
    assert (ledger.factor != 1.0).any()
    assert plan.replay(0, 0, ledger).values.tobytes() == found.values.tobytes()
    # what the ledger counts is what the model was given
    _, events = plan.inputs(0, 0, N)
    total = given_nmol(given_events(events, ledger, plan.governed(0)))
    assert total == pytest.approx(ledger.given.sum(axis=1), rel=1e-12)
    assert (ledger.doses_given == (ledger.given > 0.0).sum(axis=1)).all()


def test_a_larger_infusion_gives_what_its_ledger_says(human):
    plan = make_plan(
        study(["escalate to 250 % if treg_count > 0"], "1 MIU/m2 IV over 6 h daily for 3 days"),
        RunOptions(seed=3),
        human,
    )
    plain = make_plan(study([], "2.5 MIU/m2 IV over 6 h daily for 3 days"), RunOptions(seed=3), human)
    found, larger = plan.solve(0, 0, 2), plain.solve(0, 0, 2)
    assert found.values == pytest.approx(larger.values, rel=1e-4)
    assert plan.replay(0, 0, found.ledger).values.tobytes() == found.values.tobytes()
