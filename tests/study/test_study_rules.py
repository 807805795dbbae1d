"""Visit rules through the study layer: what is held, why, and that nothing else changes."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.dosing import expand, parse_regimen, parse_rule
from bimodal.engine import Visit
from bimodal.errors import BimodalError, DosingError, RegimenError, StudyError
from bimodal.study import RunOptions, load_study
from bimodal.study.endpoints import load_registry
from bimodal.study.plan.arm import lay_out_arm
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.readings.delivered import cycle_doses, delivered
from bimodal.study.rules.decide import make_decider
from bimodal.study.rules.read import read_rules, rule_observables
from bimodal.study.rules.rules import ArmRules
from bimodal.study.rules.visits import plan_visits
from bimodal.study.run.runner import shipped_solver
from bimodal.study.solver.file_solver import load_file_solver
from bimodal.study.solver.solver import DoseVisits
from bimodal.study.spec.load import check_study, parse_study
from bimodal.study.spec.spec import ArmSpec, PartnerSpec

HIGH = "600000 IU/kg IV over 15 min q8h x5, repeat on day 8"
N = 9


def study(rules=(), regimen=HIGH, drug="aldesleukin", **arm):
    arm = {"name": "a", "drug": drug, "regimen": regimen, "rules": list(rules), **arm}
    population = {"cohort": "healthy", "patients": N}
    return check_study({"name": "m", "population": population, "arm": [arm], "follow_up_days": 2}, where="test")


def plan(solver, *args, **kwargs):
    return make_plan(study(*args, **kwargs), RunOptions(seed=3), solver)


# decisions alone, on values made up


def decide(rules, seen, *, regimen="1 MIU SC qd x4, repeat", thresholds=None, patients=None, seed=1):
    """Run rules over values (N, V, O) of treg_count and il2_plasma; give factor and reason, (N, V) each."""
    own = read_rules(ArmSpec(name="a", regimen="none", rules=rules, thresholds=thresholds or {}))
    observables = ("treg_count", "il2_plasma")
    visits = plan_visits(
        own, expand(parse_regimen(regimen)), observables=observables, registry=load_registry(), model="m"
    )
    seen = np.asarray(seen, np.float64)
    decider = make_decider(visits, seed, np.arange(len(seen)) if patients is None else np.asarray(patients))
    memory = np.tile(decider.memory, (len(seen), 1))
    rows, factors, reasons = np.arange(len(seen)), [], []
    for number, time in enumerate(visits.times_h):
        found = decider(Visit(number, time, rows, seen[:, number], memory, np.zeros(len(seen))))
        memory = found.memory
        factors.append(found.factor)
        reasons.append(found.reason)
    return np.stack(factors, axis=1), np.stack(reasons, axis=1)


def series(*values):
    """One patient: il2_plasma as given, treg_count ten times that."""
    return np.array([[[10.0 * value, value] for value in values]])


LOW_HIGH = series(1, 5, 1, 5, 5, 5, 1, 1)


@pytest.mark.parametrize(
    ("rules", "given", "why"),
    [
        (["hold if il2_plasma > 3"], [1, 0, 1, 0, 0, 0, 1, 1], [0, 1, 0, 1, 1, 1, 0, 0]),
        (["hold if treg_fold > 3"], [1, 0, 1, 0, 0, 0, 1, 1], [0, 1, 0, 1, 1, 1, 0, 0]),
        (["hold if il2_plasma > 3 pM and treg_count < 20"], [1] * 8, [0] * 8),
        (["hold if il2_plasma > 3000 fM or treg_count < 5"], [1, 0, 1, 0, 0, 0, 1, 1], [0, 1, 0, 1, 1, 1, 0, 0]),
        (["hold 2 doses if il2_plasma > 3"], [1, 0, 0, 0, 0, 0, 0, 1], [0, 1, 1, 1, 1, 1, 1, 0]),
        (["reduce by 50 % if il2_plasma > 3"], [1, 0.5, 1, 0.5, 0.5, 0.5, 1, 1], [0, 1, 0, 1, 1, 1, 0, 0]),
        (
            ["reduce by 50 % if il2_plasma > 3", "reduce by 75 % if treg_count > 40"],
            [1, 0.25, 1, 0.25, 0.25, 0.25, 1, 1],
            [0, 2, 0, 2, 2, 2, 0, 0],
        ),
        (["hold if il2_plasma > 3", "stop cycle after 2 holds"], [1, 0, 1, 0, 0, 0, 0, 0], [0, 1, 0, 1, 1, 1, 2, 2]),
        (["hold if il2_plasma > 3", "stop cycle after 1 hold"], [1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 2, 2, 1, 2, 2, 2]),
        (["hold if il2_plasma > 3", "stop after 2 holds"], [1, 0, 1, 0, 0, 0, 0, 0], [0, 1, 0, 1, 2, 2, 2, 2]),
        (["stop cycle if il2_plasma > 3"], [1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1, 1, 1]),
        (["stop course if il2_plasma > 3"], [1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1, 1, 1]),
        (["at most 2 doses per cycle"], [1, 1, 0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0, 1, 1]),
        (
            ["hold if il2_plasma > 3", "at most 2 doses per cycle"],
            [1, 0, 1, 0, 0, 0, 1, 1],
            [0, 1, 0, 2, 1, 1, 0, 0],
        ),
        (["give cycle 2 only if il2_plasma < 3"], [1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]),
        (["give from cycle 1 on only if il2_plasma < 3"], [1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]),
        (["give cycle 1 only if il2_plasma > 3"], [0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0, 0]),
        (["stop cycle at random 100 % per dose"], [0] * 8, [1] * 8),
        (["hold if il2_plasma > 3", "stop course if treg_count > 40"], [1, 0, 0, 0, 0, 0, 0, 0], [0, *[2] * 7]),
    ],
)
def test_every_rule_does_what_it_says(rules, given, why):
    factor, reason = decide(rules, LOW_HIGH)
    assert factor[0].tolist() == given
    assert reason[0].tolist() == why


def test_a_value_that_cannot_be_said_fulfils_no_comparison():
    seen = series(0, 0, 0, 0, 0, 0, 0, 0)
    assert decide(["hold if treg_fold > 1"], seen)[0].all()
    assert decide(["hold if treg_fold < 1"], seen)[0].all()


VALUES = st.lists(st.lists(st.floats(0.1, 10.0), min_size=8, max_size=8), min_size=1, max_size=4)


@settings(deadline=None, max_examples=60)
@given(VALUES, st.floats(0.1, 10.0), st.floats(0.1, 10.0))
def test_a_lower_threshold_never_gives_more_doses(values, one, two):
    # on values that do not depend on the doses: with feedback a held dose may spare a later one
    seen = np.stack([np.stack([10.0 * np.array(row), np.array(row)], axis=1) for row in values])
    low, high = sorted((one, two))
    texts = ["hold if il2_plasma >= limit", "stop cycle after 2 holds"]
    few, many = (decide(texts, seen, thresholds={"limit": limit})[0] for limit in (low, high))
    assert ((few > 0).sum(axis=1) <= (many > 0).sum(axis=1)).all()
    held = decide(texts[:1], seen, thresholds={"limit": low})[0]
    assert (few <= held).all()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6, unique=True), st.data())
def test_chance_belongs_to_a_patient_and_not_to_its_company(patients, data):
    seen = np.ones((len(patients), 8, 2))
    rules = ["stop cycle at random 20 % per dose"]
    together = decide(rules, seen, patients=patients)[0]
    one = data.draw(st.integers(0, len(patients) - 1))
    alone = decide(rules, seen[:1], patients=patients[one : one + 1])[0]
    assert (alone[0] == together[one]).all()


def test_chance_is_as_large_as_said_and_has_its_own_seed():
    seen = np.ones((4000, 8, 2))
    factor, reason = decide(["stop cycle at random 10 % per dose"], seen)
    assert abs(factor[:, 0].mean() - 0.9) < 0.02
    assert abs(factor[:, 3].mean() - 0.9**4) < 0.03
    assert abs(factor[:, 4].mean() - 0.9) < 0.02  # the next cycle begins with everybody
    assert set(np.unique(reason)) == {0, 1}
    assert (decide(["stop cycle at random 10 % per dose"], seen, seed=2)[0] != factor).any()
    # stopping the course is independent of stopping the cycle
    both = decide(["stop cycle at random 10 % per dose", "stop course at random 10 % per dose"], seen)[0]
    assert abs(both[:, 0].mean() - 0.81) < 0.02
    # what else an arm has for rules changes nobody's chance
    more = decide(["hold if il2_plasma > 3", "stop cycle at random 10 % per dose"], seen)[0]
    assert (more == factor).all()


# on the model


def test_a_rule_that_never_fires_changes_no_byte(human):
    plain = plan(human).solve(0, 0, N)
    ruled = plan(human, ["hold if nk_fold > 1e9", "stop cycle after 1 hold", "at most 5 doses per cycle"])
    found = ruled.solve(0, 0, N)
    assert found.values.tobytes() == plain.values.tobytes()
    assert plain.ledger is None
    assert (found.ledger.factor == 1.0).all()
    assert (found.ledger.doses_given_fraction == 1.0).all()


NEVER = st.sampled_from(
    [
        "hold if treg_count < 0",
        "hold 3 doses if nk_fold > 1e9",
        "reduce by 10 % if pstat5_treg > 2",
        "stop cycle if il2_plasma >= 1e12",
        "stop course if treg_count < 0 or cd8_count > 1e12",
        "stop cycle after 9 holds",
        "at most 5 doses per cycle",
        "give from cycle 1 on only if treg_count > 0",
        "skip if nk_fold > 1e9 until nk_fold < 1e9",
        "give dose only if treg_count > 0",
        "escalate to 150 % if treg_count < 0",
        "escalate by 10 % up to 200 % if treg_count > 0 from day 900",
        "reduce one level of 75, 50 % if nk_fold > 0 for 50 visits",
        "titrate treg_fold to 0.00001-1e9 by 10 % between 50 and 200 %",
    ]
)


@settings(deadline=None, max_examples=10)
@given(rules=st.lists(NEVER, min_size=1, max_size=5))
def test_no_rules_that_never_fire_change_a_byte(human, rules):
    plain, ruled = plan(human).solve(0, 0, 2), plan(human, rules).solve(0, 0, 2)
    assert ruled.values.tobytes() == plain.values.tobytes()
    assert (ruled.ledger.reason == 0).all()


def test_what_is_seen_is_what_is_saved_before_the_dose(human):
    one = plan(human, ["hold if treg_cd25_fold > 2 or nk_bright_fold < 0.5"])
    found = one.solve(0, 0, N)
    at = [int(np.argmin(np.abs(one.times_h - dose.time_h))) for dose in one.arms[0].schedule.doses]
    saved = {name: found.values[:, :, human.observables.index(name)] for name in ("treg_cd25", "nk_bright_count")}
    fold = {name: values[:, at] / values[:, :1] for name, values in saved.items()}
    bright, few = fold["treg_cd25"] > 2.0, fold["nk_bright_count"] < 0.5
    held = bright | few
    assert (bright & ~few).any()
    assert (few & ~bright).any()
    assert 0.1 < held.mean() < 0.9
    assert (found.ledger.factor == np.where(held, 0.0, 1.0)).all()


HOLDING = ["hold if lymphocytes_fold < 0.6", "stop cycle after 3 holds", "reduce by 30 % if il2_plasma > 2"]


@pytest.fixture(scope="module")
def ruled(human):
    return plan(human, [*HOLDING, "stop cycle at random 5 % per dose"])


@pytest.fixture(scope="module")
def held(ruled):
    return ruled.solve(0, 0, N)


def test_rules_hold_some_doses_of_some_patients(held):
    assert 0.1 < (held.ledger.factor == 0.0).mean() < 0.9
    assert np.isin(held.ledger.factor, [0.0, 0.7, 1.0]).all()
    assert (held.ledger.factor == 0.7).any()
    assert ((held.ledger.reason == 0) == (held.ledger.factor == 1.0)).all()
    assert np.allclose(held.ledger.given, held.ledger.planned * held.ledger.factor)
    assert len(held.ledger.words) == 5


@pytest.mark.parametrize("cut", [[0, 1, 4, N], [0, 7, N]])
def test_parts_and_workers_change_no_byte(ruled, held, cut):
    parts = [ruled.solve(0, low, high) for low, high in pairwise(cut)]
    assert np.concatenate([part.values for part in parts]).tobytes() == held.values.tobytes()
    assert np.concatenate([part.ledger.factor for part in parts]).tobytes() == held.ledger.factor.tobytes()
    assert np.concatenate([part.ledger.reason for part in parts]).tobytes() == held.ledger.reason.tobytes()


def test_workers_change_no_byte(human, held):
    rules = [*HOLDING, "stop cycle at random 5 % per dose"]
    two = make_plan(study(rules), RunOptions(seed=3, workers=2, chunk=4), human)
    assert two.solve(0, 0, N).values.tobytes() == held.values.tobytes()


def test_a_replay_of_the_ledger_is_the_same_to_the_bit(human, ruled, held):
    assert ruled.replay(0, 0, held.ledger).values.tobytes() == held.values.tobytes()
    assert ruled.replay(0, 3, held.ledger.part(3, 6)).values.tobytes() == held.values[3:6].tobytes()


def test_an_infusion_that_is_held_neither_begins_nor_ends(human):
    civ = plan(human, ["hold if il2_plasma > 1"], regimen="1 MIU/m2/day CIV on days 1-3, rest 1 day, repeat")
    found = civ.solve(0, 0, 3)
    level = found.values[:, :, human.observables.index("il2_plasma")]
    # on day 1 the infusion of day 1 still shows: its successor is held, and the level falls at once
    day = {d: int(np.argmin(np.abs(civ.times_h - 24.0 * d))) for d in (1, 2)}
    assert (found.ledger.factor[:, :3] == [1.0, 0.0, 1.0]).all()
    assert (level[:, day[1]] > 1.0).all()
    assert (level[:, day[2]] < 0.2 * level[:, day[1]]).all()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (["hold if tox_indx >= 1"], "no such observable"),
        (["hold if cmax > 1"], "known only when the run is over"),
        (["hold if creatinine > 4 mg/dL"], "the model 'human' has no serum creatinine"),
        (["stop cycle if pressors > 1"], "has no pressor need"),
        (["hold if platelet_count < 30000"], "has no platelets"),
        (["hold if weight_gain_percent > 10"], "has no weight gain by fluid"),
        (["hold if il2_plasma > 3 mg"], "'il2_plasma' is in pM"),
        (["hold if treg_fold > 3 pM"], "'treg_fold' is in 1"),
        (["hold if il2_plasma > limit"], "names the threshold 'limit', which is not there"),
        (["hodl if il2_plasma > 3"], "did you mean 'hold'?"),
        (["hold if tox_index > 1"], "the model 'human' does not give 'tox_index'"),
    ],
)
def test_what_cannot_be_decided_is_refused_by_name(human, rules, said):
    with pytest.raises((StudyError, RegimenError)) as fault:
        plan(human, rules)
    assert said in str(fault.value)


MODEL = """model kidney
  unit time_unit = 3600 second;
  compartment body = 1; substanceOnly species depot in body;
  k = 0.1; gain = 0.5; creatinine = 1; depot = 0;
  lose: depot -> ; k*depot;
  creatinine' = gain*depot - k*(creatinine - 1);
end
"""


def test_a_model_file_that_supplies_the_sign_may_be_held_by_it(tmp_path):
    (tmp_path / "m.ant").write_text(MODEL, "utf-8")
    (tmp_path / "s.toml").write_text(
        'name = "m"\nmodel = "m.ant"\nhorizon = 2\n[ports]\nunit = "nmol"\nsc = "depot"\n[[arm]]\nname = "a"\n'
        'regimen = "1 nmol SC q8h x6"\nrules = ["hold if creatinine > 3"]\n[[endpoint]]\nid = "creatinine"\n'
        "days = [2]\n",
        "utf-8",
    )
    spec = load_study(tmp_path / "s.toml")
    held = make_plan(spec, RunOptions(), load_file_solver(spec)).solve(0, 0, 1)
    assert held.ledger.factor[0, 0] == 1.0
    assert 0.0 < held.ledger.factor.mean() < 1.0
    both = spec.arm[0].model_copy(update={"partner": (PartnerSpec(drug="basiliximab", regimen="none"),)})
    with pytest.raises(StudyError, match="no partner drugs"):
        make_plan(spec.model_copy(update={"arm": (both,)}), RunOptions(), load_file_solver(spec))


def test_a_threshold_that_no_rule_names_is_refused(human):
    with pytest.raises(StudyError, match="no rule names the threshold 'hold_treshold'"):
        plan(human, ["hold if il2_plasma > 3"], thresholds={"hold_treshold": 1.0})


def test_an_unknown_era_is_refused(human):
    with pytest.raises(DosingError, match="there is no era 'nci-1895'"):
        plan(human, era="nci-1895")


def test_overlapping_infusions_beside_injections_are_refused_under_rules(human):
    with pytest.raises(StudyError, match="infusions that overlap beside injections"):
        plan(human, ["hold if il2_plasma > 3"], regimen="1 MIU IV over 6 h q4h x3 then 1 MIU SC once")


def test_an_era_gives_rules_and_thresholds_and_the_arm_overrules_them():
    own = ArmSpec(name="a", regimen="none", era="registration-1990", thresholds={"hold_threshold": 3.0})
    rules = read_rules(own)
    assert rules.thresholds["hold_threshold"].value == 3.0
    assert rules.texts[0] == "hold if tox_index >= hold_threshold"
    assert rule_observables(own) == ("tox_index",)
    assert rule_observables(ArmSpec(name="a", regimen="none", rules=["nonsense"])) == ()
    assert read_rules(ArmSpec(name="a", regimen="none")) is None


def test_doses_delivered_are_counted_per_cycle(held):
    found = delivered(held.ledger)
    assert found["planned"] == 10
    assert [row["planned"] for row in found["cycles"]] == [5, 5]
    assert sum(found["doses_by_reason"].values()) == pytest.approx(1.0)
    each = cycle_doses(held.ledger)
    assert np.array_equal(each[0].given + each[1].given, held.ledger.doses_given)


def test_a_failed_patient_has_no_doses(solver):
    solver.fail_above_bsa = 0.0
    assert DoseVisits(np.zeros(1), frozenset()).decide is None
    rules = ArmRules((parse_rule("hold if il2_plasma > 3"),))
    assert rules.why(-1) == "the patient has no result"
    assert rules.why(1).startswith("held: ")


PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_studies_in_the_documentation_load():
    blocks = [part for part in PAGE.read_text("utf-8").split("\n\n") if part.startswith("    ")]
    texts = [block.replace("\n    ", "\n").removeprefix("    ") for block in blocks]
    first, partner = (
        "\n".join(texts[:2]),
        next(text for text in texts if text.startswith("[[arm]]") and "partner" in text),
    )
    wider = next(text for text in texts if "until" in text)
    head = 'name = "m"\n[population]\ncohort = "healthy"\n'
    for text in (first, partner, wider):
        arm = parse_study(head + text, where="docs").arm[0]
        assert lay_out_arm(arm, None).extras
    spec = parse_study(head + wider, where="docs")
    assert make_plan(spec, RunOptions(patients=2), shipped_solver(spec)).arms[0].rules
    unplanned = [text for text in texts if text.startswith("[[arm]]") and ("start " in text or "switch to" in text)]
    assert len(unplanned) == 2
    for text in unplanned:
        spec = parse_study(head + text, where="docs")
        arm = make_plan(spec, RunOptions(patients=2), shipped_solver(spec)).arms[0]
        assert [course.course for course in arm.courses] == ["rescue" if "rescue" in text else "second-line"]
    visits = next(text for text in texts if text.startswith("[visits]"))
    assert parse_study(head + visits + "\n" + first, where="docs").visits.noise


def test_every_rule_in_the_table_of_the_documentation_is_one():
    rows = re.findall(r"^\| (`.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    texts = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    rules = [text.replace("CONDITION", "treg_fold > 2").replace("…", "3 % per dose") for text in texts]
    starts = ("hold", "skip", "give", "reduce", "escalate", "titrate", "stop", "at most")
    own = [rule for rule in rules if rule.startswith((*starts, "start ", "switch to"))]
    assert len(own) > 15
    for rule in own:
        assert parse_rule(rule)
    # what may stand after the comparisons
    for text in rules:
        if text.startswith(("until", "for", "at least", "between", "from", "every")):
            assert parse_rule(f"hold if treg_fold > 3 {text}").when.remembers


@settings(deadline=None, max_examples=40)
@given(
    st.text(max_size=40),
    st.dictionaries(st.text(max_size=5), st.floats(0, 1), max_size=2),
    st.none() | st.text(max_size=8),
)
def test_hostile_rules_raise_errors_for_people_only(rule, thresholds, era):
    arm = ArmSpec(name="a", regimen="none", rules=(rule,), thresholds=thresholds)
    arm = arm.model_copy(update={"era": era})
    try:
        read_rules(arm)
    except BimodalError:
        return


def test_a_study_that_says_why_it_cannot_be_simulated_is_refused_in_those_words(human):
    publication = {"citation": "A et al., 2023", "role": "context", "species": "human", "refused": "nothing to go by"}
    spec = check_study({**study().canonical(), "publication": publication}, where="test")
    with pytest.raises(StudyError, match="this study cannot be simulated: nothing to go by"):
        make_plan(spec, RunOptions(), human)
