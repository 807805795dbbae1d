"""Studies whose model is a file a user brings: SBML or Antimony, with nothing of the package's own biology."""

import json
import math
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_file_study import AS_IT_IS, DECAY, HEAD, plan, values

from bimodal.errors import BimodalError, StudyError
from bimodal.files.suggest import suggest_names
from bimodal.model import load_model
from bimodal.study import RunOptions, load_study, parse_study, run_study
from bimodal.study.plan.grid import even_times
from bimodal.study.run.summary import summary_schema
from bimodal.study.solver.file_facts import read_facts
from bimodal.study.solver.file_solver import load_file_solver
from bimodal.study.spec.model_file import MODEL_ENDINGS
from bimodal.study.spec.schema import study_schema
from bimodal.study.store.store import Store

PORTS = '[ports]\nunit = "nmol"\nsc = "S"\niv_bolus = "A"\niv_infusion = "rate"\n'
PAGE = (Path(__file__).parents[2] / "docs" / "studies.md").read_text("utf-8")


def blocks(text):
    """The indented blocks of a page, in order."""
    parts = [part for part in text.split("\n\n") if part.startswith("    ")]
    return "\n".join(parts).replace("\n    ", "\n").removeprefix("    ")


def refused(path):
    with pytest.raises(BimodalError) as fault:
        plan(path)
    return str(fault.value)


def test_a_file_runs_as_it_stands_with_its_own_unit_of_time(run):
    endpoint = '[[endpoint]]\nid = "S"\ndays = [0, 0.5, 1]\n'
    result = run(HEAD + AS_IT_IS + endpoint)
    assert result.days[-1] == 1.0
    assert len(result.days) == 201
    assert values(result, "a", "S", 0.5) == pytest.approx(3 * math.exp(-1.2), rel=1e-6)
    assert result.n("a") == 1
    summary = result.summary
    jsonschema.validate(summary, summary_schema())
    jsonschema.validate(json.loads((result.folder / "summary.json").read_text("utf-8")), summary_schema())
    assert [row["value"] for row in summary["arms"][0]["endpoints"]] == pytest.approx(
        [3, 3 * math.exp(-1.2), 3 * math.exp(-2.4)], rel=1e-6
    )
    assert {row["unit"] for row in summary["arms"][0]["endpoints"]} == {"not given"}
    assert any("parameters of this file have no sources here" in text for text in summary["warnings"])
    assert summary["provenance"]["time_unit_seconds"] == 3600.0
    assert summary["provenance"]["cohort"] == "none"
    assert summary["arms"][0]["drug"] == ""
    assert summary["targets"] == []
    assert "intended_use" in summary
    assert result.to_xarray()["S"].attrs["units"] == "not given"


@pytest.mark.parametrize(("unit", "hours"), [("second", 1 / 3600), ("minute", 1 / 60), ("hour", 1.0), ("day", 24.0)])
def test_the_study_says_the_unit_of_time_where_the_file_does_not(run, unit, hours):
    model = "model m\n x' = 1; x = 0\nend\n"
    study = f'time_unit = "{unit}"\nhorizon = 2\n' + HEAD + AS_IT_IS
    assert values(run(study, model), "a", "x", 2.0) == pytest.approx(48 / hours, rel=1e-9)


def test_without_a_unit_of_time_a_file_is_refused_with_the_remedy(write):
    message = refused(write(HEAD + "horizon = 1\n" + AS_IT_IS, "model m\n x' = 1; x = 0\nend\n"))
    assert "unit of time" in message
    assert 'time_unit = "day"' in message
    assert "m.ant" in message


def test_the_study_overrules_the_unit_of_the_file_and_says_so(run):
    result = run('time_unit = "day"\nhorizon = 1\n' + HEAD + AS_IT_IS)
    assert values(result, "a", "S", 1.0) == pytest.approx(3 * math.exp(-0.1), rel=1e-6)
    assert any("says 3600 s" in text for text in result.summary["warnings"])
    same = run('time_unit = "hour"\nhorizon = 1\n' + HEAD + AS_IT_IS, force=True)
    assert not any("says 3600 s" in text for text in same.summary["warnings"])


def test_arms_set_parameters_each_for_itself(run):
    arms = AS_IT_IS + '[[arm]]\nname = "b"\nregimen = "none"\nset = {k = 0.2}\n[set]\nk = 0.4\n'
    result = run(HEAD + "horizon = 1\n" + arms)
    assert values(result, "a", "S", 1.0) == pytest.approx(3 * math.exp(-9.6), rel=1e-5)
    assert values(result, "b", "S", 1.0) == pytest.approx(3 * math.exp(-4.8), rel=1e-5)
    assert [arm["set"] for arm in result.summary["arms"]] == [{}, {"k": 0.2}]
    assert result.summary["provenance"]["set"] == {"k": 0.4}


def test_doses_enter_where_the_study_says_in_amounts(run):
    arms = "".join(
        f'[[arm]]\nname = "{name}"\nregimen = "{regimen}"\n'
        for name, regimen in [
            ("sc", "4 nmol SC once"),
            ("bolus", "4 nmol IV once"),
            ("infused", "6 nmol IV over 2 h once"),
            ("none", "none"),
        ]
    )
    result = run(HEAD + "horizon = 1\n" + arms + PORTS)
    left, hour = math.exp(-2.4), 1 / 24
    # S is a concentration in a body of 2: 4 nmol are 2 more; A is an amount
    assert values(result, "sc", "S", 1.0) == pytest.approx(5 * left, rel=1e-6)
    assert values(result, "bolus", "A", 1.0) == pytest.approx(12 * left, rel=1e-6)
    # 201 even times have no day of 2 h, the close-up of the first dosing day has
    assert values(result, "infused", "x", 2 * hour) == pytest.approx(30 * (1 - math.exp(-0.2)), rel=1e-6)
    assert values(result, "infused", "x", 1.0) == pytest.approx(30 * (1 - math.exp(-0.2)) * math.exp(-2.2), rel=1e-5)
    assert values(result, "none", "x", 1.0) == pytest.approx(0.0, abs=1e-9)
    assert values(result, "sc", "S", 0.0) == [3.0]  # a value at a dose time is the one before it
    assert result.summary["provenance"]["ports"]["sc"] == "S"


def test_the_size_of_the_compartment_is_that_of_the_patient(run):
    study = HEAD + 'horizon = 1\n[[arm]]\nname = "a"\nregimen = "4 nmol SC once"\nset = {body = 8}\n' + PORTS
    assert values(run(study), "a", "S", 1.0) == pytest.approx(3.5 * math.exp(-2.4), rel=1e-6)


def test_a_dose_into_a_compartment_that_grows_is_an_amount(run):
    model = "model m\n compartment V; V = 2; V' = 0.5; species S in V; J: S -> ; 0*S; S = 1\n"
    model += " unit time_unit = 3600 second\nend"
    study = HEAD + 'horizon = 1\n[[arm]]\nname = "a"\nregimen = "4 nmol SC once"\n[ports]\nunit = "nmol"\nsc = "S"\n'
    assert values(run(study, model), "a", "S", 1.0) == pytest.approx((2 + 4) / 14, rel=1e-6)


@pytest.mark.parametrize(
    ("regimen", "drug", "unit", "amount"),
    [
        ("2 mg SC once", "", "ug", 2000.0),
        ("5 umol SC once", "", "mmol", 0.005),
        ("1 MIU SC once", "aldesleukin", "nmol", 1e6 / 16.36e6 * 1e6 / 15300),
        ("3 nmol SC once", "aldesleukin", "ug", 45.9),
    ],
)
def test_doses_are_converted_to_the_unit_of_the_file(run, regimen, drug, unit, amount):
    given = f'drug = "{drug}"\n' if drug else ""
    study = f'{HEAD}horizon = 1\n[[arm]]\nname = "a"\n{given}regimen = "{regimen}"\n[set]\nk = 0\n'
    result = run(study + f'[ports]\nunit = "{unit}"\nsc = "A"\n')
    assert values(result, "a", "A", 1.0) - 8 == pytest.approx(amount, rel=2e-3)


def test_a_population_of_a_file_varies_as_told_and_not_otherwise(run):
    study = HEAD + "horizon = 1\n" + AS_IT_IS + '[[arm]]\nname = "b"\nregimen = "none"\nset = {k = 0.1}\n'
    study += '[[endpoint]]\nid = "k"\ndays = [1]\n[population]\npatients = 300\nspread = {k = 0.5}\n'
    result = run(study, chunk=100)
    k = values(result, "a", "k", 1.0)
    assert np.exp(np.std(np.log(k)) ** 2) == pytest.approx(1.25, rel=0.05)
    assert np.median(k) == pytest.approx(0.1, rel=0.15)
    assert values(result, "a", "S", 1.0) == pytest.approx(3 * np.exp(-24 * k), rel=1e-6)
    assert set(values(result, "b", "k", 1.0)) == {0.1}
    assert result.summary["arms"][0]["n"] == 300
    fewer = run(study, patients=7, force=True)
    assert values(fewer, "a", "k", 1.0).tolist() == k[:7].tolist()  # a patient is the same person in any number
    assert fewer.spec.population.patients == 7


def test_chunks_workers_and_shards_change_no_byte(write, tmp_path):
    study = HEAD + "horizon = 1\n" + AS_IT_IS + "[population]\npatients = 9\nspread = {k = 0.5, body = 0.2}\n"
    spec = load_study(write(study))
    run_study(spec, options=RunOptions(out=tmp_path / "one"))
    run_study(spec, options=RunOptions(out=tmp_path / "two", chunk=2, workers=2))
    for i in (1, 2):
        run_study(spec, options=RunOptions(out=tmp_path / "three", chunk=2, shard=(i, 2)))
    texts = {(tmp_path / name / "summary.json").read_bytes() for name in ("one", "two", "three")}
    assert len(texts) == 1
    run_study(spec, options=RunOptions(out=tmp_path / "one", resume=True))
    assert (tmp_path / "one" / "summary.json").read_bytes() in texts


def test_many_patients_of_whom_nothing_varies_are_remarked_on(run):
    result = run(HEAD + "horizon = 1\n" + AS_IT_IS, patients=3)
    assert any("nothing varies" in text for text in result.summary["warnings"])


def test_one_that_blows_up_is_counted_and_blank(run):
    model = "model m\n x' = p*x^2; x = 1; p = 0; unit time_unit = 86400 second\nend\n"
    arms = AS_IT_IS + '[[arm]]\nname = "up"\nregimen = "none"\nset = {p = 1}\n'
    result = run(HEAD + arms + '[[endpoint]]\nid = "x"\ndays = [2]\n', model)
    assert (result.failed("a"), result.failed("up")) == (0, 1)
    assert result.summary["failed"] == 1
    assert result.summary["arms"][1]["endpoints"][0]["value"] is None
    assert np.isnan(result.values("up", "x")).all()
    assert any("arm 'up': 1 of 1 patients" in text for text in result.summary["warnings"])


def test_any_quantity_of_a_file_can_be_read_and_ids_of_the_package_mean_nothing(run):
    model = DECAY.replace("status := 2*A", "status := 2*A; treg_fold := 7 + A; il2_plasma := A")
    names = ("status", "treg_fold", "k", "lose", "body", "X", "x", "two")
    endpoints = "".join(f'[[endpoint]]\nid = "{name}"\ndays = [1]\n' for name in names)
    result = run(HEAD + AS_IT_IS + endpoints, model)
    found = {row["id"]: row["value"] for row in result.summary["arms"][0]["endpoints"]}
    left = math.exp(-2.4)
    assert found["status"] == pytest.approx(16 * left, rel=1e-6)
    assert found["treg_fold"] == pytest.approx(7 + 8 * left, rel=1e-6)
    assert (found["k"], found["body"], found["two"]) == (0.1, 2.0, 2.0)
    assert found["lose"] == pytest.approx(0.1 * 2 * 3 * left, rel=1e-6)
    assert found["X"] == pytest.approx(math.exp(-24), rel=1e-3)
    assert found["x"] == pytest.approx(0, abs=1e-9)
    with pytest.raises(StudyError, match="no observable 'cd8_fold'"):
        result.values("a", "cd8_fold")


def test_columns_that_would_share_a_name_are_told_apart(tmp_path):
    assert Store(tmp_path, (0.0,), ("x", "X", "Status", "arm", "arm~2", "y")).columns == (
        "x",
        "X~2",
        "Status~2",
        "arm~2",
        "arm~2~2",
        "y",
    )


def test_a_file_in_which_nothing_changes(run, write):
    model = "model m\n k = 2; unit time_unit = 1 second\nend\n"
    assert "nothing changes" in refused(write(HEAD + "horizon = 1\n" + AS_IT_IS, model))
    result = run(HEAD + AS_IT_IS + '[[endpoint]]\nid = "k"\ndays = [1]\n', model)
    assert values(result, "a", "k", 1.0) == [2.0]


BAD = {
    "no horizon": (AS_IT_IS, ["how long", "horizon"]),
    "unknown endpoint": (AS_IT_IS + '[[endpoint]]\nid = "SS"\ndays = [1]\n', ["no quantity 'SS'", "'S'", "m.ant"]),
    "registry id": (AS_IT_IS + '[[endpoint]]\nid = "treg_fold"\ndays = [1]\n', ["no quantity 'treg_fold'"]),
    "no days": (AS_IT_IS + '[[endpoint]]\nid = "S"\n', ["say which days", "line"]),
    "cohort": ('horizon = 1\n[population]\ncohort = "healthy"\n' + AS_IT_IS, ["population.cohort", "spread", "line 5"]),
    "subjects": ('horizon = 1\n[population]\nsubjects = "x.csv"\n' + AS_IT_IS, ["population.subjects"]),
    "unknown set": ("horizon = 1\n[set]\nkk = 1\n" + AS_IT_IS, ["no parameter 'kk'", "'k'", "where: set"]),
    "set of a state": ("horizon = 1\n[set]\nS = 1\n" + AS_IT_IS, ["no parameter 'S'"]),
    "unknown set in an arm": ("horizon = 1\n" + AS_IT_IS + "set = {bodi = 1}\n", ["'body'", "arm 'a', key 'set'"]),
    "unknown spread": (
        "horizon = 1\n[population]\nspread = {bodi = 0.1}\n" + AS_IT_IS,
        ["no parameter 'bodi'", "'body'", "population.spread"],
    ),
    "spread of zero": ("horizon = 1\n[population]\nspread = {rate = 0.1}\n" + AS_IT_IS, ["above 0"]),
    "negative spread": ("horizon = 1\n[population]\nspread = {k = -0.1}\n" + AS_IT_IS, ["population.spread.k"]),
    "set and spread": ("horizon = 1\n[set]\nk = 1\n[population]\nspread = {k = 0.1}\n" + AS_IT_IS, ["cannot vary too"]),
    "dose": ('horizon = 1\n[[arm]]\nname = "a"\nregimen = "1 nmol SC once"\n', ["[ports]", "arm[1].regimen", "line 6"]),
    "unit of time": ('time_unit = "week"\n' + AS_IT_IS, ["time_unit"]),
    "misspelt port": (PORTS.replace("sc =", "scc =") + AS_IT_IS, ["unknown key 'ports.scc'", "'sc'"]),
    "no route": ('horizon = 1\n[ports]\nunit = "nmol"\n' + AS_IT_IS, ["at least one of 'sc'"]),
    "unit": (PORTS.replace("nmol", "IU") + AS_IT_IS, ["ports.unit"]),
    "unknown state": ("horizon = 1\n" + PORTS.replace('"S"', '"SS"') + AS_IT_IS, ["'SS'", "'S'", "ports.sc"]),
    "rule as state": ("horizon = 1\n" + PORTS.replace('"S"', '"status"') + AS_IT_IS, ["follows from a rule"]),
    "constant as state": ("horizon = 1\n" + PORTS.replace('"S"', '"k"') + AS_IT_IS, ["keeps its value"]),
    "rate that is a rule": (
        "horizon = 1\n" + PORTS.replace('"rate"', '"status"') + AS_IT_IS,
        ["changes through a run"],
    ),
    "rate that is not 0": ("horizon = 1\n" + PORTS.replace('"rate"', '"k"') + AS_IT_IS, ["is 0.1 in the file"]),
    "unknown rate": ("horizon = 1\n" + PORTS.replace('"rate"', '"rat"') + AS_IT_IS, ["'rate'", "ports.iv_infusion"]),
    "rate that is set": ("horizon = 1\n[set]\nrate = 1\n" + PORTS + AS_IT_IS, ["receives the infusion rate"]),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_a_file_is_refused_in_words(case, write):
    text, said = BAD[case]
    message = refused(write(HEAD + text))
    for words in said:
        assert words in message


@pytest.mark.parametrize(
    ("regimen", "drug", "said"),
    [
        ("1 nmol IV once", "", ["iv_bolus", "[ports]"]),
        ("1 MIU SC once", "", ["MIU", "name the drug"]),
        ("1 mg SC once", "", ["mg", "nmol"]),
        ("1 nmol/kg SC once", "", ["weight"]),
        ("1 nmol SC once", "aldesleukinn", ["aldesleukin"]),
    ],
)
def test_doses_a_file_cannot_take(regimen, drug, said, write):
    given = f'drug = "{drug}"\n' if drug else ""
    ports = '[ports]\nunit = "nmol"\nsc = "S"\n'
    message = refused(write(f'{HEAD}horizon = 1\n[[arm]]\nname = "a"\n{given}regimen = "{regimen}"\n{ports}'))
    for words in (*said, "arm 'a'"):
        assert words in message


def test_a_concentration_in_a_compartment_whose_size_is_computed_takes_no_dose(write):
    model = (
        "model m\n unit time_unit = 1 second; p = 2; compartment V; V = 2*p; species S in V; J: S -> ; S; S = 1\nend\n"
    )
    study = HEAD + 'horizon = 1\n[ports]\nunit = "nmol"\nsc = "S"\n' + AS_IT_IS
    assert "no plain number" in refused(write(study, model))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('time_unit = "day"', "time_unit"),
        ('[ports]\nunit = "nmol"\nsc = "depot"', "ports"),
        ("[population]\nspread = {clearance = 0.1}", "for model files"),
        ("[population]\npatients = 3", "either 'cohort' or 'subjects'"),
        ("", "'population' is missing"),
    ],
)
def test_what_is_for_files_is_refused_with_a_built_in_model(text, said):
    arm = '[[arm]]\nname = "a"\ndrug = "aldesleukin"\nregimen = "none"\n'
    study = f'name = "x"\n{text}\n' + ("" if "[population]" in text or not text else '[population]\ncohort="healthy"\n')
    with pytest.raises(StudyError) as fault:
        parse_study(study + arm, where="x.toml")
    assert said in str(fault.value)


def test_arms_of_a_built_in_model_set_parameters_too(spec, solver, options):
    low = spec.arm[0].model_copy(update={"name": "slow", "set": {"clearance": 1.0}})
    result = run_study(spec.model_copy(update={"arm": (spec.arm[0], low)}), options=options(), solver=solver)
    peak = [np.nanmedian(result.course(arm, "auc_tau")) for arm in ("low", "slow")]
    assert peak[1] > 3 * peak[0]
    wrong = spec.arm[0].model_copy(update={"set": {"clearence": 1.0}})
    with pytest.raises(StudyError) as fault:
        run_study(spec.model_copy(update={"arm": (wrong,)}), options=options(force=True), solver=solver)
    assert "'clearance'" in str(fault.value)
    assert "arm 'low', key 'set'" in str(fault.value)


def test_an_untreated_arm_needs_no_drug_and_a_treated_one_does(solver, options):
    arms = '[[arm]]\nname = "a"\nregimen = "none"\n[[arm]]\nname = "b"\nregimen = "{}"\n'
    head = 'name = "x"\n[population]\ncohort = "healthy"\npatients = 3\n'
    result = run_study(parse_study(head + arms.format("none"), where="x"), options=options(), solver=solver)
    assert [arm["drug"] for arm in result.summary["arms"]] == ["", ""]
    with pytest.raises(StudyError) as fault:
        parse_study(head + arms.format("1 MIU SC once"), where="x.toml")
    assert "key 'arm[2].drug' is missing" in str(fault.value)


def test_what_makes_a_run_this_run(write):
    base = HEAD + "horizon = 1\n[population]\npatients = 2\nspread = {k = 0.1}\n" + AS_IT_IS + PORTS
    changes = [
        ("", ""),
        ("k = 0.1", "k = 0.2"),
        ("patients = 2", "patients = 3"),
        ("horizon = 1", "horizon = 2"),
        ('sc = "S"', 'sc = "A"'),
        ('unit = "nmol"', 'unit = "pmol"'),
        ('name = "mine"', 'name = "mine"\ntime_unit = "day"'),
        ('regimen = "none"', 'regimen = "none"\nset = {body = 3}'),
    ]
    runs = set()
    for old, new in changes:
        runs.add(plan(write(base.replace(old, new, 1))).run)
    runs.add(plan(write(base, DECAY.replace("k = 0.1", "k = 0.11"))).run)
    assert len(runs) == len(changes) + 1


@pytest.mark.parametrize("ending", MODEL_ENDINGS)
def test_every_ending_the_model_room_reads_makes_a_file(ending, write, tmp_path):
    (tmp_path / "d.ant").write_text(DECAY, "utf-8")
    text = DECAY if ending in (".ant", ".txt") else load_model(tmp_path / "d.ant").network.sbml
    study = f'name = "mine"\nmodel = "m{ending.upper()}"\nhorizon = 1\n' + AS_IT_IS
    spec = load_study(write(study, text, f"m{ending.upper()}"))
    assert spec.model == str(tmp_path / f"m{ending.upper()}")
    assert spec.population.patients == 1
    assert load_file_solver(spec).second == 3600.0


def test_hostile_and_missing_files_are_refused_before_anything_is_written(write, tmp_path):
    for text in ('<!DOCTYPE a [<!ENTITY b "c">]><sbml>&b;</sbml>', "", "<sbml/>"):
        with pytest.raises(BimodalError, match=r"\S"):
            run_study(
                load_study(write(HEAD.replace("m.ant", "m.xml") + "horizon = 1\n" + AS_IT_IS, text, "m.xml")),
                options=RunOptions(out=tmp_path / "out"),
            )
    with pytest.raises(BimodalError, match="cannot be read"):
        run_study(load_study(write(HEAD.replace("m.ant", "gone.xml") + AS_IT_IS)))
    assert not (tmp_path / "out").exists()


def sbml(inside, attributes="", level='xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"'):
    return f"<sbml {level}><model {attributes}>{inside}</model></sbml>"


LEVEL_2 = 'xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"'


def time_unit(kind="second", multiplier="1", scale="0", exponent="1"):
    return (
        f'<listOfUnitDefinitions><unitDefinition id="time"><listOfUnits><unit kind="{kind}" multiplier="{multiplier}" '
        f'scale="{scale}" exponent="{exponent}"/></listOfUnits></unitDefinition></listOfUnitDefinitions>'
    )


@pytest.mark.parametrize(
    ("text", "second"),
    [
        (sbml(""), None),
        (sbml("", 'timeUnits="second"'), 1.0),
        (sbml("", 'timeUnits="dimensionless"'), None),
        (sbml("", 'timeUnits="nowhere"'), None),
        (sbml(time_unit(multiplier="60"), 'timeUnits="time"'), 60.0),
        (sbml(time_unit(scale="-3"), 'timeUnits="time"'), 0.001),
        (sbml(time_unit(multiplier="60")), None),
        (sbml(time_unit(multiplier="60"), level=LEVEL_2), 60.0),
        (sbml("", level=LEVEL_2), None),
        (sbml(time_unit(kind="mole"), level=LEVEL_2), None),
        (sbml(time_unit(exponent="-1"), level=LEVEL_2), None),
        (sbml(time_unit(multiplier="0"), level=LEVEL_2), None),
    ],
)
def test_the_unit_of_time_a_file_declares(text, second):
    assert read_facts(text).second == second


def test_names_and_units_of_a_file():
    inside = (
        '<listOfUnitDefinitions><unitDefinition id="substance"><listOfUnits><unit kind="mole" scale="-9"/>'
        '</listOfUnits></unitDefinition><unitDefinition id="per_h" name="1/h"><listOfUnits>'
        '<unit kind="second" exponent="-1" multiplier="3600"/></listOfUnits></unitDefinition></listOfUnitDefinitions>'
        '<listOfCompartments><compartment id="V" size="1" units="litre"/><compartment id="W" size="1"/>'
        '</listOfCompartments><listOfSpecies><species id="a" name="A thing" compartment="V"/>'
        '<species id="b" compartment="V" hasOnlySubstanceUnits="true"/><species id="c" compartment="W"/>'
        '</listOfSpecies><listOfParameters><parameter id="k" units="per_h"/><parameter id="p"/></listOfParameters>'
    )
    facts = read_facts(sbml(inside, level=LEVEL_2))
    assert facts.units == {"a": "nmol/L", "b": "nmol", "V": "L", "k": "1/h"}
    assert facts.labels == {"a": "A thing (a)"}


@settings(deadline=None, max_examples=50)
@given(
    st.floats(1e-9, 36_525.0),
    st.lists(st.floats(0.0, 1.0), max_size=5),
)
def test_even_times_ascend_from_start_to_end_and_hold_every_day(horizon, shares):
    days = [share * horizon for share in shares]
    times = even_times([[]], report_days=days, horizon=horizon)
    assert (np.diff(times) > 0).all()
    assert times[0] == 0.0
    assert times[-1] == pytest.approx(horizon * 24)
    assert 200 <= len(times) <= 201 + len(days)
    assert all((times == day * 24).any() for day in days)


def test_near_names_without_a_listing():
    assert suggest_names("crp", ["CRP", "k"]) == "did you mean 'CRP'? there are: CRP, k"
    assert suggest_names("q", []) == "there are: none"
    assert suggest_names("q", [f"n{i:02}" for i in range(30)]).endswith("n19 and 10 more")


def test_the_example_of_the_documentation_runs(tmp_path):
    section = PAGE.split("## A model from a file")[1].split("\n## ")[0]
    model, _, study = blocks(section).partition("\nend\n")
    (tmp_path / "decay.ant").write_text(model + "\nend\n", "utf-8")
    (tmp_path / "decay.toml").write_text(study, "utf-8")
    import tomllib

    jsonschema.validate(tomllib.loads(study), study_schema())
    result = run_study(load_study(tmp_path / "decay.toml"), options=RunOptions(out=tmp_path / "out"))
    assert result.arms == ["as it stands", "slow loss", "dosed"]
    assert [arm["failed"] for arm in result.summary["arms"]] == [0, 0, 0]
    medians = [arm["endpoints"][-1]["value"] for arm in result.summary["arms"]]
    assert medians[0] < medians[2] < medians[1]
