"""One arm of a study as an SBML document: its doses are events, its endpoints are quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bimodal.errors import ModelError
from bimodal.exchange.written_model import written_model
from bimodal.model import Model

DoseChanges = Sequence[tuple[float, Sequence[tuple[str, str]]]]


def arm_sbml(
    model: Model,
    values: Mapping[str, float],
    doses: DoseChanges,
    *,
    starts: Mapping[str, str],
    formulas: Mapping[str, str],
    labels: Mapping[str, str],
) -> tuple[str, dict[str, str]]:
    """Write the model of one person who is given something.

    Parameters
    ----------
    values
        Constants of the person, by id.
    doses
        As :func:`~bimodal.exchange.dose_changes.dose_changes` gives them. Each time is an event; one at time 0 happens.
    starts
        Quantities to add that keep what a formula is at the start, before any dose.
    formulas, labels
        What is read off, by name: its formula, and its name for people.

    Returns
    -------
    text, ids
        The document, and the id of the parameter that each of `formulas` is.

    Raises
    ------
    ModelError
        libSBML finds the document wrong.
    """
    import libsbml

    document: Any = libsbml.readSBMLFromString(written_model(model, values, tuple(starts)))
    if document.getLevel() < 3 and not document.setLevelAndVersion(3, 2, False):
        # an event of earlier levels cannot happen at time 0
        raise ModelError("the file cannot be written as SBML Level 3, which its doses need", where=model.name)
    inside = document.getModel()
    for name, formula in starts.items():
        inside.getParameter(name).setConstant(True)
        assignment = inside.createInitialAssignment()
        assignment.setSymbol(name)
        assignment.setMath(_math(libsbml, inside, formula))
    ids = {name: _observable(libsbml, inside, name, formula, labels[name]) for name, formula in formulas.items()}
    for number, (time, changes) in enumerate(doses, start=1):
        _add_event(libsbml, inside, number, time, changes)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_MODELING_PRACTICE, False)
    document.checkConsistency()
    if document.getNumErrors(libsbml.LIBSBML_SEV_ERROR):
        wrong = document.getErrorLog().getErrorWithSeverity(0, libsbml.LIBSBML_SEV_ERROR)
        raise ModelError(f"the document would be wrong: {' '.join(wrong.getMessage().split())}", where=model.name)
    return libsbml.writeSBMLToString(document), ids


def _observable(libsbml: Any, inside: Any, name: str, formula: str, label: str) -> str:
    """Give the id of the parameter that has a formula as its value; a new one where there is none."""
    if inside.getParameter(formula) is not None:
        return formula
    found = name if inside.getElementBySId(name) is None else f"observable_{name}"
    while inside.getElementBySId(found) is not None:
        found += "_"
    parameter = inside.createParameter()
    parameter.setId(found)
    parameter.setName(label)
    parameter.setConstant(False)
    rule = inside.createAssignmentRule()
    rule.setVariable(found)
    rule.setMath(_math(libsbml, inside, formula))
    return found


def _add_event(libsbml: Any, inside: Any, number: int, time: float, changes: Sequence[tuple[str, str]]) -> None:
    event = inside.createEvent()
    identifier = f"dose_{number}"
    while inside.getElementBySId(identifier) is not None:
        identifier += "_"
    event.setId(identifier)
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(False)
    trigger.setPersistent(True)
    reached = libsbml.ASTNode(libsbml.AST_RELATIONAL_GEQ)
    now = libsbml.ASTNode(libsbml.AST_NAME_TIME)
    now.setName("time")
    when = libsbml.ASTNode(libsbml.AST_REAL)
    when.setValue(time)
    reached.addChild(now)
    reached.addChild(when)
    trigger.setMath(reached)
    for target, formula in changes:
        parameter = inside.getParameter(target)
        if parameter is not None:
            parameter.setConstant(False)
        assignment = event.createEventAssignment()
        assignment.setVariable(target)
        assignment.setMath(_math(libsbml, inside, formula))


def _math(libsbml: Any, inside: Any, formula: str) -> Any:
    # with the model at hand an id called like a constant of the language (`pi`, `avogadro`) is that id
    found = libsbml.parseL3FormulaWithModel(formula, inside)
    if found is None:
        raise ModelError(f"'{formula}' cannot be read: {libsbml.getLastParseL3Error()}", where=inside.getId())
    return found
