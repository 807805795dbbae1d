"""Every block of docs/weights.md runs as it stands, and what cannot be weighted ends with 2 and no traceback."""

import json
import re
import shlex
from pathlib import Path

import pytest

from bimodal.cli import main
from page_blocks import page_blocks

PAGE = (Path(__file__).parents[2] / "docs" / "weights.md").read_text("utf-8")
(STUDY,) = (block.text for block in page_blocks(PAGE, "toml"))
COMMANDS = [shlex.split(line)[1:] for block in page_blocks(PAGE, "sh") for line in block.text.splitlines()]


@pytest.mark.docs
def test_the_page_runs_and_prints_what_it_says(tmp_path, monkeypatch, capsys):
    assert [block.kind for block in page_blocks(PAGE)] == ["toml", "sh"]
    assert [words[0] for words in COMMANDS] == ["run", "query", "export"]
    monkeypatch.chdir(tmp_path)
    Path("weighted.toml").write_text(STUDY, "utf-8")
    assert main(COMMANDS[0]) == 0
    said = capsys.readouterr().out
    effective = re.search(r"`(effective sample size [\d.]+ of 100)`", PAGE)
    assert effective is not None
    assert effective[1] in said
    assert re.search(r"age_years +mean +40 +43\.\d+ +40 +made up", said)
    report = Path("weighted/report.html").read_text("utf-8")
    assert "Weighted population" in report
    assert 'id="weights"' in report
    assert "heavy one more than once" in report
    for command in COMMANDS[1:]:
        assert main(command) == 0
    table = Path("tables/patients.csv").read_text("utf-8").splitlines()
    assert "weight" in table[0].split(",")
    assert "has to be used" in Path("tables/README.txt").read_text("utf-8")
    assert main(["diff", "weighted", "weighted"]) == 0


def test_what_is_out_of_reach_ends_with_2(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text(STUDY.replace("value = 40", "value = 400"), "utf-8")
    assert main(["run", "a.toml", "--patients", "10", "--no-report", "--out", "o"]) == 2
    said = capsys.readouterr().err
    assert "no weights of these patients give a mean of 'age_years' of 400" in said
    assert "Traceback" not in said
    assert not Path("o").exists()


def test_subjects_are_weighted_by_their_covariates(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"P{k},{60 + k},170,{30 + 5 * k}" for k in range(8)]
    Path("people.csv").write_text("\n".join(["id,weight_kg,height_cm,covariate.age_years", *rows, ""]), "utf-8")
    text = STUDY.replace('cohort = "t1d"\npatients = 100', 'subjects = "people.csv"')
    match = text.index('[[population.match]]\nid = "female"')
    Path("b.toml").write_text(text[:match] + text[text.index("[[arm]]") :], "utf-8")
    assert main(["run", "b.toml", "--no-report", "--out", "o", "--quiet"]) == 0
    found = json.loads(Path("o/summary.json").read_text("utf-8"))["weights"]
    assert abs(found["targets"][0]["reached"] - 40.0) < 1e-9
    assert any("few patients carry" in text for text in found["warnings"])
