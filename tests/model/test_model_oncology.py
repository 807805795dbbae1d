"""The human model with a tumour and toxicity: the body stays as it is, and what is added does what its text says."""

from __future__ import annotations

from functools import cache

import libsbml
import numpy as np
import pint
import pytest

from bimodal.engine import Schedule, Settings, solve
from bimodal.engine.trajectories import Trajectories
from bimodal.model import Model, load_model, model_text
from bimodal.model.level import shipped
from bimodal.model.manifest import read_manifest
from bimodal.model.short_form import write_out

#: 600 kIU/kg in 75 kg, in nmol over a quarter of an hour.
DOSE_NMOL = 180.0
DOSES = 8.0 * np.arange(10)


@cache
def oncology() -> Model:
    return load_model("human_oncology")


@cache
def human() -> Model:
    return load_model("human")


def row(**values: float) -> np.ndarray:
    known = oncology().table.values() | values
    return np.array([[known[name] for name in oncology().parameter_ids]])


def course(model: Model, parameters: np.ndarray, hours: np.ndarray, doses: np.ndarray = DOSES) -> Trajectories:
    slot = model.system.slot_set("il2_infusion")
    times = np.column_stack([doses, doses + 0.25]).ravel()
    rates = np.tile([DOSE_NMOL / 0.25, 0.0], len(doses))
    schedule = Schedule.shared(times, [slot] * len(times), np.tile(rates, (len(parameters), 1)))
    return solve(model.system, parameters, schedule, hours, settings=Settings(rtol=1e-7))


def test_the_human_model_is_its_own_files_and_nothing_else() -> None:
    manifest = read_manifest("human")
    assert model_text("human") == write_out(shipped(manifest.files)).text
    assert not manifest.inside
    assert not [name for name in human().network.state_ids if name.startswith(("tumour", "tox"))]
    assert set(read_manifest("human_mass_action").observables) == set(manifest.observables)


def test_it_is_the_human_model_and_what_is_added() -> None:
    added = set(oncology().network.state_ids) - set(human().network.state_ids)
    assert set(human().network.state_ids) < set(oncology().network.state_ids)
    assert added == {name for name in oncology().network.state_ids if name.startswith(("tumour_", "tox_"))}
    assert len(added) == 14
    assert human().observables.items() <= oncology().observables.items()
    assert human().table.ids == oncology().table.ids[: len(human().table.ids)]
    assert set(oncology().table.ids) == set(oncology().system.parameter_ids)


def test_what_is_added_gives_nothing_back_to_the_body() -> None:
    hours = np.array([0.0, 4.0, 76.0, 120.0, 400.0])
    alone = course(human(), np.array([[human().table.values()[name] for name in human().parameter_ids]]), hours)
    inside = course(oncology(), row(tumour_kill=1.0), hours)
    for name in human().observables:
        assert inside[name] == pytest.approx(alone[name], rel=2e-5, abs=1e-9), name


def test_libsbml_has_nothing_to_say_and_units_agree_with_the_table() -> None:
    document = libsbml.readSBMLFromString(oncology().network.sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []
    ureg = pint.UnitRegistry()
    for text in ("cell = [item]", "molecule = cell", "nM = 1e-9 mole / litre", "item = cell"):
        ureg.define(text)
    for one in oncology().table.rows:
        if one.id.startswith(("tumour_", "tox_")):
            table = ureg.Quantity(1.0, "dimensionless" if one.unit == "1" else one.unit).to_base_units()
            definition = document.getModel().getUnitDefinition(oncology().network.units[one.id])
            text = ureg.Quantity(1.0)
            for part in definition.getListOfUnits() if definition is not None else ():
                base = ureg.Quantity(
                    part.getMultiplier() * 10.0 ** part.getScale(), libsbml.UnitKind_toString(part.getKind())
                )
                text = text * base ** part.getExponentAsDouble()
            text = text.to_base_units()
            assert table.units == text.units, one.id
            assert table.magnitude == pytest.approx(text.magnitude, rel=1e-12), one.id


def test_the_untreated_person_is_at_rest_but_for_a_tumour_that_doubles_in_its_time() -> None:
    hours = 24.0 * np.array([0.0, 30.0, 61.0])
    run = solve(oncology().system, row(tumour_doubling_time=24.0 * 61.0, tumour_cells_rest=1e9), None, hours)
    assert run["tumour_cells"][0, 2] / run["tumour_cells"][0, 0] == pytest.approx(2.0, rel=2e-3)
    for name in ("eosinophils", "cd8_count"):
        assert run[name][0] == pytest.approx(run[name][0, 0], rel=1e-6), name
    assert run["tox_index"][0, 0] == 0.0
    assert run["tox_hazard_integral"][0, 0] == 0.0
    # what is left later is the last digit of a level that stays
    assert run["tox_index"].max() < 1e-15
    assert run["tox_hazard_integral"].max() < 1e-90
    assert not run["ae_grade_hypotension"].any()


def test_toxicity_rises_with_doses_is_worse_in_a_second_cycle_and_goes_away() -> None:
    hours = np.arange(0.0, 24.0 * 50.0, 0.5)
    run = course(oncology(), row(), hours, np.concatenate([DOSES, 336.0 + DOSES]))
    index = run["tox_index"][0]
    first, second = index[hours < 200].max(), index[hours >= 336].max()
    assert 0.5 < first < second
    assert index[hours < 4].max() < 0.3
    assert index[-1] < 0.01 < 0.02 * second
    assert (index >= 0.0).all()
    # the hazard of treatment death is the sixth power of the index, gathered
    values = oncology().table.values()
    gathered = values["tox_death_rate"] * np.trapezoid(index ** values["tox_death_slope"], hours)
    assert run["tox_hazard_integral"][0, -1] == pytest.approx(gathered, rel=0.02)
    # eosinophils come late and go
    eosinophils = run["eosinophils"][0]
    assert eosinophils.max() > 10 * eosinophils[0]
    assert 72.0 < hours[eosinophils[hours < 300].argmax()] < 200.0
    assert eosinophils[-1] == pytest.approx(eosinophils[0], rel=0.05)
    # lymphocytes leave the blood at once and come back above where they were
    cells = sum(run[f"{cell}_count"][0] for cell in ("treg", "tconv", "cd8", "nk_bright", "nk_dim"))
    assert cells[hours <= 24].min() < 0.6 * cells[0]
    assert cells[hours < 330].max() > 1.2 * cells[0]


def test_fewer_doses_and_a_molecule_without_alpha_are_less_toxic_at_once() -> None:
    hours = np.arange(0.0, 120.0, 2.0)
    full, few = (course(oncology(), row(), hours, DOSES[:n])["tox_index"].max() for n in (10, 5))
    assert few < full
    given = {"drug_kd_alpha": 10.0, "drug_kd_betagamma": 5.0, "drug_k2": 100.0}
    fast = []
    for change in ({}, {"drug_kd_alpha": 1e9}):
        slot = oncology().system.slot_add("drug_amount")
        schedule = Schedule.shared([0.0], [slot], [[30.0]])
        run = solve(oncology().system, row(**{**given, **change}), schedule, [0.0, 4.0])
        fast.append(run["tox_index"][0, 1])
    assert fast[1] < 0.3 * fast[0]


def test_a_low_dose_under_the_skin_stays_far_from_the_hold_threshold_but_raises_eosinophils() -> None:
    days, hours = np.arange(28.0), np.arange(0.0, 28.0 * 24.0, 4.0)
    slot = oncology().system.slot_add("il2_depot")
    # 1 MIU/m2 in 1.85 m2
    schedule = Schedule.shared(24.0 * days, [slot] * len(days), np.full((1, len(days)), 7.4))
    run = solve(oncology().system, row(), schedule, hours)
    assert run["tox_index"].max() < 0.1
    assert run["eosinophils"].max() > 4 * run["eosinophils"][0, 0]
    assert run["ae_grade_creatinine"].max() == 0


def infusion(days: float, miu_per_m2: float = 1.8) -> tuple[np.ndarray, Trajectories]:
    """1 MIU is 3.99 nmol; 1.85 m2."""
    slot, rate = oncology().system.slot_set("il2_infusion"), miu_per_m2 * 1.85 * 3.99 / 24.0
    hours = np.arange(0.0, 24.0 * (days + 30.0), 4.0)
    schedule = Schedule.shared([0.0, 24.0 * days], [slot] * 2, [[rate, 0.0]])
    return hours, solve(oncology().system, row(), schedule, hours)


def test_a_long_infusion_is_borne_better_as_the_body_gets_used_to_it() -> None:
    hours, run = infusion(90.0)
    index = run["tox_index"][0]
    days = hours / 24.0
    # signal that stays gathers no more toxicity: the third month is no worse than the first, though cells have grown
    assert index[(days > 60) & (days < 90)].max() < index[days < 30].max() < 0.3
    cells = run["nk_bright_count"][0]
    assert cells[days < 89][-1] > 5 * cells[0]
    # nor does it kill: far under the sixth power of a held dose over 90 days
    assert run["tox_hazard_integral"][0, -1] < 1e-3
    assert index[-1] < 1e-3
    assert (index >= 0.0).all()


def test_the_delayed_part_is_what_a_body_is_not_used_to() -> None:
    hours = np.arange(0.0, 24.0 * 40.0, 4.0)
    slot = oncology().system.slot_set("il2_infusion")
    schedule = Schedule.shared([0.0], [slot], [[0.55]])
    slow, fast = (
        solve(oncology().system, row(tox_fast_weight=0.0, tox_adaptation_time=time), schedule, hours)["tox_index"][0]
        for time in (1e6, 72.0)
    )
    # a body that never gets used to it goes on gathering
    assert slow[-1] > slow[hours < 240].max() > fast.max()
    assert fast[-1] < 0.3 * slow[-1]


def test_more_a_day_under_the_skin_is_worse_over_weeks() -> None:
    days, hours = np.arange(56.0), np.arange(0.0, 57.0 * 24.0, 4.0)
    slot = oncology().system.slot_add("il2_depot")
    schedule = Schedule.shared(24.0 * days, [slot] * len(days), 7.4 * np.outer([1.0, 3.0], np.ones(len(days))))
    run = solve(oncology().system, np.vstack([row(), row()]), schedule, hours)
    one, three = run["tox_index"].max(axis=1)
    assert 1.5 * one < three < 0.5
    # 1 MIU/m2 a day gives no severe grade in the median person, and no death
    for term in ("hypotension", "cls", "creatinine", "platelets", "constitutional"):
        assert run[f"ae_grade_{term}"][0].max() < 3, term
    assert run["tox_hazard_integral"][0, -1] < 1e-5


def test_grades_count_the_cut_points_passed() -> None:
    values = oncology().table.values()
    hours = np.arange(0.0, 130.0, 2.0)
    run = course(oncology(), row(tox_creatinine_susceptibility=6.0), hours)
    for term in ("hypotension", "cls", "creatinine", "platelets", "constitutional"):
        score = run["tox_index"][0] * (6.0 if term == "creatinine" else 1.0) / values[f"tox_{term}_cut"]
        cuts = values["tox_grade_step"] ** np.arange(4)
        expected = (score[:, None] >= cuts).sum(axis=1)
        assert (run[f"ae_grade_{term}"][0] == expected).mean() > 0.98
    assert run["ae_grade_creatinine"].max() > 1
