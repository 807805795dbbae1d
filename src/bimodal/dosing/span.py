"""A length of time as the user wrote it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bimodal.dosing.limits import MAX_HOURS, MIN_HOURS
from bimodal.errors import DosingError

SpanUnit = Literal["min", "h", "day", "week"]

_HOURS: dict[SpanUnit, Fraction] = {
    "min": Fraction(1, 60),
    "h": Fraction(1),
    "day": Fraction(24),
    "week": Fraction(168),
}


def number_text(value: float) -> str:
    """Write a number so that reading it gives the same float, without a needless ``.0``.

    Examples
    --------
    >>> number_text(600000.0), number_text(0.26)
    ('600000', '0.26')
    """
    text = repr(float(value))
    return text.removesuffix(".0")


@dataclass(frozen=True)
class Span:
    """A length of time with its unit, kept exact so that 3 x 20 min is one hour and ``str`` round-trips.

    Refuses what is shorter than a second or longer than 100 years.

    Examples
    --------
    >>> str(Span(8.0, "week")), Span(20.0, "min").hours
    ('8 weeks', Fraction(1, 3))
    """

    value: float
    unit: SpanUnit

    def __post_init__(self) -> None:
        if self.unit not in _HOURS:
            raise DosingError(f"'{self.unit}' is not a unit of time", fix="use min, h, day or week")
        if not math.isfinite(self.value) or self.value <= 0:
            raise DosingError(f"a length of time must be positive, not {self.value}")
        if self.hours < Fraction(MIN_HOURS):
            raise DosingError("a length of time under one second is not supported")
        if self.hours > Fraction(MAX_HOURS):
            raise DosingError("a length of time over 100 years is not supported")

    @property
    def hours(self) -> Fraction:
        """The length in hours, exact for the decimal that was written."""
        return Fraction(repr(float(self.value))) * _HOURS[self.unit]

    def __str__(self) -> str:
        plural = "s" if self.unit in ("day", "week") and self.value != 1 else ""
        return f"{number_text(self.value)} {self.unit}{plural}"
