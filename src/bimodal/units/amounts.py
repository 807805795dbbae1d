"""Amounts of a molecule: activity and mass become nmol of IL-2 here, and nowhere else."""

from __future__ import annotations

from bimodal.errors import UnitError
from bimodal.units.substance import Substance

CETUS_UNIT_IU = 6.0
"""IU in one Cetus unit, the "U" of most United States papers before about 1990 (recalled; clinical_targets D11)."""

ACTIVITY = {"IU": 1.0, "kIU": 1e3, "MIU": 1e6, "Cetus U": CETUS_UNIT_IU}
MASS_MG = {"ng": 1e-6, "ug": 1e-3, "mg": 1.0, "g": 1e3}
_OF_CELLS = ("give the dose in a unit of mass or moles, such as ug", "write e.g. '1e6 cells IV'")
MOLES_NMOL = {"pmol": 1e-3, "nmol": 1.0, "umol": 1e3, "cells": 1.0 / 6.02214076e14}


def nmol_per_unit(symbol: str, substance: Substance) -> float:
    """Give the nmol of IL-2 in one flat unit, the single place where activity and mass become moles.

    Examples
    --------
    >>> round(nmol_per_unit("MIU", Substance("aldesleukin", 15300.0, 18e6 / 1.1, "label")), 2)
    3.99
    """
    if symbol in ACTIVITY or symbol == "Roche U":
        iu = ACTIVITY[symbol] if symbol != "Roche U" else _roche(substance)
        if substance.potency is None:
            raise UnitError(
                f"{substance.name} has no declared potency, so {symbol} means no amount of it",
                fix="give the dose in mg or nmol, or a potency with its source in the drug file",
            )
        return iu / substance.potency * 1e6 / substance.molar_mass
    base, _, moiety = symbol.partition(" ")
    if (base == "cells") != substance.cells:
        said = "is cells and is dosed in cells" if substance.cells else "is no cells"
        raise UnitError(f"{substance.name} {said}", fix=_OF_CELLS[substance.cells])
    if not moiety and substance.conjugate_molar_mass is not None:
        raise UnitError(
            f"{base} of {substance.name} is ambiguous: of IL-2 or of the whole conjugate",
            fix=f"write '{base} IL-2' or '{base} conjugate'",
        )
    if moiety != "conjugate":
        return MOLES_NMOL[base] if base in MOLES_NMOL else MASS_MG[base] * 1e6 / substance.molar_mass
    if substance.conjugate_molar_mass is None:
        raise UnitError(f"{substance.name} is not a conjugate", fix=f"give the dose in {base}")
    moles = MOLES_NMOL[base] if base in MOLES_NMOL else MASS_MG[base] * 1e6 / substance.conjugate_molar_mass
    return moles * substance.il2_per_conjugate


def _roche(substance: Substance) -> float:
    if substance.iu_per_roche_unit is None:
        raise UnitError(
            f"Roche U of {substance.name} has no factor to IU",
            fix="give [roche_unit] with value, unit IU and source in the drug file, or the dose in IU",
        )
    return substance.iu_per_roche_unit
