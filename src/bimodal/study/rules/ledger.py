"""What was really given: every scheduled dose of every patient, planned, given and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DoseLedger:
    """Doses of N patients of one arm whose doses follow visit rules.

    Parameters
    ----------
    times_h
        (D,) when each dose is due, hours.
    cycles
        (D,) cycle of each dose, from 1.
    planned
        (N, D) amount, in the model's unit (nmol for a built-in model).
    factor
        (N, D) what it was multiplied by: 1 as planned, 0 not given; NaN for a patient without a result.
    reason
        (N, D) number of the rule that decided; 0 as planned, -1 for a patient without a result.
    words
        Every reason in words, by its number.
    at_h
        (N, D) when each dose was really due, hours, where people come early or late or rules begin courses; NaN for a
        dose of a course that never began. None: as in `times_h`.
    courses
        Name of the course of each of the last doses, which nobody planned and rules began; their `times_h` count from
        when it began, and their cycle is how often it had.

    Examples
    --------
    >>> days, cycles = np.array([0.0, 24.0]), np.array([1, 1])
    >>> words = ("as planned", "held: hold if treg_fold > 3")
    >>> held = DoseLedger(days, cycles, np.ones((1, 2)), np.array([[1.0, 0.0]]), np.array([[0, 1]]), words)
    >>> held.given.tolist(), held.doses_given.tolist()
    ([[1.0, 0.0]], [1.0])
    """

    times_h: Array
    cycles: Codes
    planned: Array
    factor: Array
    reason: Codes
    words: tuple[str, ...]
    at_h: Array | None = None
    courses: tuple[str, ...] = ()

    @property
    def planned_doses(self) -> int:
        """How many doses of the first drug are planned; those of courses stand after them."""
        return self.factor.shape[1] - len(self.courses)

    @property
    def due_h(self) -> Array:
        """(N, D) when each dose was due, hours; NaN for one of a course that never began."""
        return np.broadcast_to(self.times_h, self.factor.shape) if self.at_h is None else self.at_h

    @property
    def given(self) -> Array:
        """(N, D) amount that was given."""
        return self.planned * self.factor

    @property
    def doses_given(self) -> Array:
        """(N,) planned doses given, reduced ones included; NaN for a patient without a result."""
        counts = (self.factor[:, : self.planned_doses] > 0.0).sum(axis=1).astype(np.float64)
        return np.where(self.failed, np.nan, counts)

    @property
    def doses_given_fraction(self) -> Array:
        """(N,) planned doses given over doses planned; NaN where none was planned."""
        doses = self.planned_doses
        return self.doses_given / doses if doses else np.full(len(self.factor), np.nan)

    @property
    def relative_dose_intensity(self) -> Array:
        """(N,) amount given of planned doses over amount planned; NaN where none was planned."""
        planned = self.planned[:, : self.planned_doses].sum(axis=1)
        given = self.given[:, : self.planned_doses].sum(axis=1)
        share = np.divide(given, planned, out=np.full(len(planned), np.nan), where=planned > 0.0)
        return np.where(self.failed, np.nan, share)

    @property
    def last_given_day(self) -> Array:
        """(N,) elapsed day of the last planned dose given, reduced ones included; NaN for who was given none."""
        own = slice(0, self.planned_doses)
        if not self.planned_doses:
            return np.full(len(self.factor), np.nan)
        last = np.where(self.factor[:, own] > 0.0, self.due_h[:, own], -np.inf).max(axis=1)
        return np.where(self.failed | np.isinf(last), np.nan, last / 24.0)

    @property
    def unplanned_doses_given(self) -> Array:
        """(N,) doses given of courses that rules began; NaN for a patient without a result."""
        counts = (self.factor[:, self.planned_doses :] > 0.0).sum(axis=1).astype(np.float64)
        return np.where(self.failed, np.nan, counts)

    @property
    def failed(self) -> npt.NDArray[np.bool_]:
        """(N,) patients without a result."""
        return np.asarray(np.isnan(self.factor).any(axis=1), np.bool_)

    def part(self, start: int, stop: int) -> DoseLedger:
        """Give the ledger of patients `start` to `stop` (half-open)."""
        rows = slice(start, stop)
        return replace(
            self,
            planned=self.planned[rows],
            factor=self.factor[rows],
            reason=self.reason[rows],
            at_h=None if self.at_h is None else self.at_h[rows],
        )


def joined(parts: Sequence[DoseLedger]) -> DoseLedger:
    """Put parts of an arm's ledger together; a word that one part lacks comes from another.

    Examples
    --------
    >>> one = DoseLedger(np.zeros(1), np.ones(1, int), np.ones((2, 1)), np.ones((2, 1)), np.zeros((2, 1), int), ("",))
    >>> len(joined([one, one]).planned)
    4
    """
    if not parts:
        raise StudyError("there is no part of a ledger to join")
    first = parts[0]
    return replace(
        first,
        planned=np.concatenate([part.planned for part in parts]),
        factor=np.concatenate([part.factor for part in parts]),
        reason=np.concatenate([part.reason for part in parts]),
        # a part read from its file knows the words of the reasons that occur in it, and blanks for others
        words=tuple(next(filter(None, words), "") for words in zip_longest(*(part.words for part in parts))),
        at_h=None if first.at_h is None else np.concatenate([part.due_h for part in parts]),
    )
