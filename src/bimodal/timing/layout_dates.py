"""Dates and times as people write them; what can be read in two ways is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from bimodal.files.faults import Faults
from bimodal.files.table import Place
from bimodal.timing.said import Question, Said, question

_CLOCK = r"(\d{1,2}):(\d\d)(?::(\d\d))?"
_OFFSET = r" ?([Zz]|[+-]\d\d(?::?\d\d)?)?"
_NUMBERS = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}})(?:,? +| ?T){_CLOCK}(?: Uhr)?{_OFFSET}", re.ASCII)
_YEAR_FIRST = re.compile(rf"(\d{{4}})([./-])(\d{{1,2}})\2(\d{{1,2}})(?:,? +|[Tt]){_CLOCK}(?: Uhr)?{_OFFSET}", re.ASCII)
_NO_TIME = re.compile(r"(\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d\d(?!\d).*", re.ASCII)
_TWELVE = 12
_ANY_TIME = "2000-01-01T00:00Z"


@dataclass
class Dates:
    """The times of a table, converted to ISO 8601 with their offset.

    Parameters
    ----------
    texts
        One for each cell, in their order.
    questions
        What could not be decided; such cells are then of the first answer, for other faults to be found.
    parts
        What was converted, in words.
    """

    texts: list[str] = field(default_factory=list[str])
    questions: list[Question] = field(default_factory=list[Question])
    parts: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class _Cell:
    text: str
    place: Place
    numbers: re.Match[str] | None
    year_first: re.Match[str] | None


def read_dates(cells: list[tuple[str, Place]], said: Said, faults: Faults) -> Dates:
    """Convert the times of a table: all its dates are written in one way, and one of them may show which.

    A time without an offset from UTC takes that of the zone that a person names; one that the clock of that zone skips
    or shows twice is at fault.
    """
    made = Dates()
    found = [_Cell(text, place, _NUMBERS.fullmatch(text), _YEAR_FIRST.fullmatch(text)) for text, place in cells]
    day_first = _order([one for one in found if one.numbers], said, faults, made)
    zone, open_places = said.clock(), list[Place]()
    for cell in found:
        text = _ANY_TIME  # where a fault is named here, the reader does not name another
        with faults.kept():
            text = _iso(cell, day_first, zone, open_places)
        made.texts.append(text)
    if open_places and zone is None:
        where = f"row {open_places[0].line}" + (f" and {len(open_places) - 1} more" if open_places[1:] else "")
        made.questions.append(question("zone", f"times do not say their offset from UTC ({where})"))
    elif open_places:
        made.parts.append(f"times of {said.zone}")
    return made


def _order(cells: list[_Cell], said: Said, faults: Faults, made: Dates) -> bool:
    """Say whether the day stands first."""
    parts = [(int(cell.numbers[1]), int(cell.numbers[3]), cell) for cell in cells if cell.numbers]
    if not parts:
        return True
    day_first = next((cell for first, second, cell in parts if first > _TWELVE >= second), None)
    month_first = next((cell for first, second, cell in parts if second > _TWELVE >= first), None)
    if day_first and month_first:
        with faults.kept():
            what = f"the month stands first here, the day in row {day_first.place.line}"
            month_first.place.fail("datetime", what, "write all dates in one way, best as 2026-01-05")
        return True
    chosen = said.dates or ("day-first" if day_first else "month-first" if month_first else "")
    if not chosen:
        text = parts[0][2].text
        what = f"dates such as '{text[:20]}' can be read in two ways (row {parts[0][2].place.line})"
        made.questions.append(question("dates", what))
        return True
    shows = day_first or month_first
    made.parts.append("dates day.month.year" if chosen == "day-first" else "dates month/day/year")
    if shows and not said.dates:
        made.parts[-1] += f", as row {shows.place.line} shows"
    return chosen == "day-first"


def _iso(cell: _Cell, day_first: bool, zone: tzinfo | None, open_places: list[Place]) -> str:
    text, place = cell.text, cell.place
    if (match := cell.numbers) is not None:
        day, month = (match[1], match[3]) if day_first else (match[3], match[1])
        year, clock, offset = match[4], match.group(5, 6, 7), match[8]
    elif (match := cell.year_first) is not None:
        year, month, day, clock, offset = match[1], match[3], match[4], match.group(5, 6, 7), match[8]
    else:
        if _NO_TIME.fullmatch(text):
            place.fail("datetime", f"'{text}' has no time of day", "write the hour of each sample, such as 08:10")
        if _SHORT_YEAR.fullmatch(text):
            place.fail("datetime", f"'{text[:40]}' has a year of two digits", "write the year with four digits")
        return text  # the reader says what is wrong with it, or knows it
    hour, minute, second = clock
    written = f"{year}-{int(month):02}-{int(day):02}T{int(hour):02}:{minute}" + (f":{second}" if second else "")
    if offset:
        return written + offset
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        place.fail("datetime", f"'{text[:40]}' does not exist in the calendar or on the clock", "correct it")
    open_places.append(place)
    if zone is None:
        return f"{written}Z"
    return time.replace(tzinfo=_offset_of(time, zone, text, place)).isoformat(
        timespec="seconds" if second else "minutes"
    )


def _offset_of(time: datetime, zone: tzinfo, text: str, place: Place) -> tzinfo:
    early, late = time.replace(tzinfo=zone), time.replace(tzinfo=zone, fold=1)
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != time:
        place.fail("datetime", f"'{text[:40]}' does not exist: the clock was put forward that night", "correct it")
    if early.utcoffset() != late.utcoffset():
        place.fail(
            "datetime", f"'{text[:40]}' was there twice that night, as the clock was put back",
            "write it as 2026-10-25T02:30+02:00",
        )  # fmt: skip
    return early.tzinfo if early.tzinfo is not None else UTC
