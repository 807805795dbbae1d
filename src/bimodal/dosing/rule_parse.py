"""From the text of a visit rule to the rule; the grammar is in docs/rules.md."""

from __future__ import annotations

import math
import re

from bimodal.dosing.cursor import Cursor
from bimodal.dosing.rule import MAX_COUNT, AtMost, GiveOnly, Hold, Reduce, Rule, Scope, Stop, StopAfter, StopAtRandom
from bimodal.dosing.rule_condition import Condition, Relation, ThresholdTest
from bimodal.errors import DosingError

MAX_RULE = 1000
"""Characters in one rule."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_LEVEL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![0-9._])")
_UNIT = re.compile(r"[A-Za-zµμ%1][A-Za-z0-9µμ%/.^]*")
_RELATIONS: dict[str, Relation] = {">=": ">=", "<=": "<=", "≥": ">=", "≤": "<=", ">": ">", "<": "<"}
_JOINS = ("and", "or")
_STARTS = ("hold", "reduce", "stop", "at", "give")
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
        cursor.expected("the end of the rule", _JOINS)
    return rule


def _read(cursor: Cursor) -> Rule:
    if cursor.take("hold"):
        return _hold(cursor)
    if cursor.take("reduce"):
        return _reduce(cursor)
    if cursor.take("stop"):
        return _stop(cursor)
    if cursor.take("at", "most"):
        return _at_most(cursor)
    if cursor.take("give"):
        return _give(cursor)
    return cursor.expected("a rule: hold, reduce by, stop cycle, stop course, at most, or give cycle", _STARTS)


def _hold(cursor: Cursor) -> Hold:
    doses = 1
    if cursor.number_ahead():
        doses = _count(cursor, "the number of doses")
        _need(cursor, "doses", "dose")
    return Hold(_if(cursor), doses)


def _reduce(cursor: Cursor) -> Reduce:
    _need(cursor, "by")
    percent = _percent(cursor, "the reduction")
    return Reduce(percent, _if(cursor))


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


def _give(cursor: Cursor) -> GiveOnly:
    onwards = cursor.take("from")
    if not cursor.take("cycle"):
        cursor.expected("'cycle'" if onwards else "'cycle' or 'from cycle'", ("cycle", "from"))
    cycle = _count(cursor, "the number of the cycle")
    if onwards:
        _need(cursor, "on")
    _need(cursor, "only")
    return GiveOnly(cycle, onwards, _if(cursor))


def _if(cursor: Cursor) -> Condition:
    _need(cursor, "if")
    alternatives: list[tuple[ThresholdTest, ...]] = []
    together = [_comparison(cursor)]
    while cursor.word() in _JOINS:
        if cursor.take("or"):
            alternatives.append(tuple(together))
            together = []
        else:
            cursor.take("and")
        together.append(_comparison(cursor))
    return Condition((*alternatives, tuple(together)))


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
    return ThresholdTest(observable, _RELATIONS[sign], level, unit)


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
    if cursor.at_end() or cursor.word() in _JOINS:
        return value + 0.0, ""
    unit = _UNIT.match(cursor.text, cursor.position)
    if unit is None:
        cursor.expected("a unit, 'and', 'or', or the end", _JOINS)
    cursor.position = unit.end()
    return value + 0.0, unit.group().replace("μ", "µ").replace("µ", "u")


def _name(cursor: Cursor, what: str) -> str:
    cursor.skip()
    found = _NAME.match(cursor.text, cursor.position)
    if found is None or found.group().lower() in (*_JOINS, "if"):
        cursor.expected(what)
    if len(found.group()) > _MAX_NAME:
        cursor.fail(f"a name has at most {_MAX_NAME} characters")
    cursor.position = found.end()
    return found.group()


def _count(cursor: Cursor, what: str) -> int:
    cursor.skip()
    start = cursor.position
    value = cursor.whole(what)
    if value > MAX_COUNT:
        cursor.fail(f"{what} must be from 1 to {MAX_COUNT}", at=start)
    return value


def _percent(cursor: Cursor, what: str) -> float:
    cursor.refuse_comma()
    value = cursor.number(what)
    if not (cursor.take_symbol("%") or cursor.take("percent")):
        cursor.expected("'%'", ("percent",))
    return value


def _need(cursor: Cursor, *words: str) -> None:
    """Read one of these words."""
    if not any(cursor.take(word) for word in words):
        cursor.expected(" or ".join(f"'{word}'" for word in words), words)
