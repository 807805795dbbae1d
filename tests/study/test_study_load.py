import contextlib
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import BimodalError, StudyError
from bimodal.evidence import list_studies
from bimodal.study import load_study, parse_study, study_template
from bimodal.study.spec.schema import make_study_schema, study_schema

TEXT = study_template()


def AGAINST(other, more="", arms=None):  # noqa: N802
    """Replace the commented [[contrast]] of the template by a real one."""
    arms = arms or f'arms = ["1 MIU daily", "{other}"]'
    return "# [[contrast]]", f"[[contrast]]\n{arms}\n{more}\n#"


def refused(text, **more):
    with pytest.raises(StudyError) as fault:
        parse_study(text, where="mine.toml", **more)
    return str(fault.value)


def test_built_in_studies_load_by_name():
    spec = load_study("koreth-2011")
    assert [arm.name for arm in spec.arm] == ["0.3 MIU/m2", "1 MIU/m2", "3 MIU/m2"]
    assert spec.publication.role == "calibration"
    assert spec.report_days == (7, 14, 28, 56, 84)
    assert all(load_study(name).name == name for name in list_studies())


def test_the_template_is_a_study(tmp_path):
    path = tmp_path / "my-study.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert load_study(path).name == "my-study"
    assert load_study(str(path)) == load_study(path)


def test_an_unknown_study_is_refused_with_near_names():
    with pytest.raises(StudyError) as fault:
        load_study("koreth-2012")
    assert "did you mean 'koreth-2011'" in str(fault.value)


@pytest.mark.parametrize("name", ["missing.toml", "folder/none", "./x"])
def test_a_missing_file_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match="cannot be read"):
        load_study(name)


def test_unreadable_files_are_refused(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "latin.toml").write_bytes('name = "é"'.encode("latin-1"))
    (tmp_path / "big.toml").write_bytes(b"#" * 1_000_001)
    for name in ("folder", "latin", "big"):
        with pytest.raises(StudyError) as fault:
            load_study(tmp_path / f"{name}.toml")
        assert f"{name}.toml" in str(fault.value)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load_study(path).name == "my-study"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("patients = 200", "patient = 200", ["unknown key 'population.patient'", "'patients'", "line"]),
        ('drug = "aldesleukin"', 'drgu = "aldesleukin"', ["unknown key 'arm[1].drgu'", "'drug'", "line 19"]),
        ('model = "human"', 'modle = "human"', ["unknown key 'modle'", "'model'", "line 6"]),
        ("[population]", "[poplation]", ["poplation"]),
        ('id = "treg_fold"', 'id = "treg_fald"', ["treg_fald", "'treg_fold'", "line"]),
        ('id = "treg_fold"', 'id = "treg_fold"\ndayz = [1]', ["unknown key 'endpoint[1].dayz'", "'days'"]),
        ("days = [7, 14, 28, 56]", "", ["say which days"]),
        ("days = [7, 14, 28, 56]", "days = []", ["say which days"]),
        ("days = [7, 14, 28, 56]", "days = [-1]", ["endpoint[1].days[1]", "-1"]),
        ("days = [7, 14, 28, 56]", "days = [nan]", ["endpoint[1].days[1]"]),
        ("days = [7, 14, 28, 56]", "days = [7, 7]", ["day twice"]),
        ('id = "cmax"', 'id = "cmax"\ndays = [1]', ["leave 'days' out"]),
        ("patients = 200", "patients = 0", ["population.patients", "found 0"]),
        ("patients = 200", "patients = 1.5", ["population.patients"]),
        ("patients = 200", 'patients = "many"', ["population.patients"]),
        ("patients = 200", "patients = true", ["population.patients"]),
        ("patients = 200", 'patients = 200\nsubjects = "x.csv"', ["either 'cohort' or 'subjects'"]),
        ('cohort = "healthy"', "", ["either 'cohort' or 'subjects'"]),
        ('name = "my-study"', 'name = "../../etc"', ["name"]),
        ('name = "my-study"', 'name = ""', ["name"]),
        ('name = "1 MIU every other day"', 'name = "1 MIU daily"', ["arm '1 MIU daily' is there twice"]),
        ('name = "1 MIU daily"', 'name = "a\\nb"', ["one printable line"]),
        ('id = "cd8_fold"', 'id = "treg_fold"', ["'treg_fold' is there twice"]),
        ("# follow_up_days = 28", "follow_up_days = 28\nhorizon = 84\n#", ["not both"]),
        ("# horizon = 84", "horizon = 20\n#", ["after the horizon"]),
        ("# horizon = 84", "horizon = inf\n#", ["horizon"]),
        ("# [set]", "[set]\nclearance = nan\n#", ["clearance"]),
        ("# [set]", '[set]\nclearance = "big"\n#', ["set.clearance"]),
        ("# [set]", '[design]\nkind = "4+4"\n#', ["key 'design.kind'", "'3+3', 'crm'", "found '4+4'", "line 48"]),
        ("# [set]", '[design]\nkind = "3+3"\ncohort_size = 3\n#', ["no key 'cohort_size'", "six_at_mtd"]),
        ("# [set]", '[design]\nkind = "parallel"\nper_arm = [1]\n#', ["design.per_arm[1]", "greater than"]),
        ("regimen = ", 'rules = "hold if tox_index >= 1"\nregimen = ', ["arm[1].rules", "tuple"]),
        ("regimen = ", 'thresholds = {hold = "high"}\nregimen = ', ["arm[1].thresholds.hold", "number"]),
        ("regimen = ", "thresholds = {hold = nan}\nregimen = ", ["arm[1].thresholds.hold", "finite"]),
        ("regimen = ", 'era = ""\nregimen = ', ["arm[1].era"]),
        ("regimen = ", 'partner = [{drug = "basiliximab"}]\nregimen = ', ["arm[1].partner[1].regimen", "missing"]),
        (
            "regimen = ",
            'partner = [{drug = "basiliximab", regimen = "none", dose = 1}]\nregimen = ',
            ["arm[1].partner[1].dose", "unknown key"],
        ),
        ("\n[[arm]]", "\n[[arm", ["not TOML", "line"]),
        (*AGAINST("untreatd"), ["contrast[1].arms[2]", "no arm 'untreatd'", "did you mean 'untreated'", "line 52"]),
        (*AGAINST("1 MIU daily"), ["contrast[1].arms", "set against itself"]),
        (
            *AGAINST("untreated", 'endpoints = ["treg_fald"]'),
            ["endpoints[1]", "no endpoint of this study", "'treg_fold'"],
        ),
        (
            *AGAINST("untreated", 'endpoints = ["nk_fold"]'),
            ["'nk_fold' is no endpoint of this study; add an [[endpoint]]", "line 53"],
        ),
        (*AGAINST("untreated", "endpoints = []"), ["contrast[1].endpoints"]),
        (*AGAINST("untreated", 'measure = "odds"'), ["contrast[1].measure", "'ratio'", "found 'odds'"]),
        (*AGAINST("untreated", 'above = "lots"'), ["contrast[1].above", "'lots' is no threshold"]),
        (*AGAINST("untreated", "above = true"), ["contrast[1].above"]),
        (*AGAINST("untreated", "above = nan"), ["contrast[1].above", "no threshold"]),
        (*AGAINST("untreated", "above = 2"), ["contrast[1].above", "in pM for 'cmax'", "say which 'endpoints'"]),
        (
            *AGAINST("untreated", 'endpoints = ["cmax"]\nabove = "2 h"'),
            ["'2 h' must be in pM for 'cmax'", 'above = "2 pM"', "line 54"],
        ),
        (
            *AGAINST("untreated", 'measure = "ratio"\nabove = "2 pM"'),
            ["'2 pM' must be without a unit for a ratio", 'above = "2"'],
        ),
        (*AGAINST("untreated", "measured = 1"), ["unknown key 'contrast[1].measured'", "'measure'"]),
        (*AGAINST("untreated", "", 'arms = ["1 MIU daily"]'), ["contrast[1].arms"]),
    ],
)
def test_a_wrong_study_is_refused_in_words(old, new, said):
    assert old in TEXT
    message = refused(TEXT.replace(old, new, 1))
    assert "mine.toml" in message or "arm '" in message or "study '" in message
    for words in said:
        assert words in message


def test_arms_set_against_each_other():
    text = TEXT.replace(*AGAINST("untreated", 'endpoints = ["cmax"]\nabove = "0.5 nM"'))
    spec = parse_study(text, where="t")
    assert spec.contrasts == spec.contrast
    assert spec.contrast[0].above == "0.5 nM"
    assert parse_study(TEXT, where="t").contrasts == ()  # three arms and nothing said
    two = spec.model_copy(update={"contrast": (), "arm": spec.arm[:2]})
    assert two.contrasts[0].arms == ("1 MIU daily", "1 MIU every other day")
    assert two.contrasts[0].endpoints is None


def test_different_people_have_no_ratio_of_their_own():
    text = TEXT.replace('regimen = "none"', 'regimen = "none"\ncohort = "cgvhd"')
    asked = 'endpoints = ["treg_fold"]\nmeasure = "ratio"\nabove = 2'
    assert "nobody has a ratio" in refused(text.replace(*AGAINST("untreated", asked)))
    assert parse_study(text.replace(*AGAINST("untreated", asked.replace('measure = "ratio"', ""))), where="t").contrast


def test_nobody_is_above_a_threshold_of_a_rate():
    text = TEXT.replace('id = "cmax"', 'id = "orr"')
    asked = AGAINST("untreated", 'endpoints = ["orr"]\nabove = "0.5"')
    assert "'orr' has one value per arm" in refused(text.replace(*asked))


def test_empty_rules_and_partners_are_fine():
    text = TEXT.replace("regimen = ", "rules = []\npartner = []\nregimen = ", 1)
    assert parse_study(text, where="t").arm[0].rules == ()


@pytest.mark.parametrize("text", ["", "x = 1", "[[arm]]", "arm = 3", "name = 3", "\0", "a = " + "[" * 3000])
def test_hostile_texts_raise_study_errors_only(text):
    refused(text)


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=60), st.integers(0, len(TEXT)))
def test_noise_in_a_study_raises_nothing_but_study_errors(noise, place):
    with contextlib.suppress(StudyError):
        parse_study(TEXT[:place] + noise + TEXT[place:], where="mine.toml")


def test_relative_files_are_taken_from_the_folder_of_the_study(tmp_path):
    text = TEXT.replace('drug = "aldesleukin"', 'drug = "mine/drug.toml"', 1).replace(
        'cohort = "healthy"', 'cohort = "population.toml"'
    )
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    spec = load_study(tmp_path / "s.toml")
    assert spec.arm[0].drug == str(tmp_path / "mine/drug.toml")
    assert spec.arm[1].drug == "aldesleukin"
    assert spec.population.cohort == str(tmp_path / "population.toml")


def test_the_shipped_schema_is_current_and_fits_every_built_in_study():
    import tomllib

    from bimodal.evidence import study_text

    assert study_schema() == json.loads(json.dumps(make_study_schema())), "write data/study.schema.json again"
    jsonschema.Draft202012Validator.check_schema(study_schema())
    for text in (TEXT, *(study_text(name) for name in list_studies())):
        jsonschema.validate(tomllib.loads(text), study_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**tomllib.loads(TEXT), "modle": 1}, study_schema())


def test_the_study_in_the_documentation_loads():
    page = Path(__file__).parents[2] / "docs" / "studies.md"
    first = page.read_text("utf-8").split("\n\n    name = ")[1].split("\n\nAn unknown key")[0]
    text = "\n".join(line.removeprefix("    ") for line in f"    name = {first}".splitlines())
    assert parse_study(text, where="docs/studies.md").name == "my-study"


def test_every_fault_of_a_study_file_is_named_with_its_line_and_its_remedy():
    says = (
        refused(
            'name = "x"\n'
            'modle = "human"\n'
            'horizon = "84,5 days"\n'
            "[population]\n"
            'cohort = "healthy"\n'
            "patients = 2.5\n"
            "[[arm]]\n"
            'nam = "a"\n'
            'drug = "aldesleukin"\n'
            'regimen = "1 MIU SC once"\n'
            "[[arm]]\n"
            'name = "b"\n'
        )
        + "\n"
    )
    assert "4 more faults:" in says
    for line, what, fix in (
        (2, "unknown key 'modle'", "did you mean 'model'"),
        (3, "key 'horizon'", "without quotes: 84.5"),
        (6, "key 'population.patients'", "write a whole number"),
        (8, "unknown key 'arm[1].nam'", "did you mean 'name'"),
        (11, "key 'regimen' is missing", "give it, or 'table'"),
    ):
        assert any(
            what in part and f"mine.toml, line {line}\n" in part and fix in part
            for part in says.replace("\n  unknown", "\0unknown").replace("\n  key", "\0key").split("\0")
        ), what
    assert "at least 1 item" not in says
    assert "arm[1].name' is missing" not in says


def test_everything_that_does_not_fit_the_model_is_named():
    says = refused(TEXT.replace('id = "treg_fold"', 'id = "treg_fald"').replace('id = "cd8_fold"', 'id = "tmax_h"'))
    assert "there is no observable 'treg_fald'" in says
    assert "'tmax_h' has one value per patient" in says


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("horizon = 84,5", "write a decimal point"),
        ("name = mine", "in quotes"),
        ("horizon = 84 days", "in quotes"),
        ("horizon = 40 %", "in quotes"),
    ],
)
def test_slips_of_toml_have_their_remedy(line, fix):
    assert fix in refused(line)


def test_names_drugs_and_parameters_that_do_not_exist_are_named_together(tmp_path):
    from bimodal.study import RunOptions, run_study

    text = TEXT.replace('drug = "aldesleukin"', 'drug = "aldesleukn"', 1).replace("qod", "qood", 1)
    text += "\n[set]\nclearence = 1.0\n"
    with pytest.raises(BimodalError, match="2 more faults") as fault:
        run_study(parse_study(text, where="mine.toml"), options=RunOptions(out=tmp_path / "a", patients=1))
    for says in ("no parameter 'clearence'", "'aldesleukn' is unknown", "where: arm '1 MIU every other day'"):
        assert says in str(fault.value)
    assert not (tmp_path / "a").exists()
