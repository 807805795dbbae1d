"""``bimodal run`` on a study of a model file, as a user of published SBML files meets it."""

import json
import re

import jsonschema
import pytest

from bimodal import INTENDED_USE
from bimodal.cli import main
from bimodal.study.run.summary import summary_schema

MODEL = """model tumour
  unit time_unit = 86400 second;
  T' = a*T - b*T*E; E' = s - d*E; T = 1; E = 0; a = 0.2; b = 1; s = 0.1; d = 0.5; up' = c*up^2; up = 1; c = 0;
  T has cells; unit cells = item;
end
"""
STUDY = """name = "two-arms"
model = "tumour.ant"
[population]
patients = 5
spread = {a = 0.2}
[[arm]]
name = "as published"
regimen = "none"
[[arm]]
name = "no help & <none>"
regimen = "none"
set = {s = 0}
[[endpoint]]
id = "T"
days = [10, 20]
[[endpoint]]
id = "up"
days = [20]
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tumour.ant").write_text(MODEL, "utf-8")
    (tmp_path / "s.toml").write_text(STUDY, "utf-8")


def rewrite(tmp_path, old, new):
    assert old in STUDY
    (tmp_path / "s.toml").write_text(STUDY.replace(old, new, 1), "utf-8")


def test_a_model_file_runs_from_end_to_end(tmp_path, capsys):
    assert main(["run", "s.toml", "--out", "o", "--json", "r.json", "--strict", "--long"]) == 0
    shown = capsys.readouterr()
    assert "as published (n = 5)" in shown.out
    assert re.search(r"^T +10 ", shown.out, re.MULTILINE)
    assert INTENDED_USE in shown.out
    assert "parameters of this file have no sources here" in shown.err
    summary = json.loads((tmp_path / "o" / "summary.json").read_text("utf-8"))
    assert summary == json.loads((tmp_path / "r.json").read_text("utf-8"))
    jsonschema.validate(summary, summary_schema())
    first, second = (arm["endpoints"][0]["value"] for arm in summary["arms"])
    assert second > 1.5 * first
    assert [path.name for path in (tmp_path / "o" / "figures").iterdir()] == ["quantities_over_time.svg"]
    page = (tmp_path / "o" / "report.html").read_text("utf-8")
    for words in (
        INTENDED_USE,
        "Quantities of the model over time",
        "tumour.ant",
        "86,400 seconds",
        "s = 0 in arm",
        "no help &amp; &lt;none&gt;",
        "constants of the model file",
        "have no sources here",
        "unit not given",
    ):
        assert words in page
    assert str(tmp_path) not in page


def test_one_that_blows_up_is_counted_everywhere_and_the_exit_code_is_1(tmp_path, capsys):
    rewrite(tmp_path, "set = {s = 0}", "set = {c = 1}")
    assert main(["run", "s.toml", "--out", "o"]) == 1
    shown = capsys.readouterr()
    assert "no help & <none> (n = 0)" in shown.out
    assert "5 patients could not be computed" in shown.err
    summary = json.loads((tmp_path / "o" / "summary.json").read_text("utf-8"))
    assert summary["failed"] == 5
    assert "5 failed" in (tmp_path / "o" / "report.html").read_text("utf-8")


def test_a_run_is_resumed_and_shards_make_one_summary(tmp_path, capsys):
    words = ["run", "s.toml", "-q", "--no-report", "--chunk", "2"]
    assert main([*words, "--out", "o", "--resume"]) == 2
    assert main([*words, "--out", "o", "--shard", "1/2"]) == 0
    assert not (tmp_path / "o" / "summary.json").exists()
    assert main([*words, "--out", "o", "--resume"]) == 0
    assert main([*words, "--out", "p", "--workers", "2"]) == 0
    assert (tmp_path / "o" / "summary.json").read_bytes() == (tmp_path / "p" / "summary.json").read_bytes()
    assert main(["run", "s.toml", "-q", "--no-report", "--out", "o", "--seed", "2"]) == 2
    assert "--force" in capsys.readouterr().err


def test_without_endpoints_the_first_quantities_are_drawn(tmp_path, capsys):
    rewrite(tmp_path, STUDY[STUDY.index("[[endpoint]]") :], "")
    (tmp_path / "s.toml").write_text("horizon = 0.001\n" + (tmp_path / "s.toml").read_text("utf-8"), "utf-8")
    assert main(["run", "s.toml", "-n", "1", "--out", "o"]) == 0
    assert "Simulated" not in capsys.readouterr().out
    assert (tmp_path / "o" / "figures" / "quantities_over_time.svg").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "T"', 'id = "Tt"', "'T'"),
        ("set = {s = 0}", "set = {ss = 0}", "arm 'no help & <none>', key 'set'"),
        ('"tumour.ant"', '"tumor.ant"', "tumor.ant"),
        ("spread = {a = 0.2}", 'cohort = "healthy"', "population.cohort"),
        ('regimen = "none"', 'regimen = "1 MIU SC once"', "[ports]"),
        ("days = [10, 20]", "", "say which days"),
    ],
)
def test_bad_studies_of_a_file_give_one_message_and_write_nothing(old, new, says, tmp_path, capsys):
    rewrite(tmp_path, old, new)
    assert main(["run", "s.toml", "--out", "o"]) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert "Traceback" not in shown.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.toml", "tumour.ant"]
