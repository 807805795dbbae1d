"""What is wrong with a rule is said with file, line, arm and key, and with the nearest name."""

import pytest

from bimodal.dosing import expand, parse_regimen
from bimodal.drugs import load_molecule
from bimodal.errors import BimodalError
from bimodal.study import parse_study
from bimodal.study.endpoints import load_registry
from bimodal.study.rules.read import read_rules
from bimodal.study.rules.visits import plan_visits
from bimodal.study.spec.spec import ArmSpec

TEXT = """name = "s"
[population]
cohort = "healthy"
patients = 2

[[arm]]
name = "low"
drug = "aldesleukin"
regimen = "1 MIU SC daily for 3 days"
RULES
[[arm.partner]]
name = "rescue"
drug = "aldesleukin"
regimen = "1 MIU SC once"
"""
GOOD = '"start rescue if treg_fold > 2"'


@pytest.mark.parametrize(
    ("rules", "what", "key", "fix"),
    [
        (f'rules = [{GOOD}, "hodl if treg_fold > 3"]', "found 'hodl'", "rules[2]", "did you mean 'hold'"),
        (f'rules = [{GOOD}, "hold if treg_fald > 3"]', "reads 'treg_fald'", "rules[2]", "did you mean 'treg_fold'"),
        (f'rules = [{GOOD}, "hold if creatinine > 3"]', "has no serum creatinine", "rules[2]", "hold on tox_index"),
        (f'rules = ["start rescu if treg_fold > 2", {GOOD}]', "begins 'rescu'", "rules[1]", "did you mean 'rescue'"),
        (
            f'rules = [{GOOD}, "hold if treg_fold > limt"]\nthresholds = {{limit = 3}}',
            "the threshold 'limt', which is not there",
            "rules[2]",
            "did you mean 'limit'",
        ),
        (
            f"rules = [{GOOD}]\nthresholds = {{limit = 3}}",
            "no rule names the threshold 'limit'",
            "thresholds.limit",
            "",
        ),
        (f'rules = [{GOOD}]\nera = "nci-1895"', "there is no era 'nci-1895'", "era", "did you mean 'nci-1985'"),
    ],
)
def test_faults_of_rules_say_where_they_are(rules, what, key, fix):
    with pytest.raises(BimodalError) as fault:
        parse_study(TEXT.replace("RULES", rules), where="s.toml")
    said = [fault.value, *fault.value.others]
    own = next(one for one in said if what in one.what)
    assert own.where in (f"s.toml, line 10, arm 'low', key '{key}'", f"s.toml, line 11, arm 'low', key '{key}'")
    assert fix in (own.fix or "")


def test_all_faults_are_said_at_once():
    rules = 'rules = ["hodl if x > 1", "hold if treg_fald > 3", "start rescu if treg_fold > 1"]'
    with pytest.raises(BimodalError, match="2 more faults"):
        parse_study(TEXT.replace("RULES", rules), where="s.toml")


NO = "molar mass or a potency"


@pytest.mark.parametrize(
    ("condition", "drug", "level"),
    [
        ("il2_plasma > 1 nM", "aldesleukin", 1000.0),
        ("scd25 > 1000 pM", "aldesleukin", 1.0),
        ("crp > 1 mg/dL", "efavaleukin-alfa", 10.0),
        ("treg_fold > 300 %", None, 3.0),
        ("il2_plasma > 16.36 IU/mL", "aldesleukin", 65.34),
        ("drug_free > 15.3 ng/mL", "aldesleukin", 1.0),
        # the molar mass of the drug is not that of anything else, and its potency means nothing elsewhere
        ("scd25 > 1 ng/mL", "aldesleukin", NO),
        ("scd25 > 1 IU/mL", "aldesleukin", NO),
        ("il6 > 1 pM", "aldesleukin", NO),
        ("crp > 1 nM", "aldesleukin", NO),
        ("il2_endogenous > 1 ng/mL", "aldesleukin", NO),
        ("il2_plasma > 1 ng/mL", None, NO),
        ("il2_plasma > 1 IU/mL", None, NO),
        ("il2_plasma > 1 IU/mL", "efavaleukin-alfa", "no declared potency"),
        ("treg_fold > 3 pM", "aldesleukin", "cannot be compared"),
        ("crp > 3 pX", "aldesleukin", "'pX' is not a unit"),
    ],
)
def test_levels_in_other_units(condition, drug, level):
    registry = load_registry()
    rules = read_rules(ArmSpec(name="a", regimen="none", rules=[f"hold if {condition}"]))

    def plan():
        return plan_visits(
            rules,
            expand(parse_regimen("1 MIU SC once")),
            observables=list(registry),
            registry=registry,
            model="m",
            substance=None if drug is None else load_molecule(drug).substance,
        )

    if isinstance(level, str):
        with pytest.raises(BimodalError, match=level):
            plan()
    else:
        assert list(plan().levels.values()) == pytest.approx([level], rel=1e-3)
