"""Rules that change how large a dose is: for once, or from the present dose on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from bimodal.dosing.rule_condition import Condition, ThresholdTest
from bimodal.dosing.rule_window import EACH_VISIT, Window
from bimodal.dosing.span import number_text
from bimodal.errors import DosingError

MAX_PERCENT = 1000.0
"""No rule gives more than this share of a planned dose."""
_MAX_LEVELS = 20


@dataclass(frozen=True)
class Escalate:
    """While a condition holds, the present dose is larger: this share of the planned one, and never more.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> parse_rule("escalate to 150 % if treg_fold < 2").factor
    1.5
    """

    percent: float
    when: Condition

    def __post_init__(self) -> None:
        if not 100.0 < self.percent <= MAX_PERCENT:
            raise DosingError(
                f"a dose is escalated to more than 100 % and at most {MAX_PERCENT:g} % of the planned one",
                fix="to give less, write 'reduce by'",
            )

    @property
    def factor(self) -> float:
        """What a planned dose is multiplied by."""
        return self.percent / 100.0

    def __str__(self) -> str:
        return f"escalate to {number_text(self.percent)} % if {self.when}"


@dataclass(frozen=True)
class Step:
    """Whenever a condition holds at a dose that is given, this dose and those after it change by one step.

    Parameters
    ----------
    up
        Whether doses become larger.
    percent
        Of the present dose.
    bound
        Share of the planned dose, in per cent, beyond which no step goes.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> parse_rule("reduce by 25 % down to 50 % if tox_index > 1").bound
    50.0
    """

    up: bool
    percent: float
    bound: float
    when: Condition

    def __post_init__(self) -> None:
        if not 0.0 < self.percent < (MAX_PERCENT if self.up else 100.0):
            raise DosingError(f"a step is more than 0 % and less than {MAX_PERCENT if self.up else 100.0:g} %")
        _share("the bound of a step", self.bound)

    @property
    def factor(self) -> float:
        """What the present dose is multiplied by."""
        return 1.0 + (self.percent if self.up else -self.percent) / 100.0

    def __str__(self) -> str:
        verb, to = ("escalate", "up to") if self.up else ("reduce", "down to")
        return f"{verb} by {number_text(self.percent)} % {to} {number_text(self.bound)} % if {self.when}"


@dataclass(frozen=True)
class NextLevel:
    """Whenever a condition holds at a dose that is given, this dose and those after it move to the next listed level.

    Parameters
    ----------
    up
        Whether to the next larger level.
    levels
        Shares of the planned dose in per cent: ascending if `up`, else descending.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> parse_rule("reduce one level of 75, 50 % if tox_index > 1").levels
    (75.0, 50.0)
    """

    up: bool
    levels: tuple[float, ...]
    when: Condition

    def __post_init__(self) -> None:
        if not 1 <= len(self.levels) <= _MAX_LEVELS:
            raise DosingError(f"a rule lists 1 to {_MAX_LEVELS} dose levels")
        for level in self.levels:
            _share("a dose level", level)
        if any((a < b) is not self.up or a == b for a, b in pairwise(self.levels)):
            order = "ascend" if self.up else "descend"
            raise DosingError(f"the levels of '{'escalate' if self.up else 'reduce'}' {order}, each once")

    def __str__(self) -> str:
        listed = ", ".join(map(number_text, self.levels))
        return f"{'escalate' if self.up else 'reduce'} one level of {listed} % if {self.when}"


@dataclass(frozen=True)
class Titrate:
    """Below a band the dose goes up by one step, above it down by one, within it stays: from the present dose on.

    A step up and a step down undo each other. This is feedback in steps, as a clinic can do it; the adaptive control of
    Khailaie, Montaseri and Meyer-Hermann (iScience 2020;23:101663) computes the next dose from a model of the patient.

    Parameters
    ----------
    low, high
        Ends of the band, in the unit of the observable or in `unit`.
    percent
        Size of a step: the dose is multiplied by 1 + percent/100, or divided by it.
    least, most
        Shares of the planned dose, in per cent, between which all doses lie.
    window
        Between which days, and how often, it is looked at.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> parse_rule("titrate treg_fold to 2-3 by 25 % between 25 and 300 % every 7 days").window.every_days
    7.0
    """

    observable: str
    low: float
    high: float
    unit: str
    percent: float
    least: float
    most: float
    window: Window = EACH_VISIT

    def __post_init__(self) -> None:
        if not 0.0 < self.low < self.high:
            raise DosingError("a band goes from a number above zero to a larger one")
        if not 0.0 < self.percent < MAX_PERCENT:
            raise DosingError(f"a step is more than 0 % and less than {MAX_PERCENT:g} %")
        _share("the smallest dose", self.least)
        _share("the largest dose", self.most)
        if not self.least <= 100.0 <= self.most:
            raise DosingError("the planned dose, 100 %, lies between the smallest and the largest dose")
        if self.window.counts:
            raise DosingError("a titration looks at the present visit alone")

    @property
    def factor(self) -> float:
        """What a step multiplies or divides the dose by."""
        return 1.0 + self.percent / 100.0

    @property
    def below(self) -> ThresholdTest:
        """When the dose goes up."""
        return ThresholdTest(self.observable, "<", self.low, self.unit)

    @property
    def above(self) -> ThresholdTest:
        """When the dose goes down."""
        return ThresholdTest(self.observable, ">", self.high, self.unit)

    @property
    def when(self) -> Condition:
        """When it changes something."""
        return Condition(((self.below,), (self.above,)), window=self.window)

    def __str__(self) -> str:
        band = f"{number_text(self.low)}-{number_text(self.high)}" + (f" {self.unit}" if self.unit else "")
        doses = f"between {number_text(self.least)} and {number_text(self.most)} %"
        when = f" {self.window}" if str(self.window) else ""
        return f"titrate {self.observable} to {band} by {number_text(self.percent)} % {doses}{when}"


def _share(what: str, percent: float) -> None:
    if not 0.0 < percent <= MAX_PERCENT:
        raise DosingError(f"{what} is more than 0 % and at most {MAX_PERCENT:g} % of the planned dose")
