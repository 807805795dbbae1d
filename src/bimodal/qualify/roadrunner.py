"""libRoadRunner as an independent judge: another reader of SBML, and CVODE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_RTOL, _ATOL = 1e-11, 1e-16


def settled(sbml: str, found: Mapping[str, Array]) -> str:
    """Write the rates and starting values that follow from rest as numbers, found by name for one person.

    libRoadRunner writes every formula into every other that uses it, which makes most of the time a load takes. That
    the numbers are a rest is seen by drift; an oracle is asked what happens after it.
    """
    import libsbml

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


def load_roadrunner(sbml: str) -> Any:
    """Compile a document without the slow optimiser."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
    roadrunner.Config.setValue(roadrunner.Config.LLVM_BACKEND, roadrunner.Config.LLJIT)
    roadrunner.Config.setValue(roadrunner.Config.LLJIT_OPTIMIZATION_LEVEL, roadrunner.Config.NONE)
    return roadrunner.RoadRunner(sbml)


def by_roadrunner(
    runner: Any, names: Sequence[str], events: Sequence[tuple[float, str, str, float]], times: Array
) -> Array:
    """Integrate from event to event with CVODE; a value at an event is before it.

    Parameters
    ----------
    names
        Ids of the document to read.
    events
        ``(time, "add" or "set", id, amount)``.

    Returns
    -------
    ndarray
        (T, names).
    """
    runner.resetToOrigin()
    runner.setIntegrator("cvode")
    runner.integrator.relative_tolerance = _RTOL
    runner.integrator.absolute_tolerance = _ATOL
    runner.integrator.maximum_num_steps = 500_000
    out = np.full((len(times), len(names)), np.nan)
    now = 0.0
    for stop in sorted({when for when, *_ in events} | set(times.tolist())):
        if stop > now:
            runner.simulate(now, stop, 2)
            now = stop
        out[times == stop] = [runner[name] for name in names]
        for when, act, name, amount in events:
            if when == stop:
                runner[name] = runner[name] + amount if act == "add" else amount
    return out
