"""What was really given: every scheduled dose of every patient, planned, given and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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

    @property
    def given(self) -> Array:
        """(N, D) amount that was given."""
        return self.planned * self.factor

    @property
    def doses_given(self) -> Array:
        """(N,) doses given, reduced ones included; NaN for a patient without a result."""
        counts = (self.factor > 0.0).sum(axis=1).astype(np.float64)
        return np.where(self.failed, np.nan, counts)

    @property
    def doses_given_fraction(self) -> Array:
        """(N,) doses given over doses planned; NaN where none was planned."""
        doses = self.factor.shape[1]
        return self.doses_given / doses if doses else np.full(len(self.factor), np.nan)

    @property
    def relative_dose_intensity(self) -> Array:
        """(N,) amount given over amount planned; NaN where none was planned."""
        planned = self.planned.sum(axis=1)
        share = np.divide(self.given.sum(axis=1), planned, out=np.full(len(planned), np.nan), where=planned > 0.0)
        return np.where(self.failed, np.nan, share)

    @property
    def last_given_day(self) -> Array:
        """(N,) elapsed day of the last dose given, reduced ones included; NaN for who was given none."""
        if not len(self.times_h):
            return np.full(len(self.factor), np.nan)
        last = np.where(self.factor > 0.0, self.times_h, -np.inf).max(axis=1)
        return np.where(self.failed | np.isinf(last), np.nan, last / 24.0)

    @property
    def failed(self) -> npt.NDArray[np.bool_]:
        """(N,) patients without a result."""
        return np.asarray(np.isnan(self.factor).any(axis=1), np.bool_)

    def part(self, start: int, stop: int) -> DoseLedger:
        """Give the ledger of patients `start` to `stop` (half-open)."""
        rows = slice(start, stop)
        return DoseLedger(
            self.times_h, self.cycles, self.planned[rows], self.factor[rows], self.reason[rows], self.words
        )


def joined(parts: Sequence[DoseLedger]) -> DoseLedger:
    """Put parts of an arm's ledger together.

    Examples
    --------
    >>> one = DoseLedger(np.zeros(1), np.ones(1, int), np.ones((2, 1)), np.ones((2, 1)), np.zeros((2, 1), int), ("",))
    >>> len(joined([one, one]).planned)
    4
    """
    if not parts:
        raise StudyError("there is no part of a ledger to join")
    first = parts[0]
    return DoseLedger(
        first.times_h,
        first.cycles,
        np.concatenate([part.planned for part in parts]),
        np.concatenate([part.factor for part in parts]),
        np.concatenate([part.reason for part in parts]),
        first.words,
    )
