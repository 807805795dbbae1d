"""The exported tables are the run, and lifelines finds in them the numbers of the summary."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bimodal.cli.main import main
from bimodal.errors import BimodalError, OutputError, StudyError
from bimodal.results.export import Form, export_run
from bimodal.results.query import query
from bimodal.study import RunOptions, StudyResult, load_study, run_study

MONTH = 30.4375


@pytest.fixture(scope="module")
def adam(trial: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("adam")
    written = export_run(trial.folder, folder, form="adam-like", every_day=True)
    assert [path.name for path in written] == [
        "adsl.csv", "adtte.csv", "adlb.csv", "adex.csv", "dictionary.csv", "units.csv", "README.txt"
    ]  # fmt: skip
    return {path.stem: pd.read_csv(path, float_precision="round_trip", keep_default_na=False, na_values=[""])
            for path in written if path.suffix == ".csv"}  # fmt: skip


def times(adam: dict[str, pd.DataFrame], code: str, arm: str) -> tuple[np.ndarray, np.ndarray]:
    table = adam["adtte"]
    own = table[(table["PARAMCD"] == code) & (table["TRT01A"] == arm)]
    return own["AVAL"].to_numpy() / MONTH, own["CNSR"].to_numpy() == 0


def test_kaplan_meier_of_the_export_is_that_of_the_summary(trial: StudyResult, adam: dict[str, pd.DataFrame]) -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    for arm in trial.summary["arms"]:
        rows = {row["id"]: row for row in arm["endpoints"]}
        for code, name in (("OS", "os_months"), ("PFS", "pfs_months")):
            time, event = times(adam, code, arm["name"])
            assert (rows[name]["n"], rows[name]["count"]) == (len(time), int(event.sum()))
            fit = KaplanMeierFitter().fit(time, event)
            band = median_survival_times(fit.confidence_interval_).to_numpy()[0]
            said = [rows[name][key] for key in ("lower", "upper")]
            assert [one if one is not None else np.inf for one in said] == band.tolist()
            half = fit.survival_function_["KM_estimate"]
            if not np.isclose(half, 0.5, atol=1e-9).any():  # a flat stretch at one half has its own rule
                assert (rows[name]["value"] or np.inf) == fit.median_survival_time_


def test_logrank_and_cox_of_the_export_are_those_of_the_summary(
    trial: StudyResult, adam: dict[str, pd.DataFrame]
) -> None:
    from lifelines import CoxPHFitter
    from lifelines.statistics import logrank_test

    said = {row["id"]: row for row in trial.summary["contrasts"][0]["survival"]}
    for code, name in (("OS", "os_months"), ("PFS", "pfs_months")):
        (one, seen), (other, its) = (times(adam, code, arm) for arm in trial.arms)
        test = logrank_test(one, other, seen, its)
        assert said[name]["logrank"]["chi2"] == pytest.approx(test.test_statistic, rel=1e-12)
        assert said[name]["logrank"]["p"] == pytest.approx(test.p_value, rel=1e-12)
        frame = pd.DataFrame(
            {"t": np.r_[one, other], "e": np.r_[seen, its], "x": np.repeat([1.0, 0.0], [len(one), len(other)])}
        )
        row = CoxPHFitter().fit(frame, "t", "e").summary.loc["x"]
        for key, column in (("value", "exp(coef)"), ("lower", "exp(coef) lower 95%"), ("p", "p")):
            assert said[name]["cox"][key] == pytest.approx(row[column], rel=1e-9)


def test_people_doses_and_values_are_those_of_the_run(trial: StudyResult, adam: dict[str, pd.DataFrame]) -> None:
    people, known = adam["adsl"], trial.patients_table()
    assert len(people) == len(known)
    assert people["USUBJID"].is_unique
    assert people["WEIGHTBL"].tolist() == known["weight_kg"].tolist()
    assert people["BOR"].tolist() == known["best_response"].tolist()
    assert ((people["SEX"] == "F") == (known["female"] == 1)).all()
    doses = adam["adex"]
    given = doses[doses["EXAMT"] > 0].groupby("USUBJID").size()
    treated = people[people["TRT01A"] == trial.arms[0]].set_index("USUBJID")
    assert (given == treated["NDOSEG"].loc[given.index]).all()
    total = doses.groupby("USUBJID")[["EXAMT", "EXPAMT"]].sum()
    np.testing.assert_allclose(total["EXAMT"] / total["EXPAMT"], treated["RDI"].loc[total.index], rtol=1e-12)
    values = adam["adlb"]
    own = values[(values["PARAMCD"] == "treg_fold") & (values["TRT01A"] == trial.arms[0])]
    wide = trial.trajectories("treg_fold", arms=[trial.arms[0]])
    assert own["AVAL"].tolist() == wide["treg_fold"].tolist()
    np.testing.assert_allclose(own["CHG"], own["AVAL"] - own["BASE"], rtol=1e-12, atol=1e-15)


def test_every_column_and_parameter_is_explained(adam: dict[str, pd.DataFrame]) -> None:
    said = adam["dictionary"].groupby("table")["column"].apply(list)
    for name in ("adsl", "adtte", "adlb", "adex"):
        assert said[f"{name}.csv"] == list(adam[name].columns)
    assert adam["dictionary"]["label"].notna().all()
    units = set(adam["units"]["parameter"])
    assert set(adam["adlb"]["PARAMCD"]) | set(adam["adtte"]["PARAMCD"]) == units


def test_parquet_holds_the_same_numbers(trial: StudyResult, tmp_path: Path) -> None:
    import duckdb

    export_run(trial.folder, tmp_path, form="parquet", observables=["treg_count"])
    rows = duckdb.connect().execute(
        "SELECT arm, person, day, value FROM read_parquet(?)", [str(tmp_path / "values.parquet")]
    )
    found = {tuple(row[:3]): row[3] for row in rows.fetchall()}
    known = query(
        trial.folder, "select arm, patient, day, value from values where id = 'treg_count' and day in (0,7,28)"
    )
    assert found == {tuple(row[:3]): row[3] for row in known.rows}


@pytest.mark.parametrize("form", ["csv", "parquet", "adam-like"])
def test_a_run_of_a_model_file_has_tables_without_dose_readings(tmp_path: Path, form: Form) -> None:
    spec = load_study(Path(__file__).parents[2] / "benchmarks" / "models" / "decay.toml")
    result = run_study(spec, options=RunOptions(out=tmp_path / "run", patients=3))
    assert result is not None
    export_run(result.folder, tmp_path / "t", form=form)
    if form == "csv":
        found = pd.read_csv(tmp_path / "t" / "patients.csv")
        assert len(found) == 6
        assert "doses_given" not in found
        assert set(pd.read_csv(tmp_path / "t" / "values.csv")["parameter"]) == {"S"}


def test_files_are_not_replaced_unasked_and_unknown_values_are_refused(
    trial: StudyResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(trial.folder), "--to", "csv", "--out", str(tmp_path / "t")]) == 0
    assert "patients.csv" in capsys.readouterr().out
    with pytest.raises(OutputError, match="there already"):
        export_run(trial.folder, tmp_path / "t", form="csv")
    with pytest.raises(StudyError, match="'treg_cuont' has no value over time"):
        export_run(trial.folder, tmp_path / "u", form="csv", observables=["treg_cuont"])
    assert not (tmp_path / "u").exists()
    with pytest.raises(BimodalError, match="no results"):
        export_run("no-such-study", tmp_path / "u", form="csv")


@pytest.mark.parametrize(("form", "name"), [("parquet", "patients.parquet"), ("csv", "patients.csv")])
def test_a_full_disk_under_an_export_is_said_in_words(
    trial: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Form, name: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("bimodal.results.export.write_rows", full)
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OutputError, match=f"{name} cannot be written: No space left"):
        export_run(trial.folder, tmp_path / "t", form=form)
    assert not (tmp_path / "t" / name).exists()
