"""The page about PEtab: its Python runs, its commands work, its figures are those of the stored results."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bimodal.cli import main
from page_blocks import page_blocks

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "petab.md").read_text("utf-8")


@pytest.mark.docs
def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    (code,) = page_blocks(PAGE, "python")
    (tmp_path / "example.py").write_text(code.text, "utf-8")
    # the library of PEtab warns of things of its own when it is imported
    command = [sys.executable, str(tmp_path / "example.py")]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300).stdout
    for words in ("12 measurements: log-likelihood", "fit washout: cost", "\n()\n"):
        assert words in said


@pytest.mark.docs
def test_the_commands_of_the_page_work(tmp_path, monkeypatch):
    commands = re.findall(r"^    bimodal (fit examples/\S+) --starts (\d)", PAGE, re.MULTILINE)
    assert len(commands) == 2
    monkeypatch.chdir(ROOT)
    for words, starts in commands:
        starts = "1" if int(starts) else "0"
        assert main([*words.split(), "--starts", starts, "--out", str(tmp_path / starts), "--quiet"]) == 0
        assert (tmp_path / starts / "simulation.tsv").exists()


def test_the_figures_of_the_page_are_those_of_the_results():
    results = ROOT / "benchmarks" / "results"
    suite = json.loads((results / "petab_suite.json").read_text("utf-8"))
    passed = sum(one["kind"] == "passed" for one in suite["cases"])
    refused = sum(one["kind"] == "refused" for one in suite["cases"])
    formulas = sum(one["kind"] == "passed" for one in suite["formulas"])
    plain = " ".join(re.sub(r"<!--.*?-->", "", PAGE).split())  # without the marks of what comes from a record
    assert f"{formulas} of {len(suite['formulas'])} formulas pass" in plain
    assert f"{passed} pass, all that have an SBML model, and {refused} with a PySB model are refused by name" in plain
    models = json.loads((results / "petab_models.json").read_text("utf-8"))
    good = [one["problem"] for one in models["problems"] if one["verdict"] == "reproduced"]
    assert f"{len(good)} of {len(models['problems'])}" in PAGE
