"""The tumour site alone: units, doubling, extinction, killing, hazard."""

from __future__ import annotations

from functools import cache

import libsbml
import numpy as np
import numpy.typing as npt
import pint
import pytest

from bimodal.engine import Schedule, Trajectories, solve
from bimodal.model import Model, load_model

FloatArray = npt.NDArray[np.float64]
DAYS = 24.0
#: A signal as high doses give it for four days.
HIGH = (0.08, 0.45)


@cache
def alone() -> Model:
    return load_model("tumour_alone")


def follow(days: FloatArray, *, signal: tuple[float, float] | None = None, **rows: float) -> Trajectories:
    """Solve one tumour; a signal lasts the first four days."""
    system, table = alone().system, alone().table.values()
    given = table | {f"tumour_{name}": value for name, value in rows.items()}
    schedule = None
    if signal is not None:
        slots = [system.slot_set("effector_drive"), system.slot_set("treg_drive")]
        events = [
            (t, s, v) for t, own in ((0.0, signal), (96.0, (1.73e-5, 4.09e-3))) for s, v in zip(slots, own, strict=True)
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


def test_the_hazard_saturates_with_burden() -> None:
    run = follow(np.array([0.0, 1.0]), cells_rest=9e12, hazard_half=1e12, doubling_time=1e6)["death_hazard_integral"][0]
    table = alone().table.values()
    most = 24.0 * (table["tumour_hazard_max"] + table["tumour_hazard_background"])
    assert 0.85 * most < run[1] < most
    none = follow(np.array([0.0, 365.0]), cells_rest=0.0)["death_hazard_integral"][0, 1]
    assert none == pytest.approx(0.015, rel=0.01)
