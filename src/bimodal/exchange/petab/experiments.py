"""What is done to the model before and while it is measured: conditions, one after the other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bimodal.exchange.petab.entities import Entities
from bimodal.exchange.petab.tables import Row, a_number, identifier, table_rows
from bimodal.expr import Node
from bimodal.files.faults import Faults
from bimodal.files.suggest import suggest_names
from bimodal.files.table import Place

#: Cells of a table by target, with their place.
Cells = dict[str, tuple[str, Place]]
Changes = tuple[tuple[str, Node], ...]
#: Columns of the condition table of version 1 that are no targets.
_NO_TARGETS = ("conditionId", "conditionName")


@dataclass(frozen=True)
class Period:
    """A time from which on changes hold.

    Parameters
    ----------
    start
        In the model's unit of time; minus infinity runs until the model rests.
    changes
        Target and new value, all computed before any is made.
    """

    start: float
    changes: Changes


@dataclass(frozen=True)
class Experiment:
    """Periods in order of time; ``id`` is that of the table, or names both conditions of version 1."""

    id: str
    periods: tuple[Period, ...]


def condition_cells(paths: Sequence[Path], version: int) -> dict[str, Cells]:
    """Return what each condition changes, as text.

    Raises
    ------
    PetabError
        A row cannot be read, or a condition or target stands twice.
    """
    found: dict[str, Cells] = {}
    faults = Faults()
    needed = ("conditionId",) if version == 1 else ("conditionId", "targetId", "targetValue")
    for row, place in table_rows(paths, needed=needed):
        with faults.kept():
            name = identifier(row, "conditionId", place)
            if version == 1:
                if name in found:
                    place.fail("conditionId", f"the condition '{name}' stands twice")
                found[name] = {c: (text, place) for c, text in row.items() if c not in _NO_TARGETS and text}
                continue
            target, cells = identifier(row, "targetId", place), found.setdefault(name, {})
            if target in cells:
                place.fail("targetId", f"'{name}' changes '{target}' twice", f"see {cells[target][1]}")
            if not row["targetValue"]:
                place.fail("targetValue", f"'{target}' gets no value")
            cells[target] = row["targetValue"], place
    faults.raise_any()
    return found


def read_conditions(cells: Mapping[str, Cells], entities: Entities, version: int) -> dict[str, Changes]:
    """Read the values of conditions.

    Raises
    ------
    PetabError
        A value cannot be read, or a target is none that a condition may change.
    """
    found: dict[str, Changes] = {}
    faults = Faults()
    for name, targets in cells.items():
        changes: list[tuple[str, Node]] = []
        for target, (text, place) in targets.items():
            column = target if version == 1 else "targetValue"
            with faults.kept():
                own = entities.mapped.get(target, target)
                _check_target(own, target, entities, place)
                changes.append((own, entities.read(text, place, column)))
        found[name] = tuple(changes)
    faults.raise_any()
    return found


def _check_target(own: str, target: str, entities: Entities, place: Place) -> None:
    network = entities.network
    held = network.species.get(own)
    if own in network.rules and not (held is not None and f"amount({own})" in network.state_ids):
        place.fail(None, f"a condition sets '{target}', which a rule of the model determines", "set what the rule uses")
    if own in network.reactions:
        place.fail(None, f"a condition sets '{target}', which is a reaction")
    if target in entities.parameters and own not in network.units:
        place.fail(
            None, f"a condition sets '{target}', which is a parameter of the table", "take it out of one of both"
        )


def read_experiments(paths: Sequence[Path], conditions: Mapping[str, Changes]) -> dict[str, Experiment]:
    """Read the experiment tables of version 2.

    Raises
    ------
    PetabError
        A row cannot be read, names an unknown condition, or changes one target twice at one time.
    """
    found: dict[str, dict[float, list[tuple[str, Node]]]] = {}
    faults = Faults()
    for row, place in table_rows(paths, needed=("experimentId", "time", "conditionId")):
        with faults.kept():
            name, start = identifier(row, "experimentId", place), a_number(row["time"], "time", place, finite=False)
            if start == math.inf:
                place.fail("time", "a period cannot begin at infinity", "a number, or -inf")
            changes = found.setdefault(name, {}).setdefault(start, [])
            for target, node in conditions_of(row["conditionId"], conditions, place, "conditionId"):
                if target in dict(changes):
                    place.fail("conditionId", f"'{target}' is set twice at time {start:g} of '{name}'")
                changes.append((target, node))
    faults.raise_any()
    return {
        name: Experiment(name, _from_rest(tuple(Period(t, tuple(periods[t])) for t in sorted(periods))))
        for name, periods in found.items()
    }


def _from_rest(periods: tuple[Period, ...]) -> tuple[Period, ...]:
    # what only comes to rest is looked at from time 0 on
    return (*periods, Period(0.0, ())) if len(periods) == 1 and math.isinf(periods[0].start) else periods


def conditions_of(name: str, conditions: Mapping[str, Changes], place: Place, column: str) -> Changes:
    """Return the changes of a condition; an empty name changes nothing."""
    if name and name not in conditions:
        place.fail(column, f"there is no condition '{name[:40]}'", suggest_names(name, conditions))
    return conditions[name] if name else ()


def experiment_of_row(row: Row, conditions: Mapping[str, Changes], place: Place) -> Experiment:
    """Return the experiment of a measurement of version 1: before it, until the model rests; and while it."""
    first, then = row.get("preequilibrationConditionId", ""), row["simulationConditionId"]
    if not then:
        place.fail("simulationConditionId", "the condition is missing")
    last = Period(0.0, conditions_of(then, conditions, place, "simulationConditionId"))
    if not first:
        return Experiment(then, (last,))
    before = Period(-math.inf, conditions_of(first, conditions, place, "preequilibrationConditionId"))
    return Experiment(f"{first} > {then}", (before, last))
