"""The bundle is what its schema says, and the same every time."""

from __future__ import annotations

import json

import jsonschema
import pytest

from bimodal.errors import EngineError, StudyError
from bimodal.files.fingerprint import json_sha256
from bimodal.page.explore import explore_bundle, export_bundle
from bimodal.page.modules import read_data
from bimodal.page.study_part import study_bundle
from bimodal.study import RunOptions
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.spec.load import check_study


def is_valid(bundle):
    schema = json.loads(read_data("bundle.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    again = json.loads(json.dumps(bundle, allow_nan=False))
    jsonschema.Draft202012Validator(schema).validate(again)
    rest = {key: value for key, value in again.items() if key != "sha256"}
    assert json_sha256(rest) == bundle["sha256"]
    return True


def small(**more):
    return explore_bundle(["human"], cohorts=["healthy"], drugs=["aldesleukin"], patients=2, **more)


def test_a_page_of_people_is_valid_and_the_same_twice():
    assert is_valid(small())
    assert json.dumps(small()) == json.dumps(small())


@pytest.mark.parametrize("name", ["human_oncology", pytest.param("mouse", marks=pytest.mark.slow)])
def test_pages_of_other_models_are_valid(name):
    bundle = explore_bundle([name], patients=3)
    assert is_valid(bundle)
    (model,) = bundle["models"]
    assert bundle["scenarios"][0]["model"] == model["id"] == name
    (first, *_) = model["populations"]
    if name == "mouse":
        assert first["kind"] == "parameter sets"
        assert bundle["drugs"][0]["ec50_pM"] == {}
    else:
        assert first["sets"]["count"] > 1
        assert "tumour_cells" in model["shown"]["tissue"]
        assert set(model["also"]) == {"tox_index", "tumour_cells"}


def test_every_model_the_page_names_is_in_its_kernel():
    bundle = small()
    (model,) = bundle["models"]
    kernel, count = model["kernel"], len(model["parameters"])
    assert count == kernel["inputs"] == len(model["populations"][0]["typical"])
    for drug in model["drugs"].values():
        for port in drug["ports"].values():
            assert port["slot"] < (kernel["states"] if port["action"] == "add" else 2 * kernel["states"] + count)
    assert set(kernel["outputs"]) <= set(model["observables"])
    assert {name for names in model["shown"].values() for name in names} <= set(model["observables"])
    assert set(model["observables"]) <= set(bundle["observables"])


def test_a_page_without_il2_names_what_to_add(capsys, tmp_path):
    from bimodal.cli import main

    assert main(["explore", "-d", "rapamycin", "-n", "2", "--out", str(tmp_path / "x.html")]) == 2
    assert "--drug aldesleukin --drug rapamycin" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x.html").exists()


def test_a_report_carries_no_molecules_to_change():
    bundle = study_bundle(study(), patients=2)
    assert "workbench" not in bundle
    assert all("molecules" not in model for model in bundle["models"])
    assert small()["workbench"]["dish"]["cells"][0].startswith("treg")


def test_values_are_set_in_every_scenario_or_refused():
    free = next(row["id"] for row in small()["models"][0]["parameters"] if row["settable"])
    assert all(one["set"] == {free: 2.0} for one in small(values={free: 2.0})["scenarios"])
    with pytest.raises(StudyError, match="'il15' cannot be set in a page"):
        small(values={"il15": 1.0})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"models": ["humann"]}, "there is no model 'humann'"),
        ({"models": ["receptor_cell"]}, "takes no doses"),
        ({"models": ["human"], "patients": 501}, "501 patients is not supported"),
        ({"models": ["human"], "drugs": ["il-2v"]}, "cannot be given as a regimen"),
        ({"models": ["human"], "drugs": ["rapamycin"]}, "a page with no IL-2 in it"),
    ],
)
def test_what_cannot_be_a_page_is_said(given, words):
    with pytest.raises(StudyError, match=words):
        explore_bundle(given.pop("models"), **given)


_FILE = "model m; S = 1; k = 0.5; S -> ; k*S; {event} end"


def test_a_model_file_is_a_page_without_people(tmp_path):
    path = tmp_path / "decay.ant"
    path.write_text(_FILE.format(event=""))
    bundle = export_bundle(str(path), until=10.0)
    assert is_valid(bundle)
    (model,) = bundle["models"]
    assert model["file"] == "decay.ant"
    assert {row["id"]: row["settable"] for row in model["parameters"]}["k"]
    assert bundle["scenarios"][0]["until"] == 10.0


def test_a_model_with_events_of_its_own_is_refused(tmp_path):
    path = tmp_path / "events.ant"
    path.write_text(_FILE.format(event="E: at (S < 0.5): S = 1;"))
    with pytest.raises(EngineError, match="'E' of the model cannot run in a browser"):
        export_bundle(str(path))


def test_a_model_with_delays_is_refused(tmp_path):
    path = tmp_path / "late.xml"
    text = (
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        '<listOfParameters><parameter id="x" value="1" constant="false"/><parameter id="y" constant="false"/>'
        '</listOfParameters><listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">'
        '<cn>1</cn></math></rateRule><assignmentRule variable="y"><math xmlns="http://www.w3.org/1998/Math/MathML">'
        '<apply><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay">delay</csymbol>'
        "<ci>x</ci><cn>1</cn></apply></math></assignmentRule></listOfRules></model></sbml>"
    )
    path.write_text(text)
    with pytest.raises(EngineError, match="delays, which a page does not know"):
        export_bundle(str(path))


def study(**more):
    raw = {
        "name": "mine",
        "population": {"cohort": "healthy", "patients": 50},
        "endpoint": [{"id": "treg_fold", "days": [7]}],
        "arm": [
            {"name": "<b>low", "drug": "aldesleukin", "regimen": "1 MIU SC daily for 5 days"},
            {"name": "none", "drug": "aldesleukin", "regimen": "none"},
            {"name": "with", "drug": "aldesleukin", "regimen": "1 MIU SC once",
             "partner": [{"drug": "rapamycin", "regimen": "2 mg IV once"}]},
            {"name": "sense", "drug": "aldesleukin", "regimen": "1 MIU SC once", "set": {"il15": 2.0}},
            {"name": "twice", "drug": "aldesleukin", "regimen": "1 MIU SC once", "scale": {"clearance": 2.0}},
        ],
        **more,
    }  # fmt: skip
    return make_plan(check_study(raw, where="a test"), RunOptions(seed=3), load_solver("human"))


def test_the_arms_of_a_study_are_scenarios():
    bundle = study_bundle(study(horizon=30.0), patients=4)
    assert is_valid(bundle)
    assert [one["name"] for one in bundle["scenarios"]] == ["<b>low", "with", "none"]
    assert [one["horizon_days"] for one in bundle["scenarios"]] == [30.0] * 3
    assert bundle["scenarios"][1]["partner"] == [{"drug": "rapamycin", "regimen": "2 mg IV bolus"}]
    assert bundle["study"]["report_days"] == [7.0]
    assert bundle["study"]["left_out"] == [
        "arm 'sense' changes what a body senses (il15)",
        "arm 'twice' multiplies parameters",
    ]
    assert (bundle["models"][0]["populations"][0]["patients"], bundle["models"][0]["populations"][0]["seed"]) == (4, 3)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_refused(value):
    with pytest.raises(StudyError, match="is set to"):
        explore_bundle(["human"], cohorts=["healthy"], drugs=["aldesleukin"], patients=1, values={"clearance": value})


@pytest.mark.parametrize("until", [-5.0, 0.0, float("nan"), float("inf")])
def test_a_run_without_length_is_refused(until):
    with pytest.raises(StudyError, match="has no length"):
        export_bundle("tumour_alone", until=until)


def test_a_model_in_which_nothing_changes_is_refused(tmp_path):
    file = tmp_path / "still.ant"
    file.write_text("model still()\n  k = 0.1;\nend\n", encoding="utf-8")
    with pytest.raises(EngineError, match="nothing in the model changes"):
        export_bundle(str(file))


def test_an_arm_with_two_drugs_without_il2_stays_on_the_desk():
    spec = check_study(
        {
            "name": "two",
            "population": {"cohort": "healthy", "patients": 2},
            "arm": [
                {"name": "one", "drug": "aldesleukin", "regimen": "1 MIU SC once"},
                {
                    "name": "two",
                    "drug": "basiliximab",
                    "regimen": "20 mg IV once",
                    "partner": [{"drug": "daclizumab", "regimen": "150 mg SC once"}],
                },
            ],
            "endpoint": [{"id": "treg_fold", "days": [7]}],
        },
        where="test",
    )
    plan = make_plan(spec, RunOptions(), load_solver("human_partners"))
    (left,) = study_bundle(plan, patients=2)["study"]["left_out"]
    assert left == "arm 'two' has more than one drug with no IL-2 in it"
