"""One phase of a regimen: a dose, how often it is given, and what is made of that course."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bimodal.dosing.frequency import Every, Frequency, OnDays
from bimodal.dosing.limits import MAX_AMOUNT, MAX_DOSES, MAX_HOURS
from bimodal.dosing.route import Route
from bimodal.dosing.span import Span, number_text
from bimodal.errors import DosingError
from bimodal.units import DoseUnit


@dataclass(frozen=True)
class Gap:
    """Time without a dose after everything before it in the phase.

    ``"off"`` counts from the end of the ``for`` duration, ``"rest"`` from the end of the last dosing interval.

    Examples
    --------
    >>> str(Gap("off", Span(14.0, "day")))
    'off 14 days'
    """

    kind: Literal["off", "rest"]
    length: Span

    def __post_init__(self) -> None:
        if self.kind not in ("off", "rest"):
            raise DosingError(f"'{self.kind}' is not a kind of gap", fix="use off or rest")

    def __str__(self) -> str:
        return f"{self.kind} {self.length}"


@dataclass(frozen=True)
class Repeat:
    """Everything before it in the phase, ``cycles`` times in all.

    With ``on_day`` the second cycle gives its first dose on that protocol day of the phase, else when the first has
    ended.

    Examples
    --------
    >>> str(Repeat(2, on_day=15)), str(Repeat(3))
    ('repeat on day 15', 'repeat x3')
    """

    cycles: int
    on_day: int | None = None

    def __post_init__(self) -> None:
        if self.cycles == 1:
            raise DosingError(
                "one cycle in all repeats nothing", fix="write 'repeat' for once more, or 'repeat x3' for three in all"
            )
        if not 1 <= self.cycles <= MAX_DOSES:
            raise DosingError(f"the number of cycles must be from 2 to {MAX_DOSES}")
        if self.on_day is not None and not 1 < self.on_day <= MAX_HOURS / 24:
            raise DosingError("the second cycle must start on protocol day 2 or later, within 100 years")

    def __str__(self) -> str:
        if self.on_day is None:
            return f"repeat x{self.cycles}"
        return f"repeat on day {self.on_day}" + ("" if self.cycles == 2 else f" x{self.cycles}")


@dataclass(frozen=True)
class Phase:
    """A dose, its route and frequency, how long, and the gaps and repeats made of it, left to right.

    Parameters
    ----------
    amount
        Size of the dose in ``unit``; with ``per_day``, what a continuous infusion gives in 24 h.
    frequency
        None for a single dose (or one continuous infusion).
    limit
        A number of doses (int), a duration (Span), or None where the frequency ends by itself.
    per_day
        Whether ``amount`` is per day; only for a continuous infusion.
    modifiers
        Gaps and repeats; each acts on all that stands before it.

    Examples
    --------
    >>> str(Phase(1.0, DoseUnit("MIU", "m2"), Route("sc"), Every(Span(1.0, "day")), Span(56.0, "day")))
    '1 MIU/m2 SC daily for 56 days'
    """

    amount: float
    unit: DoseUnit
    route: Route
    frequency: Frequency | None = None
    limit: int | Span | None = None
    per_day: bool = False
    modifiers: tuple[Gap | Repeat, ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.amount) or self.amount <= 0 or self.amount > MAX_AMOUNT:
            raise DosingError(f"a dose must be positive and at most {MAX_AMOUNT:g}")
        if isinstance(self.limit, int) and not 1 <= self.limit <= MAX_DOSES:
            raise DosingError(f"the number of doses must be from 1 to {MAX_DOSES}")
        if isinstance(self.frequency, Every) and self.limit is None:
            raise DosingError("a dose at an interval needs a count or a duration", fix="add 'x14' or 'for 56 days'")
        if isinstance(self.frequency, OnDays) and self.frequency.period is None and self.limit is not None:
            raise DosingError("protocol days without a period end by themselves", fix="write e.g. 'on days 1-5 of 7'")
        if any(
            isinstance(a, Gap) and isinstance(b, Gap) for a, b in zip(self.modifiers, self.modifiers[1:], strict=False)
        ):
            raise DosingError("two gaps in a row", fix="give their sum")
        self._check_continuous()

    def _check_continuous(self) -> None:
        if self.route.kind != "civ":
            if self.per_day:
                raise DosingError("only a continuous infusion is dosed per day")
            if self.frequency is None and self.limit is not None:
                raise DosingError("a single dose has neither count nor duration")
        elif self.frequency is None:
            if not isinstance(self.limit, Span):
                raise DosingError("a continuous infusion needs a duration", fix="write e.g. 'CIV for 5 days'")
        elif isinstance(self.frequency, Every) or self.frequency.per_day != 1:
            raise DosingError(
                "a continuous infusion has no interval", fix="write 'CIV for 5 days' or 'CIV on days 1-5'"
            )
        elif not self.per_day:
            raise DosingError("a continuous infusion on protocol days is dosed per day", fix="write '/day'")

    def __str__(self) -> str:
        parts = [number_text(self.amount), str(self.unit) + ("/day" if self.per_day else "")]
        if self.route.kind == "civ" and not self.per_day:
            parts.append("total")
        parts.append(str(self.route))
        if isinstance(self.frequency, OnDays):
            parts.append(self.frequency.text(named=self.limit is not None))
        elif self.frequency is not None:
            parts.append(str(self.frequency))
        if isinstance(self.limit, Span):
            parts.append(f"for {self.limit}")
        elif self.limit is not None:
            parts.append(f"x{self.limit}")
        return ", ".join([" ".join(parts), *map(str, self.modifiers)])
