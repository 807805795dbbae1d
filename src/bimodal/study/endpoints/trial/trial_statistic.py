"""One number of a trial, with its denominator and what its interval means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrialStatistic:
    """One number of a trial.

    Attributes
    ----------
    statistic
        ``proportion`` or ``median``; ``value`` for a difference or ratio.
    value, lower, upper
        None where it cannot be said, such as a median that is not reached.
    count
        How many of them had the event, or None for a difference or ratio.
    note
        What a reader must know, such as that a median is not reached.
    effective
        Of weighted patients the effective number behind it, in place of `n`; None where all count the same.
    """

    statistic: str
    value: float | None
    lower: float | None
    upper: float | None
    interval: str
    n: int
    count: int | None = None
    note: str = ""
    effective: float | None = None

    @property
    def size(self) -> float:
        """How many patients of equal weight it is worth."""
        return self.n if self.effective is None else self.effective
