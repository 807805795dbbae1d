"""What the command a page prints asks for: observables of the larger model, and drugs given beside."""

from __future__ import annotations

import json

import pytest

from bimodal.cli import main
from bimodal.study import simulate_spec
from bimodal.study.plan.model_choice import choose_model


def test_an_observable_of_the_larger_model_takes_it():
    spec = simulate_spec(["aldesleukin"], ["1 MIU SC once"], also=["tox_index", "treg_fold"], report_days=[3.0])
    assert choose_model(spec).name == "human_oncology"
    assert [(row.id, row.days) for row in spec.endpoint if row.id == "tox_index"] == [("tox_index", (3.0,))]
    assert len([row.id for row in spec.endpoint if row.id == "treg_fold"]) == 1


def test_a_partner_is_given_in_every_arm(tmp_path):
    out = tmp_path / "run.json"
    words = ["simulate", "-r", "1 MIU SC once", "-r", "none", "--partner", "rapamycin: 2 mg IV once", "-n", "1"]
    more = ["--report-days", "1", "--follow-up-days", "1", "--quiet", "--no-report", "--json", str(out)]
    assert main([*words, *more, "--out", str(tmp_path / "run")]) == 0
    arms = json.loads(out.read_text())["arms"]
    assert [arm["partner"][0]["drug"] for arm in arms] == ["rapamycin", "rapamycin"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--partner", "rapamycin 2 mg IV once"], "is no drug with its regimen"),
        (["--also", "tox_indx"], "tox_index"),
        (["--model", "m.ant"], "takes no regimen"),
    ],
)
def test_what_cannot_be_read_is_said(more, words, capsys):
    assert main(["simulate", "-r", "1 MIU SC once", *more]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("text", ["rapamycin", ": 2 mg IV once", "rapamycin: "])
def test_a_partner_without_drug_or_regimen_is_said(text, capsys):
    assert main(["simulate", "-r", "1 MIU SC once", "--partner", text, "-n", "1"]) == 2
    assert "is no drug with its regimen" in capsys.readouterr().err


def test_a_file_is_not_exported_as_sbml(tmp_path, capsys):
    file = tmp_path / "a.ant"
    file.write_text("model a()\n S = 1; S' = -0.1*S;\nend\n", encoding="utf-8")
    assert main(["export", str(file), "--to", "sbml", "--out", str(tmp_path / "a.xml")]) == 2
    assert "is no built-in model" in capsys.readouterr().err
