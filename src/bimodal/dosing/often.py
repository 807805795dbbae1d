"""Reads how often a dose is given."""

from __future__ import annotations

from fractions import Fraction
from typing import NoReturn

from bimodal.dosing.cursor import Cursor
from bimodal.dosing.frequency import TIW_DAYS, TWICE_WEEKLY_DAYS, Every, Frequency, OnDays
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
    ("twice", "weekly"): OnDays(TWICE_WEEKLY_DAYS, 7),
    ("twice", "a", "week"): OnDays(TWICE_WEEKLY_DAYS, 7),
    ("every", "other", "day"): Every(Span(2.0, "day")),
    ("every", "second", "day"): Every(Span(2.0, "day")),
    ("every", "third", "day"): Every(Span(3.0, "day")),
    ("every", "fourth", "day"): Every(Span(4.0, "day")),
    ("every", "other", "week"): Every(Span(2.0, "week")),
    ("every", "second", "week"): Every(Span(2.0, "week")),
    ("every", "day"): Every(_DAY),
    ("every", "week"): Every(_WEEK),
    ("every", "hour"): Every(Span(1.0, "h")),
    ("daily",): Every(_DAY),
    ("qd",): Every(_DAY),
    ("od",): Every(_DAY),
    ("bid",): Every(Span(12.0, "h")),
    ("tid",): Every(Span(8.0, "h")),
    ("qid",): Every(Span(6.0, "h")),
    ("qod",): Every(Span(2.0, "day")),
    ("weekly",): Every(_WEEK),
    ("tiw",): OnDays(TIW_DAYS, 7),
}
#: What each single word means, so that a hint never leads to another dose.
WORDS: dict[str, object] = {
    **{words[0]: frequency for words, frequency in _NAMED.items() if len(words) == 1},
    **{word: word for word in ("once", "twice", "three", "every", "on", "q8h")},
}
EXPECTED = (
    "a frequency: once, daily, bid, tid, qid, q8h, qod, q3d, weekly, tiw, every 8 h, on days 1-5, or on Mon, Wed, Fri"
)
_TWO_READINGS = ("biweekly", "biw", "bimonthly", "triweekly")
_WEEKDAYS = {
    name: place
    for place, names in enumerate(
        (
            ("monday", "mon"),
            ("tuesday", "tue", "tues"),
            ("wednesday", "wed"),
            ("thursday", "thu", "thur", "thurs"),
            ("friday", "fri"),
            ("saturday", "sat"),
            ("sunday", "sun"),
        )
    )
    for form in names
    for name in (form, f"{form}s")
}


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
    if cursor.word() in _TWO_READINGS:
        cursor.fail(f"'{cursor.word()}' has two readings", fix="write 'twice weekly' or 'every 2 weeks'")
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
    if cursor.take("weekdays"):
        return OnDays((1, 2, 3, 4, 5), 7, per_day)
    if cursor.word() in _WEEKDAYS:
        return OnDays(_read_weekdays(cursor), 7, per_day)
    if not (cursor.take("days") or cursor.take("day")):
        cursor.expected("'days', 'weekdays' or days of the week", ("days", "day", "weekdays"))
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


def _read_weekdays(cursor: Cursor) -> tuple[int, ...]:
    """Read days of the week in the order in which they are dosed; the first of them is protocol day 1."""
    first, days = _WEEKDAYS[cursor.word()], list[int]()
    while True:
        cursor.skip()
        at, word = cursor.position, cursor.word()
        day = (_WEEKDAYS[word] - first) % 7 + 1
        if days and day <= days[-1]:
            cursor.fail("days of the week must follow each other within one week", at=at)
        days.append(day)
        cursor.take(word)
        before = cursor.position
        if not ((cursor.take_symbol(",") or cursor.take("and")) and (cursor.take("and") or True)):
            return tuple(days)
        if cursor.word() not in _WEEKDAYS:
            cursor.position = before
            return tuple(days)


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
