"""The immune cycle in a study: aimed against random starts beside their null, and patients asked by `assess`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.cli.cycle_tables import cycle_first, cycle_last
from bimodal.cli.main import main
from bimodal.errors import StudyError
from bimodal.report.cycle_section import cycle_section
from bimodal.study import RunOptions, StudySpec, load_study
from bimodal.study.immune_cycle.hypothesis import HYPOTHESIS, paired, timing_cautions, timing_summary
from bimodal.study.immune_cycle.series import crp_csv, crp_series, turned_back
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.result import StudyResult
from bimodal.study.run.summary import summary_schema, summary_text
from bimodal.study.solver.engine_solver import EngineSolver, load_solver
from bimodal.timing import Status, assess, read_series
from bimodal.timing.wording import SAFETY

NEVER = re.compile(r"optimal|best time|effector phase detected", re.IGNORECASE)
H1, H1_AIMED, H0 = "3 doses x2, H1 random", "3 doses x2, H1 aimed", "3 doses x2, H0 random"


@pytest.fixture(scope="module")
def solver() -> EngineSolver:
    return load_solver("human_cycle")


@pytest.fixture(scope="module")
def study() -> StudySpec:
    return load_study("timing-hypothesis")


@pytest.fixture(scope="module")
def result(solver: EngineSolver, study: StudySpec) -> StudyResult:
    few = study.model_copy(update={"arm": tuple(arm for arm in study.arm if arm.name.startswith("3 doses"))})
    return run_in_memory(make_plan(few, RunOptions(patients=40), solver))


def planned(solver: EngineSolver, study: StudySpec, **values: float) -> Plan:
    spec = study.model_copy(update={"set": {**study.set, **values}})
    return make_plan(spec, RunOptions(patients=8), solver)


def test_the_study_sets_h1_beside_h0_random_beside_aimed(study: StudySpec) -> None:
    names = [f"{course} x2, {h} {start}" for course in ("14 doses", "3 doses", "1 dose") for h in ("H1", "H0")
             for start in ("random", "aimed")]  # fmt: skip
    assert [arm.name for arm in study.arm] == names
    for arm in study.arm:
        assert (arm.set["cycle_gain"] > 1.0) == ("H1" in arm.name)
        assert arm.set["cycle_aim"] == float("aimed" in arm.name)
    assert study.publication is not None
    assert study.publication.role == "context"
    assert not NEVER.search(str(study.canonical()))


def test_random_starts_fall_anywhere_and_periods_lie_between_5_and_9_days(solver, study) -> None:
    population = make_plan(study, RunOptions(patients=500), solver).population.part(0, 500).parameters
    phase, period = population["cycle_phase"], population["cycle_period"] / 24.0
    for values, low, high in ((phase, 0.0, 1.0), (period, 5.0, 9.0)):
        assert low <= values.min()
        assert values.max() <= high
        shares = np.histogram(values, bins=5, range=(low, high))[0]
        assert (np.abs(shares - 100) < 4.5 * np.sqrt(80)).all()
    assert abs(np.corrcoef(phase, period)[0, 1]) < 0.15
    assert abs(np.log(population["cycle_aim_draw"]).std() - 1.0) < 0.1


def test_the_summary_holds_the_differences_and_the_wording(result: StudyResult) -> None:
    summary = result.summary
    jsonschema.validate(summary, summary_schema())
    assert summary["warnings"][:2] == [SAFETY, HYPOTHESIS]
    assert any("checkpoint inhibitors" in text for text in summary["warnings"])
    found = {(row["hypothesis"], row["endpoint"]): row for row in summary["timing"]["differences"]}
    assert set(found) == {(h, e) for h in ("H0", "H1") for e in ("orr", "cr_rate")}
    for (kind, endpoint), row in found.items():
        assert row["n"] == 40
        assert row["random_arm"] == f"3 doses x2, {kind} random"
        assert row["aimed_arm"] == f"3 doses x2, {kind} aimed"
        arm = next(arm for arm in summary["arms"] if arm["name"] == row["aimed_arm"])
        assert row["aimed"] == next(end["value"] for end in arm["endpoints"] if end["id"] == endpoint)
        assert row["difference"] == pytest.approx(row["aimed"] - row["random"])
        assert row["lower"] <= row["difference"] <= row["upper"]
    # nothing in H0 depends on the start
    assert found["H0", "orr"]["only_aimed"] == found["H0", "orr"]["only_random"] == 0
    cells = {name: result.values(name, "tumour_cells")[:, -1] for name in (H1, H1_AIMED, H0)}
    assert not np.allclose(cells[H1], cells[H1_AIMED], rtol=0.01)
    null = result.values("3 doses x2, H0 aimed", "tumour_cells")[:, -1]
    assert null == pytest.approx(cells[H0], rel=1e-12)


def test_what_is_printed_and_reported_says_safety_first_and_last(result: StudyResult, capsys) -> None:
    cycle_first(result.summary)
    cycle_last(result.summary)
    words = " ".join(capsys.readouterr().out.split())
    assert words.startswith(SAFETY)
    assert words.endswith(SAFETY)
    assert words.index(" H1 ") < words.index("aimed - random")
    page = cycle_section(result)
    assert page.count("Research use only.") == 2
    for text in (words, page, summary_text(result.summary)):
        assert not NEVER.search(text)
        assert "H0" in text
    nothing = SimpleNamespace(summary={"arms": []})
    cycle_first(nothing.summary)
    cycle_last(nothing.summary)
    assert capsys.readouterr().out == cycle_section(nothing) == ""


def test_other_models_say_nothing_of_it_and_a_missing_null_is_said(solver, study) -> None:
    plan = make_plan(study, RunOptions(patients=2), solver)
    other = replace(plan, solver=load_solver("human_oncology"))
    assert timing_cautions(other) == ()
    assert timing_summary(other, None) == {}
    assert len(timing_cautions(plan)) == 2
    alone = replace(plan, arms=tuple(arm for arm in plan.arms if "H1" in arm.name and arm.name.startswith("1 dose")))
    assert "'1 dose x2, H1 random', '1 dose x2, H1 aimed'" in timing_cautions(alone)[2]


@given(pairs=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_paired_differences_are_those_of_the_rates(pairs: list[tuple[bool, bool]]) -> None:
    aimed, random = np.array(pairs, bool).T
    found = paired("orr", aimed, random)
    assert found["difference"] == pytest.approx(found["aimed"] - found["random"])
    half = 1.96 * (aimed.astype(float) - random).std() / np.sqrt(len(pairs))
    assert found["upper"] - found["lower"] == pytest.approx(2.0 * half, rel=1e-3, abs=1e-7)
    swapped = paired("orr", random, aimed)
    assert swapped["difference"] == -found["difference"]


def test_without_patients_there_is_no_difference() -> None:
    assert paired("orr", np.zeros(0, bool), np.zeros(0, bool))["difference"] is None


def test_a_patient_with_a_strong_cycle_is_found_and_one_without_is_not(solver, study, tmp_path) -> None:
    # production of CRP swings by exp(1.5), noise is quiet; 28 daily samples before the first dose
    plan = planned(solver, study, cycle_il6_swing=1.5)
    statuses = {}
    for arm in (H1, H0):
        file = tmp_path / "crp.csv"
        file.write_text(crp_csv(crp_series(plan, arm, range(1), noise_sd=0.2), range(1)))
        answer = assess(read_series(file)[0])
        assert answer.series.n == 28
        statuses[arm] = answer.status
        if arm == H1:
            true = plan.population.part(0, 1).parameters["cycle_period"][0] / 24.0
            assert answer.posterior is not None
            assert answer.posterior.period.mode_days == pytest.approx(true, rel=0.1)
    assert statuses[H1] in (Status.RHYTHM_UNREPLICATED, Status.RHYTHM_REPLICATED_IN_THIS_SERIES)
    assert statuses[H0] == Status.NO_EVIDENCE


def test_series_of_virtual_patients_are_written_for_assess(solver, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("bimodal.study.run.runner.shipped_solver", lambda spec: solver)
    file, answer = tmp_path / "crp.csv", tmp_path / "answer.json"
    words = ["timing", "series", str(file), "--arm", H0, "--patients", "2", "--samples", "16"]
    assert main(words) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(SAFETY)
    assert said.endswith(SAFETY)
    assert main(["timing", "assess", str(file), "--json", str(answer), "--quiet"]) == 0
    assert [one["status"] for one in json.loads(answer.read_text())["series"]] == ["NO_EVIDENCE"] * 2


def test_series_belong_to_the_patient_and_lead_up_to_the_first_dose(solver, study) -> None:
    plan = planned(solver, study)
    many, one = crp_series(plan, H1, range(4), days=10), crp_series(plan, H1, range(2, 3), days=10)
    assert many[2] == pytest.approx(one[0], rel=1e-9)
    assert (many > 0.0).all()
    # without noise the day before the first dose is a day before the state in which the arm begins
    parameters = turned_back(plan, H1_AIMED, range(3), 0.0)
    ids = plan.solver.parameter_ids
    drawn = plan.population.part(0, 3).parameters
    peak = (45.0 + 24.0 * np.log(drawn["cycle_aim_draw"])) / drawn["cycle_period"]
    assert parameters[:, ids.index("cycle_phase")] == pytest.approx(-peak)
    assert not parameters[:, ids.index("cycle_aim")].any()


@pytest.mark.parametrize(
    ("arm", "changes", "message"),
    [
        ("nobody", {}, "no arm 'nobody'"),
        (H1, {"days": 0}, "at least one day"),
        (H1, {"noise_sd": float("nan")}, "at least one day"),
        (H1, {"patients": range(0)}, "at least one day"),
        (H1, {"patients": range(0, 4, 2)}, "at least one day"),
    ],
)
def test_impossible_series_are_refused(solver, study, arm, changes, message) -> None:
    with pytest.raises(StudyError, match=message):
        crp_series(planned(solver, study), arm, **{"patients": range(2), **changes})


def test_a_model_without_crp_is_refused() -> None:
    plan = SimpleNamespace(arms=[SimpleNamespace(name="a")], solver=SimpleNamespace(observables=("treg_count",)))
    with pytest.raises(StudyError, match="no CRP"):
        crp_series(plan, "a", range(1))


def test_few_times_are_saved_where_a_study_asks_for_it(solver, study, result) -> None:
    days = result.days
    for day in (0.0, 7.0, 56.0, 112.0, 168.0, 224.0):
        assert np.abs(days - day).min() < 1e-9
    assert len(days) < 50
    assert "save_every_days" not in load_study("koreth-2011").canonical()
    assert study.canonical()["save_every_days"] == 7.0
