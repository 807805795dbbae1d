"""Units of an exported document, each once: parts of a model bring their own definitions of the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge_units(inside: Any) -> int:
    """Give a libSBML model one definition of each unit, the one of the shortest id; return how many are gone."""
    first, replaced = dict[str, str](), dict[str, str]()
    definitions = {definition.getId(): definition for definition in inside.getListOfUnitDefinitions()}
    for name in sorted(definitions, key=lambda one: (len(one), one)):
        without_id = definitions[name].clone()
        without_id.setId("unit")
        kept = first.setdefault(without_id.toSBML(), name)
        if kept != name:
            replaced[name] = kept
    for name in replaced:
        inside.removeUnitDefinition(name)
    for parameter in inside.getListOfParameters():
        parameter.setUnits(replaced.get(parameter.getUnits(), parameter.getUnits()))
    for element in [inside, *inside.getListOfSpecies(), *inside.getListOfCompartments()]:
        for old, new in replaced.items():
            element.renameUnitSIdRefs(old, new)
    formulas = [*inside.getListOfRules(), *inside.getListOfInitialAssignments()]
    formulas += [reaction.getKineticLaw() for reaction in inside.getListOfReactions()]
    for formula in formulas:
        _rename(formula.getMath(), replaced)
    return len(replaced)


def _rename(math: Any, replaced: Mapping[str, str]) -> None:
    if math.getUnits() in replaced:
        math.setUnits(replaced[math.getUnits()])
    for i in range(math.getNumChildren()):
        _rename(math.getChild(i), replaced)
