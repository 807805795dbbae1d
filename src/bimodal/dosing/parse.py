"""From regimen text to a regimen; the grammar is in docs/regimens.md."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from bimodal.dosing.cursor import Cursor
from bimodal.dosing.extent import course_extent, extend
from bimodal.dosing.frequency import Every, Frequency, OnDays
from bimodal.dosing.limits import MAX_AMOUNT, MAX_DOSES, MAX_TEXT
from bimodal.dosing.often import EXPECTED, WORDS, misplaced_limit, read_frequency
from bimodal.dosing.phase import Gap, Phase, Repeat
from bimodal.dosing.regimen import Regimen
from bimodal.dosing.route import Route
from bimodal.dosing.size import Size
from bimodal.dosing.span import Span
from bimodal.errors import DosingError, UnitError
from bimodal.units import DoseUnit, scan_per, scan_symbol

_PER_DAY = re.compile(r"\s*(?:/\s*(?:days?|d|24\s*h)|per\s+day)(?![A-Za-z0-9])", re.IGNORECASE)
_SLASH = re.compile(r"\s*(?:/|per\b)\s*", re.IGNORECASE)
_ON = re.compile(r"\bon\b", re.IGNORECASE)
_COUNT = re.compile(r"\s*[xX×]\s*(?=[0-9.+-])")
_ROUTE_WORDS = (
    "sc",
    "subcutaneous",
    "subcutaneously",
    "ip",
    "intraperitoneal",
    "intraperitoneally",
    "iv",
    "intravenous",
    "intravenously",
    "civ",
    "continuous",
)


def parse_regimen(text: str) -> Regimen:
    """Read a regimen as trialists write it, and refuse what could mean two things.

    ``str`` of the regimen is the canonical text, which reads back as an equal regimen; ``"none"`` is untreated.

    Raises
    ------
    RegimenError
        With a caret under the first character at fault and what was expected there.

    Examples
    --------
    >>> str(parse_regimen("1 MIU/m² sc QD for 56 days"))
    '1 MIU/m2 SC daily for 56 days'
    """
    cursor = Cursor.within(text, MAX_TEXT, whose="a regimen")
    if cursor.at_end():
        cursor.fail("the regimen is empty", fix="write e.g. '1 MIU/m2 SC daily for 56 days', or 'none'")
    if cursor.take("none"):
        if not cursor.at_end():
            cursor.fail("'none' stands alone")
        return Regimen(())
    phases: list[Phase] = []
    size = Size()
    while True:
        cursor.skip()
        start = cursor.position
        phases.append(_read_phase(cursor))
        try:
            size = size.then(phases[-1])
        except DosingError as error:
            cursor.fail(error.what, at=start, fix=error.fix)
        if cursor.at_end():
            return Regimen(tuple(phases))
        cursor.take("then")


def _read_phase(cursor: Cursor) -> Phase:
    cursor.skip()
    start = cursor.position
    try:
        phase = _read_course(cursor)
        extent = course_extent(phase)
    except DosingError as error:
        cursor.fail(error.what, at=start, fix=error.fix)
    modifiers: list[Gap | Repeat] = []
    while not cursor.at_end() and cursor.word() != "then":
        if not cursor.take_symbol(","):
            _expected_after(cursor, phase, bool(modifiers))
        if cursor.word() == "then":
            break
        cursor.skip()
        at = cursor.position
        modifier = _read_modifier(cursor)
        if modifiers and isinstance(modifier, Gap) and isinstance(modifiers[-1], Gap):
            cursor.fail("two gaps in a row", at=at, fix="give their sum")
        try:
            extent = extend(extent, modifier)
        except DosingError as error:
            cursor.fail(error.what, at=at, fix=error.fix)
        modifiers.append(modifier)
    return replace(phase, modifiers=tuple(modifiers))


def _expected_after(cursor: Cursor, phase: Phase, modified: bool) -> None:
    word = cursor.word()
    if word in ("off", "rest", "repeat"):
        cursor.fail(f"expected ',' before '{word}'")
    words = {**{word: word for word in ("then", "for", "off", "rest", "repeat")}, **WORDS}
    if modified or phase.limit is not None or phase.frequency is not None:
        cursor.expected("',' and off, rest, repeat or x3; or 'then'; or the end", words)
    cursor.expected(f"{EXPECTED}; or ',' or the end", words)


def _read_course(cursor: Cursor) -> Phase:
    amount = _read_amount(cursor)
    unit, per_day = _read_unit(cursor)
    cursor.skip()
    basis = cursor.position
    total = cursor.take("in", "total") or cursor.take("total")
    cursor.skip()
    at = cursor.position
    route = _read_route(cursor)
    continuous = route.kind == "civ"
    if not continuous and (per_day or total):
        what = "'/day' goes" if per_day else "'total' goes"
        cursor.fail(
            f"{what} only with CIV; another dose is the amount of one administration",
            at=basis,
            fix="give the amount of one dose, and how often it is given",
        )
    cursor.skip()
    often_at = cursor.position
    frequency = read_frequency(cursor)
    if continuous and isinstance(frequency, Every):
        cursor.fail(
            "a continuous infusion has no interval", at=often_at, fix="write 'CIV for 5 days' or 'CIV on days 1-5'"
        )
    if continuous and not (per_day or (total and frequency is None)):
        cursor.fail(
            "is this the amount per day, or of the whole infusion?",
            at=at,
            fix=f"write '{unit}/day CIV', or '{unit} total CIV' with a duration",
        )
    if continuous and total and per_day:
        cursor.fail("'/day' and 'total' exclude each other", at=basis)
    if continuous and isinstance(frequency, OnDays) and frequency.per_day != 1:
        cursor.fail("a continuous infusion has no interval", at=often_at)
    listed = _ON.search(cursor.text, often_at, cursor.position) is not None
    limit = _read_limit(cursor, frequency, continuous=continuous, listed=listed)
    return Phase(amount, unit, route, frequency, limit, per_day)


def _read_amount(cursor: Cursor) -> float:
    cursor.skip()
    if cursor.word() in ("none", "off", "rest", "repeat"):
        cursor.fail("expected a dose such as '1 MIU/m2'", fix="gaps and repeats follow a dose, after a comma")
    cursor.refuse_comma()
    start = cursor.position
    amount = cursor.number("the dose")
    if amount > MAX_AMOUNT:
        cursor.fail(f"a dose over {MAX_AMOUNT:g} is not supported", at=start)
    if cursor.number_ahead():
        cursor.fail("expected a dose unit, found a number", fix="write numbers without spaces, e.g. 600000 IU/kg")
    return amount


def _read_unit(cursor: Cursor) -> tuple[DoseUnit, bool]:
    cursor.skip()
    at = cursor.position
    per: Literal["flat", "kg", "m2"]
    try:
        symbol, end = scan_symbol(cursor.text, at)
        slash = _SLASH.match(cursor.text, end)
        at = slash.end() if slash else end
        per, cursor.position = scan_per(cursor.text, end)
    except UnitError as error:
        cursor.fail(error.what, at=at, fix=error.fix)
    per_day = _PER_DAY.match(cursor.text, cursor.position)
    if per_day:
        cursor.position = per_day.end()
    return DoseUnit(symbol, per), per_day is not None


def _read_route(cursor: Cursor) -> Route:
    if cursor.take("sc") or cursor.take("subcutaneous") or cursor.take("subcutaneously"):
        return Route("sc")
    if cursor.take("ip") or cursor.take("intraperitoneal") or cursor.take("intraperitoneally"):
        return Route("ip")
    if cursor.take("civ") or cursor.take("continuous", "iv", "infusion") or cursor.take("continuous", "infusion"):
        return Route("civ")
    if cursor.take("continuous"):
        cursor.expected("'infusion'", ("infusion",))
    if not (cursor.take("iv") or cursor.take("intravenous") or cursor.take("intravenously")):
        cursor.expected("a route: SC, IP, IV, IV over 15 min, IV infusion over 6 h, or CIV", _ROUTE_WORDS)
    if cursor.take("bolus"):
        return Route("iv_bolus")
    infusion = cursor.take("infusion")
    if cursor.take("over"):
        return Route("iv_infusion", cursor.span("the length of an infusion"))
    if infusion:
        cursor.expected("'over' and the length of the infusion", ("over",))
    return Route("iv_bolus")


def _read_limit(cursor: Cursor, frequency: Frequency | None, *, continuous: bool, listed: bool) -> int | Span | None:
    count = _COUNT.match(cursor.text, cursor.position)
    ends_itself = frequency is None if not continuous else False
    ends_itself = ends_itself or (isinstance(frequency, OnDays) and frequency.period is None)
    if not count and cursor.word() != "for":
        if (frequency is not None and not listed) or (continuous and frequency is None):
            cursor.expected("how long: 'for 56 days'" + ("" if continuous else " or 'x14'"), ("for", "x14"))
        return None
    if ends_itself:
        misplaced_limit(cursor, frequency)
    limit: int | Span
    if count:
        if continuous and frequency is None:
            cursor.fail("a continuous infusion needs a duration", fix="write 'CIV for 5 days'")
        cursor.position = count.end()
        limit = _read_count(cursor)
    else:
        cursor.take("for")
        cursor.refuse_comma()
        start = cursor.position
        value = cursor.number("the duration")
        if cursor.word() in ("doses", "dose"):
            cursor.position = start
            limit = _read_count(cursor)
            _ = cursor.take("doses") or cursor.take("dose")
        else:
            limit = cursor.span_of(value, start)
    if _COUNT.match(cursor.text, cursor.position) or cursor.word() == "for":
        cursor.fail("give either a count or a duration, not both", fix="to repeat the course, write ', x3'")
    return limit


def _read_count(cursor: Cursor) -> int:
    cursor.skip()
    start = cursor.position
    count = cursor.whole("the number of doses")
    if count > MAX_DOSES:
        cursor.fail(f"over {MAX_DOSES} doses are not supported", at=start)
    return count


def _read_modifier(cursor: Cursor) -> Gap | Repeat:
    for kind in ("off", "rest"):
        if cursor.take(kind):
            return Gap("off" if kind == "off" else "rest", cursor.span("the length of the gap"))
    count = _COUNT.match(cursor.text, cursor.position)
    if count:
        return _repeat(cursor, cursor.position, None)
    start = cursor.position
    if not cursor.take("repeat"):
        cursor.expected("off, rest, repeat, x3 or then", ("off", "rest", "repeat", "then"))
    day = None
    if cursor.take("on"):
        if not cursor.take("day"):
            cursor.expected("'day'", ("day",))
        day = cursor.whole("a protocol day")
    return _repeat(cursor, start, day)


def _repeat(cursor: Cursor, start: int, day: int | None) -> Repeat:
    count, cycles = _COUNT.match(cursor.text, cursor.position), 2
    if count:
        start = cursor.position = count.end()
        cycles = cursor.whole("the number of cycles")
    try:
        return Repeat(cycles, day)
    except DosingError as error:
        cursor.fail(error.what, at=start, fix=error.fix)
