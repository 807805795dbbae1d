"""Questions to a results folder: right answers, and nothing beyond the folder is reached or written."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bimodal.cli.main import main
from bimodal.errors import BimodalError, OutputError, QueryError
from bimodal.results.database import TABLES, Limits
from bimodal.results.find_results import find_results
from bimodal.results.query import query, tables
from bimodal.study import StudyResult
from bimodal.study.run.reopened import reopen

NEVER_ENDS = "with recursive t as (select 1 as x union all select x + 1 from t) select count(*) from t"


def content(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_value_is_that_of_the_run(trial: StudyResult) -> None:
    asked = ("treg_count", "treg_fold", "nk_count", "pstat5_nk", "treg_tconv_ratio_fold", "cd4_gain", "tox_index")
    rows = query(trial.folder, f"select * from values where id in {asked} order by id, arm, patient, day").rows
    found = pd.DataFrame(rows, columns=["arm", "patient", "day", "id", "value"])
    known = trial.trajectories(*asked)
    for name in asked:
        mine = found[found["id"] == name]
        own = known.sort_values(["arm", "patient", "day"])
        assert mine[["arm", "patient"]].to_numpy().tolist() == own[["arm", "patient"]].to_numpy().tolist()
        np.testing.assert_allclose(mine["day"], own["day"], rtol=1e-14)
        np.testing.assert_allclose(mine["value"].astype(float), own[name], rtol=1e-13)


def test_people_doses_and_summary_are_those_of_the_run(trial: StudyResult) -> None:
    known = trial.patients_table()
    answer = query(trial.folder, "select * from patients")
    assert list(answer.columns) == list(known.columns)
    np.testing.assert_array_equal(
        np.array([row[answer.columns.index("os_days")] for row in answer.rows]), known["os_days"].to_numpy()
    )
    arm = trial.arms[0]
    given = query(trial.folder, "select patient, sum(cast(given > 0 as int)) from ledger group by 1 order by 1").rows
    assert [count for _, count in given] == trial.course(arm, "doses_given").tolist()
    rows = query(trial.folder, "select arm, endpoint, day, value from endpoints where endpoint = 'treg_fold'").records()
    said = [row for one in trial.summary["arms"] for row in one["endpoints"] if row["id"] == "treg_fold"]
    assert [row["value"] for row in rows] == [row["value"] for row in said]
    assert query(trial.folder, "select arm, patients from arms").rows == [(arm, 16) for arm in trial.arms]


def test_a_run_is_opened_again_as_it_was(trial: StudyResult) -> None:
    again = reopen(trial.folder)
    assert again.summary == trial.summary
    pd.testing.assert_frame_equal(again.patients_table(), trial.patients_table())
    pd.testing.assert_frame_equal(again.to_pandas(), trial.to_pandas())


def test_tables_and_columns_are_listed(folder: Path) -> None:
    found = {one["table"]: [column["name"] for column in one["columns"]] for one in tables(folder)}
    assert list(found) == list(TABLES)
    assert found["values"] == ["arm", "patient", "day", "id", "value"]
    assert {"arm", "patient", "weight_kg", "best_response", "os_days"} <= set(found["patients"])


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '{new}'",
        "copy endpoints to '{new}' (format parquet)",
        "attach '{new}'",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_text('/etc/hostname')",
        "select * from glob('/*')",
        "select * from read_parquet('https://127.0.0.1/x.parquet')",
        "select * from query('select * from read_csv(''/etc/passwd'')')",
        "install httpfs",
        "load httpfs",
        "pragma database_list",
        "set memory_limit = '10GB'",
        "reset memory_limit",
        "select 1; select 2",
        "select 1; copy (select 1) to '{new}'",
        "explain analyze copy (select 1) to '{new}'",
        "select * from enable_logging(storage = 'file', storage_path = '{new}')",
        "select * from duckdb_secrets()",
        "create table mine as select 1",
        "insert into arms select * from arms",
        "drop view values",
        "update endpoints set value = 0",
        "export database '{new}'",
        "begin",
        "call pragma_version()",
        "select * from os",
        "",
        "select from",
        "select " + "1," * 60_000 + "1",
    ],
)
def test_hostile_sql_is_refused_and_nothing_is_written(sql: str, folder: Path, tmp_path: Path) -> None:
    before = content(folder)
    for new in (tmp_path / "new", folder / "new.parquet"):
        with pytest.raises(QueryError):
            query(folder, sql.format(new=str(new).replace("'", "''")) if "{new}" in sql else sql)
    assert list(tmp_path.iterdir()) == []
    assert content(folder) == before


def test_a_file_of_the_run_is_not_written_over(folder: Path) -> None:
    before = content(folder)
    for path in (folder / "trajectories").glob("*.parquet"):
        with pytest.raises(QueryError, match="only reads"):
            query(folder, f"copy (select 1 as a) to '{path}' (format parquet)")
    assert content(folder) == before


def test_a_query_without_end_is_stopped(folder: Path) -> None:
    began = time.monotonic()
    with pytest.raises(QueryError, match=r"took more than 0\.5 s"):
        query(folder, NEVER_ENDS, limits=Limits(seconds=0.5))
    assert time.monotonic() - began < 20.0


def test_a_query_that_needs_too_much_memory_is_refused(folder: Path) -> None:
    with pytest.raises(QueryError, match=r"MB of memory|took more than"):
        query(
            folder,
            "select list(a.range || '-' || b.range) from range(100000) a, range(10000) b",
            limits=Limits(seconds=20.0, memory_mb=100),
        )


def test_ctrl_c_ends_a_query(folder: Path) -> None:
    code = f"""
import sys
from bimodal.cli.main import main
sys.exit(main(["query", {str(folder)!r}, {NEVER_ENDS!r}, "--seconds", "60"]))
"""
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    threading.Timer(4.0, process.send_signal, [2]).start()
    _, said = process.communicate(timeout=50)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_a_fault_says_where_it_is(folder: Path) -> None:
    with pytest.raises(QueryError) as told:
        query(folder, "select enpoint from endpoints")
    assert 'column "enpoint" not found' in str(told.value)
    assert "^" in str(told.value)


def test_a_run_of_which_a_file_was_changed_is_not_read_from_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    victim = next((copy / "trajectories").glob("arm-0000-*.parquet"))
    victim.write_bytes(next((copy / "trajectories").glob("arm-0001-*.parquet")).read_bytes())
    whole = query(folder, "select count(*) from trajectories").rows[0][0]
    answer = query(copy, "select count(*) from trajectories")
    assert answer.rows[0][0] < whole
    assert answer.left_out == 1
    assert main(["query", str(copy), "select 1"]) == 0
    assert "not as the run wrote them are left out: 1" in capsys.readouterr().err


def test_results_are_found_by_the_name_of_their_study(
    trial: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="no results of 'small-trial'"):
        find_results("small-trial")
    for name in ("one", "two"):
        (tmp_path / "results" / name).mkdir(parents=True)
        for file in ("run.json", "summary.json"):
            (tmp_path / "results" / name / file).write_bytes((trial.folder / file).read_bytes())
        if name == "one":
            assert find_results("small-trial").path == Path("results/one")
    with pytest.raises(OutputError, match="2 results"):
        find_results("small-trial")
    with pytest.raises(BimodalError, match="holds no run"):
        find_results("results")


def test_the_command_prints_writes_and_says_what_is_left_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = "select patient, weight_kg from patients where arm = 'high dose' order by 1"
    assert main(["query", str(folder), ask, "--limit", "2"]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.strip().splitlines()) == 3
    assert "the first 2 rows" in printed.err
    assert main(["query", str(folder), ask, "--csv", str(tmp_path / "a.csv"), "--json", str(tmp_path / "a.json")]) == 0
    rows = json.loads((tmp_path / "a.json").read_text("utf-8"))["rows"]
    read = pd.read_csv(tmp_path / "a.csv", float_precision="round_trip")
    assert [row["weight_kg"] for row in rows] == read["weight_kg"].tolist()
    assert len(rows) == 16
    capsys.readouterr()
    assert main(["query", str(folder), "drop table arms"]) == 2
    assert "only reads" in capsys.readouterr().err
    assert main(["query", str(folder)]) == 2


def test_columns_of_one_name_are_all_kept(trial: StudyResult) -> None:
    answer = query(trial.folder, "select 1 as a, 2 as A, 3 as b")
    assert answer.records() == [{"a": 1, "A~2": 2, "b": 3}]


def test_an_answer_larger_than_its_memory_is_refused_before_it_fills_the_machine(trial: StudyResult) -> None:
    with pytest.raises(QueryError, match="the answer is larger than 50 MB, at"):
        query(trial.folder, "select range, 'row ' || range from range(1000000000)", limits=Limits(60, 50))


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("run.json", {"arms": [["one"]]}, "the card of the run is not one of bimodal"),
        ("run.json", {"arms": 3}, "the card of the run is not one of bimodal"),
        ("run.json", {"observables": None}, "the card of the run is not one of bimodal"),
        ("summary.json", {"arms": 3}, "no summary of a run"),
        ("summary.json", {"arms": [{"name": "x", "endpoints": [1]}]}, "no summary of a run"),
        ("summary.json", {"provenance": []}, "no summary of a run"),
        ("summary.json", {"schema": 2}, "the summary has schema 2, and 1 is known"),
        ("summary.json", {"arms": []}, "of another run than the card"),
    ],
)
def test_files_of_another_shape_are_refused_in_words(
    trial: StudyResult, tmp_path: Path, name: str, change: dict[str, object], said: str
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for own in ("run.json", "summary.json"):
        content = json.loads((trial.folder / own).read_text("utf-8"))
        (folder / own).write_text(json.dumps({**content, **change} if own == name else content), "utf-8")
    with pytest.raises(OutputError, match=said):
        query(folder, "select * from arms")


def test_an_unfinished_run_lists_its_tables_and_says_why_there_are_no_patients(
    trial: StudyResult, tmp_path: Path
) -> None:
    shutil.copy(trial.folder / "run.json", tmp_path / "run.json")
    assert "patients" not in [one["table"] for one in tables(tmp_path)]
    assert query(tmp_path, "select arm from arms").rows == [(arm,) for arm in trial.arms]
    with pytest.raises(OutputError, match="the run is not finished"):
        query(tmp_path, "select * from patients")


def test_bytes_that_are_no_text_are_refused(folder: Path) -> None:
    with pytest.raises(QueryError, match="not UTF-8"):
        query(folder, "select '\udce8'")
