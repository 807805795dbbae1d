"""The exported SBML of a shipped model as other programs load it soonest, and with a regimen in it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bimodal.exchange import to_sbml
from engine.cases import FloatArray, Job


def with_numbers(job: Job) -> str:
    """Return the exported document with the starting values and the rates at rest of patient 0 as numbers.

    Without the formulas of the resting state libRoadRunner loads it sooner; every patient's own numbers are set later.
    """
    import libsbml

    document = libsbml.readSBMLFromString(to_sbml(job.model))
    network, found = document.getModel(), job.start[0] | job.start[1]
    for name in [network.getInitialAssignment(k).getSymbol() for k in range(network.getNumInitialAssignments())]:
        network.removeInitialAssignment(name)
        value, species = float(found[name][0]), network.getSpecies(name)
        if species is None:
            network.getParameter(name).setValue(value)
        else:
            species.setInitialAmount(value)
    return str(libsbml.writeSBMLToString(document))


class Dosed(NamedTuple):
    """A document with a regimen in it; what differs between patients is (N,) by name: constants, starting values."""

    sbml: str
    constants: dict[str, FloatArray]
    start: dict[str, FloatArray]


def with_doses(job: Job, patients: int) -> Dosed:
    """Return the document of :func:`with_numbers` with doses as events and without formulas that no rate uses.

    Doses that are the same in each patient share a parameter; those at time 0 are in the starting values.
    """
    import libsbml

    document = libsbml.readSBMLFromString(with_numbers(job))
    network = document.getModel()
    _drop_unused(network)
    constants, start = ({name: row[:patients] for name, row in part.items()} for part in job.start)
    amounts: dict[tuple[float, ...], str] = {}
    courses = [job.doses(patient) for patient in range(patients)]
    for number, (hours, action, target, _) in enumerate(courses[0]):
        given = tuple(course[number][3] for course in courses)
        if action == "set":
            network.getParameter(target).setConstant(False)
        if hours == 0.0:
            start[target] = np.array(given) + (start[target] if action == "add" else 0.0)
            continue
        if given not in amounts:
            amounts[given] = f"dose_amount_{len(amounts)}"
            parameter = network.createParameter()
            parameter.setId(amounts[given])
            parameter.setConstant(True)
            parameter.setValue(given[0])
        event = network.createEvent()
        event.setId(f"dose_{number}")
        event.setUseValuesFromTriggerTime(False)
        trigger = event.createTrigger()
        trigger.setInitialValue(False)
        trigger.setPersistent(True)
        trigger.setMath(libsbml.parseL3Formula(f"time >= {hours!r}"))
        change = event.createEventAssignment()
        change.setVariable(target)
        change.setMath(libsbml.parseL3Formula(f"{target} + {amounts[given]}" if action == "add" else amounts[given]))
    constants |= {name: np.array(given) for given, name in amounts.items()}
    return Dosed(str(libsbml.writeSBMLToString(document)), constants, start)


def _drop_unused(network: Any) -> None:
    """Take out the rules whose variable no rate depends on: AMICI computes them all, and knows no floor."""
    rules = {rule.getVariable(): rule for rule in network.getListOfRules()}
    assigned = {name: rule for name, rule in rules.items() if rule.isAssignment()}
    laws = [reaction.getKineticLaw() for reaction in network.getListOfReactions()]
    waiting = [law.getMath() for law in laws] + [r.getMath() for r in rules.values() if not r.isAssignment()]
    used: set[str] = set()
    while waiting:
        node = waiting.pop()
        waiting += [node.getChild(k) for k in range(node.getNumChildren())]
        if node.isName() and (name := node.getName()) not in used:
            used.add(name)
            if name in assigned:
                waiting.append(assigned[name].getMath())
    for name in set(assigned) - used:
        network.removeRuleByVariable(name)
        network.removeParameter(name)
