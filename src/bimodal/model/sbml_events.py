"""Events of SBML documents as data for the engine."""

from __future__ import annotations

from typing import Any, Protocol

from bimodal.engine.trigger import Trigger
from bimodal.errors import ModelError
from bimodal.expr import Node
from bimodal.model.mathml import MathReader


class Assign(Protocol):
    """Turns a variable and its new value into a state and what it becomes."""

    def __call__(self, name: str, value: Node, *, mixed: bool) -> tuple[str, Node]:
        """Return the state and its expression; ``mixed`` if the value is older than the event."""
        ...


def assigned_variables(model: Any) -> set[str]:
    """Return the ids that events of a model may change."""
    return {
        assignment.getVariable()
        for event in model.getListOfEvents()
        if _can_happen(event)
        for assignment in event.getListOfEventAssignments()
        if assignment.isSetMath()
    }


def _can_happen(event: Any) -> bool:
    """Tell whether an event has a condition; without one it never happens (Level 3 Version 2, section 4.11.2)."""
    return event.isSetTrigger() and event.getTrigger().isSetMath()


def read_events(model: Any, math: MathReader, assign: Assign, file: str) -> tuple[Trigger, ...]:
    """Read the events of a model, in the order of the file.

    Raises
    ------
    ModelError
        An event uses what is not supported.
    """
    found: list[Trigger] = []
    for number, event in enumerate(model.getListOfEvents(), start=1):
        name = event.getId() or f"event {number}"
        if _can_happen(event):
            try:
                found.append(_trigger(name, event, math, assign))
            except ModelError as fault:
                raise ModelError(fault.what, where=fault.where or f"{file}, event '{name}'", fix=fault.fix) from None
    return tuple(found)


def _trigger(name: str, event: Any, math: MathReader, assign: Assign) -> Trigger:
    trigger = event.getTrigger()
    delay = math.read(event.getDelay().getMath(), "") if event.isSetDelay() and event.getDelay().isSetMath() else None
    if delay is not None and math.graph.value(delay) == 0.0:
        delay = None
    priority = None
    if event.isSetPriority() and event.getPriority().isSetMath():
        priority = math.read(event.getPriority().getMath(), "")
    level3 = event.getLevel() > 2
    early = bool(event.getUseValuesFromTriggerTime())
    values = {
        assignment.getVariable(): math.read(assignment.getMath(), "")
        for assignment in event.getListOfEventAssignments()
        if assignment.isSetMath()
    }
    mixed = delay is not None and early
    return Trigger(
        id=name,
        condition=math.read_truth(trigger.getMath(), ""),
        assignments=tuple(assign(variable, value, mixed=mixed) for variable, value in values.items()),
        initial_value=bool(trigger.getInitialValue()) if level3 else True,
        persistent=bool(trigger.getPersistent()) if level3 else True,
        delay=delay,
        priority=priority,
        values_at_trigger=early,
    )
