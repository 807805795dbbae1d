"""What a person says of a table that the table does not say itself, and what is still to be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bimodal.errors import TimingError

_OFFSET = re.compile(r"([+-])(\d\d):?([0-5]\d)", re.ASCII)
_ZONE = re.compile(r"[A-Za-z]\w*(?:/[A-Za-z][\w+-]*){0,2}", re.ASCII)
_FARTHEST_H = 14
_WORDS = {
    "unit": ("mg/L", "mg/dL"),
    "dates": ("day-first", "month-first"),
    "decimal": ("comma", "point"),
    "columns": ("patients",),
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """Answers to what a table leaves open; blank where nothing is said.

    Parameters
    ----------
    zone
        Where the clock hung: an offset from UTC such as ``+01:00``, or a zone such as ``Europe/Berlin``.
    unit
        ``mg/L`` or ``mg/dL``.
    dates
        ``day-first`` or ``month-first``.
    decimal
        ``comma`` or ``point``.
    columns
        ``patients``: every column beside the time holds the CRP of one patient.

    Raises
    ------
    TimingError
        An answer that there is not.

    Examples
    --------
    >>> Said(zone="+01:00").clock()
    datetime.timezone(datetime.timedelta(seconds=3600))
    """

    zone: str = ""
    unit: str = ""
    dates: str = ""
    decimal: str = ""
    columns: str = ""

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            if getattr(self, name) not in ("", *words):
                raise TimingError(f"there is no such answer about {name}", where=name, fix=" or ".join(words))
        self.clock()

    def clock(self) -> tzinfo | None:
        """Give the zone; None where nothing is said."""
        if not self.zone:
            return None
        if self.zone.upper() in ("Z", "UTC"):
            return UTC
        if (match := _OFFSET.fullmatch(self.zone)) is not None:
            offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
            if offset <= timedelta(hours=_FARTHEST_H):
                return timezone(-offset if match[1] == "-" else offset)
        elif len(self.zone) <= 60 and _ZONE.fullmatch(self.zone):
            try:
                return ZoneInfo(self.zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                pass
        raise TimingError("there is no such time zone", where="zone", fix="for example Europe/Berlin, or +01:00")


@dataclass(frozen=True)
class Question:
    """What a table leaves open.

    Parameters
    ----------
    about
        Field of `Said` that answers it.
    what
        What is unclear, and where.
    options
        Answers; none where there are many.

    Examples
    --------
    >>> Question("unit", "the unit of CRP is missing", ("mg/L", "mg/dL")).about
    'unit'
    """

    about: str
    what: str
    options: tuple[str, ...] = ()

    def fault(self, file: str) -> TimingError:
        """Give it as the error of a command that cannot ask."""
        option = f"--{self.about}"
        fix = " or ".join(f"{option} {one}" for one in self.options) or f"{option} Europe/Berlin, or {option} +01:00"
        return TimingError(self.what, where=file, fix=fix)


def question(about: str, what: str) -> Question:
    """Ask, with the answers there are."""
    return Question(about, what, _WORDS.get(about, ()))
