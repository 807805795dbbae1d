"""Over which visits and days a condition is judged."""

from __future__ import annotations

from dataclasses import dataclass

from bimodal.dosing.span import number_text
from bimodal.errors import DosingError

MAX_VISITS = 50
"""Visits a condition can look back on."""


@dataclass(frozen=True)
class Window:
    """How often a condition must have held, between which days it counts, and how often it is looked at.

    Parameters
    ----------
    least, of
        It must have held at `least` of the last `of` visits; 1 of 1 is the present visit alone.
    first_day, last_day
        Elapsed days between which a visit counts, both included; None is without a bound.
    every_days
        It is looked at on the first visit on or after each multiple of so many days, day 0 left out; what was found
        holds until the next look. None is at every visit.

    Examples
    --------
    >>> str(Window(least=2, of=2, first_day=14.0, last_day=56.0))
    'for 2 visits between day 14 and 56'
    """

    least: int = 1
    of: int = 1
    first_day: float | None = None
    last_day: float | None = None
    every_days: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.of <= MAX_VISITS:
            raise DosingError(
                f"a rule looks back on 1 to {MAX_VISITS} visits, and counts no more than it looks back on"
            )
        if self.last_day is not None and (self.first_day is None or self.last_day < self.first_day):
            raise DosingError("the second day of a window comes after the first")
        if self.every_days is not None and not self.every_days > 0.0:
            raise DosingError("a rule is looked at every so many days, more than zero")

    @property
    def counts(self) -> bool:
        """Whether more than the present visit counts."""
        return self.of > 1

    @property
    def bound_to_days(self) -> bool:
        """Whether some visits are not looked at."""
        return self.first_day is not None or self.every_days is not None

    def __str__(self) -> str:
        parts: list[str] = []
        if self.of > 1:
            whole = self.least == self.of
            parts.append(f"for {self.of} visits" if whole else f"at least {self.least} of last {self.of} visits")
        if self.first_day is not None:
            first = number_text(self.first_day)
            last = None if self.last_day is None else number_text(self.last_day)
            parts.append(f"from day {first}" if last is None else f"between day {first} and {last}")
        if self.every_days is not None:
            parts.append(f"every {number_text(self.every_days)} days")
        return " ".join(parts)


EACH_VISIT = Window()
"""Judged at every visit by what is seen there."""
