"""Regimens in a mouse from the command line."""

import json

from bimodal.cli import main


def test_fewer_parameter_sets_are_simulated_where_fewer_are_asked_for(tmp_path, capsys):
    words = ["simulate", "--species", "mouse", "-d", "jes6-1-complex", "-r", "1 ug IP daily for 3 days", "-n", "4"]
    assert main([*words, "--no-report", "-q", "--out", str(tmp_path / "out")]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["patients"] == 4
    assert summary["failed"] == 0


def test_molecules_of_mice_are_compared_on_parameter_sets(tmp_path, capsys):
    words = [
        "compare",
        "--species",
        "mouse",
        "--equal",
        "dose",
        "--no-report",
        "-n",
        "3",
        "--out",
        str(tmp_path / "out"),
    ]
    for drug in ("jes6-1-complex", "mouse-il-2"):
        words += ["-d", drug, "-r", "1 ug IP once"]
    assert main(words) == 0
    assert "the same parameter sets in every arm" in " ".join(capsys.readouterr().out.split())
