"""Decides about infusions that overlap: about each when it is due, and about the rate whenever it changes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bimodal.engine import Actions, Visit
from bimodal.study.rules.decide import Decider
from bimodal.study.rules.overlap import Overlap

Array = npt.NDArray[np.float64]


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

    def __call__(self, visit: Visit) -> Actions:
        """Decide about the doses that begin at a moment, and about the rate from there on.

        Returns
        -------
        Actions
            The factor is that of the rate; the reason that of the doses that begin, 0 where none does.
        """
        memory, reason = visit.memory, np.zeros(len(visit.patients), np.int64)
        due = list(self.overlap.starting[visit.number])
        if due:
            number = int(self.rules.plan.visit_of_dose[due[0]])
            now = self.rules.plan.times_h[number]
            decided = self.rules(Visit(number, now, visit.patients, visit.outputs, visit.memory, visit.given))
            memory, reason = decided.memory, decided.reason
            self.given[visit.patients[:, None], np.array(due)] = decided.factor[:, None]
        rows = visit.patients
        return Actions(self.overlap.factor(visit.number, self.amounts[rows], self.given[rows]), memory, reason)
