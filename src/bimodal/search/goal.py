"""What a search asks of a regimen: one number over the population, to be large or small."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bimodal.errors import StudyError
from bimodal.study import load_registry

Direction = Literal["maximise", "minimise"]
_GOAL = re.compile(
    r"\s*(maximise|minimise)\s+([A-Za-z_][A-Za-z0-9_.]*)"
    r"(?:\s+(?:(?:at\s+|on\s+)?day\s+(\d+(?:\.\d+)?)|(peak|lowest|mean|area)))?(?:\s+median)?\s*",
    re.ASCII,
)
_FIX = 'write for example "maximise treg_fold day 28", "minimise pstat5_nk peak" or "minimise doses_given"'
#: How a word of a goal is called among the reductions of a course.
REDUCTIONS = {"peak": "peak", "lowest": "min", "mean": "mean", "area": "area"}


@dataclass(frozen=True)
class Goal:
    """One goal.

    Parameters
    ----------
    day
        Elapsed day it is read on, for a value in time.
    over
        Or what is made of the whole course: peak, lowest, mean or area.

    Examples
    --------
    >>> str(read_goal("maximise treg_fold at day 28 median"))
    'maximise treg_fold day 28'
    >>> read_goal("minimise pstat5_nk peak").sign
    1.0
    """

    direction: Direction
    observable: str
    day: float | None = None
    over: str | None = None

    @property
    def sign(self) -> float:
        """What a value is multiplied by so that less is nearer to the goal."""
        return 1.0 if self.direction == "minimise" else -1.0

    @property
    def label(self) -> str:
        """What is read, without the direction."""
        when = f"day {self.day:g}" if self.day is not None else self.over
        return f"{self.observable} {when}" if when else self.observable

    def __str__(self) -> str:
        return f"{self.direction} {self.label}"


def read_goal(text: str) -> Goal:
    """Read a goal.

    Raises
    ------
    StudyError
        It cannot be read, or names what has no such value.

    Examples
    --------
    >>> read_goal("maximise treg_fold")
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: the goal 'maximise treg_fold' does not say when: 'treg_fold' has a value at every time
      try:   write for example "maximise treg_fold day 28", "minimise pstat5_nk peak" or "minimise doses_given"
    """
    match = _GOAL.fullmatch(text)
    if match is None:
        raise StudyError(f"the goal '{text}' cannot be read", fix=_FIX)
    direction: Direction = "maximise" if match[1] == "maximise" else "minimise"
    goal = Goal(direction, match[2], None if match[3] is None else float(match[3]), match[4])
    entry, timed = load_registry()[goal.observable], goal.day is not None or goal.over is not None
    if entry.per == "time" and not timed:
        raise StudyError(f"the goal '{text}' does not say when: '{entry.id}' has a value at every time", fix=_FIX)
    if entry.per == "scan" or entry.by_rule or entry.contrast is not None or entry.any_months:
        raise StudyError(f"'{entry.id}' can be no goal", fix=_FIX)
    if entry.per != "time" and timed:
        raise StudyError(f"'{entry.id}' has one value, not one at a time: leave the rest out", fix=_FIX)
    return goal
