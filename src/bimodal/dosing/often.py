"""Reads how often a dose is given."""

from __future__ import annotations

from fractions import Fraction
from typing import NoReturn

from bimodal.dosing.cursor import Cursor
from bimodal.dosing.frequency import TIW_DAYS, Every, Frequency, OnDays
from bimodal.dosing.limits import MAX_DAY
from bimodal.dosing.span import Span
from bimodal.errors import DosingError

_DAY = Span(1.0, "day")
_WEEK = Span(1.0, "week")
_NAMED: dict[tuple[str, ...], Frequency] = {
    ("once", "daily"): Every(_DAY),
    ("once", "a", "day"): Every(_DAY),
    ("once", "weekly"): Every(_WEEK),
    ("once", "a", "week"): Every(_WEEK),
    ("twice", "daily"): Every(Span(12.0, "h")),
    ("twice", "a", "day"): Every(Span(12.0, "h")),
    ("three", "times", "daily"): Every(Span(8.0, "h")),
    ("three", "times", "a", "day"): Every(Span(8.0, "h")),
    ("three", "times", "weekly"): OnDays(TIW_DAYS, 7),
    ("three", "times", "a", "week"): OnDays(TIW_DAYS, 7),
    ("every", "other", "day"): Every(Span(2.0, "day")),
    ("every", "day"): Every(_DAY),
    ("every", "week"): Every(_WEEK),
    ("every", "hour"): Every(Span(1.0, "h")),
    ("daily",): Every(_DAY),
    ("qd",): Every(_DAY),
    ("bid",): Every(Span(12.0, "h")),
    ("tid",): Every(Span(8.0, "h")),
    ("qid",): Every(Span(6.0, "h")),
    ("qod",): Every(Span(2.0, "day")),
    ("weekly",): Every(_WEEK),
    ("tiw",): OnDays(TIW_DAYS, 7),
}
WORDS = ("once", "daily", "qd", "bid", "tid", "qid", "qod", "weekly", "tiw", "every", "twice", "on", "q8h")
EXPECTED = "a frequency: once, daily, bid, tid, qid, q8h, qod, q3d, weekly, tiw, every 8 h, or on days 1-5"


def read_frequency(cursor: Cursor) -> Frequency | None:
    """Read a frequency, so that synonyms become one form; None for a single dose (``once``, or nothing at all)."""
    cursor.skip()
    start = cursor.position
    frequency = _read_rate(cursor)
    if cursor.word() != "on":
        return frequency
    per_day = 1 if frequency is None else _per_day(cursor, frequency, start)
    return _read_days(cursor, per_day)


def _read_rate(cursor: Cursor) -> Frequency | None:
    for words, frequency in _NAMED.items():
        if cursor.take(*words):
            return frequency
    if cursor.take("once"):
        return None
    if cursor.take("q") or cursor.take("every"):
        return Every(cursor.span("the interval"))
    ends = cursor.at_end() or cursor.text[cursor.position] in ",×" or cursor.word() in ("then", "on", "for", "x")
    return None if ends else cursor.expected(EXPECTED, WORDS)


def _per_day(cursor: Cursor, frequency: Frequency, start: int) -> int:
    hours = frequency.interval.hours if isinstance(frequency, Every) else Fraction(0)
    if not hours or (24 / hours).denominator != 1 or (hours * 60).denominator != 1:
        cursor.fail(
            "before 'on days', a frequency must fit a whole number of times into a day",
            at=start,
            fix="use daily, bid, tid, qid or e.g. q8h",
        )
    return int(24 / hours)


def _read_days(cursor: Cursor, per_day: int) -> OnDays:
    cursor.take("on")
    if not (cursor.take("days") or cursor.take("day")):
        cursor.expected("'days'", ("days", "day"))
    cursor.skip()
    start = cursor.position
    days: list[int] = []
    while True:
        cursor.skip()
        at = cursor.position
        first = cursor.whole("a protocol day")
        last = first
        if cursor.take_symbol("-–") or cursor.take("to"):
            last = cursor.whole("a protocol day")
        if last < first or (days and first <= days[-1]):
            cursor.fail("protocol days must increase", at=at)
        if last > MAX_DAY:
            cursor.fail(f"protocol days after {MAX_DAY} are not supported", at=at)
        days.extend(range(first, last + 1))
        if not _another_day(cursor):
            break
    period = None
    if cursor.take("of"):
        cursor.skip()
        start = cursor.position
        period = cursor.whole("the period in days")
        if not cursor.take("days"):
            cursor.take("day")
    try:
        return OnDays(tuple(days), period, per_day)
    except DosingError as error:
        cursor.fail(error.what, at=start, fix=error.fix)


def _another_day(cursor: Cursor) -> bool:
    """Read the comma or ``and`` before another day, and leave a comma that ends the list."""
    before = cursor.position
    if (cursor.take_symbol(",") or cursor.take("and")) and cursor.number_ahead():
        return True
    cursor.position = before
    return False


def misplaced_limit(cursor: Cursor, frequency: Frequency | None) -> NoReturn:
    """Refuse a count or duration where the frequency ends by itself."""
    if frequency is None:
        cursor.fail("a count or duration needs a frequency before it", fix="write e.g. 'daily for 5 days' or 'q8h x14'")
    cursor.fail("this list of days ends by itself", fix="give the period: e.g. 'on days 1-5 of 7 for 2 weeks'")
