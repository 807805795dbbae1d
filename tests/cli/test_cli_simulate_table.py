"""``bimodal simulate --model FILE --table doses.csv``."""

import csv
import io
import json

import pytest

from bimodal.cli.main import main

STATE = "model one\n A = 0; k = 0.1; A' = -k*A;\nend"
THREE = """ID,TIME,AMT,RATE,II,ADDL,EVID,ROUTE,UNIT
1,0,1000,4000,8,6,1,iv,nmol
2,0,500,2000,6,8,1,iv,nmol
3,0,500,1000,6,8,1,iv,nmol
"""
RUN = ["simulate", "--model", "m.ant", "--table", "d.csv"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.ant").write_text(STATE, "utf-8")
    (tmp_path / "d.csv").write_text(THREE, "utf-8")
    return tmp_path


@pytest.mark.parametrize("width", ["80", "120"])
def test_every_subject_is_in_table_csv_and_json(folder, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    assert main([*RUN, "--times", "48,50", "--out", "o", "--json", "x.json"]) == 0
    said = capsys.readouterr().out
    assert "3 subjects, 0 failed" in said
    for line in ("819.451  1499.96", "610.782  914.592", "618.513  926.168"):
        assert line in said
    rows = list(csv.DictReader(io.StringIO((folder / "o" / "m.csv").read_text("utf-8"))))
    assert [(row["subject"], row["time"]) for row in rows[:3]] == [("1", "48.0"), ("1", "50.0"), ("2", "48.0")]
    told = json.loads((folder / "x.json").read_text("utf-8"))
    assert [float(row["A"]) for row in rows] == [v for one in told["subjects"] for v in one["quantities"]["A"]]


def test_a_subject_that_fails_is_counted_and_shown(folder, capsys):
    (folder / "m.ant").write_text("model burst\n unit time_unit = 3600 second;\n A = 0; A' = A^2 - A;\nend", "utf-8")
    (folder / "d.csv").write_text("id,time,amt\ncalm,0,0.5\nhot,0,5\n", "utf-8")
    assert main([*RUN, "--table-unit", "nmol", "--until", "4"]) == 1
    said = capsys.readouterr()
    assert "2 subjects, 1 failed" in said.out
    assert "subject hot: the run failed" in said.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--times", "3"], "--times goes with"),
        (["--into", "A"], "--into goes with"),
        (["--table", "d.csv", "--regimen", "none"], "takes no regimen"),
        (["--table", "d.csv", "--table", "d.csv"], "one table of one drug"),
        (["--table", "d.csv", "--into", "sc=A", "--into", "A"], "does not say where one route"),
        (["--table", "d.csv", "--times", "a"], "not a list of times"),
        (["--table", "d.csv", "--table-time", "week"], "--table-time"),
        (["--table", "d.csv", "--until", "-1"], "cannot end"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_options_that_do_not_go_together_are_refused(capsys, options, says):
    assert main(["simulate", "--model", "m.ant", *options]) == 2
    assert says in capsys.readouterr().err
