"""How each patient's integration ended, in sentences a user reads."""

from __future__ import annotations

from enum import IntEnum

#: Of a patient that waits for the caller: at a due time, or just after a condition changed.
PAUSED_DUE, PAUSED_TRIGGER = 100, 101


class SolverStatus(IntEnum):
    """The end of one patient's integration; 0 and 1 are results, everything above is a failure.

    Examples
    --------
    >>> SolverStatus.STEP_TOO_SMALL.failed, SolverStatus.DONE.failed
    (True, False)
    """

    DONE = 0
    DONE_BY_FALLBACK = 1
    NOT_STARTED = 2
    STEP_TOO_SMALL = 3
    TOO_MANY_STEPS = 4
    NOT_FINITE = 5
    WENT_NEGATIVE = 6
    ENDLESS_EVENTS = 7
    OUT_OF_BALANCE = 8

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        return _SENTENCES[self]

    @property
    def failed(self) -> bool:
        """Whether there is no result."""
        return self > SolverStatus.DONE_BY_FALLBACK


_SENTENCES = {
    SolverStatus.DONE: "Integrated to the end.",
    SolverStatus.DONE_BY_FALLBACK: "Integrated to the end by the fallback solver (Radau).",
    SolverStatus.NOT_STARTED: "Not integrated.",
    SolverStatus.STEP_TOO_SMALL: "The step size fell below what the numbers can resolve.",
    SolverStatus.TOO_MANY_STEPS: "The limit on steps was reached.",
    SolverStatus.NOT_FINITE: "A starting value, a parameter or a result is not a finite number.",
    SolverStatus.WENT_NEGATIVE: "A quantity that cannot be negative became so.",
    SolverStatus.ENDLESS_EVENTS: "Events caused each other without end at one time.",
    SolverStatus.OUT_OF_BALANCE: "Something that reactions only move about was lost or made.",
}
