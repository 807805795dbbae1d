"""From the text of a visit rule to the rule; the grammar is in docs/rules.md."""

from __future__ import annotations

import math
import re

from bimodal.dosing.cursor import Cursor
from bimodal.dosing.rule import (
    MAX_COUNT,
    AtMost,
    GiveDose,
    GiveOnly,
    Hold,
    Reduce,
    Rule,
    Scope,
    Skip,
    Stop,
    StopAfter,
    StopAtRandom,
)
from bimodal.dosing.rule_condition import Alternatives, Condition, Relation, ThresholdTest
from bimodal.dosing.rule_level import Escalate, NextLevel, Step, Titrate
from bimodal.dosing.rule_start import COURSE_NAME, MAX_STARTS, Start
from bimodal.dosing.rule_window import MAX_VISITS, Window
from bimodal.errors import DosingError

MAX_RULE = 1000
"""Characters in one rule."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_LEVEL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![0-9._])")
_UNIT = re.compile(r"[A-Za-zµμ%1][A-Za-z0-9µμ%/.^]*")
_RELATIONS: dict[str, Relation] = {">=": ">=", "<=": "<=", "≥": ">=", "≤": "<=", ">": ">", "<": "<"}
_JOINS = ("and", "or")
_WINDOWS = ("until", "for", "at", "between", "from", "every")
_STARTS = ("hold", "skip", "reduce", "escalate", "titrate", "stop", "at", "give", "start", "switch")
_MAX_NAME = 64


def parse_rule(text: str) -> Rule:
    """Read a visit rule as a protocol says it, and refuse what could mean two things.

    ``str`` of the rule is the canonical text, which reads back as an equal rule. Errors are as those of a regimen.

    Examples
    --------
    >>> str(parse_rule("Hold IF nk_fold ≥ 3.0 and il2_plasma > 100 pM"))
    'hold if nk_fold >= 3 and il2_plasma > 100 pM'
    """
    cursor = Cursor.within(text, MAX_RULE, whose="a rule")
    if cursor.at_end():
        cursor.fail("the rule is empty", fix="write e.g. 'hold if tox_index >= 1'")
    start = cursor.position
    try:
        rule = _read(cursor)
    except DosingError as error:
        cursor.fail(error.what, at=start, fix=error.fix)
    if not cursor.at_end():
        cursor.expected("the end of the rule", (*_JOINS, *_WINDOWS))
    return rule


def _read(cursor: Cursor) -> Rule:
    if cursor.take("hold"):
        return _hold(cursor)
    if cursor.take("skip"):
        return Skip(_if(cursor))
    if cursor.take("reduce"):
        return _reduce(cursor)
    if cursor.take("escalate"):
        return _escalate(cursor)
    if cursor.take("titrate"):
        return _titrate(cursor)
    if cursor.take("stop"):
        return _stop(cursor)
    if cursor.take("at", "most"):
        return _at_most(cursor)
    if cursor.take("give"):
        return _give(cursor)
    if cursor.take("start"):
        return _start(cursor, instead=False)
    if cursor.take("switch"):
        _need(cursor, "to")
        return _start(cursor, instead=True)
    return cursor.expected(
        "a rule: hold, skip, reduce by, escalate, titrate, stop cycle, stop course, at most, give cycle, give dose, "
        "start or switch to",
        _STARTS,
    )


def _hold(cursor: Cursor) -> Hold:
    doses = 1
    if cursor.number_ahead():
        doses = _count(cursor, "the number of doses")
        _need(cursor, "doses", "dose")
    return Hold(_if(cursor), doses)


def _reduce(cursor: Cursor) -> Reduce | Step | NextLevel:
    if cursor.take("one", "level", "of"):
        return _next_level(cursor, up=False)
    if not cursor.take("by"):
        cursor.expected("'by' or 'one level of'", ("by", "one"))
    percent = _percent(cursor, "the reduction")
    if cursor.take("down", "to"):
        bound = _percent(cursor, "the smallest dose")
        return Step(False, percent, bound, _if(cursor))
    return Reduce(percent, _if(cursor))


def _escalate(cursor: Cursor) -> Escalate | Step | NextLevel:
    if cursor.take("one", "level", "of"):
        return _next_level(cursor, up=True)
    if cursor.take("to"):
        percent = _percent(cursor, "the dose")
        return Escalate(percent, _if(cursor))
    if not cursor.take("by"):
        cursor.expected("'to', 'by' or 'one level of'", ("to", "by", "one"))
    percent = _percent(cursor, "the step")
    if not cursor.take("up", "to"):
        cursor.expected("'up to' and the largest dose", ("up",))
    bound = _percent(cursor, "the largest dose")
    return Step(True, percent, bound, _if(cursor))


def _next_level(cursor: Cursor, *, up: bool) -> NextLevel:
    levels: list[float] = []
    while not levels or cursor.take_symbol(","):
        cursor.refuse_comma()
        levels.append(cursor.number("a dose level"))
    _percent_sign(cursor)
    return NextLevel(up, tuple(levels), _if(cursor))


def _titrate(cursor: Cursor) -> Titrate:
    observable = _name(cursor, "an observable such as treg_fold")
    _need(cursor, "to")
    cursor.refuse_comma()
    low = cursor.number("the lower end of the band")
    if not (cursor.take_symbol("-–") or cursor.take("to")):
        cursor.expected("'-' and the upper end of the band")
    high, unit = cursor.number("the upper end of the band"), ""
    if cursor.word() != "by":
        unit = _unit(cursor, ("by",))
    _need(cursor, "by")
    percent = _percent(cursor, "the step")
    _need(cursor, "between")
    least = cursor.number("the smallest dose")
    cursor.take_symbol("%")
    _need(cursor, "and")
    most = _percent(cursor, "the largest dose")
    return Titrate(observable, low, high, unit, percent, least, most, _window(cursor, back=False))


def _stop(cursor: Cursor) -> Stop | StopAfter | StopAtRandom:
    scope: Scope = "course"
    if cursor.take("cycle"):
        scope = "cycle"
    elif not cursor.take("course") and cursor.word() not in ("if", "after", "at"):
        cursor.expected("'cycle', 'course' or 'if'", ("cycle", "course", "if"))
    if cursor.take("after"):
        holds = _count(cursor, "the number of holds")
        _need(cursor, "holds", "hold")
        return StopAfter(scope, holds)
    if cursor.take("at"):
        _need(cursor, "random")
        percent = _percent(cursor, "the chance")
        if not cursor.take("per", "dose"):
            cursor.expected("'per dose'", ("per",))
        return StopAtRandom(scope, percent)
    if cursor.word() != "if":
        cursor.expected("'if', 'after' or 'at random'", ("if", "after", "at"))
    return Stop(scope, _if(cursor))


def _at_most(cursor: Cursor) -> AtMost:
    doses = _count(cursor, "the number of doses")
    _need(cursor, "doses", "dose")
    if not cursor.take("per", "cycle"):
        cursor.expected("'per cycle'", ("per",))
    return AtMost(doses)


def _give(cursor: Cursor) -> GiveOnly | GiveDose:
    if cursor.take("dose"):
        _need(cursor, "only")
        return GiveDose(_if(cursor))
    onwards = cursor.take("from")
    if not cursor.take("cycle"):
        cursor.expected("'cycle'" if onwards else "'cycle', 'from cycle' or 'dose'", ("cycle", "from", "dose"))
    cycle = _count(cursor, "the number of the cycle")
    if onwards:
        _need(cursor, "on")
    _need(cursor, "only")
    return GiveOnly(cycle, onwards, _if(cursor))


def _start(cursor: Cursor, *, instead: bool) -> Start:
    cursor.skip()
    found = COURSE_NAME.match(cursor.text, cursor.position)
    if found is None or found.group().lower() == "if":
        cursor.expected("the name of a course, such as second-line")
    cursor.position = found.end()
    when, times = _if(cursor), 1
    if cursor.take("at", "most"):
        times = _count(cursor, "the number of times", MAX_STARTS)
        _need(cursor, "times", "time")
    return Start(found.group(), when, times, instead)


def _if(cursor: Cursor) -> Condition:
    _need(cursor, "if")
    alternatives = _alternatives(cursor)
    until = _alternatives(cursor) if cursor.take("until") else ()
    return Condition(alternatives, until, _window(cursor))


def _alternatives(cursor: Cursor) -> Alternatives:
    alternatives: list[tuple[ThresholdTest, ...]] = []
    together = [_comparison(cursor)]
    while cursor.word() in _JOINS:
        if cursor.take("or"):
            alternatives.append(tuple(together))
            together = []
        else:
            cursor.take("and")
        together.append(_comparison(cursor))
    return (*alternatives, tuple(together))


def _window(cursor: Cursor, *, back: bool = True) -> Window:
    """Read over which visits and days a condition is judged; `back` if it may look back on visits."""
    least = of = 1
    first = last = every = None
    if back and cursor.take("for"):
        least = of = _count(cursor, "the number of visits", MAX_VISITS)
        _need(cursor, "visits", "visit")
    elif back and cursor.take("at", "least"):
        least = _count(cursor, "the number of visits", MAX_VISITS)
        if not cursor.take("of", "last"):
            cursor.expected("'of last' and a number of visits", ("of",))
        of = _count(cursor, "the number of visits", MAX_VISITS)
        _need(cursor, "visits", "visit")
    if cursor.take("between"):
        _need(cursor, "day", "days")
        first = _day(cursor)
        _need(cursor, "and")
        cursor.take("day")
        last = _day(cursor)
    elif cursor.take("from"):
        _need(cursor, "day")
        first = _day(cursor)
        cursor.take("on")
    if cursor.take("every"):
        cursor.refuse_comma()
        every = cursor.number("the number of days")
        _need(cursor, "days", "day")
    return Window(least, of, first, last, every)


def _day(cursor: Cursor) -> float:
    cursor.refuse_comma()
    cursor.skip()
    found = _LEVEL.match(cursor.text, cursor.position)
    if found is None or not 0.0 <= float(found.group()) < math.inf:
        cursor.expected("an elapsed day, 0 or later")
    cursor.position = found.end()
    return float(found.group()) + 0.0


def _comparison(cursor: Cursor) -> ThresholdTest:
    observable = _name(cursor, "an observable such as tox_index")
    cursor.skip()
    sign = next((sign for sign in _RELATIONS if cursor.text.startswith(sign, cursor.position)), None)
    if sign is None:
        fix = "write >=, >, <= or <" if cursor.text[cursor.position : cursor.position + 1] in ("=", "!") else None
        cursor.fail("expected a comparison: >=, >, <= or <", fix=fix)
    cursor.position += len(sign)
    if cursor.text[cursor.position : cursor.position + 1] in ("=", ">", "<"):
        cursor.fail("this is no comparison", fix="write >=, >, <= or <")
    level, unit = _level(cursor)
    of_lowest = not unit and not isinstance(level, str) and cursor.take("times", "its", "lowest")
    return ThresholdTest(observable, _RELATIONS[sign], level, unit, of_lowest)


def _level(cursor: Cursor) -> tuple[float | str, str]:
    cursor.refuse_comma()
    cursor.skip()
    found = _LEVEL.match(cursor.text, cursor.position)
    if found is None:
        if cursor.text[cursor.position : cursor.position + 1].isnumeric():
            cursor.fail("cannot read this number", fix="write e.g. 600000 or 0.3")
        return _name(cursor, "a number or the name of a threshold"), ""
    value = float(found.group())
    if not math.isfinite(value):
        cursor.fail("this is too large for a number")
    cursor.position = found.end()
    if cursor.at_end() or cursor.word() in (*_JOINS, *_WINDOWS, "times"):
        return value + 0.0, ""
    return value + 0.0, _unit(cursor, _JOINS)


def _unit(cursor: Cursor, after: tuple[str, ...]) -> str:
    cursor.skip()
    unit = _UNIT.match(cursor.text, cursor.position)
    if unit is None:
        cursor.expected(f"a unit, {', '.join(repr(word) for word in after)}, or the end", after)
    cursor.position = unit.end()
    return unit.group().replace("μ", "µ").replace("µ", "u")


def _name(cursor: Cursor, what: str) -> str:
    cursor.skip()
    found = _NAME.match(cursor.text, cursor.position)
    if found is None or found.group().lower() in (*_JOINS, "if"):
        cursor.expected(what)
    if len(found.group()) > _MAX_NAME:
        cursor.fail(f"a name has at most {_MAX_NAME} characters")
    cursor.position = found.end()
    return found.group()


def _count(cursor: Cursor, what: str, most: int = MAX_COUNT) -> int:
    cursor.skip()
    start = cursor.position
    value = cursor.whole(what)
    if value > most:
        cursor.fail(f"{what} must be from 1 to {most}", at=start)
    return value


def _percent(cursor: Cursor, what: str) -> float:
    cursor.refuse_comma()
    value = cursor.number(what)
    _percent_sign(cursor)
    return value


def _percent_sign(cursor: Cursor) -> None:
    if not (cursor.take_symbol("%") or cursor.take("percent")):
        cursor.expected("'%'", ("percent",))


def _need(cursor: Cursor, *words: str) -> None:
    """Read one of these words."""
    if not any(cursor.take(word) for word in words):
        cursor.expected(" or ".join(f"'{word}'" for word in words), words)
