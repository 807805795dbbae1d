"""A rule that begins a course nobody planned: a second line, or a rescue."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bimodal.dosing.rule_condition import Condition
from bimodal.errors import DosingError

MAX_STARTS = 20
"""So often one rule can begin its course in one patient."""

COURSE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
"""Names of courses; none of the words that a rule goes on with."""
_RESERVED = frozenset({"if", "and", "or", "until", "for", "at", "between", "from", "every"})


@dataclass(frozen=True)
class Start:
    """Whenever a condition holds, a course of the arm begins, unless one of that name is still going on.

    Parameters
    ----------
    name
        Of a partner drug of the arm, which then is not given from day 0 on.
    times
        So often at most in one patient.
    instead
        Whether the first drug of the arm ends with it.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> parse_rule("start rescue if crp >= 10 at most 2 times").times
    2
    >>> str(parse_rule("switch to second-line if crp > 10"))
    'switch to second-line if crp > 10'
    """

    name: str
    when: Condition
    times: int = 1
    instead: bool = False

    def __post_init__(self) -> None:
        if not COURSE_NAME.fullmatch(self.name) or self.name.lower() in _RESERVED:
            raise DosingError(
                f"'{self.name[:64]}' is no name of a course",
                fix="a name is a letter, then letters, digits, '-' and '_', such as second-line",
            )
        if not 1 <= self.times <= MAX_STARTS:
            raise DosingError(f"a course begins from 1 to {MAX_STARTS} times in one patient")
        if self.instead and self.times != 1:
            raise DosingError(
                "'switch to' ends the first drug, so it happens once", fix="write 'start' for several times"
            )

    def __str__(self) -> str:
        deed = f"switch to {self.name}" if self.instead else f"start {self.name}"
        often = "" if self.times == 1 else f" at most {self.times} times"
        return f"{deed} if {self.when}{often}"
