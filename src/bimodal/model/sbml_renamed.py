"""Renames what an SBML model calls by the name of the independent variable."""

from __future__ import annotations

from typing import Any

from bimodal.engine import TIME
from bimodal.errors import ModelError


def rename_time(model: Any, file: str) -> dict[str, str]:
    """Give a quantity called ``time`` another id, in every formula too; return the new id by the old one.

    Raises
    ------
    ModelError
        A reaction has a parameter of its own of that name, which hides the quantity.
    """
    import libsbml

    elements = [e for e in model.getListOfAllElements() if e.getTypeCode() != libsbml.SBML_UNIT_DEFINITION]
    called = [element for element in elements if element.getIdAttribute() == TIME]
    local = [element for element in called if element.getAncestorOfType(libsbml.SBML_KINETIC_LAW) is not None]
    if len(local) == len(called):
        return {}
    if local:
        message = f"a parameter of a reaction is called '{TIME}', as a quantity of the model is"
        raise ModelError(message, where=file, fix="rename it")
    taken = {element.getIdAttribute() for element in elements}
    name = f"{TIME}_"
    while name in taken:
        name += "_"
    for element in elements:
        element.renameSIdRefs(TIME, name)
    for element in called:
        element.setId(name)
    return {TIME: name}
