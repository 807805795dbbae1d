"""Doses in the unit of amount in which a model takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from bimodal.dosing import ScheduledDose
from bimodal.drugs import Molecule
from bimodal.errors import UnitError
from bimodal.study.spec.ports import AmountUnit
from bimodal.units import Substance, dose_nmol, nmol_per_unit

_LARGE_NMOL = {"mmol": 1e6, "mol": 1e9}


def dose_amounts(dose: ScheduledDose, unit: str, molecule: Molecule | None, covariates: Mapping[str, Any]) -> Any:
    """Say how much of a dose each patient gets, in a given unit of amount.

    Parameters
    ----------
    unit
        ``nmol`` for built-in models; what ``[ports]`` says for a model file.
    molecule
        What is given; None for a dose of an amount, into a model that counts the same sort of amount.
    covariates
        ``weight_kg`` and ``bsa_m2``, each (N,), where they are known.

    Returns
    -------
    float or ndarray (N,)
        Of IL-2, in `unit`.

    Examples
    --------
    >>> from bimodal.dosing import expand, parse_regimen
    >>> dose_amounts(expand(parse_regimen("2 mg SC once")).doses[0], "ug", None, {})
    2000.0
    """
    substance = _plain(dose, unit) if molecule is None else molecule.substance
    nmol = dose_nmol(
        dose.amount, dose.unit, substance, weight_kg=covariates.get("weight_kg"), bsa_m2=covariates.get("bsa_m2")
    )
    return nmol if unit == "nmol" else nmol / (_LARGE_NMOL.get(unit) or nmol_per_unit(unit, substance))


def _plain(dose: ScheduledDose, unit: str) -> Substance:
    """Stand in for a molecule where none matters: from mass to mass and from moles to moles its size cancels."""
    given = dose.unit.symbol
    if given not in get_args(AmountUnit) or given.endswith("mol") != unit.endswith("mol"):
        raise UnitError(
            f"a dose in {given} is no amount in {unit} unless the molecule is known",
            fix=f"name the drug of the arm, or give the dose in {unit}",
        )
    return Substance("an unnamed molecule", molar_mass=1.0)
