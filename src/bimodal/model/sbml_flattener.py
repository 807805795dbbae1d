"""Models made of submodels (SBML package ``comp``) flattened by libSBML, in a process that can open nothing.

The program reads ``{"text": ..., "harmless": [...]}`` from standard input and writes what `flatten` returns.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any


def flatten(text: str, harmless: list[int]) -> dict[str, Any]:
    """Return the flattened ``sbml`` of a document, or an ``error`` with its ``line``.

    Parameters
    ----------
    harmless
        Numbers of errors that are none.
    """
    import libsbml

    document = libsbml.readSBMLFromString(text)
    for category in (
        libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,
        libsbml.LIBSBML_CAT_MODELING_PRACTICE,
        libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
    ):
        document.setConsistencyChecks(category, False)
    document.checkConsistency()
    fault = _first_error(document, harmless)
    if fault is not None:
        return fault
    options = libsbml.ConversionProperties()
    options.addOption("flatten comp", True)
    options.addOption("performValidation", False)
    options.addOption("abortIfUnflattenable", "requiredOnly")
    if document.convert(options) != libsbml.LIBSBML_OPERATION_SUCCESS:
        return _first_error(document, harmless) or {"error": "the submodels cannot be put together", "line": 0}
    return {"sbml": libsbml.writeSBMLToString(document)}


def _first_error(document: Any, harmless: list[int]) -> dict[str, Any] | None:
    import libsbml

    for i in range(document.getNumErrors()):
        error = document.getError(i)
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR and error.getErrorId() not in harmless:
            return {"error": " ".join(error.getMessage().split()), "line": error.getLine()}
    return None


if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    serve = importlib.import_module("antimony_parser").serve
    serve("libsbml", lambda asked: flatten(asked["text"], asked["harmless"]))
