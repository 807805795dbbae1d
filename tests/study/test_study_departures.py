"""Who dies or leaves a study: nothing is given to them, nothing read of them, and nobody else changes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import BimodalError
from bimodal.study import RunOptions, load_study
from bimodal.study.endpoints.trial import ScanPlan
from bimodal.study.endpoints.trial.dropout import dropout_days
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.readings.from_plan import solved_readings
from bimodal.study.readings.trial import TrialReader
from bimodal.study.rules.departures import DIED, LEFT_STUDY
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.runner import run_plan, shipped_solver
from bimodal.study.run.summary import summary_text
from bimodal.study.spec.load import check_study
from bimodal.study.spec.visits import VisitsSpec

N = 40


def study(visits, **arm):
    arms = [
        {"name": "given", "drug": "aldesleukin", "regimen": "1 MIU/m2 SC q3d for 60 days", **arm},
        {"name": "none", "regimen": "none"},
    ]
    more = {"visits": visits} if visits is not None else {}
    endpoints = [{"id": "treg_fold", "days": [0, 30, 60]}, {"id": "doses_given"}]
    population = {"cohort": "healthy", "patients": N}
    raw = {"name": "m", "population": population, "arm": arms, "endpoint": endpoints, "follow_up_days": 1, **more}
    return check_study(raw, where="test")


def made(solver, visits, **arm):
    return make_plan(study(visits, **arm), RunOptions(seed=3), solver)


# leaving


def test_options_that_are_off_change_no_byte(human):
    plain, off = made(human, None), made(human, {"noise": False, "dropout_percent_per_month": 0})
    assert off.run == plain.run
    assert summary_text(run_in_memory(off).summary) == summary_text(run_in_memory(plain).summary)
    assert "visits" not in study(None).canonical()
    assert made(human, {"noise": True}).run != plain.run


@pytest.mark.parametrize(
    "wrong", [{"dropout_percent_per_month": 100}, {"dropout_percent_per_month": -1}, {"jitter": 1}]
)
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(BimodalError):
        study(wrong)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6, unique=True), st.floats(0.01, 90), st.floats(0.01, 90))
def test_leaving_belongs_to_a_patient_and_comes_earlier_at_a_larger_rate(patients, one, two):
    low, high = sorted((one, two))
    late, early = dropout_days(1, patients, low), dropout_days(1, patients, high)
    assert (early <= late).all()
    assert dropout_days(1, patients[-1:], low)[0] == late[-1]


def test_as_many_leave_as_was_said():
    days = dropout_days(5, np.arange(4000), 10.0)
    month = 365.25 / 12.0
    assert abs((days > month).mean() - 0.9) < 0.02
    assert abs((days > 6 * month).mean() - 0.9**6) < 0.03


def test_who_has_left_is_given_nothing_and_not_read(human):
    plan = made(human, {"dropout_percent_per_month": 30})
    plain = made(human, None)
    result, whole = run_in_memory(plan), run_in_memory(plain)
    left = plan.left_h / 24.0
    assert 0.1 < (left < 60).mean() < 0.9
    ledger = result.readings.ledgers["given"]
    due = ledger.times_h[None, :] / 24.0 >= left[:, None]
    assert (ledger.factor == np.where(due, 0.0, 1.0)).all()
    assert (ledger.reason == np.where(due, 2, 0)).all()
    assert ledger.words[2] == LEFT_STUDY
    assert (result.readings.course("given", "doses_given") == (~due).sum(axis=1)).all()
    for day in (0.0, 30.0, 60.0):
        for arm in ("given", "none"):
            seen, true = result.readings.on_day(arm, "treg_fold", day), whole.readings.on_day(arm, "treg_fold", day)
            assert (np.isnan(seen) == (left < day)).all()
            # those still there are as they would have been anyway
            assert seen[left >= day].tolist() == true[left >= day].tolist()
    assert np.isnan(result.readings.window("given", "treg_fold", "change", first=0.0, last=60.0)[left < 60]).all()
    arms = {arm["name"]: arm for arm in result.summary["arms"]}
    assert arms["given"]["left"] == arms["none"]["left"] == int((left < plan.horizon).sum())
    assert any("leave the study" in text for text in result.summary["warnings"])
    assert "rules" not in arms["given"]
    assert "left" not in whole.summary["arms"][0]
    assert plan.replay(0, 0, ledger).values.tobytes() == plan.solve(0, 0, N).values.tobytes()


def test_a_run_in_a_folder_says_the_same(human, tmp_path):
    options = RunOptions(seed=3, out=tmp_path / "r", chunk=16)
    plan = make_plan(
        study({"dropout_percent_per_month": 30, "noise": True}, rules=["skip if treg_fold > 2"]), options, human
    )
    stored = run_plan(plan).summary
    assert summary_text(stored) == summary_text(run_in_memory(plan).summary)


def test_a_dose_table_cannot_be_left(human, tmp_path):
    (tmp_path / "t.csv").write_text("id,time,amt,unit,route\na,0,1,MIU,sc\n", "utf-8")
    arms = [{"name": "a", "drug": "aldesleukin", "table": str(tmp_path / "t.csv")}]
    raw = {"name": "m", "population": {"cohort": "healthy", "patients": 2}, "arm": arms}
    raw["visits"] = {"dropout_percent_per_month": 5}
    with pytest.raises(BimodalError, match="a dose table says what was given"):
        make_plan(check_study(raw, where="test"), RunOptions(), human)


# dying


@pytest.fixture(scope="module")
def trial():
    spec = load_study("rosenberg-1998")
    arm = spec.arm[0].model_copy(update={"regimen": "720000 IU/kg IV over 15 min q8h x3, rest 60 days, repeat x4"})
    spec = spec.model_copy(update={"arm": (arm,), "endpoint": (), "follow_up_days": None, "horizon": 300.0})
    return make_plan(spec, RunOptions(seed=1, patients=N), shipped_solver(spec))


def test_the_dead_are_given_nothing_and_their_ledger_says_so(trial):
    solved = trial.solve(0, 0, N)
    ledger = solved.ledger
    outcomes = TrialReader(solved_readings(trial, {trial.arms[0].name: [solved]}), ScanPlan(), 1).outcomes(
        trial.arms[0].name
    )
    after = ledger.times_h[None, :] / 24.0 >= outcomes.death_day[:, None]
    dead = np.isin(ledger.reason, [code for code, why in enumerate(ledger.words) if why == DIED])
    assert after.any()
    assert (dead == after).all()
    assert (ledger.factor[dead] == 0.0).all()
    assert trial.replay(0, 0, ledger).values.tobytes() == solved.values.tobytes()


def test_nobody_dies_of_a_tumour_that_only_the_model_gives_them():
    rules = ["titrate treg_fold to 2-4 by 25 % between 10 and 300 % every 7 days"]
    raw = study(None, rules=rules).model_dump(mode="json", exclude_defaults=True)
    spec = check_study({**raw, "endpoint": [{"id": "tox_index", "days": [60]}]}, where="test")
    plan = make_plan(spec, RunOptions(seed=1), shipped_solver(spec))
    assert "death_hazard_integral" in plan.solver.observables
    ledger = plan.solve(0, 0, N).ledger
    assert DIED in ledger.words
    assert (ledger.factor > 0.0).all()


def test_who_leaves_a_trial_is_censored(trial):
    spec = trial.spec.model_copy(update={"visits": VisitsSpec(dropout_percent_per_month=20.0)})
    plan, name = replace(trial, spec=spec), trial.arms[0].name
    readers = [
        TrialReader(solved_readings(one, {name: [one.solve(0, 0, N)]}), ScanPlan(), 1).outcomes(name)
        for one in (trial, plan)
    ]
    whole, censored = readers
    left = plan.left_h / 24.0
    gone = left < np.minimum(whole.os_days, whole.cut_days)
    assert gone.any()
    assert not censored.os_event[gone].any()
    assert censored.os_days[gone].tolist() == left[gone].tolist()
    assert (censored.os_days[~gone] == whole.os_days[~gone]).all()
    assert (censored.os_event[~gone] == whole.os_event[~gone]).all()
    assert np.isnan(censored.sld[censored.scan_days[None, :] > left[:, None]]).all()
    assert (censored.pfs_days <= np.maximum(left, 0.0) + 1e-9)[gone].all()
