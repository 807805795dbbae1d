"""Equally good parameter sets: put into cohorts, run on the same people, held by summaries and predictions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bimodal.cohort import load_cohort, sample
from bimodal.errors import StudyError
from bimodal.fit.oncology.ensemble import oncology_ensemble
from bimodal.fit.oncology.ensemble_table import load_ensemble
from bimodal.model.manifest import read_manifest
from bimodal.predict.batch import register_batch
from bimodal.predict.endpoints import parse_endpoints
from bimodal.predict.file import read_prediction
from bimodal.predict.observed import judge_observations
from bimodal.predict.prediction import PredictedEndpoint, prediction_schema
from bimodal.predict.register import prediction_spec, register_prediction
from bimodal.predict.rerun import rerun_prediction
from bimodal.predict.trial import share_between
from bimodal.study import RunOptions, run_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.ensemble import Ensemble, ParameterSet, apply_set, with_set
from bimodal.study.run.ensemble_run import EnsembleRange, plan_ensemble, run_ensemble, with_range
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.summary import summary_schema
from bimodal.study.spec.load import check_study
from study_fake import OBSERVABLES, FakeRow, FakeSolver, FakeTable, fake_rows

SHARES = {"partly": 0.6, "wholly": 0.4}


def rows():
    own = dict.fromkeys(name for name in oncology_ensemble().sets["melanoma"][0].values)
    mixed = load_cohort("melanoma")
    for quantities in (mixed.parameters, *(c.parameters for c in mixed.mixtures["tumour_class"].classes.values())):
        own |= dict.fromkeys(name for name in quantities if name.startswith("tumour_"))
    return tuple(FakeRow(name, 1.0, 0.0) for name in own if name not in {row.id for row in fake_rows()})


@dataclass
class TumourSolver(FakeSolver):
    """A tumour that grows at its doubling time and, where there are doses, shrinks by kill over Treg density."""

    table: FakeTable = field(default_factory=lambda: FakeTable((*fake_rows(), *rows())))
    observables: tuple[str, ...] = (*OBSERVABLES, "tumour_cells", "death_hazard_integral", "tox_hazard_integral")

    def _values(self, parameters, events, times_h, *, after=False):
        base = replace(self, observables=OBSERVABLES)
        values, status = FakeSolver._values(base, parameters, events, times_h, after=after)
        p = {name: parameters[:, [k]] for k, name in enumerate(self.parameter_ids)}
        kill = p["tumour_kill"] / p["tumour_treg_density"] if len(events.times_h) else 0.0 * p["tumour_kill"]
        rate = np.log(2.0) / p["tumour_doubling_time"] - 3e-4 * kill
        cells = 3e10 * np.exp(np.clip(rate * times_h, -40, 5))
        hazard = np.broadcast_to(times_h / 7200.0, cells.shape)
        extra = np.stack([cells, hazard, 0.0 * hazard], axis=2)
        return np.concatenate([values, extra], axis=2), status


@pytest.fixture(scope="module")
def solver():
    return TumourSolver()


def ensemble(patients=20):
    kills = (1.0, 4.0, 30.0)
    sets = tuple(ParameterSet({"tumour_kill": (kill, 0.5)}, SHARES) for kill in kills)
    return Ensemble({"melanoma": sets, "renal": sets}, "a fit", patients)


def study(**changes):
    data = {
        "name": "tumours",
        "population": {"cohort": "melanoma", "patients": 60},
        "arm": [
            {"name": "high", "drug": "aldesleukin", "regimen": "1 MIU/m2 SC daily for 5 days"},
            {"name": "untreated", "regimen": "none"},
        ],
        "horizon": 400.0,
        "endpoint": [{"id": "orr"}, {"id": "os_months"}, {"id": "tumour_sld", "days": [56]}, {"id": "cmax"}],
    }
    return check_study({**data, **changes}, where="test")


def test_the_shipped_sets_are_those_of_the_fit_and_the_first_is_what_the_cohorts_hold():
    table = read_manifest("human_oncology").table()
    shipped = oncology_ensemble()
    assert shipped.size == len(load_ensemble()) >= 10
    for name in ("melanoma", "renal"):
        cohort = load_cohort(name)
        people = np.arange(200)
        before = sample(cohort, people, 1, table)
        after = sample(apply_set(cohort, shipped.sets[name][0], table), people, 1, table)
        assert {key: value.tolist() for key, value in before.covariates.items()} == {
            key: value.tolist() for key, value in after.covariates.items()
        }
        for key, value in after.parameters.items():
            shown = before.parameters.get(key, np.full(len(people), table.values()[key]))
            assert np.allclose(value, shown, rtol=0.02), key  # cohort files hold fewer digits


def test_another_set_changes_values_and_no_person(solver):
    cohort, people = load_cohort("melanoma"), np.arange(300)
    one = apply_set(cohort, ParameterSet({"tumour_kill": (2.0, 0.5)}, SHARES), solver.table)
    two = apply_set(cohort, ParameterSet({"tumour_kill": (6.0, 0.5)}, SHARES), solver.table)
    a, b = (sample(which, people, 3, solver.table) for which in (one, two))
    assert a.covariates["tumour_class"].tolist() == b.covariates["tumour_class"].tolist()
    whole = a.covariates["tumour_class"] == 1
    assert np.isclose(whole.mean(), 0.4, atol=0.1)
    assert (a.parameters["tumour_evasive_fraction"][whole] == 0.0).all()  # by definition of the class, in any set
    assert np.allclose(b.parameters["tumour_kill"], 3.0 * a.parameters["tumour_kill"])
    assert len({cohort.sha256, one.sha256, two.sha256}) == 3


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (ParameterSet({"tumour_kil": (2.0, 0.5)}, {}), "did you mean"),
        (ParameterSet({}, {"seen": 0.5, "unseen": 0.5}), "cohort lacks"),
    ],
)
def test_a_set_that_does_not_fit_is_refused(solver, one, said):
    with pytest.raises(StudyError) as fault:
        apply_set(load_cohort("melanoma"), one, solver.table)
    assert said in str(fault.value)


def ranged(spec, sets, solver, **more):
    return run_ensemble(plan_ensemble(make_plan(spec, RunOptions(), solver), sets), sets, **more)


def test_the_range_is_that_of_the_sets_one_by_one(solver):
    found = ranged(study(), ensemble(), solver)
    plan = make_plan(study(), RunOptions(patients=20), solver)
    alone = [run_in_memory(with_set(plan, ensemble(), k)).summary["arms"][0]["endpoints"] for k in range(3)]
    for key, name in (("orr", None), ("tumour_sld", 56.0)):
        values = [next(r for r in rows if (r["id"], r["day"]) == (key, name))["value"] for rows in alone]
        assert found.values["high", key, name] == tuple(values)
        ends = found.ends("high", key, name)
        assert (ends["ensemble_lower"], ends["ensemble_upper"]) == (min(values), max(values))
    assert found.ends("high", "orr", None)["ensemble"] == "parameter: range over 3 equally good sets"
    assert found.values["high", "orr", None][0] < found.values["high", "orr", None][2]
    assert found.values["untreated", "orr", None] == (0.0, 0.0, 0.0)
    assert found.ends("high", "cmax", None) == {}  # a body does not depend on the sets
    assert found.about["patients"] == 20
    told = []
    ranged(study(), ensemble(3), solver, progress=lambda *news: told.append(news))
    assert [done for done, _, _ in told] == [0, 3, 6, 9, 12, 15, 18]
    assert {total for _, total, _ in told} == {18}
    assert told[2][2] == "set 2 of 3: high"
    assert told[-1][2] == ""


def test_with_all_people_the_best_set_repeats_the_run(solver):
    sets = ensemble(None)
    best = with_set(make_plan(study(), RunOptions(), solver), sets, 0)
    run = {row["id"]: row["value"] for row in run_in_memory(best).summary["arms"][0]["endpoints"]}
    found = ranged(study(), sets, solver)
    assert found.about["patients"] == 60
    assert found.values["high", "orr", None][0] == run["orr"]
    assert found.values["high", "os_months", None][0] == pytest.approx(run["os_months"], abs=0.01)


def test_a_set_without_a_value_is_said():
    found = EnsembleRange({("a", "os_months", None): (None, 3.0, 5.0), ("a", "dor_months", None): (None,)}, "range", {})
    assert found.ends("a", "os_months", None) == {
        "ensemble_lower": 3.0,
        "ensemble_upper": 5.0,
        "ensemble": "range; 1 of them give no value",
    }
    assert found.ends("a", "dor_months", None)["ensemble_lower"] is None


def test_a_summary_keeps_what_it_has_and_follows_its_schema(solver, tmp_path):
    result = run_study(study(), options=RunOptions(out=tmp_path / "r"), solver=solver)
    before = json.loads((tmp_path / "r" / "summary.json").read_text("utf-8"))
    with_range(result, ranged(study(), ensemble(), solver))
    after = json.loads((tmp_path / "r" / "summary.json").read_text("utf-8"))
    jsonschema.validate(after, summary_schema())
    assert after["provenance"].pop("ensemble")["sets"] == 3
    added = {"ensemble", "ensemble_lower", "ensemble_upper"}
    kinds = {row["id"]: added <= set(row) for row in after["arms"][0]["endpoints"]}
    assert kinds == {"orr": True, "os_months": True, "tumour_sld": True, "cmax": False}
    for arm in after["arms"]:
        arm["endpoints"] = [{k: v for k, v in row.items() if k not in added} for row in arm["endpoints"]]
    assert after == before


def test_an_ensemble_needs_people_with_sets_and_something_of_a_trial(solver):
    with pytest.raises(StudyError, match="no parameter sets for the people 'healthy'"):
        ranged(study(population={"cohort": "healthy", "patients": 3}), ensemble(), solver)
    with pytest.raises(StudyError, match="this study has none"):
        ranged(study(endpoint=[{"id": "cmax"}]), ensemble(), solver)
    calls = len(solver.calls)
    spec = study(population={"cohort": "healthy", "patients": 3})
    with pytest.raises(StudyError, match="no parameter sets"):  # before anything is computed
        register_prediction(spec, day="2026-02-03", folder=Path("nowhere"), solver=solver, ensemble=ensemble())
    assert len(solver.calls) == calls


def test_a_factor_keeps_the_differences_between_patients(solver):
    arms = [
        {"name": "as it is", "drug": "aldesleukin", "regimen": "1 MIU SC once"},
        {"name": "a fifth", "drug": "aldesleukin", "regimen": "1 MIU SC once", "scale": {"tumour_treg_density": 0.2}},
    ]
    spec = study(arm=arms)
    plan = make_plan(spec, RunOptions(patients=30), solver)
    column = solver.parameter_ids.index("tumour_treg_density")
    whole, fifth = (plan.inputs(arm, 0, 30)[0] for arm in range(2))
    assert np.allclose(fifth[:, column], 0.2 * whole[:, column])
    fifth[:, column] = whole[:, column]
    assert (fifth == whole).all()
    summary = run_in_memory(plan).summary
    jsonschema.validate(summary, summary_schema())
    assert [arm.get("scale") for arm in summary["arms"]] == [None, {"tumour_treg_density": 0.2}]
    assert plan.run != make_plan(study(arm=[arms[0], {**arms[1], "scale": {}}]), RunOptions(patients=30), solver).run
    assert "scale" not in study().canonical()["arm"][0]
    for wrong in ({"tumour_treg_densty": 0.2}, {"tumour_treg_density": 0.0}, {"tumour_treg_density": float("inf")}):
        with pytest.raises((StudyError, ValidationError)):
            make_plan(study(arm=[{**arms[1], "scale": wrong}]), RunOptions(patients=3), solver)
    with pytest.raises(StudyError, match="cannot be both"):
        study(arm=[{**arms[1], "set": {"tumour_treg_density": 1.0}}])


@pytest.fixture(scope="module")
def registered(solver, tmp_path_factory):
    folder = tmp_path_factory.mktemp("predictions")
    names = ("orr", "os_months", "os_rate_12_months", "os_gain_cr_6_months", "cmax")
    spec = study(endpoint=[*({"id": name} for name in names), {"id": "tumour_sld", "days": [56]}])
    return register_prediction(spec, day="2026-02-03", folder=folder, solver=solver, ensemble=ensemble())


def test_a_prediction_holds_numbers_of_a_trial(registered, solver):
    content = json.loads(registered.read_text("utf-8"))
    jsonschema.validate(content, prediction_schema())
    assert content["ensemble"]["sets"] == 3
    assert [one["values"]["tumour_kill"][0] for one in content["ensemble"]["values"]["melanoma"]] == [1.0, 4.0, 30.0]
    found = read_prediction(registered)
    rows = {row.id: row for row in found.arms[0].endpoints}
    orr = rows["orr"]
    assert (orr.statistic, orr.n, orr.median, orr.criterion) == ("proportion", 60, None, "RECIST 1.1")
    assert orr.value == orr.count / 60
    assert orr.ensemble_lower < orr.ensemble_upper
    assert orr.lower < orr.value < orr.upper
    assert "Wilson" in orr.interval
    months = rows["os_months"]
    assert months.median == months.value == pytest.approx(months.percentiles[7])
    assert 60.0 < months.reached < 90.0
    assert rows["tumour_sld"].median > 0.0
    assert rows["tumour_sld"].statistic is None
    assert rows["tumour_sld"].ensemble_lower is not None
    assert "statistic" not in next(row for row in content["arms"][0]["endpoints"] if row["id"] == "cmax")
    assert rerun_prediction(found, solver=solver).reproduced


def observed(registered, tmp_path, line):
    path = tmp_path / "o.csv"
    path.write_text(f"endpoint,day,statistic,value,n,arm\n{line},high\n", "utf-8")
    return judge_observations(read_prediction(registered), path)[0]


def test_a_published_count_is_judged_by_what_trials_of_its_size_show(registered, tmp_path):
    orr = next(row for row in read_prediction(registered).arms[0].endpoints if row.id == "orr")
    lower, upper = share_between(orr, 40)
    assert lower <= orr.ensemble_lower <= orr.ensemble_upper <= upper
    seen = observed(registered, tmp_path, f"orr,,count,{round(40 * orr.value)},40")
    assert seen.inside
    assert (seen.statistic, seen.predicted, seen.lower, seen.upper) == ("proportion", orr.value, lower, upper)
    assert "parameter sets" in seen.rule
    assert not observed(registered, tmp_path, "orr,,count,40,40").inside
    same = observed(registered, tmp_path, f"orr,,proportion,{round(40 * orr.value) / 40},40")
    assert (same.value, same.inside) == (seen.value, True)
    assert "censored" in observed(registered, tmp_path, "os_rate_12_months,,proportion,0.3,200").rule


def test_a_published_median_survival_is_judged_by_the_curve(registered, tmp_path):
    median = next(row for row in read_prediction(registered).arms[0].endpoints if row.id == "os_months").median
    assert observed(registered, tmp_path, f"os_months,,median,{median},30").inside
    assert not observed(registered, tmp_path, "os_months,,median,0.5,30").inside
    long = observed(registered, tmp_path, "os_months,,value,60,1")
    assert long.inside
    assert "not reached" in long.rule


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("orr,,median,0.2,40", "share of patients"),
        ("orr,,count,2.5,40", "number of patients"),
        ("orr,,count,41,40", "no share"),
        ("orr,,proportion,12,40", "no share"),
        ("orr,,proportion,-0.1,40", "no share"),
        ("cmax,,count,2,40", "not predicted as a share"),
        ("os_months,,mean,9,40", "predicted as a median"),
        ("os_gain_cr_6_months,,proportion,0.2,40", "not predicted as a share"),
        ("os_gain_cr_6_months,,value,0.2,1", "difference of two groups"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_a_reason(registered, tmp_path, line, said):
    with pytest.raises(StudyError, match=said):
        observed(registered, tmp_path, line)


@settings(deadline=None, max_examples=60)
@given(
    value=st.floats(0.0, 1.0),
    ends=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
    n=st.integers(1, 500),
)
def test_a_range_over_sets_never_narrows_an_interval(value, ends, n):
    row = PredictedEndpoint.model_validate(
        {**dict.fromkeys(("day", "median", "lower", "upper", "median_se", "mean", "sd", "percentiles")),
         "id": "orr", "unit": "1", "n": 9, "statistic": "proportion", "value": value}
    )  # fmt: skip
    alone = share_between(row, n)
    wide = share_between(row.model_copy(update={"ensemble_lower": min(ends), "ensemble_upper": max(ends)}), n)
    assert wide[0] <= alone[0] <= alone[1] <= wide[1]


def test_words_of_endpoints_that_cannot_be_predicted():
    assert parse_endpoints(["orr,os_rate_24_months,tumour_sld@56"])[2] == {"id": "tumour_sld", "days": [56.0]}
    for text, said in (
        ("orr@28", "one value per arm"),
        ("tumour_sld", "say which days"),
        ("orr_ratio", "sets two arms"),
        ("os_rate_n_months", "how many months"),
    ):
        with pytest.raises(StudyError) as fault:
            parse_endpoints([text])
        assert said in str(fault.value)
    with pytest.raises(StudyError, match="how long people are followed"):
        prediction_spec("a", ["aldesleukin"], ["none"], parse_endpoints(["orr"]), cohort="melanoma")
    spec = prediction_spec("a", ["aldesleukin"], ["none"], [{"id": "orr"}], cohort="melanoma", follow_up_days=365.0)
    assert spec.follow_up_days == 365.0


BATCH = """
patients = 12
[[prediction]]
name = "one"
cohort = "renal"
endpoints = ["orr"]
horizon = 200
ensemble = 4
scans = {criterion = "WHO"}
[[prediction.arm]]
name = "a"
drug = "aldesleukin"
regimen = "1 MIU SC daily for 5 days"
scale = {tumour_treg_density = 0.2}
"""


def test_a_batch_with_an_ensemble(solver, tmp_path):
    batch = tmp_path / "b.toml"
    batch.write_text(BATCH, "utf-8")
    more = {"day": "2026-02-03", "folder": tmp_path / "p", "solver": solver}
    (path,) = register_batch(batch, ensemble=ensemble, **more)
    found = read_prediction(path)
    assert found.ensemble.patients == 4
    assert found.arms[0].endpoints[0].criterion == "WHO"
    assert found.study["arm"][0]["scale"] == {"tumour_treg_density": 0.2}
    before = path.read_bytes()
    assert register_batch(batch, ensemble=ensemble, **more) == [path]
    assert path.read_bytes() == before
    batch.write_text(BATCH.replace("horizon = 200\n", ""), "utf-8")
    with pytest.raises(StudyError, match="how long people are followed"):
        register_batch(batch, ensemble=ensemble, **more)
    batch.write_text(BATCH.replace('"renal"', '"healthy"').replace('"one"', '"two"'), "utf-8")
    with pytest.raises(StudyError, match="prediction 'two': there are no parameter sets"):
        register_batch(batch, ensemble=ensemble, **more)


@pytest.mark.parametrize("name", ["melanoma", "renal"])
def test_every_shipped_set_makes_people(solver, name):
    cohort, people = load_cohort(name), np.arange(4)
    for one in oncology_ensemble().sets[name]:
        drawn = sample(apply_set(cohort, one, solver.table), people, 3, solver.table)
        assert (drawn.parameters["tumour_kill"] > 0.0).all()
