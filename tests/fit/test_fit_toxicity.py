from __future__ import annotations

import csv
import math
import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from bimodal.dosing import load_era
from bimodal.errors import BimodalError
from bimodal.fit.population_fits import POPULATION_FITS
from bimodal.fit.toxicity.course import ToxicityCourse, deliver, middle, plan_course
from bimodal.fit.toxicity.outpatients import OUTPATIENTS, Outpatients
from bimodal.fit.toxicity.table import toxicity_mismatches, write_toxicity
from bimodal.fit.toxicity.toxicity import (  # pyright: ignore
    DEATH_SLOPE,
    NCI,
    ToxicityFit,
    _cut,
    _halve,
    _rate,
    _share,
    _two_shares,
)
from bimodal.model.files import read_data
from bimodal.model.parameters import ParameterTable
from bimodal.study.plan.plan import Plan
from bimodal.study.solver.engine_solver import load_solver

PEAKS = np.exp(np.random.default_rng(3).normal(0.1, 0.3, 500))


@cache
def plan() -> Plan:
    solver = load_solver("human_oncology")
    return plan_course(solver, NCI.replace(", repeat on day 15", ""), cohort="melanoma", patients=40, seed=1, workers=1)


@cache
def treated(threshold: float) -> ToxicityCourse:
    return deliver(plan(), threshold)


def test_an_earlier_stop_means_fewer_doses_and_less_toxicity_in_everybody() -> None:
    low, high = treated(0.3), treated(0.6)
    assert (low.doses <= high.doses).all()
    assert low.doses.sum() < 0.8 * high.doses.sum()
    assert (low.peak <= high.peak + 1e-6).all()
    assert low.peak.mean() < high.peak.mean()
    assert low.gathered(6).mean() < high.gathered(6).mean()
    assert middle(low.doses[:, 0]) < middle(high.doses[:, 0])


def test_doses_are_a_count_up_to_those_planned_and_toxicity_goes_away() -> None:
    course = treated(0.6)
    assert course.doses.shape == (40, 1)
    assert ((course.doses >= 1) & (course.doses <= 15) & (course.doses == np.floor(course.doses))).all()
    assert (course.index[:, -1] < 0.1 * course.peak).all()
    assert np.unique(course.doses).size > 4


def test_cut_points_give_back_the_shares() -> None:
    cut = _cut(PEAKS, 0.4, 0.33)
    assert _share(PEAKS, cut, 0.4) == pytest.approx(0.33, abs=1e-9)
    other = 0.6 * PEAKS
    severe, width = _two_shares(PEAKS, 0.8, other, 0.3)
    assert ndtr(np.log(PEAKS / severe) / width).mean() == pytest.approx(0.8, abs=1e-6)
    assert ndtr(np.log(other / severe) / width).mean() == pytest.approx(0.3, abs=1e-6)


def test_the_rate_of_death_gives_back_the_share() -> None:
    gathered = PEAKS**6 * 50
    assert -np.expm1(-_rate(gathered, 0.032) * gathered).mean() == pytest.approx(0.032, abs=1e-9)


def test_halving_finds_the_sign_change() -> None:
    assert _halve(lambda x: x - 0.7) == pytest.approx(0.7, rel=3e-3)


def test_the_middle_is_between_the_neighbours_of_the_median() -> None:
    assert middle(np.array([3.0, 1.0, 2.0])) == 2.0
    assert middle(np.arange(101.0)) == pytest.approx(50.0, abs=0.5)
    assert middle(np.array([4.0])) == 4.0


def test_the_eras_are_ordered_and_their_rules_differ_in_the_threshold_only() -> None:
    early, standard, late = (load_era(name) for name in ("nci-1985", "registration-1990", "nci-1997"))
    levels = [era.thresholds["hold_threshold"].value for era in (late, standard, early)]
    assert levels == sorted(levels)
    assert levels[1] == 1.0
    assert early.rules == standard.rules == late.rules


def shipped() -> ToxicityFit:
    table = ParameterTable.read(read_data("oncology.csv"), "oncology.csv")
    fitted = [row for row in table.rows if row.status == "fitted"]
    return ToxicityFit(
        values={row.id: row.value for row in fitted if not row.cv},
        spreads={row.id: row.cv for row in fitted if row.cv},
        thresholds={
            name: load_era(name).thresholds["hold_threshold"].value
            for name in ("nci-1985", "registration-1990", "nci-1997")
        },
        limit=0.1,
        lines=(),
        patients=1,
        seed=1,
    )


def test_a_table_that_holds_the_values_agrees_and_another_does_not(tmp_path: Path) -> None:
    text = read_data("oncology.csv")
    found = shipped()
    assert len(found.values) == 9
    assert len(found.spreads) == 5
    assert toxicity_mismatches(ParameterTable.read(text, "t"), found, 1e-6) == []
    file = tmp_path / "oncology.csv"
    file.write_text(text, encoding="utf-8")
    assert write_toxicity(file, found) == []
    changed = replace(
        found, values=found.values | {"tox_fast_weight": 9.0}, thresholds=found.thresholds | {"nci-1985": 2.0}
    )
    assert len(toxicity_mismatches(ParameterTable.read(text, "t"), changed, 1e-2)) == 2
    lines = write_toxicity(file, changed, dry_run=True)
    assert [line.split(":")[0] for line in lines] == ["tox_fast_weight", "era nci-1985"]
    assert "not written" in lines[1]
    assert file.read_text(encoding="utf-8") == text
    write_toxicity(file, changed)
    rows = {row["id"]: row for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())}
    assert float(rows["tox_fast_weight"]["value"]) == 9.0
    assert math.isclose(float(rows["tox_late_weight"]["value"]), found.values["tox_late_weight"], rel_tol=1e-5)


def test_the_table_of_a_package_has_its_eras_written_with_it(tmp_path: Path) -> None:
    table, eras = tmp_path / "model/data/oncology.csv", tmp_path / "dosing/data/eras.toml"
    for file in (table, eras):
        file.parent.mkdir(parents=True)
    table.write_text(read_data("oncology.csv"), encoding="utf-8")
    before = files("bimodal.dosing").joinpath("data/eras.toml").read_text(encoding="utf-8")
    eras.write_text(before, encoding="utf-8")
    found = shipped()
    assert write_toxicity(table, found) == []
    changed = replace(found, thresholds=found.thresholds | {"nci-1997": 0.51234})
    said = write_toxicity(table, changed, dry_run=True)
    assert said == [f"era nci-1997: {found.thresholds['nci-1997']:g} -> 0.5123"]
    assert eras.read_text(encoding="utf-8") == before
    assert write_toxicity(table, changed) == said
    after = tomllib.loads(eras.read_text(encoding="utf-8"))
    levels = {era["id"]: era["thresholds"]["hold_threshold"]["value"] for era in after["era"]}
    assert levels == found.thresholds | {"nci-1997": 0.5123}
    assert [line for line in eras.read_text(encoding="utf-8").splitlines() if line.startswith("#")] == [
        line for line in before.splitlines() if line.startswith("#")
    ]
    eras.write_text(before.replace('id = "nci-1997"', 'id = "other"'), encoding="utf-8")
    with pytest.raises(BimodalError, match="nci-1997"):
        write_toxicity(table, changed)


@cache
def home() -> Outpatients:
    return Outpatients(load_solver("human_oncology"), patients=24, seed=1, workers=1)


def weights() -> tuple[float, float]:
    table = ParameterTable.read(read_data("oncology.csv"), "oncology.csv")
    return table.by_id["tox_fast_weight"].value, table.by_id["tox_late_weight"].value


def test_outpatients_bear_one_a_day_and_not_three_and_nobody_reaches_a_held_dose() -> None:
    one, three = (home().borne(OUTPATIENTS[f"{dose} MIU/m2 SC daily"], *weights()) for dose in (1, 3))
    assert 1.5 * one < three < 0.3
    assert home().borne(OUTPATIENTS["40 ug/m2/d by infusion"], *weights()) < three


def test_weeks_of_low_infusions_kill_next_to_nobody() -> None:
    rate = ParameterTable.read(read_data("oncology.csv"), "oncology.csv").by_id["tox_death_rate"].value
    fast, late = weights()
    found = home().deaths("infusion-1994", fast=fast, late=late, rate=rate, slope=DEATH_SLOPE)
    assert 0.0 < found < 0.03


def test_the_weights_put_five_large_days_at_the_limit_of_months_of_small_ones() -> None:
    late, limit = home().ratio()
    assert 0.2 < late < 5.0
    low, high, large = (home().borne(arm, 1.0, late) for arm in OUTPATIENTS.values() if arm.fitted)
    assert low < limit < high
    assert large == pytest.approx(limit, rel=1e-3)


def test_it_is_listed_under_its_name() -> None:
    one = POPULATION_FITS["toxicity"]()
    assert one.name == "toxicity"
    assert one.mismatches(shipped(), 1e-6) == []
