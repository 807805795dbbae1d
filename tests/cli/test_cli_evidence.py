"""`bimodal list evidence`: published numbers beside stored simulations."""

import json

import pytest

from bimodal.cli import main
from bimodal.evidence import load_simulated, load_targets, tally
from bimodal.study import load_evidence

CHANGED = {"model_sha256": "0" * 64, "planned": 5000}


def test_misses_first_with_counts_of_both_roles(capsys):
    assert main(["list", "evidence"]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = load_evidence()[0]
    assert lines[2].split()[:2] == [first.target.id, first.target.study]
    for role in ("calibration", "validation"):
        count = tally(row for row in load_evidence() if row.target.role == role)
        assert f"{role}: {count.outside} of {count.scored} scored targets outside, {count.inside} inside" in "\n".join(
            lines
        )


def test_json_has_every_target_and_the_runs(capsys):
    assert main(["list", "evidence", "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["id"] for row in found["targets"]} == {target.id for target in load_targets()}
    assert found["calibration"]["scored"] > found["validation"]["scored"] > 0
    assert set(found["runs"]) == set(load_simulated().studies)
    assert {"published", "simulated", "verdict", "citation", "changed"} <= set(found["targets"][0])


def test_an_earlier_model_and_fewer_patients_are_said(capsys, monkeypatch):
    table = load_simulated()
    konrad = table.studies["konrad-1990"].model_copy(update=CHANGED)
    other = table.model_copy(update={"studies": {**table.studies, "konrad-1990": konrad}})
    monkeypatch.setattr("bimodal.study.verdict.stored_evidence.load_simulated", lambda: other)
    assert main(["list", "evidence"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "computed with an earlier model, changed since: konrad-1990 (the model 'human')" in said
    assert "konrad-1990 (1000 of 5000)" in said


@pytest.mark.parametrize("kind", ["targets", "drugs"])
def test_other_lists_have_no_json(kind, capsys):
    assert main(["list", kind, "--json", "x.json"]) == 2
    assert "bimodal list evidence --json" in capsys.readouterr().err
