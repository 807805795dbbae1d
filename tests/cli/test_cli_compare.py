"""`bimodal compare` as a user meets it; the command is hung into a small program of its own."""

import json

import jsonschema
import pytest
from cli_program import small_program

from bimodal import INTENDED_USE
from bimodal.cli import compare
from bimodal.cli.main import main
from bimodal.compare.as_json import comparison_schema

WORDS = [
    "compare",
    "-d",
    "aldesleukin",
    "-r",
    "1 MIU/m2 SC daily for 5 days",
    "-n",
    "4",
    "--report-days",
    "5",
    "-w",
    "1",
]
PEG = ["-d", "rezpegaldesleukin", "-r", "1 ug/kg SC once"]


@pytest.fixture(autouse=True)
def _program(tmp_path, monkeypatch):
    app = small_program(monkeypatch, tmp_path)
    app.command("compare")(compare.compare)


def test_side_by_side(capsys, tmp_path):
    assert main([*WORDS, *PEG, "--out", "o", "--json", "c.json"]) == 0
    shown = capsys.readouterr()
    for text in (
        "Cmax",
        "half-life",
        "AUC to infinity",
        "occupancy_cd25",
        "pstat5_treg",
        "treg_fold",
        "equal exposure:",
    ):
        assert text in shown.out
    assert INTENDED_USE[:40] in shown.out
    assert "outside what the model was calibrated on" in shown.err
    data = json.loads((tmp_path / "o" / "comparison.json").read_text("utf-8"))
    jsonschema.validate(data, comparison_schema())
    assert data == json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert {path.name for path in (tmp_path / "o").iterdir()} == {"comparison.json", "compare.png", "compare.svg"}
    scaled = data["arms"][2]
    assert scaled["median_patient_auc"] == pytest.approx(scaled["median_patient_reference_auc"], rel=1e-4)
    assert f"{scaled['factor']:.4g} times" in shown.out


def test_json_on_the_terminal_is_nothing_but_json(capsys):
    assert main([*WORDS, *PEG, "--equal", "dose", "--no-report", "--json", "-", "-q"]) == 0
    assert len(json.loads(capsys.readouterr().out)["arms"]) == 2


def test_another_comparison_is_not_replaced(capsys):
    few = [*WORDS, *PEG, "--equal", "dose", "--no-report", "-q", "--out", "o"]
    assert main(few) == 0
    assert main(few) == 0
    assert main([*few, "--seed", "2"]) == 2
    assert "something else" in capsys.readouterr().err
    assert main([*few, "--seed", "2", "--force"]) == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["compare"], "no regimen"),
        (WORDS, "cannot be compared"),
        ([*WORDS, "-d", "neo-2-15", "-r", "1 mg IV once"], "none published"),
        ([*WORDS, "-d", "rezpegaldesleukin", "-r", "1 MIU SC once"], "potency"),
        ([*WORDS, "-d", "rezpegaldesleukin", "-r", "1 mg SC dayly"], "^"),
        ([*WORDS, *PEG, "--equal", "weight"], "weight"),
        ([*WORDS, *PEG, "--report-days", "x"], "list of days"),
        ([*WORDS, *PEG, "-c", "helthy"], "healthy"),
        ([*WORDS, *PEG, "-n", "0"], "0 patients"),
    ],
)
def test_bad_input_is_one_message(words, says, capsys):
    assert main(words) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert "Traceback" not in shown.err
