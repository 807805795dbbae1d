"""Warnings outside what was calibrated, and the ranges behind them, which come from the regimens of the studies."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.dosing import expand, parse_regimen
from bimodal.drugs import load_molecule
from bimodal.evidence import list_studies
from bimodal.evidence.roles import not_yet_fitted, study_roles
from bimodal.study import RunOptions, load_study, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.verdict.calibrated import blood_calibration, extent, oncology_calibration
from bimodal.study.verdict.outside import outside_calibration, outside_warnings

DRUG = load_molecule("aldesleukin")
MIU_PER_NMOL = 1e-6 * DRUG.substance.molar_mass * DRUG.substance.potency / 1e6
HIGH = "600000 IU/kg IV over 15 min q8h x14, repeat on day 15"


def warned(solver, *regimens, oncology=False, drug="aldesleukin", report_days=(7.0,), **where):
    spec = simulate_spec([drug], list(regimens), patients=2, report_days=report_days, **where)
    if oncology:
        solver = replace(solver, observables=(*solver.observables, "tumour_cells"))
    return outside_warnings(make_plan(spec, RunOptions(), solver))


def given_by(regimen, **body):
    return extent(expand(parse_regimen(regimen)), DRUG, body)


def test_an_ordinary_low_dose_carries_no_warning(solver):
    assert warned(solver, "1 MIU SC daily for 5 days", "none", "0.5 MIU/m2 SC daily for 56 days") == ()


def test_an_engineered_molecule_says_on_which_cells_its_potency_is_known(solver):
    (text,) = [text for text in warned(solver, "1 mg conjugate SC once", drug="efavaleukin-alfa") if "potency" in text]
    known, unknown = text.split("; no better on ")
    assert "better than by a constant on Treg (n = 18, rank correlation 0.82, off 3.5-fold, a constant 6.8" in known
    assert all(f"{cell} (n = " in unknown for cell in ("Tconv", "CD8", "NK"))
    assert not any("potency" in text for text in outside_calibration(load_molecule("tofacitinib")))


@pytest.mark.parametrize(
    ("regimen", "said"),
    [
        ("60 MIU SC once", "60 MIU in a day under the skin (calibrated: 0.0747 MIU to 37.4 MIU)"),
        ("0.01 MIU SC daily for 5 days", "0.01 MIU in a day under the skin (calibrated: 0.0747 MIU to 37.4 MIU)"),
        ("18 MIU IV over 24 h daily for 5 days", "18 MIU in a day by infusion (calibrated: 0.306 MIU to 11.2 MIU)"),
        ("1 MIU SC daily for 365 days", "dosing for 364 days (calibrated: up to 284)"),
        ("2 MIU SC daily for 250 days", "500 MIU in all under the skin (calibrated: up to 450 MIU)"),
        ("40 MIU IV bolus once", "40 MIU in a day by intravenous push (calibrated: 11.2 MIU)"),
    ],
)
def test_dose_route_and_duration_are_judged_by_the_studies(solver, regimen, said):
    (text,) = [text for text in warned(solver, regimen) if text.startswith(f"arm '{regimen}': outside what blood")]
    assert said in text


UNREAD = "no calibration study reports them at one dose so large, or at doses so large within a factor of five"


@pytest.mark.parametrize("regimen", ["9 MIU SC daily for 5 days", "4.5 MIU SC q12h x10", "9 MIU SC tiw for 28 days"])
def test_cells_that_no_study_read_at_a_dose_are_printed_as_not_identified(solver, regimen):
    (text,) = warned(solver, regimen)
    assert text == (
        f"arm '{regimen}': cell counts at 9 MIU a day are not identified for Treg (read up to 3 MIU), "
        f"CD56bright NK and CD56dim NK (read up to 3.27 MIU): {UNREAD}; "
        "Tconv and CD8 were read there only in hiv, hiv-cd4-200 and hiv-cd4-500"
    )


TREG, NK, OTHERS = (
    "Treg (read up to 3 MIU)",
    "CD56bright NK and CD56dim NK (read up to 3.27 MIU)",
    "Tconv and CD8 (read up to 15 MIU)",
)


@pytest.mark.parametrize(
    ("miu", "unknown"),
    [
        (3.29, ()),  # within a tenth of a dose that was read
        (3.31, (TREG,)),
        (3.59, (TREG,)),
        (3.6, (TREG, NK)),
        (16.4, (TREG, NK)),
        (16.6, (TREG, OTHERS, NK)),
        (37.4, (TREG, OTHERS, NK)),
        (41.09, (TREG, OTHERS, NK)),
        (41.2, ()),  # outside, which is said instead
    ],
)
def test_each_cell_is_known_up_to_the_doses_it_was_read_at(solver, miu, unknown):
    texts = warned(solver, f"{miu} MIU SC once")
    said = [text for text in texts if "not identified" in text]
    assert any("(calibrated: 0.0747 MIU to 37.4 MIU)" in text for text in texts) == (miu > 41.1)
    assert len(said) == bool(unknown)
    if unknown:
        assert f"a day are not identified for {', '.join(unknown)}: {UNREAD}" in said[0]
        assert said[0].endswith("five") == (len(unknown) == 3)  # nothing was read there at all


@pytest.mark.parametrize(
    ("kiu", "outside"), [(71.94, True), (71.96, False), (72, False), (720, False), (720.4, False), (720.6, True)]
)
def test_no_dose_is_outside_of_what_it_prints_like(solver, kiu, outside):
    texts = warned(solver, f"{1000 * kiu:g} IU/kg IV over 15 min q8h x14", oncology=True, cohort="melanoma")
    said = [text for text in texts if "doses of" in text]
    assert len(said) == outside
    assert all("doses of 72 kIU/kg" not in text and "doses of 720 kIU/kg" not in text for text in said)


@pytest.mark.parametrize("regimen", ["3 MIU SC daily for 5 days", "1.5 MIU SC q12h x10", "2 MIU SC daily for 5 days"])
def test_a_dose_beside_one_that_was_read_alone_is_in_no_gap(solver, regimen):
    assert warned(solver, regimen) == ()


def test_the_same_words_for_several_arms_are_printed_once(solver):
    texts = warned(solver, "9 MIU SC daily for 5 days", "9 MIU SC daily for 4 days", "1 MIU SC once")
    assert [text.partition(":")[0] for text in texts] == [
        "arms '9 MIU SC daily for 5 days', '9 MIU SC daily for 4 days'"
    ]
    assert warned(solver, "9 MIU SC once", "9 MIU SC daily for 4 days")[0].startswith("every arm: ")


def test_cohort_reading_days_and_drug_class_are_judged(solver):
    assert any("cohort 'als' is outside" in text for text in warned(solver, "1 MIU SC once", cohort="als"))
    assert not any("cohort" in text for text in warned(solver, "1 MIU SC once", cohort="sle"))
    late = warned(solver, "1 MIU SC once", report_days=(400.0,))
    assert late == ("figures are read until day 400; calibration studies were read until day 336",)
    text, potency = warned(solver, "1 nmol IL-2 SC once", drug="n88d-fc")
    assert potency.startswith("potency of engineered molecules")
    assert "'n88d-fc' is outside what the model was calibrated on" in text


@pytest.mark.parametrize(
    ("regimen", "known"),
    [
        (HIGH, True),
        ("72000 IU/kg IV over 15 min q8h x14", True),
        ("1.8 MIU/m2/day CIV for 21 days", False),
        ("1 MIU SC daily for 56 days", False),
        ("40 MIU IV bolus once", False),
    ],
)
def test_toxicity_is_known_of_short_infusions_alone(solver, regimen, known):
    texts = warned(solver, regimen, oncology=True, cohort="melanoma")
    assert any("deaths of treatment were calibrated on short infusions" in text for text in texts) is not known
    assert not any("deaths of treatment" in text for text in warned(solver, regimen))


def test_oncology_says_its_era_and_judges_doses_by_the_high_dose_trials(solver):
    era, *blood = warned(solver, HIGH, oncology=True, cohort="melanoma")
    assert "before checkpoint inhibitors" in era
    assert all("tumour figures" not in text for text in blood)
    for regimen, said in (
        ("600000 IU/kg IV over 15 min q8h x3", "3 doses planned in a course (calibrated: 7 to 30)"),
        ("600000 IU/kg IV over 15 min q8h x14, repeat x3", "42 doses planned in a course"),
        ("30000 IU/kg IV over 15 min q8h x14", "doses of 30 kIU/kg (calibrated: 72 kIU/kg to 720 kIU/kg)"),
        ("725000 IU/kg IV over 15 min q8h x14", "doses of 725 kIU/kg"),
        ("9 MIU SC daily for 10 days", "10 doses planned in a course (calibrated: 30 to 62)"),
        ("1 MIU SC daily for 56 days", "to 250 kIU/kg)"),
        ("1.8 MIU/m2/day CIV for 21 days", "1 dose planned in a course (calibrated: 4)"),
        ("40 MIU IV bolus once", "given by intravenous push"),
    ):
        texts = warned(solver, regimen, oncology=True, cohort="renal")
        assert any("tumour figures were calibrated on" in text and said in text for text in texts), regimen
    assert any("cohort 'healthy'" in text for text in warned(solver, HIGH, oncology=True))
    for regimen in ("600000 IU/kg IV over 15 min q8h x7", f"{HIGH}, rest 56 days, x2"):
        assert not any("tumour figures" in t for t in warned(solver, regimen, oncology=True, cohort="renal")[1:])


def test_given_people_are_judged_by_their_own_bodies(solver, tmp_path):
    population = tmp_path / "people.csv"
    population.write_text("id,weight_kg,height_cm\na,60,160\nb,120,200\n")
    texts = warned(solver, "54 MIU IV over 15 min q8h x14", oncology=True, subjects=population)
    assert not any("tumour figures were calibrated on" in text for text in texts)  # 54 MIU to 90 kg is 600 kIU/kg
    texts = warned(solver, "54 MIU IV over 15 min q8h x14", oncology=True, cohort="melanoma")
    assert any("doses of" in text for text in texts)


def test_the_ranges_are_those_of_the_calibration_studies_and_of_no_other():
    roles = study_roles()
    names = {arm.study for arm in (*blood_calibration().arms, *oncology_calibration().arms)}
    calibration = {name for name in list_studies() if roles[name] == "calibration"} - not_yet_fitted()
    assert names == {name for name in calibration if any(arm.drug == "aldesleukin" for arm in load_study(name).arm)}
    assert not {"efavaleukin-direction", "rezpeg-direction", "anti-cd25-direction"} & names  # no native IL-2
    assert {arm.study for arm in oncology_calibration().arms} <= {
        name for name, role in roles.items() if role == "calibration"
    }
    site = [arm.extent for arm in oncology_calibration().arms]
    assert {4, 28, 30, 62} == {one.doses for one in site}
    assert {4} == {one.doses for one in site if one.lasts}
    assert oncology_calibration().delivered[0] == 7  # the last years of the dose-delivery report
    short = [one for one in site if "iv_infusion" in one.daily and not one.lasts]
    sizes = [size * MIU_PER_NMOL * 1e3 for one in short for size in one.nmol_per_kg]
    assert (min(sizes), max(sizes)) == pytest.approx((72.0, 720.0))


def test_cells_are_told_by_what_counts_them_alone():
    read = blood_calibration().cells
    most = {
        cell: max(one.nmol for one in read if one.cell == cell) * MIU_PER_NMOL for cell in {one.cell for one in read}
    }
    assert most == {
        "treg": pytest.approx(3.0),  # Hartemann and Saadoun; Koreth's pooled arms lie tenfold apart
        "tconv": pytest.approx(15.0),  # all CD4 in HIV
        "cd8": pytest.approx(15.0),
        "nk_bright": pytest.approx(3.27, abs=0.01),  # Meropol's pooled arms lie 4.4-fold apart
        "nk_dim": pytest.approx(3.27, abs=0.01),  # all NK cells of the same
    }
    assert {one.cohort for one in read if one.nmol * MIU_PER_NMOL > 3.3} == {"hiv", "hiv-cd4-200", "hiv-cd4-500"}


def test_calibration_studies_are_inside_by_dose(solver):
    for name in sorted({arm.study for arm in blood_calibration().arms}):
        spec = load_study(name)
        small = spec.model_copy(update={"population": spec.population.model_copy(update={"patients": 2})})
        cohort = {} if small.population.cohort in ("healthy", "cgvhd") else {"cohort": "healthy"}
        small = small.model_copy(update={"population": small.population.model_copy(update=cohort)})
        endpoints = tuple(one for one in small.endpoint if one.id != "eosinophils")  # which the stand-in has not
        small = small.model_copy(update={"endpoint": endpoints})
        texts = outside_warnings(make_plan(small, RunOptions(), solver))
        assert not any("outside what blood" in text for text in texts), (name, texts)


def test_what_a_day_holds():
    per = MIU_PER_NMOL
    assert given_by("1 MIU SC q12h x4").daily["sc"] * per == pytest.approx(2.0)
    assert given_by("1 MIU SC q8h x9").daily["sc"] * per == pytest.approx(3.0)
    assert given_by("18 MIU IV over 24 h daily for 5 days").daily["iv_infusion"] * per == pytest.approx(18.0)
    assert given_by("50 MIU IV over 120 h once").daily["iv_infusion"] * per == pytest.approx(10.0)
    both = given_by("1 MIU/m2 SC daily for 3 days", weight_kg=80.0, bsa_m2=2.0)
    assert both.daily_total * per == pytest.approx(2.0)
    assert both.nmol_per_kg[0] * per == pytest.approx(2.0 / 80.0)
    assert (both.doses, both.days, both.rest_h) == (3, 2.0, 24.0)
    empty = given_by("none")
    assert (empty.daily_total, empty.doses, empty.days, empty.nmol_per_kg) == (0.0, 0, 0.0, None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 200), st.floats(0, 60), st.floats(0.1, 50)), min_size=1, max_size=6))
def test_the_fullest_day_is_what_a_fine_search_finds(doses):
    schedule = expand(parse_regimen("1 MIU SC once"))
    made = tuple(
        replace(schedule.doses[0], time_h=start, duration_h=length, amount=amount, route="iv_infusion", index=k)
        for k, (start, length, amount) in enumerate(sorted(doses))
    )
    found = extent(replace(schedule, doses=made), DRUG, {}).daily["iv_infusion"] * MIU_PER_NMOL

    def inside(begin):
        return math.fsum(
            amount * max(0.0, min(start + length, begin + 24) - max(start, begin)) / length
            if length > 0
            else amount * (begin <= start < begin + 24 - 1e-6)
            for start, length, amount in doses
        )

    searched = max(inside(begin) for begin in np.linspace(-70, 210, 561))
    assert found >= searched * (1 - 1e-9)
    assert found <= math.fsum(amount for _, _, amount in doses) * (1 + 1e-9)
