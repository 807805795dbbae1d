"""Decides about infusions that overlap: about each when it is due, and about the rate whenever it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.engine import Actions, Visit
from bimodal.study.rules.decide import Decider
from bimodal.study.rules.overlap import Overlap

Array = npt.NDArray[np.float64]
_ROUNDING_H = 1e-9


@dataclass(frozen=True, eq=False)
class OverlapDecider:
    """The rules of an arm whose infusions overlap.

    Parameters
    ----------
    rules
        What decides about a dose when it is due.
    amounts
        (N, D) planned.
    given
        (N, D) what was decided of each dose, written when it is due; this is what the ledger holds.
    """

    rules: Decider
    overlap: Overlap
    amounts: Array
    given: Array = field(repr=False)

    @cached_property
    def stops_h(self) -> Array:
        """(S,) hours: where the rate changes, and looks in between."""
        return stops_h(self.rules.plan.times_h[self.rules.plan.doses == 0], self.overlap)

    def __call__(self, visit: Visit) -> Actions:
        """Decide about the doses that begin at a moment, and about the rate from there on.

        Returns
        -------
        Actions
            The factor is that of the rate; the reason that of the doses that begin, 0 where none does.
        """
        memory, reason, rows = visit.memory, np.zeros(len(visit.patients), np.int64), visit.patients
        now, plan = float(self.stops_h[visit.number]), self.rules.plan
        moment = int(np.searchsorted(self.overlap.times_h, now + _ROUNDING_H, side="right")) - 1
        at_moment = moment >= 0 and abs(float(self.overlap.times_h[moment]) - now) <= _ROUNDING_H
        due = list(self.overlap.starting[moment]) if at_moment else []
        near = np.flatnonzero((np.abs(plan.times_h - now) <= _ROUNDING_H) & (plan.doses == 0))
        number = int(plan.visit_of_dose[due[0]]) if due else int(near[0]) if len(near) else None
        if number is not None:
            seen = Visit(number, float(plan.times_h[number]), rows, visit.outputs, memory, visit.given)
            decided = self.rules(seen)
            memory, reason = decided.memory, decided.reason
            if due:
                self.given[rows[:, None], np.array(due)] = decided.factor[:, None]
        if moment < 0:
            return Actions(np.ones(len(rows)), memory, reason)
        return Actions(self.overlap.factor(moment, self.amounts[rows], self.given[rows]), memory, reason)


def stops_h(looks_h: Array, overlap: Overlap) -> Array:
    """Put looks between the moments at which a rate changes, (S,) hours.

    Examples
    --------
    >>> from bimodal.dosing import expand, parse_regimen
    >>> from bimodal.study.rules.overlap import overlap_of
    >>> two = overlap_of(expand(parse_regimen("1 MIU IV over 6 h q4h x2")))
    >>> stops_h(np.array([4.0, 7.0]), two).tolist()
    [0.0, 4.0, 6.0, 7.0, 10.0]
    """
    far = np.abs(looks_h[:, None] - overlap.times_h[None, :]).min(axis=1, initial=np.inf) > _ROUNDING_H
    return np.union1d(overlap.times_h, looks_h[far])
