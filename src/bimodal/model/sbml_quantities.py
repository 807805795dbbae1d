"""What an SBML model names: sizes, amounts, parameters and stoichiometries, with their values and how they are told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SpeciesFacts:
    """A species as its file tells it.

    Parameters
    ----------
    compartment
        Where it is.
    as_amount
        Whether its id stands for an amount in formulas; otherwise for a concentration.
    amount, concentration
        Starting value, NaN if not given that way.
    boundary
        Whether reactions leave it alone.
    factor
        Parameter that converts the extent of a reaction to its amount, ``None`` for 1.
    sized
        Whether its compartment has a size at all; one without dimensions has none, so there is no concentration.
    """

    compartment: str
    as_amount: bool
    amount: float
    concentration: float
    boundary: bool
    factor: str | None
    sized: bool


@dataclass
class Quantities:
    """Everything of a model that has a value.

    Parameters
    ----------
    numbers
        Value of each compartment, parameter and named stoichiometry; of species only where it is told the way its id
        is meant. NaN where there is none.
    units
        Unit of each as the file says.
    species
        Facts by species id.
    references
        Ids of named stoichiometries.
    reactions
        Ids of reactions.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    species: dict[str, SpeciesFacts] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    reactions: set[str] = field(default_factory=set)


def read_quantities(model: Any) -> Quantities:
    """Collect the quantities of a model."""
    q = Quantities()
    flat: set[str] = set()
    for c in model.getListOfCompartments():
        q.numbers[c.getId()] = c.getSize() if c.isSetSize() or model.getLevel() == 1 else math.nan
        q.units[c.getId()] = c.getUnits()
        if c.getSpatialDimensionsAsDouble() == 0.0:
            flat.add(c.getId())
    for p in model.getListOfParameters():
        q.numbers[p.getId()] = p.getValue() if p.isSetValue() else math.nan
        q.units[p.getId()] = p.getUnits()
    common = model.getConversionFactor() if model.isSetConversionFactor() else None
    for s in model.getListOfSpecies():
        facts = SpeciesFacts(
            compartment=s.getCompartment(),
            as_amount=s.getHasOnlySubstanceUnits() or s.getCompartment() in flat,
            amount=s.getInitialAmount() if s.isSetInitialAmount() else math.nan,
            concentration=s.getInitialConcentration() if s.isSetInitialConcentration() else math.nan,
            boundary=s.getBoundaryCondition() or s.getConstant(),
            factor=s.getConversionFactor() if s.isSetConversionFactor() else common,
            sized=s.getCompartment() not in flat,
        )
        q.species[s.getId()] = facts
        q.units[s.getId()] = s.getSubstanceUnits()
        q.numbers[s.getId()] = facts.amount if facts.as_amount else facts.concentration
    for reaction in model.getListOfReactions():
        q.reactions.add(reaction.getId())
        for references in (reaction.getListOfReactants(), reaction.getListOfProducts()):
            for reference in references:
                if model.getLevel() > 2 and reference.isSetId():
                    name = reference.getId()
                    q.references.add(name)
                    q.numbers[name] = reference.getStoichiometry() if reference.isSetStoichiometry() else math.nan
                    q.units[name] = "dimensionless"
    return q
