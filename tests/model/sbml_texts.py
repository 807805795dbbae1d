"""Small SBML documents, and running them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libsbml
import numpy as np
import numpy.typing as npt

from bimodal.engine import Settings, SolverStatus, solve
from bimodal.model import Network
from bimodal.model.sbml_reader import read_sbml

HEADS = {
    (3, 2): 'xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"',
    (3, 1): 'xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"',
    (2, 4): 'xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"',
    (1, 2): 'xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"',
}


def math(formula: str) -> str:
    """Return a formula, written as text, as MathML."""
    tree = libsbml.parseL3Formula(formula)
    assert tree is not None, libsbml.getLastParseL3Error()
    return re.sub(r"^<\?xml[^>]*\?>\s*", "", libsbml.writeMathMLToString(tree))


def document(body: str, *, level: tuple[int, int] = (3, 2), model: str = "") -> str:
    """Return a document; ``{{formula}}`` in the body becomes MathML."""
    filled = re.sub(r"\{\{(.*?)\}\}", lambda found: math(found[1]), body)
    return f'<?xml version="1.0" encoding="UTF-8"?><sbml {HEADS[level]}><model id="m" {model}>{filled}</model></sbml>'


def compartment(name: str = "c", size: float = 1.0, *, constant: bool = True, dimensions: int = 3) -> str:
    """Return a compartment."""
    sized = f'size="{size}" ' if dimensions else ""
    flag = str(constant).lower()
    return f'<compartment id="{name}" spatialDimensions="{dimensions}" {sized}constant="{flag}"/>'


def species(name: str, start: str, *, only: bool = False, boundary: bool = False, extra: str = "") -> str:
    """Return a species in compartment c."""
    return (
        f'<species id="{name}" compartment="c" {start} hasOnlySubstanceUnits="{str(only).lower()}" '
        f'boundaryCondition="{str(boundary).lower()}" constant="false" {extra}/>'
    )


def parameter(name: str, value: float, *, constant: bool = True) -> str:
    """Return a parameter."""
    return f'<parameter id="{name}" value="{value!r}" constant="{str(constant).lower()}"/>'


def listed(name: str, *items: str) -> str:
    """Return items in a list element."""
    return f"<listOf{name}>{''.join(items)}</listOf{name}>"


def reaction(name: str, law: str, *, eats: str = "", makes: str = "", local: str = "", references: str = "") -> str:
    """Return a reaction with stoichiometries 1, or with given references to products."""
    side = '<speciesReference species="{}" stoichiometry="1" constant="true"/>'
    reactants = listed("Reactants", side.format(eats)) if eats else ""
    products = listed("Products", references or side.format(makes)) if makes or references else ""
    return (
        f'<reaction id="{name}" reversible="false">{reactants}{products}'
        f"<kineticLaw>{{{{{law}}}}}{local}</kineticLaw></reaction>"
    )


def event(
    trigger: str,
    assigned: dict[str, str],
    *,
    flags: str = "",
    delay: str = "",
    priority: str = "",
    early: bool = True,
) -> str:
    """Return an event; ``flags`` are attributes of its trigger."""
    changes = "".join(f'<eventAssignment variable="{v}">{{{{{f}}}}}</eventAssignment>' for v, f in assigned.items())
    later = f"<delay>{{{{{delay}}}}}</delay>" if delay else ""
    rank = f"<priority>{{{{{priority}}}}}</priority>" if priority else ""
    shown = flags or 'initialValue="true" persistent="true"'
    return (
        f'<event useValuesFromTriggerTime="{str(early).lower()}">'
        f"<trigger {shown}>{{{{{trigger}}}}}</trigger>{rank}{later}"
        f"{listed('EventAssignments', changes)}</event>"
    )


def read(text: str) -> Network:
    """Read a document."""
    return read_sbml(text, file="m.xml")


def run(text: str, outputs: Sequence[str], times: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return (T, O) of quantities; ``amount:S`` is the amount of a species, ``concentration:S`` its concentration."""
    network = read(text)
    wanted: list[tuple[str, str | int]] = []
    for output in outputs:
        kind, _, name = output.rpartition(":")
        wanted.append((output, getattr(network, kind)(name) if kind else name))
    system = network.system(wanted)
    values = [[constant.value for constant in network.constants]]
    found = solve(system, values, None, times, settings=Settings(rtol=1e-9, atol_factor=1e-6))
    assert found.status[0] == SolverStatus.DONE
    return found.values[0]
