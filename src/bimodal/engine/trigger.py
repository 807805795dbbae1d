"""Events a system causes itself: when a condition becomes true, states receive new values."""

from __future__ import annotations

from dataclasses import dataclass

from bimodal.expr import Node

#: The symbol that stands for the independent variable.
TIME = "time"


@dataclass(frozen=True)
class Trigger:
    """An event in the sense of SBML Level 3 (section 4.12 of its specification).

    Parameters
    ----------
    condition
        Truth value; the event is triggered when it goes from false to true.
    assignments
        ``(state, expression)``: what the states become, all computed before any is changed.
    initial_value
        What the condition counts as before the start; false lets an event happen at the start.
    persistent
        Whether a triggered event happens even if the condition turns false before it is due.
    delay
        Time between trigger and happening, in the model's unit; ``None`` is none.
    priority
        Of events due at the same time the one with the largest priority happens first; ``None`` is undefined.
    values_at_trigger
        Whether assigned values are computed when triggered (true) or when the event happens.
    """

    id: str
    condition: Node
    assignments: tuple[tuple[str, Node], ...]
    initial_value: bool = True
    persistent: bool = True
    delay: Node | None = None
    priority: Node | None = None
    values_at_trigger: bool = True
