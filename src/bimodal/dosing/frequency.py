"""How often a dose is given: at an interval, or on protocol days."""

from __future__ import annotations

from dataclasses import dataclass

from bimodal.dosing.limits import MAX_DAY
from bimodal.dosing.span import Span
from bimodal.errors import DosingError

TIW_DAYS = (1, 3, 5)
"""Protocol days of each week on which ``tiw`` doses."""

TWICE_WEEKLY_DAYS = (1, 4)
"""Protocol days of each week on which ``twice weekly`` doses."""


@dataclass(frozen=True)
class Every:
    """A dose at the start of every interval.

    Examples
    --------
    >>> str(Every(Span(2.0, "day"))), str(Every(Span(8.0, "h")))
    ('qod', 'q8h')
    """

    interval: Span

    def __str__(self) -> str:
        named = {(1.0, "day"): "daily", (2.0, "day"): "qod", (1.0, "week"): "weekly"}
        key = (float(self.interval.value), self.interval.unit)
        if key in named:
            return named[key]
        count = str(self.interval).split(" ", 1)[0]
        if self.interval.unit == "min" or "e" in count:
            return f"every {self.interval}"
        return f"q{count}{self.interval.unit[0]}"


@dataclass(frozen=True)
class OnDays:
    """Doses on named protocol days, where day n starts n - 1 days after the phase does.

    Days increase strictly, from 1; after ``period`` days the list starts again. ``per_day`` doses are evenly spaced
    over 24 h.

    Examples
    --------
    >>> str(OnDays((1, 2, 3, 4, 5), period=7, per_day=2))
    'q12h on days 1-5 of 7'
    """

    days: tuple[int, ...]
    period: int | None = None
    per_day: int = 1

    def __post_init__(self) -> None:
        ascending = all(a < b for a, b in zip(self.days, self.days[1:], strict=False))
        if not self.days or self.days[0] < 1 or not ascending:
            raise DosingError("protocol days must be whole numbers from 1, each larger than the one before")
        if self.days[-1] > MAX_DAY or (self.period or 0) > MAX_DAY:
            raise DosingError(f"protocol days and periods after {MAX_DAY} are not supported")
        if self.period is not None and self.period < self.days[-1]:
            raise DosingError(f"day {self.days[-1]} lies outside the period of {self.period} days")
        if not 1 <= self.per_day <= 1440:
            raise DosingError("from 1 to 1440 doses a day are supported")
        if 1440 % self.per_day:
            raise DosingError("doses on protocol days must be a whole number of minutes apart")

    def __str__(self) -> str:
        return self.text(named=False)

    def text(self, *, named: bool) -> str:
        """Write the frequency; ``named`` allows ``tiw``, which reads as needing a count or duration."""
        if named and (self.days, self.period, self.per_day) == (TIW_DAYS, 7, 1):
            return "tiw"
        minutes = 1440 // self.per_day
        often = "" if self.per_day == 1 else f"q{minutes // 60}h " if minutes % 60 == 0 else f"every {minutes} min "
        noun = "day" if len(self.days) == 1 else "days"
        period = "" if self.period is None else f" of {self.period}"
        return f"{often}on {noun} {_ranges(self.days)}{period}"


def _ranges(days: tuple[int, ...]) -> str:
    """Write runs of three days and more as ``a-b``."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][1] + 1:
            runs[-1][1] = day
        else:
            runs.append([day, day])
    parts: list[str] = []
    for first, last in runs:
        if last - first >= 2:
            parts.append(f"{first}-{last}")
        else:
            parts.extend(str(day) for day in range(first, last + 1))
    return ", ".join(parts)


Frequency = Every | OnDays
