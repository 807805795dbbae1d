"""A study runs on the model it names, or on the larger one where that one lacks what is read."""

import pytest

from bimodal.model import list_models
from bimodal.model.manifest import read_manifest
from bimodal.study import run_study, simulate_spec
from bimodal.study.plan.model_choice import ModelChoice, choose_model
from bimodal.study.spec.load import check_study

GIVEN = {"human": {"treg_count", "tconv_count"}, "human_oncology": {"treg_count", "tconv_count", "tox_index"}}


def study(**changes):
    raw = {
        "name": "mine",
        "population": {"cohort": "healthy", "patients": 2},
        "arm": [{"name": "a", "drug": "aldesleukin", "regimen": "1 MIU SC daily for 5 days"}],
        "endpoint": [{"id": "treg_fold", "days": [1]}],
    }
    return check_study({**raw, **changes}, where="a test")


def chosen(spec):
    return choose_model(spec, given=GIVEN.__getitem__)


def test_what_the_named_model_gives_is_run_on_it():
    assert chosen(study()) == ModelChoice("human")


def test_an_endpoint_a_rule_or_an_era_asks_for_the_larger_model():
    found = chosen(study(endpoint=[{"id": "treg_fold", "days": [1]}, {"id": "tox_index", "days": [1]}]))
    assert found == ModelChoice(
        "human_oncology",
        "run on the model 'human_oncology': endpoint 'tox_index' needs 'tox_index', which 'human' lacks",
    )
    arm = {"name": "b", "drug": "aldesleukin", "regimen": "1 MIU SC daily for 5 days"}
    for rule in ({"rules": ["hold if tox_index > 1"]}, {"era": "nci-1985"}):
        found = chosen(study(arm=[{**arm, **rule}]))
        assert found.name == "human_oncology"
        assert "a visit rule of arm 'b' needs 'tox_index'" in found.why


def test_what_no_model_gives_stays_with_the_named_one_which_refuses_it_by_name():
    assert chosen(study(endpoint=[{"id": "drug_total", "days": [1]}])) == ModelChoice("human")


@pytest.mark.parametrize("model", ["human_mass_action", "human_oncology"])
def test_a_model_named_outright_is_taken(model):
    assert chosen(study(model=model, endpoint=[{"id": "tox_index", "days": [1]}])) == ModelChoice(model)


def test_the_shipped_models_agree_with_the_rule():
    small, large = (set(read_manifest(name).observables) for name in ("human", "human_oncology"))
    assert small < large
    larger = {name: read_manifest(name).larger for name in list_models()}
    assert {name: one for name, one in larger.items() if one} == {"human": "human_oncology", "mouse": "mouse_disease"}
    assert choose_model(study(endpoint=[{"id": "orr"}])).name == "human_oncology"
    assert choose_model(simulate_spec(["aldesleukin"], ["none"])).name == "human"


def test_the_summary_names_the_model(solver, options):
    summary = run_study(study(), options=options(), solver=solver).summary
    assert summary["provenance"]["model"] == "human"
    assert "model_why" not in summary["provenance"]
    solver.name = "human_oncology"
    solver.observables = (*solver.observables, "tumour_cells")
    asked = study(
        endpoint=[{"id": "treg_fold", "days": [1]}],
        arm=[{"name": "a", "drug": "aldesleukin", "regimen": "1 MIU SC daily for 5 days"}],
        name="other",
    )
    summary = run_study(asked, options=options(force=True), solver=solver).summary
    assert summary["provenance"]["model"] == "human_oncology"
    assert any("before checkpoint inhibitors" in text for text in summary["warnings"])
