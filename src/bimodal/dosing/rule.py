"""Visit rules as data: what may happen to a dose when the patient is seen just before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bimodal.dosing.rule_condition import Condition
from bimodal.dosing.rule_level import Escalate, NextLevel, Step, Titrate
from bimodal.dosing.rule_start import Start
from bimodal.dosing.span import number_text
from bimodal.errors import DosingError

Scope = Literal["cycle", "course"]
MAX_COUNT = 100_000


@dataclass(frozen=True)
class Hold:
    """While a condition holds, the present dose, or it and the next ones, are not given, nor made up for later.

    ``doses`` counts the present one too.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> str(parse_rule("hold 2 doses if tox_index > 1"))
    'hold 2 doses if tox_index > 1'
    """

    when: Condition
    doses: int = 1

    def __post_init__(self) -> None:
        _whole("the number of doses", self.doses)

    def __str__(self) -> str:
        return f"hold if {self.when}" if self.doses == 1 else f"hold {self.doses} doses if {self.when}"


@dataclass(frozen=True)
class Skip:
    """While a condition holds, the present dose is not given; unlike a held one, it is not counted by ``stop after``.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> str(parse_rule("skip if treg_fold >= 4 until treg_fold < 2"))
    'skip if treg_fold >= 4 until treg_fold < 2'
    """

    when: Condition

    def __str__(self) -> str:
        return f"skip if {self.when}"


@dataclass(frozen=True)
class GiveDose:
    """Every planned dose stands by, and is given only if a condition holds: doses as needed, a rescue.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> str(parse_rule("give dose only if treg_fold < 1.5 for 2 visits"))
    'give dose only if treg_fold < 1.5 for 2 visits'
    """

    when: Condition

    def __post_init__(self) -> None:
        _only_if(self.when)

    def __str__(self) -> str:
        return f"give dose only if {self.when}"


@dataclass(frozen=True)
class Reduce:
    """While a condition holds, the present dose is smaller.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> parse_rule("reduce by 25 % if tox_index > 1").factor
    0.75
    """

    percent: float
    when: Condition

    def __post_init__(self) -> None:
        if not 0.0 < self.percent < 100.0:
            raise DosingError(
                "a dose is reduced by more than 0 % and less than 100 %", fix="to give none, write 'hold'"
            )

    @property
    def factor(self) -> float:
        """What a dose is multiplied by."""
        return 1.0 - self.percent / 100.0

    def __str__(self) -> str:
        return f"reduce by {number_text(self.percent)} % if {self.when}"


@dataclass(frozen=True)
class Stop:
    """The present dose and all that follow it in its cycle, or in the whole course, are not given.

    After ``stop cycle`` the next cycle begins as planned; after ``stop course`` nothing more is given.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> str(parse_rule("stop if tox_index > 2"))
    'stop course if tox_index > 2'
    """

    scope: Scope
    when: Condition

    def __str__(self) -> str:
        return f"stop {self.scope} if {self.when}"


@dataclass(frozen=True)
class StopAfter:
    """After so many held doses the rest of the cycle, or of the course, is not given.

    Held doses are counted within what ends.

    Examples
    --------
    >>> str(StopAfter("cycle", 1))
    'stop cycle after 1 hold'
    """

    scope: Scope
    holds: int

    def __post_init__(self) -> None:
        _whole("the number of holds", self.holds)

    def __str__(self) -> str:
        return f"stop {self.scope} after {self.holds} hold{'' if self.holds == 1 else 's'}"


@dataclass(frozen=True)
class StopAtRandom:
    """At every visit some patients stop, by the chance ``percent``, for reasons the model does not have.

    Examples
    --------
    >>> str(StopAtRandom("cycle", 2.5))
    'stop cycle at random 2.5 % per dose'
    """

    scope: Scope
    percent: float

    def __post_init__(self) -> None:
        if not 0.0 < self.percent <= 100.0:
            raise DosingError("a chance is more than 0 % and at most 100 %")

    def __str__(self) -> str:
        return f"stop {self.scope} at random {number_text(self.percent)} % per dose"


@dataclass(frozen=True)
class AtMost:
    """A cycle ends when so many doses have been given in it; a reduced dose is given, a held one is not.

    Examples
    --------
    >>> str(AtMost(7))
    'at most 7 doses per cycle'
    """

    doses: int

    def __post_init__(self) -> None:
        _whole("the number of doses", self.doses)

    def __str__(self) -> str:
        return f"at most {self.doses} dose{'' if self.doses == 1 else 's'} per cycle"


@dataclass(frozen=True)
class GiveOnly:
    """A cycle is given only if a condition holds when it would begin; each cycle is judged on its own.

    Cycles count from 1, as people count.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> parse_rule("give from cycle 3 on only if tumour_cells < 1e9").onwards
    True
    """

    cycle: int
    onwards: bool
    when: Condition

    def __post_init__(self) -> None:
        _whole("the number of the cycle", self.cycle)
        _only_if(self.when)

    def concerns(self, cycle: int) -> bool:
        """Whether it judges a cycle, counted from 1."""
        return cycle == self.cycle or (self.onwards and cycle > self.cycle)

    def __str__(self) -> str:
        which = f"from cycle {self.cycle} on" if self.onwards else f"cycle {self.cycle}"
        return f"give {which} only if {self.when}"


Leveller = Step | NextLevel | Titrate
"""A rule that changes the present dose and those after it."""

Rule = (
    Hold | Skip | GiveDose | Reduce | Escalate | Leveller | Stop | StopAfter | StopAtRandom | AtMost | GiveOnly | Start
)
"""Any visit rule."""


def condition_of(rule: Rule) -> Condition | None:
    """Give the condition of a rule; None for a rule that only counts or draws."""
    return None if isinstance(rule, StopAfter | StopAtRandom | AtMost) else rule.when


def _only_if(when: Condition) -> None:
    if when.window.bound_to_days:
        raise DosingError(
            "'only if' is judged at every dose it is about, so it has no days of its own",
            fix="write 'skip if' or 'stop if' with the opposite condition and its days",
        )


def _whole(what: str, value: int) -> None:
    if not (math.isfinite(value) and 1 <= value <= MAX_COUNT):
        raise DosingError(f"{what} must be from 1 to {MAX_COUNT}")
