"""Who counts as a responder, in words of a study file: comparisons as in visit rules, each on a day."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bimodal.dosing import Hold, ThresholdTest, parse_rule
from bimodal.errors import BimodalError, StudyError

_JOIN = re.compile(r"\s+(and|or)\s+", re.IGNORECASE)
_DAY = re.compile(r"\s+(?:at|on)\s+day\s+(\d+(?:\.\d+)?)\s*$", re.IGNORECASE)
_FIX = 'write for example "treg_fold >= 2 at day 28" or "treg_fold >= 2 and nk_fold < 1.5 at day 28"'
_MOST = 1000


@dataclass(frozen=True)
class ResponderRule:
    """Comparisons joined by ``and`` and ``or``, of which ``and`` binds first.

    Parameters
    ----------
    alternatives
        Of each alternative, every comparison and the elapsed day it is read on.

    Examples
    --------
    >>> read_responder("treg_fold >= 2 at day 28").days
    (28.0,)
    """

    alternatives: tuple[tuple[tuple[ThresholdTest, float], ...], ...]

    @property
    def tests(self) -> tuple[tuple[ThresholdTest, float], ...]:
        """Every comparison with its day, in the order of the text."""
        return tuple(one for together in self.alternatives for one in together)

    @property
    def observables(self) -> tuple[str, ...]:
        """What is read."""
        return tuple(dict.fromkeys(test.observable for test, _ in self.tests))

    @property
    def days(self) -> tuple[float, ...]:
        """Days it is read on, ascending."""
        return tuple(sorted({day for _, day in self.tests}))


def read_responder(text: str) -> ResponderRule:
    """Read who counts as a responder; a comparison without a day is read on that of the next one that has it.

    Raises
    ------
    StudyError
        A comparison cannot be read, names no number, or has no day.

    Examples
    --------
    >>> rule = read_responder("treg_fold >= 2 and nk_fold < 1.5 at day 28 or treg_fold > 4 at day 7")
    >>> [[f"{test} on {day:g}" for test, day in together] for together in rule.alternatives]
    [['treg_fold >= 2 on 28', 'nk_fold < 1.5 on 28'], ['treg_fold > 4 on 7']]
    """
    if len(text) > _MOST:
        raise StudyError(f"a responder rule has at most {_MOST} letters", fix=_FIX)
    pieces = _JOIN.split(text.strip())
    day: float | None = None
    found: list[tuple[ThresholdTest, float]] = []
    for piece in reversed(pieces[::2]):
        said = _DAY.search(piece)
        if said is not None:
            day, piece = float(said[1]), piece[: said.start()]
        if day is None or not math.isfinite(day):
            raise StudyError(f"the responder rule '{text}' does not say on which day", fix=_FIX)
        found.append((_comparison(piece, text), day))
    tests = list(reversed(found))
    together: list[list[tuple[ThresholdTest, float]]] = [[tests[0]]]
    for word, test in zip(pieces[1::2], tests[1:], strict=True):
        if word.lower() == "and":
            together[-1].append(test)
        else:
            together.append([test])
    return ResponderRule(tuple(tuple(one) for one in together))


def _comparison(piece: str, text: str) -> ThresholdTest:
    try:
        rule = parse_rule(f"hold if {piece}")
    except BimodalError as fault:
        raise StudyError(f"the responder rule '{text}' cannot be read: {fault.what}", fix=_FIX) from None
    tests = rule.when.comparisons if isinstance(rule, Hold) else ()
    if len(tests) != 1 or not isinstance(tests[0], ThresholdTest):
        raise StudyError(f"'{piece}' is no comparison of an observable with a number", fix=_FIX)
    if isinstance(tests[0].level, str):
        raise StudyError(f"'{tests[0].level}' is no number", where=f"responder rule '{text}'", fix=_FIX)
    return tests[0]
