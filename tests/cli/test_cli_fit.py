"""``bimodal fit`` as a person types it."""

import json

import pytest

from bimodal.cli.main import main
from bimodal.model import load_model
from bimodal.model.files import read_data


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_receptor_fit_reproduces_the_shipped_table(tmp_path, capsys):
    assert main(["fit", "receptors", "--starts", "1", "--strict", "--no-report", "--json", "fit.json"]) == 0
    said = capsys.readouterr().out
    assert "the shipped table holds what this fit finds" in said
    data = json.loads((tmp_path / "fit.json").read_text("utf-8"))
    assert data["fit"]["estimates"]["il2_k2"]["at_bound"] is None
    assert (tmp_path / "results" / "fit-receptors" / "report.txt").exists()


def test_writing_back_changes_only_what_was_fitted(tmp_path, capsys):
    shipped = read_data("human.csv")
    k2 = load_model("human").table.values()["il2_k2"]
    before = shipped.replace(f"il2_k2,{k2:g}", "il2_k2,111", 1)
    assert before != shipped
    (tmp_path / "table.csv").write_text(before, "utf-8")
    assert (
        main(["fit", "receptors", "--starts", "1", "--quiet", "--no-report", "--write", "table.csv", "--dry-run"]) == 0
    )
    assert (tmp_path / "table.csv").read_text("utf-8") == before
    assert "il2_k2" in capsys.readouterr().out
    assert main(["fit", "receptors", "--starts", "1", "--quiet", "--no-report", "--write", "table.csv"]) == 0
    changed = [line for line in (tmp_path / "table.csv").read_text("utf-8").splitlines() if line not in before]
    (found,) = [float(line.split(",")[1]) for line in changed if line.startswith("il2_k2,")]
    assert found == pytest.approx(k2, rel=1e-3)
    assert len(changed) <= 10


def test_an_unknown_fit_is_refused_with_the_known_ones(capsys):
    assert main(["fit", "receptor"]) == 2
    assert "receptors-mass-action" in capsys.readouterr().err


def test_fits_are_listed(capsys):
    assert main(["list", "fits"]) == 0
    assert "human" in capsys.readouterr().out
