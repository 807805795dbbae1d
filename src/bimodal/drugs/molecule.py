"""A molecule as a few numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PrivateAttr, StringConstraints, model_validator

from bimodal.drugs.affinity import Affinity, Avidity, Exchange
from bimodal.drugs.part import MisfitError, MolarMass, Part, Ratio
from bimodal.drugs.partner import PartnerActions
from bimodal.drugs.pharmacokinetics import Pharmacokinetics
from bimodal.drugs.quantity import POSITIVE, EvidenceStatus, Quantity, Text
from bimodal.drugs.release import Release
from bimodal.units import Substance

USUAL_SPECIES = "human"
"""Of a molecule, and of the model it is meant for, where nothing else is said."""

_PER_MG = {"IU": 1.0, "kIU": 1e3, "MIU": 1e6}
_OF_IL2 = ("affinity", "avidity", "exchange", "efficacy", "release")
_OF_PARTNERS = tuple(PartnerActions.model_fields)
_FORBIDDEN = {
    "native": (*_OF_IL2, *_OF_PARTNERS, "pk"),
    "engineered": _OF_PARTNERS,
    "partner": (*_OF_IL2, "potency", "roche_unit", "conjugate"),
    "cells": (*_OF_IL2, *_OF_PARTNERS, "potency", "roche_unit", "conjugate", "pk"),
}
_WHY = {
    "native": "{} of a native molecule is the model's own: leave it out, or make it engineered",
    "engineered": "{} is for partner drugs, which have no IL-2 in them: leave it out, or make it a partner",
    "partner": "{} is for molecules of IL-2: a partner drug has none in it",
    "cells": "{} is for molecules: cells that are given are those of the model",
}


class Potency(Part):
    """A declared potency: so much activity in so much mass of IL-2, as the label gives it."""

    activity: float = Field(gt=0)
    activity_unit: Literal["IU", "kIU", "MIU"]
    mass_mg: float = Field(gt=0)
    source: Text
    status: EvidenceStatus
    where_in_source: str = ""
    note: str = ""

    @property
    def iu_per_mg(self) -> float:
        """IU per mg of IL-2."""
        return self.activity * _PER_MG[self.activity_unit] / self.mass_mg


class Conjugate(Part):
    """The whole molecule around the IL-2, where the IL-2 is fused or coupled to something.

    ``molar_mass`` is that of the whole conjugate, g/mol.
    """

    molar_mass: MolarMass
    il2_per_conjugate: Ratio | None = None


class Molecule(PartnerActions):
    """A drug as data: what it is made of, what it binds, what it does and how it moves, each number with a source.

    What a partner drug does is in the tables of `bimodal.drugs.partner.PartnerActions`.

    Parameters
    ----------
    base
        Built-in molecule whose tables stand wherever this file has none of that name.
    ligand
        ``"native"`` where it binds as the body's own IL-2 does, ``"engineered"`` where not, ``"partner"`` where there
        is no IL-2 in it, ``"cells"`` where cells are given.
    species
        Of the cytokine it is made of or binds: one lower-case word, as models name theirs.
    valency
        Heads of IL-2 that bind together, 1 or 2.
    molar_mass
        Of the IL-2 moiety, g/mol; of the antibody or small molecule where it is a partner.
    potency
        Declared potency; without it no dose in IU is accepted.
    affinity, avidity, exchange, efficacy, release
        Of an engineered molecule: binding, gain by a second head, what a complex does on CD25, signal of a bound
        complex relative to native IL-2, and release where what is injected is inactive. A native molecule gives none of
        them: it is the model's own IL-2, whose numbers stand in the model's parameter table alone.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> load_molecule("aldesleukin").ligand
    'native'
    """

    schema_version: Literal[1] = Field(alias="schema")
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    name: Text
    base: str | None = None
    ligand: Literal["native", "engineered", "partner", "cells"]
    species: Annotated[str, StringConstraints(pattern=r"^[a-z]+$")] = USUAL_SPECIES
    valency: Literal[1, 2] = 1
    molar_mass: MolarMass
    potency: Potency | None = None
    conjugate: Conjugate | None = None
    roche_unit: Annotated[Quantity, POSITIVE] | None = None
    affinity: Affinity | None = None
    avidity: Avidity | None = None
    exchange: Exchange | None = None
    efficacy: Ratio | None = None
    release: Release | None = None
    pk: Pharmacokinetics = Pharmacokinetics()
    note: str = ""
    _from_file: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _consistent(self) -> Molecule:
        if self.roche_unit is not None and self.roche_unit.unit != "IU":
            raise MisfitError("roche_unit", "roche_unit must be in IU, the IU in one Roche unit")
        if self.conjugate is not None and self.conjugate.molar_mass.to("g/mol") < self.molar_mass.to("g/mol"):
            raise MisfitError("conjugate.molar_mass", "the conjugate is lighter than its IL-2")
        for key in _FORBIDDEN[self.ligand]:
            if key in self.model_fields_set:
                raise MisfitError(key, _WHY[self.ligand].format(key))
        if (self.valency == 2) != (self.avidity is not None):
            if self.valency == 2:
                raise MisfitError("valency", "a bivalent molecule needs its avidity")
            raise MisfitError("avidity", "avidity is of bivalent molecules: give valency = 2, or leave avidity out")
        if self.ligand == "engineered":
            self._binds()
        if self.ligand == "partner" and all(getattr(self, key) is None for key in _OF_PARTNERS):
            tables = " or ".join(f"[{table}] ({what})" for table, what in self.kinds().items())
            raise MisfitError("ligand", f"a partner drug needs {tables}")
        return self

    def _binds(self) -> None:
        """Check that an engineered molecule says how it binds, in one way."""
        affinity = self.affinity
        if affinity is not None and affinity.alpha and self.avidity is not None and self.avidity.k2 is not None:
            raise MisfitError(
                "avidity.k2", "avidity.k2 has no meaning for a molecule that does not bind CD25: remove it"
            )
        if affinity is None or self.efficacy is None:
            raise MisfitError(
                "ligand", f"an engineered molecule needs its {'affinity' if affinity is None else 'efficacy'}"
            )
        if self.exchange is not None:
            own = [key for key in ("ka_nM", "alpha", "kbg_nM", "k2_per_cell") if getattr(affinity, key) is not None]
            if own:
                says = (
                    "a complex that exchanges on CD25 binds it by exchange.kd_nM, and beta-gamma as native IL-2 after"
                )
                raise MisfitError(f"affinity.{own[0]}", f"{says}: leave {own[0]} out")
            if affinity.betagamma is None:
                raise MisfitError("affinity", 'a complex that exchanges on CD25 needs betagamma = "none" in [affinity]')
            return
        if affinity.betagamma is not None:
            says = 'betagamma = "none" needs [exchange]: without it the molecule gives no signal'
            raise MisfitError("affinity.betagamma", says)
        for number, word in (("ka_nM", "alpha"), ("kbg_nM", "")):
            if getattr(affinity, number) is None and not (word and getattr(affinity, word)):
                instead = f', or {word} = "none"' if word else ""
                raise MisfitError(
                    f"affinity.{number}", f"affinity.{number} is missing: give it with its source{instead}"
                )

    def __repr__(self) -> str:
        count = sum(1 for _ in self.quantities())
        return f"molecule {self.id}: {self.name}; {self.ligand}, {self.species}; {count} sourced numbers: quantities()"

    @property
    def from_file(self) -> bool:
        """Whether it was read from a file of the user's; its pharmacokinetics vary between patients unless it says not.

        Molecules of the package say what is known of their spread.
        """
        return self._from_file

    def of_a_user(self) -> Molecule:
        """Give the same molecule, known to come from a file of the user's."""
        own = self.model_copy()
        own._from_file = True
        return own

    @property
    def substance(self) -> Substance:
        """What unit conversions need of it."""
        conjugate, roche, potency = self.conjugate, self.roche_unit, self.potency
        count = conjugate.il2_per_conjugate if conjugate else None
        return Substance(
            name=self.id,
            molar_mass=self.molar_mass.to("g/mol"),
            potency=potency.iu_per_mg if potency else None,
            potency_source=potency.source if potency else None,
            conjugate_molar_mass=conjugate.molar_mass.to("g/mol") if conjugate else None,
            iu_per_roche_unit=roche.value if roche else None,
            roche_source=roche.source if roche else None,
            il2_per_conjugate=count.to("1") if count else 1.0,
            cells=self.ligand == "cells",
        )

    def quantities(self) -> Iterator[tuple[str, Quantity | Potency]]:
        """List every number of the molecule with its dotted key, such as ``affinity.ka_nM``, for tables of sources."""
        own = [key for key in type(self).model_fields if key not in _OF_PARTNERS]
        yield from _walk("", self, [*own[: own.index("pk")], *_OF_PARTNERS, *own[own.index("pk") :]])


def _walk(prefix: str, part: BaseModel, keys: Iterable[str]) -> Iterator[tuple[str, Quantity | Potency]]:
    for key in keys:
        value: object = getattr(part, key)
        if isinstance(value, Quantity | Potency):
            yield prefix + key, value
        elif isinstance(value, BaseModel):
            yield from _walk(f"{prefix}{key}.", value, type(value).model_fields)
