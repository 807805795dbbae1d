"""The SBML document of a model with other numbers, and with constants that may be set later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bimodal.errors import ModelError
from bimodal.exchange.sbml import to_sbml
from bimodal.model import Model


def written_model(model: Model, values: Mapping[str, float], more: Sequence[str]) -> str:
    """Return SBML in which constants have these values.

    Parameters
    ----------
    model
        Built in, or of a file.
    values
        Constants by id; those that already have the value stay as they are.
    more
        Ids of parameters to add, 0 until they are set.

    Raises
    ------
    ModelError
        A constant is none of the file.
    """
    import libsbml

    network = model.network
    text = network.sbml if model.gaps else to_sbml(model)
    document: Any = libsbml.readSBMLFromString(text)
    inside = document.getModel()
    kept = {constant.id: constant.value for constant in network.constants}
    for name, value in values.items():
        if kept.get(name) == value:
            continue
        parameter, compartment = inside.getParameter(name), inside.getCompartment(name)
        if parameter is not None:
            parameter.setValue(value)
        elif compartment is not None:
            compartment.setSize(value)
        else:
            raise ModelError(f"'{name}' is no parameter of the SBML file, so its value cannot be written there")
    for name in more:
        parameter = inside.createParameter()
        parameter.setId(name)
        parameter.setValue(0.0)
        parameter.setConstant(False)
    return libsbml.writeSBMLToString(document)
