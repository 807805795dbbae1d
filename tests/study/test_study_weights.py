"""Studies whose patients are weighted to published numbers: reached, the same bytes, and in every number."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from test_trial_study import TumourSolver, study, target

from bimodal.errors import StudyError
from bimodal.study import RunOptions, run_study
from bimodal.study.design.outcome import Outcome
from bimodal.study.design.trial_draws import TrialDraws
from bimodal.study.endpoints.trial import ScanPlan
from bimodal.study.endpoints.trial.statistics import times_of
from bimodal.study.endpoints.weighted import effective_size, quantiles, share
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.matching import check_match
from bimodal.study.readings.moments import Wanted
from bimodal.study.readings.trial import TrialReader
from bimodal.study.readings.weighting import weigh
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.summary import summary_schema
from bimodal.study.solver.solver import FIRST_FAILURE
from bimodal.study.spec.load import check_study
from bimodal.study.spec.match import MatchSpec
from bimodal.study.verdict.comparison import compare, simulate

HEAVY = {"id": "weight_kg", "statistic": "mean", "value": 80.0, "source": "made up"}
WOMEN = {"id": "female", "statistic": "above", "level": 0.5, "value": 0.4, "source": "made up"}
TREG = {"id": "treg_count", "day": 0, "statistic": "median", "value": 47.0, "source": "made up"}
FOLD = {"id": "treg_fold", "day": 0.1, "arm": "high", "statistic": "mean", "value": 1.1, "source": "made up"}
MATCH = [HEAVY, {**HEAVY, "statistic": "sd", "value": 12.0}, WOMEN, TREG]


def treated(**changes):
    """A study in which the fold is read while there is some drug."""
    text = study(**changes)
    last = {"id": "treg_fold", "days": [0.1]}
    return {**text, "endpoint": [last if one["id"] == "treg_fold" else one for one in text["endpoint"]]}


def weighted(*match, patients=80, **changes):
    people = {"cohort": "healthy", "patients": patients, "match": list(match)}
    return check_study(treated(population=people, **changes), where="here")


@pytest.fixture(scope="module")
def solver():
    return TumourSolver()


@pytest.fixture(scope="module")
def result(solver, tmp_path_factory):
    found = run_study(
        weighted(
            *MATCH,
            contrast=[
                {"arms": ["high", "untreated"], "survival": ["os_months"]},
                {"arms": ["high", "untreated"], "above": "1.02", "endpoints": ["treg_fold"]},
            ],
        ),
        solver=solver,
        options=RunOptions(out=tmp_path_factory.mktemp("run") / "weighted"),
    )
    assert found is not None
    return found


def row(result, arm, name, day=None):
    arms = {one["name"]: one for one in result.summary["arms"]}
    return next(one for one in arms[arm]["endpoints"] if one["id"] == name and one["day"] == day)


def test_the_asked_numbers_are_reached_and_said(result):
    found = result.summary["weights"]
    jsonschema.validate(result.summary, summary_schema())
    for one in found["targets"]:
        near = 1e-9 if one["statistic"] != "median" else 0.02
        assert one["reached"] == pytest.approx(one["asked"], rel=near)
        assert one["unweighted"] != one["reached"]
        assert one["source"] == "made up"
    weights = result.readings.weights
    assert weights.mean() == pytest.approx(1.0, abs=1e-12)
    assert found["effective"] == effective_size(weights) < 80
    assert found["largest"] == weights.max()
    people = result.treated["high"].part(0, 80)
    assert np.average(people.covariates["weight_kg"], weights=weights) == pytest.approx(80.0, rel=1e-9)
    # who has exactly the median is shared out, so that half of the others lie below
    treg = result.readings.on_day("high", "treg_count", 0.0)
    assert share(treg < 47.0, weights) == pytest.approx(0.5, abs=1e-9)
    assert set(found["warnings"]) <= set(result.summary["warnings"])


def test_every_number_of_an_arm_is_weighted(result):
    weights, readings = result.readings.weights, result.readings
    fold = readings.on_day("high", "treg_fold", 0.1)
    shown = row(result, "high", "treg_fold", 0.1)
    assert [shown[key] for key in ("lower", "value", "upper")] == quantiles(fold, [0.05, 0.5, 0.95], weights).tolist()
    assert shown["interval"] == "5-95 % of the weighted patients"
    out = result.outcomes("high")
    orr = row(result, "high", "orr")
    assert orr["value"] == pytest.approx(share(out.responders, weights))
    assert (orr["n"], orr["count"]) == (80, int(out.responders.sum()))
    assert orr["effective_n"] == pytest.approx(effective_size(weights))
    assert orr["value"] != orr["count"] / orr["n"]
    arm = result.summary["arms"][0]
    assert sum(arm["outcomes"]["weighted_shares"]["best_response"].values()) == pytest.approx(1.0)
    sld = result.trial.measured("tumour_sld", "high", 56.0)
    assert row(result, "high", "tumour_sld", 56.0)["value"] == quantiles(sld, [0.5], weights)[0]
    grade = result.trial.worst("high", ["ae_grade_hypotension"])
    assert row(result, "high", "ae_rate_hypotension_3")["value"] == pytest.approx(share(grade >= 3, weights))


def test_curves_and_their_comparison_are_those_of_lifelines_on_the_export(result, tmp_path):
    import pandas as pd
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import logrank_test

    from bimodal.results.export_tables import export_tables

    plan = make_plan(result.spec, RunOptions(), TumourSolver())
    tables = export_tables(result, plan)
    for _, table in tables.values():
        assert "weight" in table
    events = tables["events"][1]
    own = events[(events["parameter"] == "OS")]
    sides = [own[own["arm"] == arm] for arm in ("high", "untreated")]
    scale = effective_size(sides[0]["weight"].to_numpy()) / sides[0]["weight"].sum()
    parts = [(one["value"] / 30.4375, one["censored"] == 0, one["weight"] * scale) for one in sides]
    with pytest.warns(match="weights are not integers"):
        fit = KaplanMeierFitter().fit(*parts[0][:2], weights=parts[0][2])
    assert row(result, "high", "os_rate_12_months")["value"] == pytest.approx(float(fit.predict(12.0)), rel=1e-9)
    test = logrank_test(
        parts[0][0], parts[1][0], parts[0][1], parts[1][1], weights_A=parts[0][2], weights_B=parts[1][2]
    )
    said = result.summary["contrasts"][0]["survival"][0]
    assert said["logrank"]["chi2"] == pytest.approx(test.test_statistic, rel=1e-6)
    assert said["effective_n"] == [effective_size(result.readings.weights)] * 2
    days, _ = times_of("os_months", result.outcomes("high"))
    assert isinstance(own, pd.DataFrame)
    assert len(sides[0]) == int(np.isfinite(days).sum())


def test_arms_are_compared_with_weights(result):
    rows = {one["id"]: one for one in result.summary["contrasts"][0]["endpoints"]}
    weights, readings = result.readings.weights, result.readings
    a, b = (readings.on_day(arm, "treg_fold", 0.1) for arm in ("high", "untreated"))
    assert rows["treg_fold"]["difference"]["value"] == quantiles(a - b, [0.5], weights)[0]
    assert rows["treg_fold"]["higher"] == pytest.approx(share(a > b, weights))
    above = result.summary["contrasts"][1]["endpoints"][0]["above"]
    assert above["first"] == pytest.approx(share(a > 1.02, weights))
    one, other = (result.outcomes(arm).responders for arm in ("high", "untreated"))
    assert rows["orr"]["difference"]["value"] == pytest.approx(share(one, weights) - share(other, weights))
    assert rows["orr"]["effective_n"] == pytest.approx(effective_size(weights))


def test_weights_stand_in_every_table(result):
    table = result.patients_table()
    assert table.loc[table["arm"] == "high", "weight"].tolist() == result.readings.weights.tolist()
    assert "weight" in result.to_pandas()
    assert "weight" in result.trajectories("treg_fold", days=[0.1])
    assert result.to_xarray("treg_fold").coords["weight"].dims == ("patient",)


@pytest.mark.parametrize("options", [{"chunk": 7}, {"chunk": 31, "workers": 2}])
def test_the_same_bytes_whatever_the_parts(result, solver, tmp_path, options):
    again = run_study(result.spec, solver=solver, options=RunOptions(out=tmp_path / "b", **options))
    assert (tmp_path / "b" / "summary.json").read_bytes() == (result.folder / "summary.json").read_bytes()
    # resumed from its files nothing is computed, and the weights are the same
    before = len(solver.calls)
    resumed = run_study(result.spec, solver=solver, options=RunOptions(out=tmp_path / "b", resume=True))
    assert len(solver.calls) == before
    assert resumed.readings.weights.tolist() == again.readings.weights.tolist()
    memory = run_in_memory(make_plan(result.spec, RunOptions(), solver))
    assert memory.readings.weights.tolist() == again.readings.weights.tolist()
    assert memory.summary["weights"] == json.loads((tmp_path / "b" / "summary.json").read_text("utf-8"))["weights"]


def test_without_match_a_study_is_what_it_was(solver, tmp_path):
    plain = check_study(treated(), where="here")
    assert "match" not in plain.canonical()["population"]
    assert "match" not in plain.model_dump(mode="json")["population"]
    assert "match" not in make_plan(plain, RunOptions(), solver).identity
    found = run_study(plain, solver=solver, options=RunOptions(out=tmp_path / "a"))
    assert "weights" not in found.summary
    assert "weight" not in found.patients_table()
    assert "effective_n" not in json.dumps(found.summary)


def test_what_patients_have_already_gives_even_weights(solver, tmp_path):
    plain = run_study(check_study(treated(), where="here"), solver=solver, options=RunOptions(out=tmp_path / "a"))
    weight = plain.treated["high"].part(0, 40).covariates["weight_kg"]
    spec = weighted({**HEAVY, "value": float(weight.mean())}, patients=40)
    found = run_study(spec, solver=solver, options=RunOptions(out=tmp_path / "b"))
    assert set(found.readings.weights.round(12)) == {1.0}
    for arm, other in zip(plain.summary["arms"], found.summary["arms"], strict=True):
        for one, two in zip(arm["endpoints"], other["endpoints"], strict=True):
            for key in ("value", "lower", "upper"):
                assert two[key] == (None if one[key] is None else pytest.approx(one[key], rel=1e-9)), one["id"]


def test_endpoints_are_matched_by_arm_and_day_that_no_endpoint_names(solver, tmp_path):
    late = {**FOLD, "id": "treg_count", "day": 9.5, "value": 55.0}
    result = run_study(weighted(FOLD, late), solver=solver, options=RunOptions(out=tmp_path / "a"))
    for one in result.summary["weights"]["targets"]:
        assert one["reached"] == pytest.approx(one["asked"], rel=1e-9)
    dosed = {"id": "doses_given", "arm": "high", "statistic": "mean", "value": 5.0, "source": "x"}
    given = run_study(weighted(dosed), solver=solver, options=RunOptions(out=tmp_path / "b"))
    assert set(given.readings.weights) == {1.0}


def test_failed_patients_have_no_weight_in_any_arm(tmp_path):
    few = TumourSolver(fail_above_bsa=3.2)
    result = run_study(weighted(WOMEN), solver=few, options=RunOptions(out=tmp_path / "a"))
    failed = result.readings.status["high"] >= FIRST_FAILURE
    weights = result.readings.weights
    assert 0 < failed.sum() < 40
    assert not weights[failed].any()
    assert weights[~failed].mean() == pytest.approx(1.0, abs=1e-12)
    assert result.summary["weights"]["weighted"] == int((~failed).sum())
    assert any("failed in an arm and have no weight" in text for text in result.summary["warnings"])
    assert result.summary["weights"]["targets"][0]["reached"] == pytest.approx(0.4, rel=1e-9)
    contrast = result.summary["contrasts"][0]
    assert contrast["n"] + contrast["dropped"] == 80
    assert contrast["n"] == int((~failed).sum())
    nobody = TumourSolver(fail_above_bsa=0.0)
    with pytest.raises(StudyError, match="no patient has a result in every arm"):
        run_study(weighted(HEAVY), solver=nobody, options=RunOptions(out=tmp_path / "b"))


def test_who_has_no_value_counts_by_the_other_numbers():
    """The mean of a late day is that of those still there; who has left keeps a weight."""
    rows = [MatchSpec(**WOMEN), MatchSpec(**FOLD)]
    women, fold = np.tile([1.0, 0.0], 30), np.linspace(0.9, 1.4, 60)
    fold[40:] = np.nan
    found = weigh([Wanted(row, values) for row, values in zip(rows, (women, fold), strict=True)], np.ones(60, bool))
    late = found.block["targets"][1]
    assert (late["n"], late["reached"]) == (40, pytest.approx(1.1, rel=1e-9))
    assert found.weights.min() > 0.0
    # the others are weighted by their sex alone
    assert len(set(found.weights[40:].round(12))) == 2
    assert any("is that of 40 of 60 patients: the others have no value" in text for text in found.block["warnings"])
    with pytest.raises(StudyError, match="no patient has a value for the mean of 'treg_fold'"):
        weigh([Wanted(rows[1], np.full(5, np.nan))], np.ones(5, bool))


def test_ties_at_a_median_are_shared_out():
    age = np.array([40.0, 50.0, 50.0, 50.0, 60.0, 70.0, 80.0])
    middle = MatchSpec(id="age_years", statistic="median", value=50.0, source="x")
    weights = weigh([Wanted(middle, age)], np.ones(7, bool)).weights
    assert share(age < 50.0, weights) <= 0.5 <= share(age <= 50.0, weights)
    assert quantiles(age, [0.5], weights)[0] == 50.0
    everybody = weigh([Wanted(middle, np.full(4, 50.0))], np.ones(4, bool))
    assert everybody.weights.tolist() == [1.0] * 4
    late = MatchSpec(id="age_years", statistic="quantile", quantile=0.9, value=50.0, source="x")
    weights = weigh([Wanted(late, age)], np.ones(7, bool)).weights
    assert share(age < 50.0, weights) <= 0.9 <= share(age <= 50.0, weights) + 1e-12


def test_few_who_carry_the_numbers_are_warned_of():
    mean = MatchSpec(id="age_years", statistic="mean", value=79.0, source="x")
    found = weigh([Wanted(mean, np.linspace(20.0, 80.0, 400))], np.ones(400, bool)).block
    assert found["effective_share"] < 0.1
    assert any("effective sample size" in text and "few patients carry" in text for text in found["warnings"])
    assert any("lies near the edge" in text for text in found["warnings"])
    even = MatchSpec(id="age_years", statistic="mean", value=50.5, source="x")
    assert weigh([Wanted(even, np.linspace(20.0, 80.0, 400))], np.ones(400, bool)).block["warnings"] == [
        "weighted population: effective sample size 399.7 of 400: every number is weighted"
    ]


@pytest.mark.parametrize(
    ("match", "words"),
    [
        ([{**HEAVY, "id": "weigth_kg"}], "did you mean 'weight_kg'"),
        ([{**HEAVY, "id": "treg_fold"}], "say on which 'day'"),
        (
            [{**HEAVY, "value": 800.0}],
            "no weights of these patients give a mean of 'weight_kg' of 800: .* lies between",
        ),
        (
            [HEAVY, {**HEAVY, "statistic": "above", "level": 79.0, "value": 0.001}],
            "together with a mean of 'weight_kg'",
        ),
        ([{**HEAVY, "statistic": "sd", "value": 9.0}], "needs the mean of the same"),
        ([HEAVY, HEAVY], "there twice"),
        ([{**HEAVY, "unit": "g"}], "has the unit 'kg', not 'g'"),
        ([{**TREG, "unit": "nM"}], "has the unit '1/uL', not 'nM'"),
        ([{**FOLD, "arm": "hihg"}], "did you mean 'high'"),
        ([{**FOLD, "day": None}], "say on which day"),
        ([{**FOLD, "arm": None}], "say in which arm"),
        ([{**FOLD, "day": 5000}], "after the horizon"),
        ([{**FOLD, "id": "orr", "day": None}], "read from scans and survival"),
        ([{**HEAVY, "source": ""}], "source"),
        ([{key: value for key, value in HEAVY.items() if key != "source"}], "source"),
        ([{**HEAVY, "statistic": "mode"}], "statistic"),
        ([{**HEAVY, "statistic": "above"}], "needs 'level'"),
        ([{**HEAVY, "level": 3}], "has no 'level'"),
        ([{**WOMEN, "value": 1.0}], "leave somebody out"),
        ([{**HEAVY, "statistic": "quantile"}], "needs the key 'quantile'"),
        ([{**FOLD, "arm": "untreated", "value": 2.0}], "lies between"),
    ],
)
def test_what_cannot_be_is_refused_in_words(solver, tmp_path, match, words):
    rows = [{key: value for key, value in one.items() if value is not None} for one in match]
    with pytest.raises(StudyError, match=f"(?s){words}"):
        run_study(weighted(*rows), solver=solver, options=RunOptions(out=tmp_path / "a"))
    assert not (tmp_path / "a" / "summary.json").exists()


def test_a_covariate_out_of_reach_is_refused_before_anything_is_computed(tmp_path):
    solver = TumourSolver()
    with pytest.raises(StudyError, match="lies between"):
        run_study(weighted({**HEAVY, "value": 800.0}), solver=solver, options=RunOptions(out=tmp_path / "a"))
    assert solver.calls == []


def test_what_cannot_be_weighted_yet_refuses(solver, tmp_path):
    from bimodal.predict.register import register_prediction
    from bimodal.study.run.ensemble import Ensemble, ParameterSet
    from bimodal.study.run.ensemble_run import plan_ensemble

    spec = weighted(HEAVY)
    plan = make_plan(spec, RunOptions(), solver)
    with pytest.raises(StudyError, match="not weighted set by set"):
        plan_ensemble(plan, Ensemble({"healthy": (ParameterSet({}, {}),)}, "x"))
    with pytest.raises(StudyError, match="a prediction cannot be of weighted patients"):
        register_prediction(spec, folder=tmp_path, solver=solver)
    arms = [dict(study()["arm"][0], cohort="cgvhd"), study()["arm"][1]]
    with pytest.raises(StudyError, match="arms with a cohort of their own"):
        weighted(HEAVY, arm=arms)
    with pytest.raises(StudyError, match="cannot draw them by weight yet"):
        weighted(HEAVY, design={"kind": "adaptive", "endpoint": "orr", "arms": ["high", "untreated"]})
    sets = replace(plan.population, sets="human-sets")
    with pytest.raises(StudyError, match="parameter sets"):
        check_match(spec, solver, sets)


def test_a_model_with_a_cycle_refuses():
    from bimodal.study.run.load_shipped import shipped_solver

    spec = check_study(
        {
            "name": "x",
            "model": "human_cycle",
            "population": {"cohort": "healthy", "patients": 4, "match": [HEAVY]},
            "arm": [{"name": "a", "regimen": "none"}],
        },
        where="here",
    )
    with pytest.raises(StudyError, match="of a cycle are not weighted yet"):
        make_plan(spec, RunOptions(), shipped_solver(spec))


def test_trials_are_drawn_by_weight(solver, tmp_path):
    weights = np.array([3.0, 0.5, 0.5])
    pool = Outcome("value", "x", {"a": np.array([[0.0], [1.0], [2.0]])}, weights=weights)
    draws = TrialDraws(pool, 1, 500)
    drawn = np.concatenate([people for _, people in draws.arms([("a", 40)])])
    counts = np.bincount(drawn.ravel(), minlength=3) / drawn.size
    np.testing.assert_allclose(counts, weights / 4.0, atol=0.02)
    even = TrialDraws(replace(pool, weights=np.ones(3)), 1, 500), TrialDraws(replace(pool, weights=None), 1, 500)
    one, other = (np.concatenate([people for _, people in each.arms([("a", 40)])]) for each in even)
    assert (one == other).all()
    design = {"kind": "parallel", "endpoint": "orr", "arms": ["high", "untreated"], "per_arm": [10], "trials": 300}
    result = run_study(weighted(WOMEN, design=design), solver=solver, options=RunOptions(out=tmp_path / "a"))
    assert any("in proportion to their weights" in text for text in result.summary["design"]["notes"])


def test_targets_are_judged_on_weighted_patients(result):
    trial = TrialReader.of(result.spec, result.readings, 1)
    one = target(endpoint="treg_fold", arms=("high",), statistic="mean", kind="point", time={"day": 0.1}, unit="1")
    late = target(
        endpoint="os_months", arms=("high",), statistic="median", kind="at_least", published=3.0, unit="month",
        lower=3.0, upper=200.0, note="limit",
    )  # fmt: skip
    short = TrialReader(result.readings, ScanPlan(criterion="WHO", data_cut_days=100.0), 1)
    found = compare(late, result.readings, short)
    assert found["simulated_interval"].startswith("median not reached")
    assert found["simulated_effective_n"] == pytest.approx(effective_size(result.readings.weights))
    fold = result.readings.on_day("high", "treg_fold", 0.1)
    assert simulate(one, result.readings).middle == pytest.approx(np.average(fold, weights=result.readings.weights))
    assert trial.statistic("orr", ["high", "untreated"]).n == 160


def test_a_run_is_read_again_with_its_weights(result):
    """From its files alone, as a query, an export or a comparison of runs reads it."""
    from bimodal.study.run.reopened import reopen

    again = reopen(result.folder, solver=TumourSolver())
    assert again.readings.weights.tolist() == result.readings.weights.tolist()
    assert again.outcomes("high").weights.tolist() == result.readings.weights.tolist()


def test_copies_of_a_model_file_are_weighted(tmp_path):
    """By a constant that varies, and by a quantity of the file."""
    from decay_study import write_study

    from bimodal.study import load_study

    path = write_study(tmp_path)
    rows = '[[population.match]]\nid = "k"\nstatistic = "mean"\nvalue = 0.11\nsource = "x"\n'
    rows += '[[population.match]]\nid = "A"\nday = 1\narm = "one"\nstatistic = "mean"\nvalue = 0.7\nsource = "x"\n'
    rows += '[[population.match]]\nid = "S"\nday = 5\narm = "two"\nstatistic = "below"\nlevel = 1e-5\nvalue = 0.4\n'
    text = path.read_text("utf-8").replace(
        "population = {patients = 30, spread = {k = 0.3}}", "[population]\npatients = 30\nspread = {k = 0.3}\n" + rows
    )
    text = text.replace("value = 0.4\n", 'value = 0.4\nsource = "x"\n')
    path.write_text(text.replace("horizon = 20\n[population]", "horizon = 20\n[population]"), "utf-8")
    result = run_study(load_study(path), options=RunOptions(out=tmp_path / "o"))
    for one in result.summary["weights"]["targets"]:
        assert one["reached"] == pytest.approx(one["asked"], rel=1e-9)
    s = result.readings.on_day("one", "S", 1.0)
    shown = result.summary["arms"][0]["endpoints"][0]
    assert shown["value"] == quantiles(s, [0.5], result.readings.weights)[0]
    path.write_text(text.replace('id = "k"', 'id = "kk"'), "utf-8")
    with pytest.raises(StudyError, match="these patients have no covariate 'kk'"):
        run_study(load_study(path), options=RunOptions(out=tmp_path / "p"))
    path.write_text(text.replace('id = "S"\nday = 5', 'id = "SS"\nday = 5'), "utf-8")
    with pytest.raises(StudyError, match="there is no observable 'SS'"):
        run_study(load_study(path), options=RunOptions(out=tmp_path / "p"))


def test_a_notebook_says_that_patients_are_weighted(result):
    assert f"effective {result.summary['weights']['effective']:.1f} weighted" in repr(result)
    assert "weighted population: effective sample size" in result._repr_html_()
