"""``bimodal qualify``: exit codes, files, and words for people."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bimodal.cli.main import main
from bimodal.report import pdf


def test_a_section_that_passes_exits_with_0_and_leaves_its_files(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "q"
    words = ["qualify", "--quick", "--only", "parameters", "--only", "hashes", "--out", str(folder), "--no-pdf"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "passed  parameters 2 of 2: The human model has" in said
    assert "not a regulatory submission or credibility determination" in said
    record = json.loads((folder / "qualify.json").read_text("utf-8"))
    assert record["quick"] is True
    statuses = {row["id"]: row["status"] for row in record["sections"]}
    assert statuses["hashes"] == "passed"
    assert statuses["studies"] == "not run"
    page = (folder / "qualify.html").read_text("utf-8")
    assert "Not a regulatory submission or credibility determination." in page
    assert not (folder / "qualify.pdf").exists()
    assert main(words) == 0
    assert "(kept)" in capsys.readouterr().out


def test_a_miss_exits_with_1_and_is_said_when_quiet(tmp_path: Path, capsys) -> None:
    words = ["qualify", "--only", "predictions", "--out", str(tmp_path / "q"), "--no-pdf", "--quiet"]
    assert main(words) == 1
    said = capsys.readouterr()
    assert said.out.startswith("missed  predictions ")
    assert said.err == ""


def test_json_on_the_output_is_json_alone(tmp_path: Path, capsys) -> None:
    assert main(["qualify", "--only", "parameters", "--out", str(tmp_path / "q"), "--no-pdf", "--json", "-"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["schema_version"] == 1
    assert record == json.loads((tmp_path / "q" / "qualify.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "studie"], "did you mean 'studies'"),
        (["--sbml-suite", "nowhere"], "there is no folder 'nowhere'"),
        (["--petab-suite", "nowhere"], "there is no folder 'nowhere'"),
        (["--patients", "0"], "greater than or equal to 1"),
        (["--only", " "], "is empty"),
    ],
)
def test_bad_input_exits_with_2(words: list[str], said: str, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["qualify", *words]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_exits_with_2(tmp_path: Path, capsys) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["qualify", "--only", "parameters", "--out", str(tmp_path)]) == 2
    assert "something else" in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_the_sections_are_listed(capsys) -> None:
    assert main(["qualify", "--section", "list"]) == 0
    assert "closed-forms" in capsys.readouterr().out


def test_without_a_browser_that_is_said(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(pdf, "find_browser", lambda: None)
    assert main(["qualify", "--only", "parameters", "--out", str(tmp_path / "q")]) == 0
    assert "no PDF: no Chromium, Chrome or Edge was found" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")
def test_ctrl_c_leaves_what_is_finished_and_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "q"
    command = [sys.executable, "-m", "bimodal", "qualify", "--quick", "--no-pdf", "--out", str(folder), "-w", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 120
    while not list(folder.glob("sections/*.json")) and time.monotonic() < until:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "what is finished stays" in said
    assert "Traceback" not in said
    kept = {path.name: path.read_bytes() for path in folder.glob("sections/*.json")}
    assert kept
    assert not (folder / "qualify.json").exists()
    time.sleep(2.0)
    assert {path.name: path.read_bytes() for path in folder.glob("sections/*.json")} == kept, "a process goes on"
