"""Molecules as a page needs them: units of their doses, what they set in a model, what warns of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bimodal.drugs import USUAL_SPECIES, Molecule
from bimodal.drugs.molecule import Potency
from bimodal.errors import BimodalError, ModelError, StudyError, UnitError
from bimodal.page.packed import pack_floats
from bimodal.response.dish import Dish
from bimodal.response.response import simulate_responses
from bimodal.study.solver.engine_solver import EngineSolver
from bimodal.study.solver.molecule_spread import pk_spread
from bimodal.study.verdict.outside import outside_calibration
from bimodal.units import nmol_per_unit

_FLAT = (
    "MIU", "kIU", "IU", "Cetus U", "Roche U", "g", "mg", "ug", "ng", "umol", "nmol", "pmol", "cells",
)  # fmt: skip
_OF_WHAT = ("", " IL-2", " conjugate")
_UNDER_SKIN = ("sc", "ip")
#: Doses a page begins with, and how far a slider goes, by what is given to whom.
_OPENINGS: Mapping[str, tuple[str, Mapping[str, tuple[float, float]]]] = {
    "native": ("1 MIU/m2 SC daily for 28 days", {"MIU/m2": (0.03, 20.0), "kIU/kg": (1.0, 1000.0)}),
    "native mouse": ("25000 IU IP daily for 5 days", {"kIU": (0.5, 500.0), "kIU/kg": (20.0, 20000.0)}),
    "engineered": ("{amount} SC q2w x3", {"ug/kg": (0.3, 100.0), "nmol/kg": (0.01, 10.0)}),
    "engineered mouse": ("{amount} IP q3d x3", {"ug": (0.05, 50.0), "nmol/kg": (0.1, 100.0)}),
    "partner": ("{amount} SC daily for 28 days", {"mg": (0.1, 200.0)}),
    "cells": ("1e6 cells IV once", {"cells": (1e4, 1e8)}),
}
MINUTES = 30.0


def drug_data(molecules: Sequence[Molecule], species: str) -> list[dict[str, Any]]:
    """Say what a page needs to know of molecules, whatever the model.

    Parameters
    ----------
    species
        Of the models of the page: EC50 are known of human cells alone.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> (row,) = drug_data([load_molecule("aldesleukin")], "human")
    >>> round(row["nmol"]["MIU"], 2), row["ec50_pM"]["treg"] < row["ec50_pM"]["cd8"]
    (3.99, True)
    """
    ec50 = _half_maxima(molecules) if species == USUAL_SPECIES else {}
    found: list[dict[str, Any]] = []
    for molecule in molecules:
        nmol = dose_units(molecule)
        usual, ranges = _opening(molecule, species, nmol)
        found.append(
            {
                "id": molecule.id,
                "name": molecule.name,
                "class": molecule.ligand,
                "species": molecule.species,
                "molar_mass": molecule.substance.molar_mass,
                "iu_per_mg": molecule.substance.potency,
                "nmol": nmol,
                "units": list(ranges),
                "ranges": {unit: list(ends) for unit, ends in ranges.items()},
                "usual": usual,
                "ec50_pM": ec50.get(molecule.id, {}),
                "ec50_of": "il2_plasma",
                "ec50_minutes": MINUTES,
                "numbers": [_number(name, number) for name, number in molecule.quantities()],
                "warnings": list(outside_calibration(molecule)),
            }
        )
    return found


def dose_units(molecule: Molecule) -> dict[str, float]:
    """Give the nmol of IL-2 in one of every flat unit that means an amount of a molecule.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> "MIU" in dose_units(load_molecule("rezpegaldesleukin"))
    False
    """
    found: dict[str, float] = {}
    for symbol in _FLAT:
        for of_what in _OF_WHAT if symbol.endswith(("g", "mol")) else ("",):
            try:
                found[symbol + of_what] = float(nmol_per_unit(symbol + of_what, molecule.substance))
            except UnitError:  # it has no potency, or the unit does not say of what
                continue
    return found


def drug_in_model(molecule: Molecule, solver: EngineSolver, patients: int, seed: int) -> dict[str, Any] | None:
    """Say where a molecule enters a model, what it sets there, and what of that differs between virtual patients.

    Returns
    -------
    dict or None
        None where the model cannot be given it.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> sorted(drug_in_model(load_molecule("aldesleukin"), load_solver("human"), 2, 1)["ports"])
    ['iv_bolus', 'iv_infusion', 'sc']
    """
    try:
        ports, values = _entered(molecule, solver)
    except (ModelError, StudyError):
        return None
    system = solver.model.system
    place = system.parameter_index
    rows = {row.id: row for row in solver.table.rows}
    spread = [one for one in pk_spread(molecule, rows, frozenset(ports)) if one.cv > 0.0]
    columns = [one.drawn(seed, np.arange(patients, dtype=np.int64)) for one in spread]
    return {
        "ports": {
            route: {
                "action": port.action,
                "slot": system.slot_add(port.symbol) if port.action == "add" else system.slot_set(port.symbol),
            }
            for route, port in ports.items()
        },
        "set": [[place[name], value] for name, value in values.items()],
        "varied": [place[one.parameter] for one in spread],
        "values": pack_floats(np.column_stack(columns)) if columns else "",
    }


def _entered(molecule: Molecule, solver: EngineSolver) -> tuple[dict[str, Any], Mapping[str, float]]:
    """Return ports and parameters; without the routes whose absorption the molecule does not say."""
    ports = dict(solver.ports(molecule))
    try:
        return ports, solver.molecule_parameters(molecule, frozenset(ports))
    except StudyError:
        left = {route: port for route, port in ports.items() if route not in _UNDER_SKIN}
        return left, solver.molecule_parameters(molecule, frozenset(left))


def _half_maxima(molecules: Sequence[Molecule]) -> dict[str, dict[str, float]]:
    """Give the EC50 of every cell subset that has one, pM, by molecule."""
    bound = [one for one in molecules if one.ligand in ("native", "engineered") and one.species == USUAL_SPECIES]
    found: dict[str, dict[str, float]] = {}
    for molecule in bound:
        try:
            ((response,),) = simulate_responses([molecule], Dish(minutes=(MINUTES,)))
        except BimodalError:  # a file that says too little for a dish
            continue
        rows = response.to_json()["cells"]
        found[molecule.id] = {row["cell"]: row["ec50_pM"] for row in rows if row["ec50_pM"] is not None}
    return found


def _number(name: str, number: Any) -> dict[str, Any]:
    """Lay out a number of a molecule's file with where it comes from; of a potency, what one mg does."""
    if isinstance(number, Potency):
        value, unit = number.iu_per_mg, "IU/mg"
    else:
        value, unit = number.value, getattr(number, "unit", "1")
    return {"name": name, "value": value, "unit": unit, "status": number.status, "source": number.source}


def _opening(molecule: Molecule, species: str, nmol: Mapping[str, float]) -> tuple[str, dict[str, tuple[float, float]]]:
    other = f"{molecule.ligand} {species}"
    usual, ranges = _OPENINGS[other if other in _OPENINGS else molecule.ligand]
    fitting: dict[str, tuple[float, float]] = {}
    for unit, ends in ranges.items():
        symbol, slash, per = unit.partition("/")
        known = next((symbol + of_what for of_what in ("", " conjugate", " IL-2") if symbol + of_what in nmol), None)
        if known is not None:
            fitting[known + slash + per] = ends
    if "{amount}" in usual:
        unit = next(iter(fitting), "nmol")
        low, high = fitting.get(unit, (0.1, 10.0))
        middle = float(f"{(low * high) ** 0.5:.1g}")
        usual = usual.format(amount=f"{middle:g} {unit}")
    if molecule.release is not None:
        usual = usual.replace(" SC ", " IV over 15 min ")
    return usual, fitting
