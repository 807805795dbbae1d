"""What is wrong with a rule is said with file, line, arm and key, and with the nearest name."""

import pytest

from bimodal.errors import BimodalError
from bimodal.study import parse_study

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
