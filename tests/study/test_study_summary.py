import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal import INTENDED_USE
from bimodal.evidence import Target, load_targets
from bimodal.study import RunOptions, StudySpec, load_study, run_study
from bimodal.study.endpoints.derive import derive
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.spread import spread
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.segment_layout import SPAN, SegmentLayout
from bimodal.study.plan.targets import published_targets, target_days
from bimodal.study.readings.readings import Readings
from bimodal.study.run.summary import summary_schema, summary_text
from bimodal.study.store.segment_table import SegmentTable
from bimodal.study.verdict.comparison import compare, simulate


def small_koreth(**changes):
    spec = load_study("koreth-2011")
    return spec.model_copy(update={"population": spec.population.model_copy(update={"patients": 8}), **changes})


def test_a_published_study_has_a_valid_summary_with_its_targets(solver, options):
    result = run_study(small_koreth(), options=options(), solver=solver)
    summary = json.loads((result.folder / "summary.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(summary_schema())
    jsonschema.validate(summary, summary_schema())
    assert summary["intended_use"] == INTENDED_USE
    assert [row["id"] for row in summary["targets"]] == [target.id for target in load_targets("koreth-2011")]
    rows = {row["id"]: row for row in summary["targets"]}
    assert rows["B01"]["simulated"] is None
    assert rows["B01"]["within"] is None
    assert rows["B03"]["time"] == {"day": 28.0}
    assert rows["B04"]["time"] == {"from": 0.0, "to": 56.0, "reduce": "peak"}
    pooled = np.concatenate([result.values(arm, "treg_fold") for arm in result.arms])[:, result.readings.index(28.0)]
    assert rows["B03"]["simulated"] == np.median(pooled)
    # the peak is right after a dose, where nothing is saved
    plan, peaks = make_plan(small_koreth(), options(), solver), []
    for arm, name in enumerate(result.arms):
        times = np.array([t for t in plan.dosing[name].distinct if t <= 56.0 * 24.0])
        values, _ = solver._values(*plan.inputs(arm, 0, result.n(name)), times, after=True)
        given = {name: values[:, :, k] for k, name in enumerate(solver.observables)}
        ratio = derive("treg_tconv_ratio", given.__getitem__, 0)
        peaks.append(ratio.max(axis=1) / result.readings.on_day(name, "treg_tconv_ratio", 0.0))
    assert rows["B04"]["simulated"] == pytest.approx(np.median(np.concatenate(peaks)), rel=1e-12)
    assert rows["B06"]["within"] in (True, False)
    assert summary["provenance"]["horizon_days"] == 84.0


def test_summary_numbers_are_those_of_the_patients(spec, solver, options):
    result = run_study(spec, options=options(), solver=solver)
    rows = {(row["id"], row["day"]): row for row in result.summary["arms"][0]["endpoints"]}
    assert set(rows) == {
        ("treg_fold", 0.0),
        ("treg_fold", 4.0),
        ("cmax", None),
        ("doses_given", None),
        ("auc_tau", None),
    }
    values = result.values("low", "treg_fold")[:, result.readings.index(4.0)]
    row = rows["treg_fold", 4.0]
    assert (row["lower"], row["value"], row["upper"]) == tuple(np.quantile(np.sort(values), [0.05, 0.5, 0.95]))
    assert row["interval"] == "5-95 % of patients"
    assert rows["doses_given", None]["value"] == 5.0
    untreated = {row["id"]: row for row in result.summary["arms"][1]["endpoints"]}
    assert untreated["cmax"]["value"] is None
    assert untreated["doses_given"]["value"] == 0.0
    jsonschema.validate(result.summary, summary_schema())


def test_the_summary_says_nothing_of_machine_time_or_place(spec, solver, options, tmp_path):
    result = run_study(spec, options=options(chunk=6, workers=2), solver=solver)
    text = (result.folder / "summary.json").read_text("utf-8")
    assert str(tmp_path) not in text
    for word in ("chunk", "worker", "host", "time_s"):
        assert word not in text


def test_the_run_depends_on_what_changes_results_only(spec, solver, options):
    base = make_plan(spec, options(), solver).run
    for same in ({"workers": 4}, {"chunk": 3}, {"out": None}, {"force": True}, {"shard": (1, 2)}, {"patients": 23}):
        assert make_plan(spec, options(**same), solver).run == base
    for other in ({"seed": 2}, {"patients": 24}):
        assert make_plan(spec, options(**other), solver).run != base
    slower = replace(solver, engine="fake 2")
    assert make_plan(spec, options(), slower).run != base
    for change in ({"set": {"clearance": 1.0}}, {"follow_up_days": 3.0}, {"name": "other"}, {"endpoint": ()}):
        assert make_plan(spec.model_copy(update=change), options(), solver).run != base


def test_a_drug_file_in_another_folder_is_the_same_run(spec, solver, options, tmp_path):
    from importlib.resources import files

    text = files("bimodal.drugs").joinpath("data", "aldesleukin.toml").read_text("utf-8")
    runs = set()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "drug.toml").write_text(text, encoding="utf-8")
        arm = spec.arm[0].model_copy(update={"drug": str(tmp_path / folder / "drug.toml")})
        runs.add(make_plan(spec.model_copy(update={"arm": (arm,)}), options(), solver).run)
    assert len(runs) == 1


def test_changed_arms_are_not_compared_with_what_was_published(solver, options):
    spec = small_koreth()
    other = spec.arm[1].model_copy(update={"regimen": "1 MIU/m2 SC daily for 28 days"})
    changed = spec.model_copy(update={"arm": (spec.arm[0], other, spec.arm[2])})
    targets, warnings = published_targets(changed)
    assert targets == ()
    assert "1 MIU/m2" in warnings[0]
    healthy = spec.population.model_copy(update={"cohort": "healthy"})
    assert "other people" in published_targets(spec.model_copy(update={"population": healthy}))[1][0]
    assert "set by hand" in published_targets(spec.model_copy(update={"set": {"clearance": 1.0}}))[1][0]
    assert published_targets(spec.model_copy(update={"publication": None})) == ((), ())
    short = small_koreth(horizon=30.0, endpoint=())
    plan = make_plan(short, options(), solver)
    assert [target.id for target in plan.targets if target.role != "context"] == ["B03"]
    assert plan.horizon == 30.0
    assert any("B04" in text for text in plan.warnings)


def spans(*patients):
    """High, low and area of the Treg count in four days, on straight lines between the saved values."""
    layout = SegmentLayout("spans", np.array([0.0, 24.0, 48.0, 96.0]), ("treg_count",), SPAN)
    rows = np.array(
        [
            [[max(a, b), min(a, b), 0.5 * h * (a + b)] for a, b, h in zip(p[:-1], p[1:], (24, 24, 48), strict=True)]
            for p in patients
        ]
    )
    return {"spans": SegmentTable(layout, rows)}


READINGS = Readings(
    times_h=np.array([0.0, 24.0, 48.0, 96.0]),
    observables=("treg_count", "tconv_count"),
    stored={
        "a": np.stack([np.array([[10.0, 20, 40, 10], [10.0, 30, 30, 20]]), np.full((2, 4), 100.0)], axis=2),
        "b": np.stack([np.array([[10.0, 10, 10, 10], [np.nan] * 4]), np.array([[100.0] * 4, [np.nan] * 4])], axis=2),
    },
    status={"a": np.zeros(2, np.int8), "b": np.array([0, 3], np.int8)},
    dosing={"a": DosingTimes((0.0, 24.0)), "b": DosingTimes(())},
    segments={"a": spans((10.0, 20, 40, 10), (10.0, 30, 30, 20)), "b": spans((10.0,) * 4, (np.nan,) * 4)},
)


def target(**changes):
    base = {
        "id": "X1", "study": "x", "arms": ("a", "b"), "endpoint": "treg_fold", "label": "t", "time": {"day": 1},
        "statistic": "median", "kind": "band", "published": 2, "lower": 1.5, "upper": 2.5, "unit": "1",
        "quality": "page", "role": "validation", "source": "s",
    }  # fmt: skip
    if changes.get("kind") in ("ordering", "direction"):
        base |= {"lower": None, "upper": None}
    return Target(**{**base, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 2.0),
        ({"arms": ("a",)}, 2.5),
        ({"statistic": "mean"}, 2.0),
        ({"time": {"from": 0, "to": 4, "reduce": "peak"}}, 3.0),
        ({"time": {"from": 1, "to": 4, "reduce": "min"}, "arms": ("a",)}, 1.5),
        ({"time": {"from": 0, "to": 2, "reduce": "mean"}, "arms": ("a",)}, (2.25 + 2.5) / 2),
        (
            {"time": {"from": 2, "to": 4, "reduce": "change"}, "arms": ("a",), "kind": "direction", "published": -1},
            -2.0,
        ),
        ({"kind": "ordering", "published": 1}, 1.5),
        ({"kind": "ratio", "lower": 2.0, "upper": 3.0, "note": "ours"}, 2.5),
        ({"endpoint": "doses_given", "time": None, "arms": ("a",)}, 2.0),
        ({"time": None}, None),
        ({"unit": "%"}, None),
        ({"arms": ("a", "b", "c"), "kind": "ordering", "published": 1, "endpoint": "doses_given"}, "error"),
        ({"role": "context"}, 2.0),
        ({"statistic": "value"}, None),
        ({"endpoint": None, "role": "context"}, None),
        ({"arms": ("b",), "time": {"from": 0, "to": 2, "reduce": "mean"}}, 1.0),
    ],
)
def test_targets_are_simulated_within_the_patient_first(changes, expected):
    if expected == "error":
        from bimodal.errors import StudyError

        with pytest.raises(StudyError, match="no arm 'c'"):
            simulate(target(**changes), READINGS)
        return
    found = simulate(target(**changes), READINGS)
    assert (found.middle if found else None) == (pytest.approx(expected) if expected is not None else None)


def test_context_is_shown_but_never_simulated():
    row = compare(target(role="context"), READINGS)
    assert row["simulated"] is None
    assert row["within"] is None
    assert row["scored"] is False
    assert target_days([target(role="context"), target(time={"from": 3, "to": 9, "reduce": "min"})]) == (3.0, 9.0)


def test_comparing_gives_the_row_of_the_contract():
    row = compare(target(), READINGS)
    assert (row["simulated"], row["within"], row["time"]) == (2.0, True, {"day": 1.0})
    assert row["simulated_lower"] == pytest.approx(1.1)
    assert row["simulated_interval"] == "5-95 % of patients"
    json.dumps(row, allow_nan=False)


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_patients_changes_no_bit(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    for statistic in ("median", "mean"):
        first, second = spread(np.array(values), statistic), spread(np.array([*shuffled, np.nan]), statistic)
        assert first == second
        assert first.lower <= first.upper
    assert first.lower <= spread(np.array(values)).middle <= first.upper


def test_nobody_has_no_spread():
    assert spread(np.array([np.nan, np.inf])) is None
    assert spread(np.array([])) is None


def test_numbers_are_written_shortest_and_nan_never():
    assert summary_text({"x": 0.1 + 0.2}) == '{\n  "x": 0.30000000000000004\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        summary_text({"x": float("nan")})


def test_an_unknown_arm_day_or_observable_is_refused():
    from bimodal.errors import StudyError

    for ask in (
        lambda: READINGS.values("c", "treg_fold"),
        lambda: READINGS.values("a", "il2_plasma"),
        lambda: READINGS.values("a", "nothing"),
        lambda: READINGS.on_day("a", "treg_fold", 3.0),
        lambda: READINGS.course("a", "treg_fold"),
        lambda: READINGS.n("c"),
    ):
        with pytest.raises(StudyError):
            ask()


def test_values_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        READINGS.values("a", "treg_fold")[0, 0] = 5.0


def test_a_result_names_what_can_be_read_and_when_doses_start(spec, solver, options):
    result = run_study(spec, options=options(), solver=solver)
    assert set(result.observables) > {"treg_fold", "cmax"}
    assert len(result.doses_h["low"]) == 5


def test_an_endpoint_the_model_does_not_give_is_refused(spec, solver, options):
    from bimodal.errors import StudyError

    raw = spec.model_dump(mode="json")
    raw["endpoint"] = [{"id": "drug_free", "days": [1]}]
    with pytest.raises(StudyError, match="does not give 'drug_free'"):
        run_study(StudySpec.model_validate(raw), options=options(), solver=solver)
    assert not options().out.exists()


def test_overlapping_infusions_warn(spec, solver):
    arm = spec.arm[0].model_copy(update={"regimen": "1 MIU IV over 6 h q4h x3"})
    plan = make_plan(spec.model_copy(update={"arm": (arm,)}), RunOptions(), solver)
    assert any(text.startswith("arm 'low'") for text in plan.warnings)
