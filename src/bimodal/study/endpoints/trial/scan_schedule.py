"""The days of scans from a line of text such as "every 8 weeks to week 52 then every 12 weeks"."""

from __future__ import annotations

import re

from bimodal.errors import StudyError

MONTH_DAYS = 365.25 / 12.0
_DAYS = {"day": 1.0, "week": 7.0, "month": MONTH_DAYS}
_PART = re.compile(r"every (\d+(?:\.\d+)?) (day|week|month)s?(?: to (day|week|month) (\d+(?:\.\d+)?))?", re.ASCII)
_EXAMPLE = 'for example "every 8 weeks to week 52 then every 12 weeks"'
_MOST = 1000


def scan_days(schedule: str, until: float) -> tuple[float, ...]:
    """Lay out the days of the scans after the one at baseline.

    Parameters
    ----------
    schedule
        Parts joined by ``then``, each ``every N weeks`` (or days, months of 30.4375 days); all but the last say
        ``to week N``. A part goes on from the last scan of the one before.
    until
        Last day; no scan is later.

    Returns
    -------
    tuple of float
        Elapsed days, ascending, without day 0.

    Examples
    --------
    >>> scan_days("every 4 weeks to week 8 then every 8 weeks", 170.0)
    (28.0, 56.0, 112.0, 168.0)
    """
    now, days = 0.0, list[float]()
    for step, end in _parts(schedule):
        last = min(until, until if end is None else end)
        start = now
        for turn in range(1, _MOST + 2):
            day = start + turn * step
            if day > last + 1e-9:
                break
            days.append(day)
            now = day
            if len(days) > _MOST:
                raise StudyError(f"this schedule has over {_MOST} scans", where=f'schedule "{schedule}"')
    return tuple(days)


def _parts(schedule: str) -> list[tuple[float, float | None]]:
    texts = [part.strip() for part in schedule.strip().split(" then ")]
    parts: list[tuple[float, float | None]] = []
    for place, text in enumerate(texts):
        match = _PART.fullmatch(" ".join(text.split()))
        if match is None or float(match[1]) <= 0.0:
            raise StudyError(f'"{text}" is no part of a scan schedule', where="schedule", fix=_EXAMPLE)
        if match[3] is None and place < len(texts) - 1:
            raise StudyError(f'"{text}" does not say when the next part begins', where="schedule", fix=_EXAMPLE)
        end = None if match[3] is None else float(match[4]) * _DAYS[match[3]]
        parts.append((float(match[1]) * _DAYS[match[2]], end))
    return parts
