"""An exported document whose starting values are numbers."""

from __future__ import annotations

from collections.abc import Mapping

import libsbml
import numpy as np


def settled(sbml: str, found: Mapping[str, np.ndarray]) -> str:
    """Write the rates and starting values that follow from rest as numbers, found by name for one person.

    libRoadRunner writes every formula into every other that uses it: three million terms for the human, which take it
    minutes and up to 10 GB. That the numbers are a rest is seen by drift; an oracle is asked what happens after it.
    """
    document = libsbml.readSBMLFromString(sbml)
    network = document.getModel()
    for name in [network.getInitialAssignment(k).getSymbol() for k in range(network.getNumInitialAssignments())]:
        network.removeInitialAssignment(name)
        value = float((found[name] if name in found else found[f"start({name})"])[0])
        species = network.getSpecies(name)
        if species is None:
            network.getParameter(name).setValue(value)
        else:
            species.setInitialAmount(value)
    return libsbml.writeSBMLToString(document)
