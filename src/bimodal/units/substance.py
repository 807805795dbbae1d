"""What a unit conversion must know of a molecule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bimodal.errors import UnitError


@dataclass(frozen=True)
class Substance:
    """What a unit conversion must know of a molecule, because units of activity mean nothing without it.

    Parameters
    ----------
    molar_mass
        Molar mass of the IL-2 moiety, g/mol.
    potency
        Declared potency, IU per mg of IL-2; None where the molecule has none.
    conjugate_molar_mass
        Molar mass of the whole conjugate, g/mol; None for plain IL-2.
    iu_per_roche_unit, roche_source
        IU in one Roche unit of this molecule, with its source; both or neither.
    cells
        Whether it is cells, which are counted.

    Examples
    --------
    >>> Substance("aldesleukin", molar_mass=15300.0, potency=18e6 / 1.1, potency_source="label").name
    'aldesleukin'
    """

    name: str
    molar_mass: float
    potency: float | None = None
    potency_source: str | None = None
    conjugate_molar_mass: float | None = None
    iu_per_roche_unit: float | None = None
    roche_source: str | None = None
    il2_per_conjugate: float = 1.0
    cells: bool = False

    def __post_init__(self) -> None:
        numbers = ("molar_mass", "potency", "conjugate_molar_mass", "iu_per_roche_unit", "il2_per_conjugate")
        for field in numbers:
            value = getattr(self, field)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise UnitError(f"{field} must be a positive number, not {value}", where=self.name)
        for number, source in (("potency", "potency_source"), ("iu_per_roche_unit", "roche_source")):
            if getattr(self, number) is not None and not (getattr(self, source) or "").strip():
                raise UnitError(f"{number} has no source", where=self.name, fix=f"give {source}")
