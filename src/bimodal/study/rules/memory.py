"""What is remembered of a patient from one visit to the next: one row of numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bimodal.dosing import Titrate, condition_of
from bimodal.study.rules.visits import VisitPlan

# the rule (its number, 0 none) that stopped the course, the cycle, and that holds now; doses still to be held; doses
# held in the course and in the cycle; doses given in the cycle; share of the planned dose, and the rule behind it
COURSE, CYCLE, HOLDING, LEFT, HELD_COURSE, HELD_CYCLE, GIVEN, LEVEL, LEVEL_BY, BASE = range(10)


@dataclass(frozen=True)
class MemoryLayout:
    """Where each number stands: those of every patient, the day-0 values, then what conditions look back on.

    Parameters
    ----------
    base
        Columns of the day-0 values.
    conditions
        Of each rule whose condition remembers, by its number: the column that says whether it holds; the next one
        tells at which of the last visits its comparisons held.
    lowest
        Of each comparison with the lowest value, by the number of its rule and its place: the column of that value.
    starts
        Of each rule that begins a course, by its number: the column that says how often it did; the next one tells
        until which hour the last course goes on.
    """

    base: slice
    conditions: dict[int, int]
    starts: dict[int, int]
    lowest: dict[tuple[int, int], int]

    @classmethod
    def of(cls, plan: VisitPlan) -> MemoryLayout:
        """Lay out the memory for the rules of an arm."""
        base = slice(BASE, BASE + len(plan.needed))
        own: dict[int, int] = {}
        for code, rule in enumerate(plan.rules.rules, start=1):
            condition = condition_of(rule)
            if condition is not None and condition.remembers and not isinstance(rule, Titrate):
                own[code] = base.stop + 2 * len(own)
        end = base.stop + 2 * len(own)
        starts = {code: end + 2 * k for k, (code, _) in enumerate(plan.starts)}
        end += 2 * len(starts)
        places = [
            (code, place)
            for code, rule in enumerate(plan.rules.rules, start=1)
            if (condition := condition_of(rule)) is not None
            for place in range(len(condition.of_lowest))
        ]
        return cls(base, own, starts, {place: end + k for k, place in enumerate(places)})

    @property
    def start(self) -> tuple[float, ...]:
        """What is remembered before the first visit: nothing, and the planned dose."""
        numbers = [0.0] * (self.base.stop + 2 * (len(self.conditions) + len(self.starts)))
        numbers += [math.inf] * len(self.lowest)
        numbers[LEVEL] = 1.0
        return tuple(numbers)
