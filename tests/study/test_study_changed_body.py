import numpy as np
import pytest

from bimodal.study import RunOptions, run_study, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.solver.engine_solver import load_solver

CELLS = ("treg", "tconv", "cd8", "nk_bright", "nk_dim")


def untreated(solver, days=(0.0, 60.0), patients=4, **changed):
    spec = simulate_spec(
        ["aldesleukin"], ["none"], patients=patients, report_days=list(days), parameters=changed, follow_up_days=1.0
    )
    return run_in_memory(make_plan(spec, RunOptions(), solver)).readings


def counts(readings, day):
    return np.stack([readings.on_day("none", f"{cell}_count", day) for cell in CELLS], axis=1)


@pytest.mark.parametrize(
    "changed", [{"alpha_masked": 0.99}, {"il2_efficacy": 0.2}, {"il15": 0.003}, {"treg_tcr_engaged": 5.0}]
)
def test_a_changed_body_has_a_rest_of_its_own_and_stays_there(human, changed):
    before, after = untreated(human), untreated(human, **changed)
    assert (after.status["none"] == 0).all()
    assert np.abs(np.log(counts(after, 0.0) / counts(before, 0.0))).max(axis=1).min() > 0.01
    assert np.allclose(counts(after, 60.0), counts(after, 0.0), rtol=1e-4)


def test_blocking_cd25_for_good_costs_treg(human):
    assert (counts(untreated(human, alpha_masked=0.99), 0.0)[:, 0] < 0.8 * counts(untreated(human), 0.0)[:, 0]).all()


def test_a_change_to_the_value_that_is_there_changes_no_bit(human):
    plain, same = untreated(human), untreated(human, il2_efficacy=1.0, alpha_masked=0.0)
    assert np.array_equal(counts(plain, 60.0), counts(same, 60.0))


def test_rates_are_those_of_the_unchanged_body(human):
    body = np.array([[human.defaults[name] for name in human.parameter_ids]])
    changed = body.copy()
    changed[:, human.parameter_ids.index("alpha_masked")] = 0.99
    model = human.model
    names = model.changed.released.parameter_ids
    made = dict(zip(names, model.changed_rest(body, changed)[0], strict=True))
    own = {name: float(value[0]) for name, value in model.changed.solved(body).items()}
    for rate in ("treg_loss", "treg_influx", "il2_secretion", "treg_r_alpha_synthesis"):
        assert made[rate] == own[rate]
    assert made["start(treg_cells)"] < 0.8 * own["start(treg_cells)"]


def test_a_body_that_is_redefined_rests_with_the_same_cells_and_the_run_says_so(human, tmp_path):
    spec = simulate_spec(
        ["aldesleukin"], ["none"], patients=2, report_days=[1.0], parameters={"treg_renewal": 0.01}, follow_up_days=1.0
    )
    found = run_study(spec, options=RunOptions(out=tmp_path / "out"), solver=human)
    assert any("treg_renewal redefines the body" in text for text in found.summary["warnings"])
    assert np.allclose(found.values("none", "treg_fold"), 1.0, rtol=1e-6)
    plain = simulate_spec(["aldesleukin"], ["none"], patients=2, parameters={"alpha_masked": 0.5}, follow_up_days=1.0)
    quiet = run_study(plain, options=RunOptions(out=tmp_path / "quiet"), solver=human)
    assert not any("redefine" in text for text in quiet.summary["warnings"])


@pytest.mark.parametrize("name", ["human_oncology", pytest.param("human_mass_action", marks=pytest.mark.slow)])
def test_larger_models_find_the_rest_too(name):
    solver = load_solver(name)
    found = untreated(solver, patients=2, alpha_masked=0.99)
    assert (found.status["none"] == 0).all()
    assert (counts(found, 0.0)[:, 0] < 0.9 * counts(untreated(solver, patients=2), 0.0)[:, 0]).all()
    assert np.allclose(counts(found, 60.0), counts(found, 0.0), rtol=1e-3)


def test_doses_visits_and_parts_go_with_a_changed_body(human, tmp_path):
    spec = simulate_spec(
        ["aldesleukin"],
        ["1 MIU SC daily for 3 days"],
        patients=4,
        report_days=[3.0],
        parameters={"alpha_masked": 0.9},
        follow_up_days=1.0,
    )
    whole = run_study(spec, options=RunOptions(out=tmp_path / "a"), solver=human)
    parts = run_study(spec, options=RunOptions(out=tmp_path / "b", chunk=1), solver=human)
    assert (whole.folder / "summary.json").read_bytes() == (parts.folder / "summary.json").read_bytes()
    arm = whole.arms[0]
    plain = run_study(spec.model_copy(update={"set": {}}), options=RunOptions(out=tmp_path / "c"), solver=human)
    assert (whole.values(arm, "treg_count")[:, -1] < plain.values(arm, "treg_count")[:, -1]).all()
