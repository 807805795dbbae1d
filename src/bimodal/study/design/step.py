"""One cohort of one simulated escalation: what was seen, what was decided and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """A cohort and the decision after it.

    Parameters
    ----------
    dose
        Position of the dose.
    outcomes
        Of each patient, whether there was a dose-limiting toxicity.
    backfilled
        The same of patients treated at lower doses meanwhile, and at which dose each was.
    patients, dlts
        At this dose so far.
    next
        Position of the dose that comes next; None where the trial ends.
    why
        The rule that said so.

    Examples
    --------
    >>> Step(0, (False, True, False), (), 3, 1, 0, "1 of 3").decision
    'stay'
    """

    dose: int
    outcomes: tuple[bool, ...]
    backfilled: tuple[tuple[int, bool], ...]
    patients: int
    dlts: int
    next: int | None
    why: str

    @property
    def decision(self) -> str:
        """What comes next: ``up``, ``stay``, ``down`` or ``end``."""
        if self.next is None:
            return "end"
        return "up" if self.next > self.dose else "down" if self.next < self.dose else "stay"

    def to_dict(self, doses: Sequence[str]) -> dict[str, Any]:
        """Give it as ``summary.json`` holds it, with the names of the doses."""
        return {
            "dose": doses[self.dose],
            "outcomes": [int(hit) for hit in self.outcomes],
            "backfilled": [{"dose": doses[dose], "outcome": int(hit)} for dose, hit in self.backfilled],
            "patients_at_dose": self.patients,
            "dlts_at_dose": self.dlts,
            "decision": self.decision,
            "next": None if self.next is None else doses[self.next],
            "why": self.why,
        }
