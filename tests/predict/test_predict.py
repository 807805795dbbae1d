import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal import INTENDED_USE, __version__
from bimodal.errors import BimodalError, OutputError, StudyError
from bimodal.predict.batch import load_batch, register_batch
from bimodal.predict.endpoints import parse_endpoints
from bimodal.predict.file import (
    broken_seals,
    find_prediction,
    list_predictions,
    read_prediction,
    seal,
    write_prediction,
)
from bimodal.predict.observed import judge_observations
from bimodal.predict.prediction import (
    PERCENTILES,
    PredictedArm,
    PredictedEndpoint,
    Prediction,
    make_prediction_schema,
    prediction_schema,
)
from bimodal.predict.register import checked_date, prediction_spec, register_prediction
from bimodal.predict.rerun import rerun_prediction
from bimodal.study import RunOptions, load_study
from bimodal.study.endpoints.noise import noise_log_sd
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.model_choice import choose_model
from bimodal.study.run.ensemble import Ensemble, ParameterSet
from page_blocks import page_blocks
from study_fake import OBSERVABLES, FakeSolver

DAY = "2026-02-03"
BATCH = """
patients = 6
[[prediction]]
name = "one"
why = "to try"
endpoints = ["treg_fold@7"]
[[prediction.arm]]
name = "a"
drug = "aldesleukin"
regimen = "1 MIU SC daily for 5 days"
[[prediction]]
name = "two"
endpoints = ["treg_fold@3,cmax"]
[[prediction.arm]]
name = "a"
drug = "aldesleukin"
regimen = "2 MIU SC once"
"""


def spec_of(regimens=("1 MIU SC daily for 5 days",), endpoints=("treg_fold@5,28,cmax",), **more):
    return prediction_spec("try", ["aldesleukin"], list(regimens), parse_endpoints(list(endpoints)), **more)


@pytest.fixture
def registered(solver, tmp_path):
    def register(spec=None, **more):
        more = {"day": DAY, "folder": tmp_path / "p", "options": RunOptions(patients=30), "solver": solver, **more}
        return register_prediction(spec or spec_of(), **more)

    return register


def test_a_prediction_holds_everything_and_follows_its_schema(registered):
    path = registered(why="to see")
    assert path.name == "2026-02-03-try.json"
    content = json.loads(path.read_text("utf-8"))
    jsonschema.validate(content, prediction_schema())
    assert (content["bimodal"], content["intended_use"]) == (__version__, INTENDED_USE)
    assert (content["dated_by"], content["why"], content["patients"], content["seed"]) == ("hand", "to see", 30, 1)
    assert {"model_sha256", "parameters_sha256", "results_sha256", "run"} <= set(content["provenance"])
    rows = content["arms"][0]["endpoints"]
    assert [(row["id"], row["day"]) for row in rows] == [("treg_fold", 5.0), ("treg_fold", 28.0), ("cmax", None)]
    assert rows[2]["lower"] < rows[2]["median"] < rows[2]["upper"]
    assert 0.0 < rows[2]["median_se"] < rows[2]["sd"]
    assert any("30 virtual patients" in text for text in content["warnings"])


def test_the_shipped_schema_is_the_generated_one():
    assert prediction_schema() == make_prediction_schema()


def test_the_same_registration_gives_the_same_bytes(registered, tmp_path):
    first, second = registered(), registered(folder=tmp_path / "q", options=RunOptions(patients=30, workers=2, chunk=7))
    assert first.read_bytes() == second.read_bytes()


def test_nothing_is_ever_overwritten(registered):
    path = registered()
    before = path.read_bytes()
    with pytest.raises(OutputError, match="never overwritten"):
        registered()
    with pytest.raises(OutputError, match="never overwritten"):  # even where it appeared while we were computing
        write_prediction({key: value for key, value in json.loads(before).items() if key != "sha256"}, path.parent)
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name]


def test_dates(registered, tmp_path):
    today = datetime.now(UTC).date()
    made = json.loads(registered(day=None, folder=tmp_path / "now").read_text("utf-8"))
    assert made["dated_by"] == "clock"
    assert made["date"] in {today.isoformat(), (today + timedelta(days=1)).isoformat()}
    for wrong in ("2026-2-3", "yesterday", "2026-02-30", "", "20260203", "2026-02-03T00:00", "../x"):
        with pytest.raises(StudyError, match="no date"):
            checked_date(wrong)
    with pytest.raises(StudyError, match="ahead"):
        checked_date((today + timedelta(days=2)).isoformat())


@pytest.mark.parametrize("name", ["", "a/b", "../a", "A", "a b", ".a", "a.", "x" * 70, "a\n", "é"])
def test_wrong_names_are_refused(registered, name):
    with pytest.raises(StudyError):
        prediction_spec(name, ["aldesleukin"], ["none"], [{"id": "treg_fold", "days": [7.0]}])
    if name:
        with pytest.raises(StudyError, match="no name"):
            registered(name=name)


def changed(path, *steps, value):
    content = json.loads(path.read_text("utf-8"))
    place = content
    for step in steps[:-1]:
        place = place[step]
    place[steps[-1]] = value
    path.write_text(json.dumps(content), "utf-8")


@pytest.mark.parametrize(
    ("steps", "value", "named"),
    [
        (("seed",), 2, "seed"),
        (("date",), "2026-02-02", "date"),
        (("arms", 0, "endpoints", 1, "median"), 99.0, r"arms\[0\].endpoints\[1\] \(treg_fold, day 28.0\)"),
        (("arms", 0, "regimen"), "2 MIU SC", r"arms\[0\]"),
        (("provenance", "model_sha256"), "0" * 64, "provenance"),
        (("study", "set"), {"clearance": 1.0}, "study"),
        (("warnings",), [], "warnings"),
        (("verdict",), "right", "verdict, added"),
        (("sha256",), "0" * 64, "digests or sha256"),
        (("digests",), {}, "digests"),
        (("arms",), None, "arms, added"),
    ],
)
def test_what_was_tampered_with_is_named(registered, steps, value, named):
    path = registered()
    changed(path, *steps, value=value)
    with pytest.raises(StudyError, match=named):
        read_prediction(path)


def test_what_was_removed_is_named(registered):
    path = registered()
    content = json.loads(path.read_text("utf-8"))
    del content["warnings"], content["arms"][0]["endpoints"][2]
    assert broken_seals(content) == ["arms[0].endpoints[2], removed", "warnings, removed"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "{",
        '{"schema": 1}',
        '{"schema": 1, "a": NaN}',
        '{"schema": 1, "a": "\\ud800"}',
        "[" * 9000,
    ],
)
def test_no_prediction_is_said_in_words(tmp_path, text):
    (tmp_path / "p.json").write_text(text, "utf-8")
    with pytest.raises(StudyError):
        read_prediction(tmp_path / "p.json")


def test_a_well_sealed_lie_about_the_shape_is_refused_too(registered, tmp_path):
    content = json.loads(registered().read_text("utf-8"))
    for key, value in (("patients", "many"), ("arms", []), ("arms", [{"name": 3}]), ("date", "1.1.26")):
        wrong = seal(
            {name: item for name, item in {**content, key: value}.items() if name not in ("digests", "sha256")}
        )
        (tmp_path / "lie.json").write_text(json.dumps(wrong), "utf-8")
        with pytest.raises(StudyError, match="wrong field"):
            read_prediction(tmp_path / "lie.json")


def test_rerun_gives_the_same_and_says_what_changed(registered, solver):
    found = read_prediction(registered())
    again = rerun_prediction(found, solver=solver)
    assert (again.reproduced, again.changes, again.reasons) == (True, (), ())
    solver.table_sha256 = "0" * 64
    assert rerun_prediction(found, solver=solver).sentence.startswith("the present model still gives")
    original = type(solver).solve

    def other(parameters, events, times_h, workers, **more):
        solved = original(solver, parameters, events, times_h, workers, **more)
        solved.values[:, 1:, solver.observables.index("treg_count")] *= 1.01
        return solved

    solver.solve = other
    moved = rerun_prediction(found, solver=solver)
    assert [change.endpoint for change in moved.changes] == ["treg_fold", "treg_fold"]
    assert moved.changes[0].relative == pytest.approx(0.01)
    assert moved.reasons == ("parameters changed",)


def test_a_prediction_carries_the_files_of_its_study(registered, solver, tmp_path):
    from bimodal.drugs import molecule_template

    (tmp_path / "mine.toml").write_text(molecule_template(), "utf-8")
    (tmp_path / "population.csv").write_text("id,weight_kg,height_cm\nanna,60,165\nbert,90,185\n", "utf-8")
    (tmp_path / "s.toml").write_text(
        'name = "mine"\n[population]\nsubjects = "population.csv"\n[[arm]]\nname = "a"\ndrug = "mine.toml"\n'
        'regimen = "1 mg/kg SC once"\n[[endpoint]]\nid = "treg_fold"\ndays = [3]\n',
        "utf-8",
    )
    path = registered(load_study(tmp_path / "s.toml"), options=RunOptions())
    for name in ("mine.toml", "population.csv", "s.toml"):
        (tmp_path / name).unlink()
    found = read_prediction(path)
    assert sorted(found.files) == ["mine.toml", "population.csv"]
    assert str(tmp_path) not in path.read_text("utf-8")
    assert rerun_prediction(found, solver=solver).reproduced
    without = found.model_copy(update={"files": {"population.csv": found.files["population.csv"]}})
    with pytest.raises(StudyError, match="does not carry"):
        rerun_prediction(without, solver=solver)
    with pytest.raises(StudyError, match="plain file name"):
        rerun_prediction(found.model_copy(update={"files": {"../x.toml": ""}}), solver=solver)


def test_finding_predictions(registered, tmp_path):
    path = registered()
    folder = path.parent
    assert find_prediction("try", folder) == find_prediction("2026-02-03-try", folder) == path
    assert find_prediction(str(path), tmp_path) == path
    assert list_predictions(folder)["2026-02-03-try"] == path
    with pytest.raises(StudyError, match="did you mean '2026-02-03-try'"):
        find_prediction("2026-02-03-tri", folder)
    second = registered(day="2026-02-04")
    with pytest.raises(StudyError, match="several"):
        find_prediction("try", folder)
    assert find_prediction("2026-02-04-try", folder) == second


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([], "nothing is to be"),
        ([" , "], "nothing is to be"),
        (["treg_fald@28"], "did you mean 'treg_fold'"),
        (["treg_fold"], "say which days"),
        (["treg_fold@"], "is no day"),
        (["treg_fold@x"], "is no day"),
        (["treg_fold@-1"], "is no day"),
        (["treg_fold@nan"], "is no day"),
        (["28,treg_fold"], "belongs to no endpoint"),
        (["cmax@28"], "one value per patient"),
        (["treg_fold@28@84"], "is no day"),
    ],
)
def test_endpoints_that_are_none(texts, says):
    with pytest.raises(StudyError) as caught:
        parse_endpoints(texts)
    assert says in str(caught.value)


def test_endpoints_are_read_as_written():
    assert parse_endpoints(["treg_fold@84, 28;cmax", "treg_fold@7,28.5"]) == [
        {"id": "treg_fold", "days": [7.0, 28.0, 28.5, 84.0]},
        {"id": "cmax"},
    ]


def made_up(values, arms=("a",), name="treg_fold"):
    """A prediction over given patients, without a simulation."""
    row = PredictedEndpoint(
        id=name, day=28.0, unit="1", n=len(values), median=float(np.median(values)),
        lower=float(np.percentile(values, 5)), upper=float(np.percentile(values, 95)), median_se=0.1,
        mean=float(values.mean()), sd=float(values.std(ddof=1)), percentiles=tuple(np.percentile(values, PERCENTILES)),
    )  # fmt: skip
    parts = [PredictedArm(name=name, drug="d", regimen="r", n=len(values), failed=0, endpoints=(row,)) for name in arms]
    return Prediction.model_construct(id="x", arms=tuple(parts))


def observed(tmp_path, text, prediction):
    (tmp_path / "o.csv").write_text(text, "utf-8")
    return judge_observations(prediction, tmp_path / "o.csv")


def test_misses_come_first_and_are_judged_by_their_number_of_patients(tmp_path):
    found = observed(
        tmp_path,
        "Endpoint,day,statistic,value,n\ntox_index,28,value,6.5,1\ntox_index,28,median,6.5,400\n\n"
        "tox_index,28,median,30,400\ntox_index,28,mean,5.0,25\n",
        made_up(np.random.default_rng(1).normal(5.0, 1.0, 4000), name="tox_index"),
    )
    assert [(one.value, one.inside) for one in found] == [(30.0, False), (6.5, False), (6.5, True), (5.0, True)]
    assert found[2].lower == pytest.approx(5.0 - 1.645, abs=0.1)
    assert found[3].upper == pytest.approx(5.0 + 1.645 / 5.0, abs=0.05)
    assert not any(one.noise_cv for one in found)


@settings(deadline=None, max_examples=8)
@given(st.integers(1, 60), st.integers(0, 2**31))
def test_ninety_of_a_hundred_medians_fall_inside(n, seed):
    """If the prediction is right, medians of n new patients, as read, lie in the interval as often as it says."""
    import tempfile

    draw = np.random.default_rng(seed)
    prediction = made_up(np.exp(draw.normal(1.0, 0.5, 4000)))
    read = draw.normal(0.0, noise_log_sd("treg_fold"), (1500, n))
    new = np.median(np.exp(draw.normal(1.0, 0.5, (1500, n)) + read), axis=1)
    with tempfile.TemporaryDirectory() as folder:
        one = observed(Path(folder), f"endpoint,day,statistic,value,n\ntreg_fold,28,median,1,{n}\n", prediction)[0]
    assert 0.84 < ((new >= one.lower) & (new <= one.upper)).mean() < 0.96


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("endpoint,day,statistic,value,n\n", "no observed value"),
        ("endpoint,day,statistic,value\ntreg_fold,28,median,3\n", "'n' is missing"),
        ("endpoint,day,statistic,value,m\n", "unknown column 'm'"),
        ("endpoint,day,day,statistic,value,n\n", "twice"),
        ("endpoint,day,statistic,value,n\ntreg_fold,28,median,3,9,9\n", "6 fields"),
        ("endpoint,day,statistic,value,n\ntreg_fald,28,median,3,9\n", "did you mean 'treg_fold'"),
        ("endpoint,day,statistic,value,n\ntreg_fold,29,median,3,9\n", "days predicted: 28"),
        ("endpoint,day,statistic,value,n\ntreg_fold,,median,3,9\n", "without a day"),
        ("endpoint,day,statistic,value,n\ntreg_fold,28,mode,3,9\n", "no statistic"),
        ("endpoint,day,statistic,value,n\ntreg_fold,28,value,3,9\n", "one patient"),
        ("endpoint,day,statistic,value,n\ntreg_fold,28,median,nan,9\n", "not a number"),
        ("endpoint,day,statistic,value,n\ntreg_fold,28,median,3,0\n", "no number of patients"),
        ("endpoint,day,statistic,value,n\ntreg_fold,28,median,3,2.5\n", "no number of patients"),
        ("endpoint,day,statistic,value,n\ntreg_fold,28,median,3,\n", "not a number"),
        ("arm,endpoint,day,statistic,value,n\nb,treg_fold,28,median,3,9\n", "no arm 'b'"),
        ("\x00", "zero byte"),
    ],
)
def test_wrong_observations_are_named(tmp_path, text, says):
    with pytest.raises(StudyError) as caught:
        observed(tmp_path, text, made_up(np.arange(1.0, 20.0)))
    assert says in str(caught.value)


def test_several_arms_must_be_told_apart(tmp_path):
    with pytest.raises(StudyError, match="several arms"):
        observed(
            tmp_path, "endpoint,day,statistic,value,n\ntreg_fold,28,median,3,9\n", made_up(np.arange(9.0), ("a", "b"))
        )


def test_a_table_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "o.csv").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "o.csv", tmp_path, tmp_path / "none.csv"):
        with pytest.raises(StudyError):
            judge_observations(made_up(np.arange(9.0)), path)


def test_a_batch_is_registered_once(solver, tmp_path):
    (tmp_path / "b.toml").write_text(BATCH, "utf-8")
    told = []

    def run():
        told.clear()
        return register_batch(
            tmp_path / "b.toml", day=DAY, folder=tmp_path / "p", solver=solver, tell=lambda *what: told.append(what)
        )

    paths = run()
    assert [new for _, _, new in told] == [True, True]
    before = [path.read_bytes() for path in paths]
    paths[0].unlink()
    assert run() == paths
    assert [new for _, _, new in told] == [True, False]
    assert [path.read_bytes() for path in paths] == before
    (tmp_path / "b.toml").write_text(BATCH.replace("2 MIU", "3 MIU"), "utf-8")
    with pytest.raises(StudyError, match="the study changed"):
        run()
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('endpoints = ["treg_fold@7"]', 'endpoints = ["treg_fald@7"]'), "treg_fold"),
        (("drug = ", "drog = "), "drog"),
        (("1 MIU SC daily", "1 MIU SC dayly"), "prediction 'one'"),
        (('name = "two"', 'name = "one"'), "twice"),
        (('name = "two"', 'name = "T W O"'), "name"),
        (("patients = 6", "patients = 0"), "patients"),
        (("patients = 6", "patients = "), "TOML"),
    ],
)
def test_a_wrong_batch_registers_nothing(solver, tmp_path, change, says):
    (tmp_path / "b.toml").write_text(BATCH.replace(*change, 1), "utf-8")
    with pytest.raises(BimodalError) as caught:
        register_batch(tmp_path / "b.toml", day=DAY, folder=tmp_path / "p", solver=solver)
    assert says in str(caught.value)
    assert not (tmp_path / "p").exists()


def test_each_entry_of_a_batch_runs_on_the_model_it_needs(tmp_path, monkeypatch):
    def open_solver(spec):
        name = choose_model(spec).name
        return FakeSolver(name=name, observables=(*OBSERVABLES, *(["eosinophils"] if name == "human_oncology" else [])))

    monkeypatch.setattr("bimodal.predict.batch.solver_of", open_solver)
    (tmp_path / "b.toml").write_text(BATCH.replace("treg_fold@3,cmax", "eosinophils@3"), "utf-8")
    files = register_batch(tmp_path / "b.toml", day=DAY, folder=tmp_path / "p")
    assert [read_prediction(file).provenance["model"] for file in files] == ["human", "human_oncology"]


def test_a_registration_with_an_ensemble_plans_its_study_once(tmp_path, monkeypatch):
    planned = []
    monkeypatch.setattr("bimodal.predict.register.make_plan", lambda *given: planned.append(given) or make_plan(*given))
    sets = Ensemble({"healthy": (ParameterSet({}, {}),)}, "a fit", 3)
    solver = FakeSolver(observables=(*OBSERVABLES, "tumour_cells", "death_hazard_integral", "tox_hazard_integral"))
    spec = spec_of(endpoints=("os_rate_1_months",), follow_up_days=60)
    path = register_prediction(
        spec, day=DAY, folder=tmp_path, options=RunOptions(patients=4), solver=solver, ensemble=sets
    )
    assert len(planned) == 1
    assert read_prediction(path).ensemble.patients == 3


@pytest.mark.parametrize(
    ("name", "model", "count"), [("predictions", "human", 13), ("predictions-oncology", "human_oncology", 11)]
)
def test_the_batches_of_the_repository_can_be_planned(name, model, count):
    from bimodal.study.solver.engine_solver import load_solver

    path = Path(__file__).parents[2] / "benchmarks" / f"{name}.toml"
    solver, specs = load_solver(model), load_batch(path).specs(path.name, path.parent)
    assert len(specs) == count
    for spec, entry in specs:
        assert make_plan(spec, RunOptions(patients=2), solver).warnings == ()
        assert entry.why
        assert (entry.ensemble is not None) == (model == "human_oncology")


def test_the_batch_of_the_documentation_is_one(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "predictions.md").read_text("utf-8")
    (tmp_path / "b.toml").write_text(page_blocks(text, "toml")[0].text, "utf-8")
    assert [spec.name for spec, _ in load_batch(tmp_path / "b.toml").specs("b.toml", tmp_path)] == ["tiw-0.15-miu-m2"]


def test_registered_predictions_of_the_package_are_intact():
    for path in list_predictions(Path("no-such-folder")).values():
        assert read_prediction(path).id == path.stem


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        ("treg_fold,28,above,4.9,", True),
        ("treg_fold,28,above,5.1,", False),
        ("treg_fold,28,below,5.1,20", True),
        ("treg_fold,28,below,4.9,", False),
        ("treg_fold,28,about,7.4,", True),
        ("treg_fold,28,about,7.6,", False),
        ("treg_fold,28,about,3.2,", False),
    ],
)
def test_a_direction_is_judged_by_the_side_of_the_predicted_median(tmp_path, line, inside):
    text = f"endpoint,day,statistic,value,n,source\n{line},a paper\n"
    (one,) = observed(tmp_path, text, made_up(np.arange(1.0, 10.0)))  # median 5
    assert (one.inside, one.source, one.n) == (inside, "a paper", 20 if "20" in line else 0)
    assert (one.predicted, one.lower, one.upper) == (5.0, 5.0, 5.0)
    assert one.rule.endswith("direction only")


def test_nothing_lies_within_a_factor_of_nothing(tmp_path):
    with pytest.raises(StudyError, match="within a factor of 0"):
        observed(tmp_path, "endpoint,day,statistic,value,n\ntreg_fold,28,about,0,\n", made_up(np.arange(9.0)))
