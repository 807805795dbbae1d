"""Turnover of cells: loss without signal, CD25 that stays, long-lived cells, margination by signal; all off by rows."""

import numpy as np
import pytest

from bimodal.expr import evaluate
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.spec.load import check_study

DAILY = "1 MIU/m2 SC daily for 28 days"
SPARSE = "0.26 MIU/m2 SC q3d for 60 days"


def run(human, regimen, days, drug="aldesleukin", cohort="healthy", **changed):
    spec = simulate_spec(
        [drug], [regimen], cohort=cohort, patients=8, report_days=list(days), parameters=changed, follow_up_days=28.0
    )
    found = run_in_memory(make_plan(spec, RunOptions(), human)).readings
    return lambda name, day: np.median(found.on_day(found.arms[0], name, day))


def blocked(human, **changed):
    arm = {"name": "a", "drug": "daclizumab", "regimen": "150 mg SC q4w x2"}
    spec = check_study(
        {
            "name": "m",
            "set": changed,
            "population": {"cohort": "healthy", "patients": 40},
            "arm": [arm],
            "endpoint": [{"id": "treg_fold", "days": [7, 56]}, {"id": "nk_bright_fold", "days": [7, 56]}],
        },
        where="test",
    )
    found = run_in_memory(make_plan(spec, RunOptions(), human)).readings
    return lambda name, day: np.median(found.on_day("a", name, day))


def test_treg_fall_within_days_without_cd25_and_hold(human):
    with_it, without = blocked(human), blocked(human, treg_withdrawal_loss=0.0)
    assert with_it("treg_fold", 7.0) < 0.667 < without("treg_fold", 7.0)
    assert 0.667 < with_it("treg_fold", 56.0) / with_it("treg_fold", 7.0) < 1.5


def test_nk_bright_cells_rise_over_months_where_treg_no_longer_eat_il2(human):
    with_it, without = blocked(human), blocked(human, niche_il2=1e-12)
    assert with_it("nk_bright_fold", 56.0) > 1.2 > 1.02 > without("nk_bright_fold", 56.0)
    assert with_it("nk_bright_fold", 7.0) < with_it("nk_bright_fold", 56.0)


def test_the_niche_is_lower_where_a_dose_made_eaters(human):
    found, off = (run(human, DAILY, [28.0], **own) for own in ({}, {"niche_il2": 1e-12}))
    assert found("nk_bright_fold", 28.0) == pytest.approx(off("nk_bright_fold", 28.0), rel=0.1)


def test_long_lived_cells_share_the_room_of_their_kind(human):
    course = "24 ug IL-2/kg SC q2w x6"
    found, free = (run(human, course, [84.0], drug="rezpegaldesleukin", **own) for own in ({}, {"tconv_capacity": 1e6}))
    assert found("tconv_fold", 84.0) < 0.7 * free("tconv_fold", 84.0)


def test_doses_every_three_days_hold_treg_a_little_up_and_their_cd25(human):
    found = run(human, SPARSE, [60.0], cohort="t1d")
    assert 1.05 < found("treg_fold", 60.0) < 1.6
    assert 1.02 < found("treg_cd25_fold", 60.0) < 1.5
    assert found("tconv_fold", 60.0) == pytest.approx(1.0, abs=0.06)
    short = run(human, SPARSE, [60.0], cohort="t1d", treg_cd25_persistence=1.0)
    assert short("treg_cd25_fold", 60.0) < 1.02


def test_treg_of_daily_doses_are_gone_weeks_after_the_last(human):
    found = run(human, DAILY, [28.0, 56.0])
    assert found("treg_fold", 28.0) > 4.0
    assert found("treg_fold", 56.0) < 1.5


def test_cycles_of_middle_doses_leave_helper_cells_and_low_doses_do_not(human):
    cycles = "7.5 MIU SC bid for 5 days, off 51 days, x3"
    found, off = (run(human, cycles, [168.0], **own) for own in ({}, {"tconv_long_lived_share": 0.0}))
    assert found("tconv_fold", 168.0) > 1.3
    assert off("tconv_fold", 168.0) == pytest.approx(1.0, abs=0.1)
    assert found("cd8_fold", 168.0) == pytest.approx(1.0, abs=0.2)
    assert run(human, DAILY, [28.0])("tconv_fold", 28.0) == pytest.approx(1.0, abs=0.2)


def test_a_molecule_that_hardly_signals_leaves_cells_in_the_blood(human):
    silent = run(human, "9 ug/kg SC once", [3.0], drug="rezpegaldesleukin", drug_efficacy=0.0)
    assert silent("cd8_fold", 3.0) == pytest.approx(1.0, abs=0.02)
    assert silent("tconv_fold", 3.0) == pytest.approx(1.0, abs=0.02)


def test_a_body_at_rest_stays_there(human):
    found = run(human, "none", [1.0, 28.0])
    for cell in ("treg", "tconv", "cd8", "nk_bright", "nk_dim"):
        assert found(f"{cell}_fold", 28.0) == pytest.approx(1.0, rel=1e-6)


def test_the_loss_of_treg_stays_positive_however_fast_they_grow(human):
    for fast in (0.01, 0.1, 0.5, 5.0):
        values = human.table.values() | {"treg_growth_max": fast, "il2_rest": 0.01}
        for name, node in human.model.system.derived:
            values[name] = evaluate(human.model.system.graph, [node], values)[0]
        assert values["treg_loss"] > 0.0
        found = run(human, DAILY, [28.0], treg_growth_max=fast)
        assert 1.0 < found("treg_fold", 28.0) < 20.0
