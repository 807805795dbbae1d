"""Opening an SBML document: guarded, validated, and refused by name where it needs what is not supported."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from bimodal.errors import ModelError
from bimodal.model.guard import check_xml
from bimodal.model.sbml_circles import refuse_circles
from bimodal.model.sbml_submodels import flat_text

#: Packages without elements of their own, what they add to formulas is refused there by name; and submodels.
_READ_ANYWAY = ("l3v2extendedmath", "comp")
#: Packages that say how a model is drawn: what is wrong there changes no number.
_DRAWINGS = ("layout", "render", "layout_L2")
#: How libSBML names such a package in errors it counts as the core's.
_OF_A_DRAWING = re.compile(r"package '(layout|layout_L2|render)'|Package (layout|render) Version|listOfLayouts cannot")
#: What libSBML calls errors but changes no number: a unit that is not defined.
_HARMLESS = (10313,)
#: What libSBML cites before it says what is wrong.
_PREAMBLE = re.compile(r".*Reference: .*?Section [\d.]+\s*(?=.)")
#: Names of the units in which Level 1 and Level 2 Version 1 count reactions unless they say otherwise.
_USUAL_UNITS = {"getTimeUnits": ("", "time", "second"), "getSubstanceUnits": ("", "substance", "mole")}


class OpenDocument(NamedTuple):
    """A document that was looked at: it owns the model; the text is that of the document after flattening."""

    document: Any
    model: Any
    text: str
    warnings: tuple[str, ...]


def open_document(text: str, file: str) -> OpenDocument:
    """Return the libSBML document of a text, submodels put in.

    Raises
    ------
    ModelError
        The document is broken or hostile, or uses a feature that is not supported.
    """
    check_xml(text, file)
    document = _parsed(text, file)
    if document.getPlugin("comp") is not None:
        text = flat_text(document, text, file, harmless=_HARMLESS)
        document = _parsed(text, file)
    if document.getModel() is not None:
        refuse_circles(document.getModel(), file)
    document.checkConsistency()
    warnings = _raise_errors(document, file)
    model = document.getModel()
    if model is None:
        raise ModelError("the file holds no model", where=file)
    _refuse_features(model, file)
    return OpenDocument(document, model, text, warnings)


def _parsed(text: str, file: str) -> Any:
    import libsbml

    document = libsbml.readSBMLFromString(text)
    for category in (
        libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,
        libsbml.LIBSBML_CAT_MODELING_PRACTICE,
        libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
    ):
        document.setConsistencyChecks(category, False)
    _refuse_packages(document, file)
    _raise_errors(document, file)
    return document


def _raise_errors(document: Any, file: str) -> tuple[str, ...]:
    """Raise the first error; return what is wrong with how the model is drawn, which is none."""
    import libsbml

    remarks: list[str] = []
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR and error.getErrorId() not in _HARMLESS:
            message = " ".join(error.getMessage().split())
            if error.getPackage() not in _DRAWINGS and not _OF_A_DRAWING.search(message):
                raise ModelError(f"this is not valid SBML: {message}", where=f"{file}, line {error.getLine()}")
            remarks.append(f"line {error.getLine()}: {_PREAMBLE.sub('', message)}")
    if not remarks:
        return ()
    more = f" (and {len(remarks) - 1} more)" if len(remarks) > 1 else ""
    return (f"the drawing in the file is not valid SBML and was left aside: {remarks[0]}{more}",)


def _refuse_packages(document: Any, file: str) -> None:
    """Refuse packages that change what the core means (``required``), known to libSBML or not."""
    import libsbml

    for i in range(document.getNumPlugins() if document.getLevel() > 2 else 0):
        package = document.getPlugin(i).getPackageName()
        if document.getPackageRequired(package) and package not in _READ_ANYWAY:
            raise ModelError(f"the model needs the SBML package '{package}', which is not supported", where=file)
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        if error.getErrorId() == libsbml.RequiredPackagePresent:
            message = " ".join(error.getMessage().split())
            raise ModelError(f"the model needs an SBML package that is not supported: {message}", where=file)
    model = document.getModel()
    fbc = model.getPlugin("fbc") if model is not None else None
    if fbc is not None and fbc.getNumObjectives():
        raise ModelError("the model is for flux balance (SBML package 'fbc'), which is not supported", where=file)


def _refuse_features(model: Any, file: str) -> None:
    for constraint in model.getListOfConstraints():
        if constraint.isSetMath():
            raise ModelError("the model uses constraints, which are not supported", where=file)
    for reaction in model.getListOfReactions():
        law = reaction.getKineticLaw()
        if law is not None and model.getLevel() < 3:
            _refuse_units(model, law, f"{file}, reaction '{reaction.getId()}'")
    for event in model.getListOfEvents():
        if model.getLevel() == 2 and event.isSetTimeUnits():
            _refuse_units(model, event, f"{file}, event '{event.getId()}'")


def _refuse_units(model: Any, element: Any, where: str) -> None:
    """Refuse units of a single reaction or event that differ from the model's, which would need converting."""
    for getter, usual in _USUAL_UNITS.items():
        unit = getattr(element, getter)() if hasattr(element, getter) else ""
        redefined = unit not in ("", "time", "substance") and any(
            model.getUnitDefinition(name) is not None for name in usual[1:2]
        )
        if unit not in usual or redefined:
            raise ModelError(f"its own unit '{unit}' is not supported", where=where)
