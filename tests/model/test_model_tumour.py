"""The tumour site alone: units, doubling, extinction, killing, hazard."""

from __future__ import annotations

from functools import cache

import libsbml
import numpy as np
import numpy.typing as npt
import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.engine import Schedule, Trajectories, solve
from bimodal.model import Model, load_model

FloatArray = npt.NDArray[np.float64]
DAYS = 24.0
#: A signal as high doses give it for four days.
HIGH = (0.08, 0.45)


@cache
def alone() -> Model:
    return load_model("tumour_alone")


def follow(
    days: FloatArray, *, signal: tuple[float, float] | None = None, lasting: float = 96.0, **rows: float
) -> Trajectories:
    """Solve one tumour; a signal lasts the first four days, or so many hours."""
    system, table = alone().system, alone().table.values()
    given = table | {f"tumour_{name}": value for name, value in rows.items()}
    schedule = None
    if signal is not None:
        slots = [system.slot_set("effector_drive"), system.slot_set("treg_drive")]
        events = [
            (t, s, v)
            for t, own in ((0.0, signal), (lasting, (1.73e-5, 4.09e-3)))
            for s, v in zip(slots, own, strict=True)
        ]
        schedule = Schedule.build([events])
    return solve(system, [[given[name] for name in system.parameter_ids]], schedule, days * DAYS)


def test_libsbml_has_nothing_to_say() -> None:
    document = libsbml.readSBMLFromString(alone().network.sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


def test_table_and_text_agree() -> None:
    model = alone()
    assert set(model.table.ids) == set(model.system.parameter_ids)
    assert {c.id for c in model.network.constants} == set(model.table.ids)
    registry = pint.UnitRegistry()
    registry.define("cell = [cell]")
    document = libsbml.readSBMLFromString(model.network.sbml).getModel()
    for row in model.table.rows:
        total = registry.Quantity(1.0)
        unit = document.getUnitDefinition(model.network.units[row.id])
        for part in unit.getListOfUnits() if unit else ():
            kind = libsbml.UnitKind_toString(part.getKind())
            name = {"item": "cell"}.get(kind, kind)
            total *= (
                registry.Quantity(part.getMultiplier() * 10.0 ** part.getScale(), name) ** part.getExponentAsDouble()
            )
        table = registry.Quantity(1.0, "dimensionless" if row.unit == "1" else row.unit)
        assert (table / total).to_base_units().magnitude == pytest.approx(1.0), row.id


@pytest.mark.parametrize("kill", [0.0, 0.5, 50.0])
@pytest.mark.parametrize("evasive", [0.0, 0.3, 1.0])
def test_an_untreated_tumour_doubles_in_its_doubling_time(kill: float, evasive: float) -> None:
    cells = follow(
        np.array([0.0, 50.0, 100.0]), kill=kill, evasive_fraction=evasive, doubling_time=50 * DAYS, cells_rest=1e9
    )["tumour_cells"][0]
    assert cells == pytest.approx([1e9, 2e9, 4e9], rel=1e-3)


def test_below_one_cell_a_clone_does_not_come_back() -> None:
    days = np.array([0.0, 365.0, 3650.0])
    lost = follow(days, cells_rest=0.5, doubling_time=20 * DAYS)["tumour_cells"][0]
    assert lost[1] < 0.01
    assert abs(lost[2]) < 1e-6
    kept = follow(days, cells_rest=1e3, doubling_time=20 * DAYS)["tumour_cells"][0]
    assert kept[1] == pytest.approx(1e3 * 2 ** (365 / 20), rel=0.02)


def test_killed_to_the_last_cell_stays_gone_and_one_left_over_comes_back() -> None:
    days = np.array([0.0, 60.0, 3650.0])
    gone = follow(days, signal=HIGH, kill=20.0, cells_rest=1e9, doubling_time=40 * DAYS)["tumour_cells"][0]
    assert abs(gone[2]) < 1e-6
    back = follow(days, signal=HIGH, kill=1.5, cells_rest=1e9, doubling_time=40 * DAYS)["tumour_cells"][0]
    assert 1.0 < back[1] < 1e9 < back[2]


@pytest.mark.parametrize("cells", [0.0, 1e-12, 1e-6, 1.0])
def test_killing_is_regular_where_there_is_next_to_nothing_to_kill(cells: float) -> None:
    run = follow(np.array([0.0, 400.0]), signal=HIGH, kill=1.0, cells_rest=cells, evasive_fraction=0.5)
    assert run.status.tolist() == [0]
    assert abs(run["tumour_cells"][0, 1]) <= cells


def test_the_evasive_clone_is_not_killed_unless_it_stands_by() -> None:
    days = np.array([0.0, 40.0])
    free = follow(days, signal=HIGH, kill=1.0, evasive_fraction=1.0, doubling_time=40 * DAYS, cells_rest=1e9)
    assert free["tumour_evasive"][0, 1] == pytest.approx(2e9, rel=1e-3)
    near = follow(
        days, signal=HIGH, kill=1.0, evasive_fraction=1.0, bystander=0.2, doubling_time=40 * DAYS, cells_rest=1e9
    )
    assert near["tumour_evasive"][0, 1] < 1.9e9


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("kill", 2.0, 0.2), ("treg_density", 0.2, 2.0), ("burden_half", 1e12, 1e9), ("persisting_fraction", 0.3, 0.0)],
)
def test_what_helps_the_killing_leaves_fewer_cells(name: str, low: float, high: float) -> None:
    fewer, more = (
        follow(np.array([0.0, 56.0]), signal=HIGH, **({"kill": 0.5} | {name: value}))["tumour_cells"][0, 1]
        for value in (low, high)
    )
    assert fewer < 0.9 * more


#: Values that take everything out that today's site has beyond that of the first oncology fit.
OFF = {"signal_slope": 1.0, "kill_max": 1.0 / DAYS, "remains_share": 0.0}


def test_without_what_was_added_the_site_is_that_of_the_first_fit() -> None:
    """Integrate the equations as they were, with SciPy."""
    from scipy.integrate import solve_ivp

    rows = {"kill": 1.5, "evasive_fraction": 0.2, "bystander": 0.05, "doubling_time": 40 * DAYS, "cells_rest": 1e10}
    p = {n.removeprefix("tumour_"): v for n, v in alone().table.values().items()} | rows | OFF
    stay = p["persisting_fraction"] * p["effector_loss"] * p["persistence_time"]
    rest = (alone().table.values()["effector_drive"], alone().table.values()["treg_drive"])

    def slopes(t: float, y: FloatArray) -> list[float]:
        drive, treg = HIGH if t < 96.0 else (1.73e-5, 4.09e-3)
        effectors, persisting, tregs, *logs = y
        seen, evasive = np.expm1(logs)
        cells = seen + evasive
        at_rest = rest[0] * (1.0 + stay)
        pressure = p["kill"] * (effectors + persisting - at_rest)
        pressure /= (1.0 + p["treg_density"] * tregs / p["treg_half"]) * (1.0 + cells / p["burden_half"])
        killing = p["kill_max"] * pressure / np.hypot(p["kill_max"], pressure)
        growth, there, room = np.log(2.0) / p["doubling_time"], -np.expm1(-np.array(logs)), 1.0 - cells / p["capacity"]
        own = growth * (there * room - np.exp(-np.array(logs))) - killing * np.array([1.0, p["bystander"]])
        return [
            p["effector_loss"] * (drive - effectors),
            p["persisting_fraction"] * p["effector_loss"] * effectors - persisting / p["persistence_time"],
            p["treg_loss"] * ((1.0 + p["treg_gain"] * treg) / (1.0 + p["treg_gain"] * rest[1]) - tregs),
            *(there * own),
        ]

    start = np.log1p(np.array([0.8, 0.2]) * 1e10)
    y = np.array(
        [rest[0], p["persisting_fraction"] * p["effector_loss"] * p["persistence_time"] * rest[0], 1.0, *start]
    )
    expected = []
    for begin, end in ((0.0, 96.0), (96.0, 60 * DAYS)):
        y = solve_ivp(slopes, (begin, end), y, method="LSODA", rtol=1e-10, atol=1e-12, max_step=4.0).y[:, -1]
        expected.append(np.expm1(y[3:]).sum())
    found = follow(np.array([4.0, 60.0]), signal=HIGH, **rows, **OFF)
    assert found["tumour_cells"][0] == pytest.approx(expected, rel=1e-4)
    assert found["tumour_living"][0] == pytest.approx(found["tumour_cells"][0], rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-4, 0.3), st.floats(1.0, 3.0), st.floats(0.5, 12.0), st.floats(1.0, 3.0), st.floats(0.1, 30.0))
def test_more_signal_or_a_longer_one_never_leaves_more_cells(
    signal: float, more: float, length: float, longer: float, kill: float
) -> None:
    day = np.array([40.0])
    left = [
        follow(day, signal=(strength, 0.3), lasting=days * DAYS, kill=kill)["tumour_living"][0, 0]
        for strength, days in ((signal, length), (signal * more, length), (signal, length * longer))
    ]
    slack = 1.0 + 1e-4
    assert left[1] <= left[0] * slack
    assert left[2] <= left[0] * slack


def test_a_tenth_of_the_signal_makes_less_than_a_tenth_of_the_pressure() -> None:
    """As long as little is killed, ln of the living falls in proportion to killing."""
    day, untreated = np.array([30.0]), follow(np.array([30.0]), kill=0.0)["tumour_living"][0, 0]

    def killed(signal: float, slope: float) -> float:
        run = follow(day, signal=(signal, 4.09e-3), kill=0.01, burden_half=1e15, signal_slope=slope)
        return float(np.log(untreated / run["tumour_living"][0, 0]))

    assert killed(0.1, 1.0) / killed(0.01, 1.0) == pytest.approx(10.0, rel=0.05)
    assert killed(0.1, 2.0) / killed(0.01, 2.0) == pytest.approx(100.0, rel=0.05)
    assert killed(0.1, 2.0) == pytest.approx(killed(0.1, 1.0), rel=0.05)  # the scale is where the slope changes nothing


def test_what_is_killed_is_seen_until_it_is_cleared() -> None:
    days = np.array([0.0, 15.0, 300.0])
    own = {
        "kill": 20.0,
        "cells_rest": 1e9,
        "doubling_time": 400 * DAYS,
        "remains_time": 30 * DAYS,
        "kill_max": 1 / DAYS,
    }
    slow = follow(days, signal=HIGH, **own)
    gone = follow(days, signal=HIGH, **own, remains_share=0.0)
    assert slow["tumour_living"][0] == pytest.approx(gone["tumour_living"][0], rel=1e-4, abs=1.0)
    assert slow["tumour_cells"][0, 1] > 5e8 > 1e6 > slow["tumour_living"][0, 1]
    assert slow["tumour_cells"][0, 2] == pytest.approx(1e9 * np.exp(-10.0), rel=0.3)
    assert slow["death_hazard_integral"][0] == pytest.approx(gone["death_hazard_integral"][0], rel=1e-4)


def test_effectors_that_divide_do_so_above_rest_alone() -> None:
    divides = {"division_max": 1.0 / DAYS, "division_half": 0.03, "crowding": 1.0}
    untreated = follow(np.array([0.0, 100.0]), kill=50.0, doubling_time=50 * DAYS, cells_rest=1e9, **divides)
    assert untreated["tumour_living"][0, 1] == pytest.approx(4e9, rel=1e-3)
    few, many = (
        follow(np.array([30.0]), signal=HIGH, kill=0.05, **rows)["tumour_living"][0, 0] for rows in ({}, divides)
    )
    assert many < few


def test_the_hazard_saturates_with_burden() -> None:
    run = follow(np.array([0.0, 1.0]), cells_rest=9e12, hazard_half=1e12, doubling_time=1e6)["death_hazard_integral"][0]
    table = alone().table.values()
    most = 24.0 * (table["tumour_hazard_max"] + table["tumour_hazard_background"])
    assert 0.85 * most < run[1] < most
    none = follow(np.array([0.0, 365.0]), cells_rest=0.0)["death_hazard_integral"][0, 1]
    assert none == pytest.approx(0.015, rel=0.01)
