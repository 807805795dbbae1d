"""The immune cycle: off it changes nothing, on it swings as said, and CRP follows with the lag of its clearance."""

from __future__ import annotations

import math
import tempfile
from functools import cache
from pathlib import Path

import libsbml
import numpy as np
import pytest

from bimodal.engine import Schedule, Settings, solve
from bimodal.engine.trajectories import Trajectories
from bimodal.model import Model, ParameterTable, load_model, model_text
from bimodal.model.files import read_data
from bimodal.model.level import shipped
from bimodal.model.manifest import read_manifest
from bimodal.model.short_form import write_out

LOOP = ("cycle_effector", "cycle_treg_1", "cycle_treg_2", "cycle_treg_3", "cycle_treg_4", "cycle_treg_5")
#: 600 kIU/kg in 75 kg, in nmol over a quarter of an hour.
DOSE_NMOL = 180.0
DOSES = 8.0 * np.arange(6)


@cache
def cycle() -> Model:
    return load_model("human_cycle")


@cache
def oncology() -> Model:
    return load_model("human_oncology")


def rows(model: Model, count: int = 1, **values: object) -> np.ndarray:
    known = model.table.values() | values
    assert set(known) == set(model.table.ids)
    return np.column_stack([np.broadcast_to(np.asarray(known[name], float), count) for name in model.parameter_ids])


@cache
def loop() -> Model:
    """The module by itself, which is quickly made ready; constants have their names and values of human_cycle."""
    main = "model *alone()\n  unit nd = dimensionless;\n  activity = 0; activity has nd;\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alone.ant"
        path.write_text(
            write_out(shipped(["immune_cycle.ant"])).text + main + "  cycle: immune_cycle(activity);\nend\n"
        )
        return load_model(path)


def untreated(hours: np.ndarray, count: int = 1, **values: object) -> Trajectories:
    known = loop().table.values() | {name: v for name, v in cycle_table().items() if name in loop().table.ids} | values
    assert set(known) == set(loop().table.ids)
    parameters = np.column_stack([np.broadcast_to(np.asarray(known[n], float), count) for n in loop().parameter_ids])
    run = solve(loop().system, parameters, None, hours, settings=Settings(rtol=1e-8))
    assert (run.status == 0).all()
    return run


def cycle_table() -> dict[str, float]:
    return ParameterTable.read(read_data("immune_cycle.csv"), "immune_cycle.csv").values()


def course(model: Model, parameters: np.ndarray, hours: np.ndarray) -> Trajectories:
    slot = model.system.slot_set("il2_infusion")
    times = np.column_stack([DOSES, DOSES + 0.25]).ravel()
    rates = np.tile([DOSE_NMOL / 0.25, 0.0], len(DOSES))
    schedule = Schedule.shared(times, [slot] * len(times), np.tile(rates, (len(parameters), 1)))
    return solve(model.system, parameters, schedule, hours)


def first_harmonic(hours: np.ndarray, values: np.ndarray, period: float) -> complex:
    """Amplitude and angle of the swing of this period; hours hold whole periods."""
    return 2.0 * complex(np.mean(values * np.exp(-2j * math.pi * hours / period)))


def test_it_is_human_oncology_and_what_is_added() -> None:
    assert read_manifest("human_cycle").main == "human"
    added = set(cycle().network.state_ids) - set(oncology().network.state_ids)
    assert added == {*LOOP, "cycle_il6", "cycle_liver_1", "cycle_liver_2", "cycle_crp"}
    assert set(oncology().network.state_ids) < set(cycle().network.state_ids)
    assert len(cycle().network.state_ids) <= 90
    assert set(cycle().observables) == {*oncology().observables, "crp", "il6"}
    assert set(cycle().table.ids) == set(cycle().system.parameter_ids)
    assert set(cycle().network.state_ids) - set(cycle().nonnegative) == set(LOOP)
    for name in ("human", "human_mass_action", "human_oncology", "tumour_alone"):
        assert "immune_cycle" not in model_text(name)
        assert not read_manifest(name).signed


def test_libsbml_has_nothing_to_say_of_its_units() -> None:
    document = libsbml.readSBMLFromString(cycle().network.sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


def test_off_it_gives_what_human_oncology_gives() -> None:
    hours = np.array([0.0, 4.0, 50.0, 120.0, 400.0, 1500.0])
    tumour = {"tumour_kill": 1.0, "tumour_evasive_fraction": 0.1}
    without = course(oncology(), rows(oncology(), 1, **tumour), hours)
    off = course(cycle(), rows(cycle(), 1, **tumour), hours)
    # nor does a loop that settles, or a start that is aimed, without a cycle to be aimed at
    weak = course(cycle(), rows(cycle(), 1, **tumour, cycle_gain=0.5, cycle_depth=0.9, cycle_aim=1.0), hours)
    for name in oncology().observables:
        assert off[name] == pytest.approx(without[name], rel=1e-5, abs=1e-9), name
        assert weak[name] == pytest.approx(off[name], rel=1e-9, abs=1e-12), name


def test_on_it_moves_the_tumour_of_a_treated_person_and_not_of_an_untreated_one() -> None:
    hours = 24.0 * np.array([0.0, 30.0])
    on = {"tumour_kill": 1.0, "cycle_gain": 2.0, "cycle_depth": 0.9}
    phases = np.array([0.0, 0.25, 0.5, 0.75])
    # living cells: what was killed is still counted for weeks, whatever the phase
    treated = course(cycle(), rows(cycle(), 4, **on, cycle_phase=phases), hours)["tumour_living"][:, 1]
    assert treated.max() > 3.0 * treated.min()
    alone = solve(cycle().system, rows(cycle(), 4, **on, cycle_phase=phases), None, hours)["tumour_cells"][:, 1]
    assert np.ptp(alone) < 1e-5 * alone.mean()


def test_the_loop_settles_below_a_gain_of_1_and_keeps_swinging_above() -> None:
    hours = 24.0 * np.arange(0.0, 140.0, 0.25)
    gains = np.array([0.25, 0.8, 0.98, 1.02, 1.2, 2.0, 4.0])
    below, first, last = gains < 1.0, hours <= 336.0, hours >= 24.0 * 126.0
    # a small push: below the critical gain it dies out, above it grows to the cycle
    kick = np.where(below, 0.2, -0.8)
    run = untreated(hours, len(gains), cycle_gain=gains, cycle_kick=kick)
    size = np.hypot(run["cycle_effector"], run["cycle_treg_3"] * math.sqrt(64.0 / 27.0))
    assert size[:, 0] == pytest.approx(0.2)
    assert (size[below][:, last].max(axis=1) < 0.75 * 0.2).all()
    assert (size[~below][:, last].min(axis=1) > 1.05 * 0.2).all()
    assert size[gains >= 1.2][:, last] == pytest.approx(1.0, abs=0.05)
    assert (size[gains <= 0.8][:, last] < 0.02).all()
    assert size[:, first].max() < 1.1


@pytest.mark.parametrize("days", [5.0, 7.0, 9.0])
def test_the_cycle_has_the_period_of_the_patient_and_starts_where_its_phase_says(days: float) -> None:
    hours = np.arange(0.0, 24.0 * 8 * days, 1.0)
    phases = np.array([0.0, 0.3, 0.8])
    run = untreated(hours, 3, cycle_gain=2.0, cycle_period=24.0 * days, cycle_phase=phases)
    exact = np.cos(2.0 * math.pi * (hours / (24.0 * days) + phases[:, None]))
    assert run["cycle_effector"] == pytest.approx(exact, abs=2e-4)
    # Treg follow five twelfths of a period later, nearly the other way round
    late = np.cos(2.0 * math.pi * (hours / (24.0 * days) + phases[:, None] - 5.0 / 12.0))
    assert run["cycle_treg_wave"] == pytest.approx(late, abs=2e-4)


def test_an_aimed_start_puts_the_peak_where_it_is_aimed_but_for_the_error() -> None:
    hours = np.arange(0.0, 168.0, 0.5)
    draws = np.exp([-1.0, 0.0, 1.0])
    aim = {"cycle_aim": 1.0, "cycle_aim_lead": 60.0, "cycle_aim_error": 24.0, "cycle_aim_draw": draws}
    run = untreated(hours, 3, cycle_gain=2.0, cycle_phase=0.123, **aim)
    assert hours[run["cycle_effector"].argmax(axis=1)].tolist() == pytest.approx([36.0, 60.0, 84.0], abs=1.0)


@pytest.mark.parametrize(("days", "lag", "gain"), [(5.0, 18.4, 0.57), (7.0, 21.3, 0.70), (9.0, 23.1, 0.78)])
def test_crp_lags_behind_the_liver_as_its_clearance_says(days: float, lag: float, gain: float) -> None:
    # the table of timing.md section 1.3, which holds for a half-life of 19 h at any level
    period = 24.0 * days
    hours = np.arange(0.0, 8.0 * period, 0.5)
    run = untreated(hours, cycle_gain=2.0, cycle_period=period, cycle_il6_swing=0.5)
    whole = hours >= 4.0 * period
    made, crp, loop = (
        first_harmonic(hours[whole], run[name][0, whole] / scale, period)
        for name, scale in (("cycle_crp_made", 1.0), ("cycle_crp", 10.0), ("cycle_effector", 1.0))
    )
    assert -np.angle(crp / made) * period / (2.0 * math.pi) == pytest.approx(lag, abs=0.1)
    assert abs(crp / made) == pytest.approx(gain, abs=0.006)
    # IL-6 (0.35 per h) and 6 h of transit come on top
    assert -np.angle(crp / loop) * period / (2.0 * math.pi) == pytest.approx(lag + 6.0 + 2.9, abs=0.5)
    # it starts near where the swing keeps it
    again = run["cycle_crp"][0, hours == 4.0 * period]
    assert run["cycle_crp"][0, 0] == pytest.approx(float(again[0]), rel=0.1)


def test_il2_raises_il6_within_hours_and_crp_after_it() -> None:
    hours = np.arange(0.0, 24.0 * 14, 1.0)
    run = course(cycle(), rows(cycle()), hours)
    il6, crp = run["il6"][0], run["crp"][0]
    assert il6[0] == pytest.approx(5.0)
    assert crp[0] == pytest.approx(10.0)
    assert 2.0 <= hours[il6[hours <= 8].argmax()] <= 6.0
    assert il6[4] > 5.0 * il6[0]
    assert crp[4] < 1.3 * crp[0]
    assert crp[48] > 3.0 * crp[0]
    assert crp.max() < 100.0
    assert crp[-1] == pytest.approx(10.0, rel=0.1)
    # never faster down than the half-life allows
    assert np.diff(np.log(crp)).min() > -math.log(2.0) / 19.0 * 1.001
