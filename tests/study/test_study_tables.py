"""A finished study as data frames, as xarray, and in a few lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_trial_study import TumourSolver, check_study, study

from bimodal.errors import StudyError
from bimodal.study import RunOptions, run_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.tables import refuse_too_large
from study_fake import FakeSolver

COVARIATES = {"weight_kg", "height_cm", "bsa_m2", "female", "age_years"}


@pytest.fixture
def result(spec, options):
    return run_study(spec, options=options(), solver=FakeSolver(fail_above_bsa=3.0))


def test_endpoints_have_a_row_for_every_patient_and_day(result):
    table = result.to_pandas()
    assert len(table) == 2 * 23 * 5  # arms, patients, and two days of one endpoint beside three of the whole course
    assert COVARIATES | {"arm", "patient", "failed", "endpoint", "day", "value", "unit"} == set(table.columns) - {
        "egfr_ml_min"
    }
    low = table[(table["arm"] == "low") & (table["endpoint"] == "treg_fold") & (table["day"] == 4.0)]
    assert np.array_equal(low["value"], result.readings.on_day("low", "treg_fold", 4.0), equal_nan=True)
    cmax = table[(table["arm"] == "low") & (table["endpoint"] == "cmax")]
    assert cmax["day"].isna().all()
    assert np.array_equal(cmax["value"], result.course("low", "cmax"), equal_nan=True)
    assert set(cmax["unit"]) == {"pM"}


def test_covariates_are_those_of_the_simulated_people(result):
    who = result.treated["low"].part(0, 23).covariates
    table = result.patients_table()
    assert list(table["arm"].unique()) == ["low", "untreated"]
    for name in ("weight_kg", "female", "age_years"):
        assert np.array_equal(table.loc[table["arm"] == "untreated", name], who[name])


def test_failed_patients_are_marked_and_empty(spec, options):
    result = run_study(spec, options=options(), solver=FakeSolver(fail_above_bsa=2.85))
    failed = result.failed("low")
    assert 0 < failed < 23
    table = result.trajectories("treg_count", arms=["low"], days=[4.0])
    assert table["failed"].sum() == failed
    assert table.loc[table["failed"], "treg_count"].isna().all()
    assert table.loc[~table["failed"], "treg_count"].notna().all()


def test_trajectories_are_the_same_from_disk_and_from_memory(result, spec):
    plan = make_plan(spec, RunOptions(chunk=7), FakeSolver(fail_above_bsa=3.0))
    table = result.trajectories()
    pd.testing.assert_frame_equal(table, run_in_memory(plan).trajectories())
    assert len(table) == 2 * 23 * len(result.days)
    assert {"treg_fold", "il2_plasma", "nk_count"} | COVARIATES <= set(table.columns)
    one = table[(table["arm"] == "low") & (table["patient"] == 3)]
    assert np.array_equal(one["day"], result.days)
    assert np.array_equal(one["treg_fold"], result.values("low", "treg_fold")[3], equal_nan=True)


def test_trajectories_of_some_observables_arms_and_days(result):
    table = result.trajectories("treg_fold", arms=["low"], days=[4.0, 0.0])
    assert list(table["day"][:2]) == [4.0, 0.0]
    assert set(table["arm"]) == {"low"}
    assert "il2_plasma" not in table
    for ask in (
        lambda: result.trajectories("no_such_id"),
        lambda: result.trajectories("treg_fold", arms=["no such arm"]),
        lambda: result.trajectories("treg_fold", days=[3.33]),
        lambda: result.to_xarray("no_such_id"),
    ):
        with pytest.raises(StudyError):
            ask()


def test_a_table_beyond_memory_is_refused_before_it_is_made(result):
    with pytest.raises(StudyError, match="more than 2 GB") as fault:
        refuse_too_large(result, result.arms, ["treg_fold"] * 100, 100_000)
    assert "name the observables" in str(fault.value)


def test_the_dataset_has_axes_units_folds_and_people(result):
    data = result.to_xarray()
    assert dict(data.sizes) == {"arm": 2, "patient": 23, "time": len(result.days)}
    assert data["il2_plasma"].attrs["units"] == "pM"
    assert data["treg_fold"].attrs["long_name"]
    assert data["treg_fold"].attrs["description"]
    assert data["treg_fold"].dims == ("arm", "patient", "time")
    assert data["cmax"].dims == ("arm", "patient")
    assert np.array_equal(data["treg_fold"].sel(arm="low"), result.values("low", "treg_fold"), equal_nan=True)
    assert data["weight_kg"].dims == ("patient",)
    assert str(data["regimen"].sel(arm="untreated").item()) == "none"
    assert data.attrs["study"] == "two-arms"
    assert "diagnosis" in data.attrs["intended_use"]
    assert list(result.to_xarray("treg_fold", arms=["low"]).data_vars) == ["treg_fold"]


def test_people_that_differ_between_arms_stand_along_both_axes(spec, options):
    arms = (spec.arm[0], spec.arm[1].model_copy(update={"cohort": "cgvhd"}))
    result = run_study(spec.model_copy(update={"arm": arms}), options=options(), solver=FakeSolver())
    data = result.to_xarray("treg_fold")
    assert data["age_years"].dims == ("arm", "patient")
    table = result.patients_table()
    for arm in result.arms:
        assert np.array_equal(data["age_years"].sel(arm=arm), table.loc[table["arm"] == arm, "age_years"])
    assert set(result.summary_table()["cohort"]) == {"healthy", "cgvhd"}


def test_the_summary_is_a_table_too(result):
    table = result.summary_table()
    rows = [row for arm in result.summary["arms"] for row in arm["endpoints"]]
    assert len(table) == len(rows)
    assert list(table["endpoint"]) == [row["id"] for row in rows]
    assert set(table["patients"]) == {23}
    assert isinstance(result.summary, dict)


def test_a_trial_has_its_outcomes_for_every_patient():
    plan = make_plan(check_study(study(), where="here"), RunOptions(patients=12), TumourSolver())
    result = run_in_memory(plan)
    table = result.patients_table()
    high = table[table["arm"] == "high"]
    assert np.array_equal(high["os_days"], result.outcomes("high").os_days)
    counts = result.summary["arms"][0]["outcomes"]["best_response"]
    assert {name: int((high["best_response"] == name).sum()) for name in counts} == counts
    sizes = result.to_pandas()
    assert set(sizes.loc[sizes["endpoint"] == "tumour_sld", "day"]) == {0.0, 56.0}
    assert "orr" not in set(sizes["endpoint"])
    assert "orr" in set(result.summary_table()["endpoint"])


def test_a_result_prints_in_a_few_lines_however_large_it_is(spec, options):
    arms = tuple(spec.arm[1].model_copy(update={"name": f"<b>arm {number}</b> " + 90 * "x"}) for number in range(40))
    result = run_study(spec.model_copy(update={"arm": arms}), options=options(patients=2), solver=FakeSolver())
    text = repr(result)
    assert len(text) < 1000
    for words in ("40 arms", "2 virtual patients each", "0 failed", "treg_fold day 0 1 [1, 1]", "and 34 more"):
        assert words in text
    page = result._repr_html_()
    assert "<b>arm" not in page
    assert "&lt;b&gt;arm" in page
    assert "Not for diagnosis" in page


def test_quantities_of_a_model_file_named_like_a_column_keep_apart(result):
    stored = {arm: np.ones((23, len(result.days), 1)) for arm in result.arms}
    registry = replace(
        result.registry, observables={"Patient": result.registry["treg_count"].model_copy(update={"id": "Patient"})}
    )
    readings = replace(result.readings, observables=("Patient",), stored=stored, registry=registry)
    spec = result.spec.model_copy(update={"endpoint": ()})
    own = replace(result, readings=readings, spec=spec)
    assert {"patient", "Patient~2"} <= set(own.trajectories().columns)
    assert list(own.to_xarray().data_vars) == ["Patient~2"]
