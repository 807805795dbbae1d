"""How each patient's integration ended, in sentences a user reads."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """The end of one patient's integration; 0 and 1 are results, everything above is a failure.

    Examples
    --------
    >>> Status.STEP_TOO_SMALL.failed, Status.DONE.failed
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

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        return _SENTENCES[self]

    @property
    def failed(self) -> bool:
        """Whether there is no result."""
        return self > Status.DONE_BY_FALLBACK


_SENTENCES = {
    Status.DONE: "Integrated to the end.",
    Status.DONE_BY_FALLBACK: "Integrated to the end by the fallback solver (Radau).",
    Status.NOT_STARTED: "Not integrated.",
    Status.STEP_TOO_SMALL: "The step size fell below what the numbers can resolve.",
    Status.TOO_MANY_STEPS: "The limit on steps was reached.",
    Status.NOT_FINITE: "A starting value, a parameter or a result is not a finite number.",
    Status.WENT_NEGATIVE: "A quantity that cannot be negative became so.",
    Status.ENDLESS_EVENTS: "Events caused each other without end at one time.",
}
