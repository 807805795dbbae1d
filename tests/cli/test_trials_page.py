"""Every block of docs/trials.md runs as it stands."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bimodal.cli import main
from bimodal.study.spec.design import DesignSpec
from page_blocks import page_blocks

PAGE = (Path(__file__).parents[2] / "docs" / "trials.md").read_text("utf-8")
BLOCKS = [(block.kind, block.text) for block in page_blocks(PAGE)]
STUDIES = {tomllib.loads(text)["name"]: text for kind, text in BLOCKS if kind == "toml" and text.startswith("name")}
COMMANDS = [text.split() for kind, text in BLOCKS if kind == "sh"]


def test_every_study_of_the_page_is_run_by_it():
    assert [words[2] for words in COMMANDS] == [f"{name}.toml" for name in STUDIES]
    assert {kind for kind, _ in BLOCKS} == {"toml", "sh", "python"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[2])
def test_a_study_of_the_page_runs(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    name = command[2].removesuffix(".toml")
    Path(command[2]).write_text(STUDIES[name], "utf-8")
    assert main([*command[1:], "--patients", "16", "--out", "o"]) == 0
    kind = tomllib.loads(STUDIES[name])["design"]["kind"]
    assert f"Design: {kind}" in capsys.readouterr().out
    assert json.loads(Path("o/summary.json").read_text("utf-8"))["design"]["kind"] == kind


def test_the_other_tables_of_the_page_are_designs():
    others = [text for kind, text in BLOCKS if kind == "toml" and not text.startswith("name")]
    assert [DesignSpec.model_validate(tomllib.loads(text)["design"]).kind for text in others] == ["crm"]


@pytest.mark.parametrize("code", [text for kind, text in BLOCKS if kind == "python"])
def test_the_python_of_the_page_runs(code, tmp_path):
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    # gsDesign's own printed bounds of five looks, as in tests/study/data/design_published.toml
    upper, lower = ["[3.253", "2.986", "2.692", "2.374", "2.025]"], ["[-0.902", "-0.037", "0.695", "1.36", "2.025]"]
    assert done.stdout.split() == [*upper, *lower]


def test_an_engineered_molecule_without_a_curve_ends_with_2(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = STUDIES["escalation"].replace('"aldesleukin"', '"efavaleukin-alfa"').replace("MIU/m2 SC", "mg conjugate SC")
    Path("e.toml").write_text(text, "utf-8")
    assert main(["run", "e.toml", "--patients", "2", "--no-report", "--out", "o"]) == 2
    said = capsys.readouterr().err
    assert "no dose-DLT curve for efavaleukin-alfa" in said
    assert "dlt_curve = [{dose" in said
    assert not Path("o").exists()
