"""An IL-2 or engineered IL-2 as a few numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bimodal.drugs.quantity import POSITIVE, Quantity, Status, Text, in_unit
from bimodal.units import Substance

Affinity_nM = Annotated[Quantity, in_unit("nM"), POSITIVE]
MolarMass = Annotated[Quantity, in_unit("g/mol"), POSITIVE]
Ratio = Annotated[Quantity, in_unit("1"), POSITIVE]
_PER_MG = {"IU": 1.0, "kIU": 1e3, "MIU": 1e6}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Affinity(_Part):
    """Dissociation constants of the three binding steps, all that the equilibrium receptor level needs.

    Parameters
    ----------
    ka_nM
        Of IL-2 for CD25 (alpha), nM.
    kbg_nM
        Of IL-2 for beta and gamma together, nM.
    k2_per_cell
        Of alpha-bound IL-2 for beta on the cell's surface, molecules per cell.
    """

    ka_nM: Affinity_nM  # noqa: N815
    kbg_nM: Affinity_nM  # noqa: N815
    k2_per_cell: Annotated[Quantity, in_unit("molecule/cell"), POSITIVE]


class Potency(_Part):
    """A declared potency: so much activity in so much mass of IL-2, as the label gives it.

    Parameters
    ----------
    activity, activity_unit
        Activity, in IU, kIU or MIU.
    mass_mg
        Mass that has it, mg.
    source, status, note
        As in Quantity.
    """

    activity: float = Field(gt=0)
    activity_unit: Literal["IU", "kIU", "MIU"]
    mass_mg: float = Field(gt=0)
    source: Text
    status: Status
    note: str = ""

    @property
    def iu_per_mg(self) -> float:
        """IU per mg of IL-2."""
        return self.activity * _PER_MG[self.activity_unit] / self.mass_mg


class Conjugate(_Part):
    """The whole molecule around the IL-2, where the IL-2 is fused or coupled to something.

    Parameters
    ----------
    molar_mass
        Of the whole conjugate, g/mol.
    il2_per_conjugate
        IL-2 moieties in one conjugate.
    """

    molar_mass: MolarMass
    il2_per_conjugate: Ratio | None = None


class Pharmacokinetics(_Part):
    """How the molecule moves, under the names the model's parameters have; what is missing is taken from the model.

    Parameters
    ----------
    clearance
        From plasma, receptors not counted, volume per time.
    v_plasma
        Volume of plasma, volume.
    k_out, k_back
        Rates to and from the peripheral compartment, per time.
    sc_transfer
        Rate of each of two equal absorption steps, per time.
    sc_bioavailability
        Fraction of a subcutaneous dose that arrives.
    """

    clearance: Annotated[Quantity, in_unit("L/h"), POSITIVE] | None = None
    v_plasma: Annotated[Quantity, in_unit("L"), POSITIVE] | None = None
    k_out: Annotated[Quantity, in_unit("1/h"), POSITIVE] | None = None
    k_back: Annotated[Quantity, in_unit("1/h"), POSITIVE] | None = None
    sc_transfer: Annotated[Quantity, in_unit("1/h"), POSITIVE] | None = None
    sc_bioavailability: Ratio | None = None

    @model_validator(mode="after")
    def _fraction(self) -> Pharmacokinetics:
        if self.sc_bioavailability is not None and self.sc_bioavailability.value > 1:
            raise ValueError("sc_bioavailability is a fraction, at most 1")
        return self


class Molecule(_Part):
    """A drug as data: its masses, potency, affinities, efficacy and pharmacokinetics, each number with a source.

    Parameters
    ----------
    schema_version
        Version of the file format, 1.
    id, name
        Short id and name for readers.
    ligand
        ``"native"`` where it binds as the body's own IL-2 does, else ``"engineered"``.
    molar_mass
        Of the IL-2 moiety, g/mol.
    potency
        Declared potency; without it no dose in IU is accepted.
    conjugate
        Where the IL-2 is part of something larger.
    roche_unit
        IU in one Roche unit, with its source.
    affinity, efficacy, pk
        Binding, signal of a bound complex relative to native IL-2, and pharmacokinetics. A native molecule gives none
        of them: it is the model's own IL-2, whose numbers stand in the model's parameter table alone.
    note
        What a reader should know.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> load_molecule("aldesleukin").ligand
    'native'
    """

    schema_version: Literal[1] = Field(alias="schema")
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    name: Text
    ligand: Literal["native", "engineered"]
    molar_mass: MolarMass
    potency: Potency | None = None
    conjugate: Conjugate | None = None
    roche_unit: Annotated[Quantity, POSITIVE] | None = None
    affinity: Affinity | None = None
    efficacy: Ratio | None = None
    pk: Pharmacokinetics = Pharmacokinetics()
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Molecule:
        if self.roche_unit is not None and self.roche_unit.unit != "IU":
            raise ValueError("roche_unit must be in IU, the IU in one Roche unit")
        if self.conjugate is not None and self.conjugate.molar_mass.to("g/mol") < self.molar_mass.to("g/mol"):
            raise ValueError("the conjugate is lighter than its IL-2")
        own = [key for key in ("affinity", "efficacy", "pk") if key in self.model_fields_set]
        if self.ligand == "native" and own:
            raise ValueError(f"{own[0]} of a native molecule is the model's own: leave it out, or make it engineered")
        if self.ligand == "engineered" and (self.affinity is None or self.efficacy is None):
            lacking = "affinity" if self.affinity is None else "efficacy"
            raise ValueError(f"an engineered molecule needs its {lacking}")
        return self

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
        )

    def quantities(self) -> Iterator[tuple[str, Quantity | Potency]]:
        """List every number of the molecule with its dotted key, for tables of sources.

        Yields
        ------
        tuple of (str, Quantity or Potency)
            Key such as ``"affinity.ka_nM"``, and the number.
        """
        yield from _walk("", self)


def _walk(prefix: str, part: BaseModel) -> Iterator[tuple[str, Quantity | Potency]]:
    for key in type(part).model_fields:
        value: object = getattr(part, key)
        if isinstance(value, Quantity | Potency):
            yield prefix + key, value
        elif isinstance(value, BaseModel):
            yield from _walk(f"{prefix}{key}.", value)
