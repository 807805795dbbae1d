"""Concentrations of IL-2 in molar, mass and activity units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bimodal.errors import UnitError
from bimodal.units.amounts import nmol_per_unit
from bimodal.units.dose import checked
from bimodal.units.dose_unit import parse_dose_unit
from bimodal.units.substance import Substance

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_MOLAR_PM = {"fM": 1e-3, "pM": 1.0, "nM": 1e3, "uM": 1e6, "mM": 1e9}
_LITRES = {"L": 1.0, "dL": 0.1, "mL": 1e-3, "uL": 1e-6}


def concentration(value: ArrayLike, unit_from: str, unit_to: str, substance: Substance) -> Any:
    """Convert a concentration of IL-2 between molar, mass and activity units.

    Units are such as ``"pM"``, ``"IU/mL"``, ``"ng/mL"``, ``"Cetus U/mL"`` or ``"nmol/L"``.

    Examples
    --------
    >>> round(concentration(1.0, "IU/mL", "pM", Substance("aldesleukin", 15300.0, 18e6 / 1.1, "label")), 2)
    3.99
    """
    ratio = _picomolar(unit_from, substance) / _picomolar(unit_to, substance)
    return checked(value, "the concentration", allow_zero=True) * ratio


def _picomolar(text: str, substance: Substance) -> float:
    plain = text.strip().replace("µ", "u").replace("μ", "u")
    if plain in _MOLAR_PM:
        return _MOLAR_PM[plain]
    known = f"use {', '.join(_MOLAR_PM)}, or an amount per volume such as IU/mL, ng/mL or pg/mL"
    amount, slash, volume = plain.rpartition("/")
    litres = {name.lower(): size for name, size in _LITRES.items()}.get(volume.strip().lower())
    if not slash or litres is None:
        raise UnitError(f"{text[:60]!r} is not a unit of concentration", fix=known)
    if amount.strip() == "pg":  # immunoassays say pg/mL; nobody doses picograms
        return 1e-3 * _picomolar(f"ng/{volume}", substance)
    unit = parse_dose_unit(amount)
    if unit.per != "flat":
        raise UnitError(f"{text[:60]!r} is not a unit of concentration", fix=known)
    return nmol_per_unit(unit.symbol, substance) / litres * 1e3
