"""How patients failed is said: in the summary, on the terminal and in the report, with the quantity and the day."""

from __future__ import annotations

import json
import math

import jsonschema
import pytest
from typer.testing import CliRunner

from bimodal.cli.main import app
from bimodal.report.failures_section import failures_section
from bimodal.study import RunOptions, load_study, run_study
from bimodal.study.run.summary import summary_schema

# x' = k x^2 from 1 ends at time 1/k: some of the patients have no result on day 1.5
MODEL = """
model blow
  unit time_unit = {second} second;
  compartment body = 1; substanceOnly species x in body;
  grow: -> x; k*x*x;
  k = {k}; x = 1;
end
"""
STUDY = """
name = "blow"
model = "blow.ant"
horizon = 1.5
[population]
patients = 6
spread = {k = "60 %"}
[[arm]]
name = "a"
regimen = "none"
[[endpoint]]
id = "x"
days = [1]
"""


def written(folder, *, second=3600, k=0.05):
    (folder / "blow.ant").write_text(MODEL.format(second=second, k=k))
    (folder / "blow.toml").write_text(STUDY)
    return folder / "blow.toml"


@pytest.mark.parametrize(("second", "k"), [(3600, 0.05), (60, 0.05 / 60), (86_400, 1.2)])
def test_each_way_of_failing_has_its_count_quantity_and_day(tmp_path, second, k):
    found = run_study(load_study(written(tmp_path, second=second, k=k)), options=RunOptions(out=tmp_path / "out"))
    jsonschema.validate(found.summary, summary_schema())
    (arm,) = found.summary["arms"]
    assert 0 < arm["failed"] < 6
    assert sum(one["count"] for one in arm["failures"]) == arm["failed"]
    (first, *_) = arm["failures"]
    assert first["reason"].startswith("'x' grows without bound")
    assert "time" not in first["reason"]
    assert 0.2 < first["day"] < 1.5


def test_the_day_is_that_of_the_first_patient_whatever_the_parts(tmp_path):
    spec = load_study(written(tmp_path))
    found = [run_study(spec, options=RunOptions(out=tmp_path / str(size), chunk=size)) for size in (1, 6)]
    assert found[0].summary["arms"] == found[1].summary["arms"]


def test_a_run_without_failures_says_nothing_of_them(tmp_path):
    found = run_study(load_study(written(tmp_path, k=0.001)), options=RunOptions(out=tmp_path / "out"))
    assert found.summary["failed"] == 0
    assert "failures" not in found.summary["arms"][0]
    assert failures_section(found.summary["arms"]) == ""


def test_terminal_and_report_have_a_table_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(app, ["run", str(written(tmp_path)), "--out", str(tmp_path / "out")])
    assert "5 patients could not be computed" in done.output
    arm = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["arms"][0]
    said = arm["failures"][0]
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "Patients without a result" in done.output
    assert "<h2>Patients without a result</h2>" in page
    for text in (said["how"], f"{said['count']} of 6"):
        assert text in done.output
        assert text in page
    assert said["reason"] in done.output
    assert f"{said['day']:g}" in done.output
    assert math.isfinite(said["day"])
