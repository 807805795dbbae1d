"""Cells of an exported document as species, so that other tools list them with what else there is so much of."""

from __future__ import annotations

from typing import Any

_SAMPLE = "blood_sample"


def with_species(inside: Any) -> list[str]:
    """Make species of a libSBML model of the states that are numbers per volume; return their ids.

    A count per microlitre is what a species is where its compartment is the microlitre: its concentration has the
    values and the unit of before, and its rate rule stays. Left as parameters are shares and signals, which are no
    amounts; receptors, numbers on one cell, which is no compartment of known size; and concentrations without a volume.
    """
    import libsbml

    rates = [rule.getVariable() for rule in inside.getListOfRules() if rule.isRate()]
    counts: dict[str, list[str]] = {}
    for name in rates:
        parameter = inside.getParameter(name)
        volume = None if parameter is None else _volume(libsbml, inside, parameter.getUnits())
        if volume is not None:
            counts.setdefault(volume, []).append(name)
    for volume, names in counts.items():
        compartment = inside.createCompartment()
        compartment.setId(_SAMPLE if len(counts) == 1 else f"{_SAMPLE}_{volume}")
        compartment.setName(f"Blood, 1 {volume}: cells are counted in it")
        compartment.setSpatialDimensions(3.0)
        compartment.setSize(1.0)
        compartment.setUnits(volume)
        compartment.setConstant(True)
        for name in names:
            inside.removeParameter(name)
            species = inside.createSpecies()
            species.setId(name)
            species.setCompartment(compartment.getId())
            species.setSubstanceUnits("dimensionless")
            species.setHasOnlySubstanceUnits(False)
            species.setBoundaryCondition(False)
            species.setConstant(False)
    return [name for names in counts.values() for name in names]


def _volume(libsbml: Any, inside: Any, units: str) -> str | None:
    """Say in which unit of volume something is counted; None if it is no number per volume."""
    own = inside.getUnitDefinition(units)
    for definition in [] if own is None else inside.getListOfUnitDefinitions():
        product = libsbml.UnitDefinition.combine(own, definition)
        libsbml.UnitDefinition.simplify(product)
        of_one = all(unit.getMultiplier() == 1.0 and unit.getScale() == 0 for unit in product.getListOfUnits())
        if definition.isVariantOfVolume() and product.isVariantOfDimensionless() and of_one:
            return definition.getId()
    return None
