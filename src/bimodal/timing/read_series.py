"""From a table of samples to series."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from bimodal.errors import TimingError
from bimodal.files.faults import Faults
from bimodal.files.number_text import NUMBER
from bimodal.files.spellings import Spellings
from bimodal.files.suggest import did_you_mean
from bimodal.files.table import Place
from bimodal.timing.config import TimingConfig, load_config
from bimodal.timing.rows import Table, read_table
from bimodal.timing.series import DISTURBANCES, MARKER_KINDS, Event, Series

KINDS = ("crp", "dose", *DISTURBANCES, *MARKER_KINDS)
"""What a row may be."""

MG_PER_L = {"mg/l": 1.0, "mg/dl": 10.0}
"""mg/L in one unit of CRP."""

_LARGEST_CRP = 1000.0
_YEARS = (1970, 2100)
_NUMBER = re.compile(rf"[+-]?{NUMBER}", re.ASCII)
#: Date, time and the offset as hh, hhmm or hh:mm; databases put a blank before it and write up to nine decimals.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
_TIME_FIX = "write 2026-01-05T08:30+01:00: date, time, and the offset from UTC (with daylight saving in it)"


@dataclass(frozen=True)
class _Sample:
    time: datetime
    value: float
    censored: bool
    laboratory: str
    place: Place


@dataclass(frozen=True)
class _Happening:
    time: datetime
    kind: str
    value: float | None
    unit: str
    place: Place


def read_series(path: str | Path, config: TimingConfig | str | Path | None = None) -> tuple[Series, ...]:
    r"""Read the series of a table, one per patient, in order of first appearance.

    Times are turned into hours after the patient's first CRP sample, so that neither dates nor ids go any further.

    The CSV has the columns ``patient_id, datetime, kind, value, unit, flag`` and, if wanted, ``laboratory``.

    Raises
    ------
    TimingError
        Naming file, row and column: times without offset, mixed units, decimal commas, text, values of zero or below,
        two values at one time, columns that say who the patient is, a dose before the first sample. Several faults
        are listed together.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "crp.csv"
    ...     _ = file.write_text("datetime,kind,value,unit\n2026-01-05T08:00Z,crp,0.5,mg/dL\n")
    ...     read_series(file)[0].values.tolist()
    [5.0]
    """
    settings = config if isinstance(config, TimingConfig) else TimingConfig() if config is None else load_config(config)
    faults = Faults()
    return series_of(read_table(path, faults), settings, faults)


def series_of(table: Table, settings: TimingConfig, faults: Faults) -> tuple[Series, ...]:
    """Judge the cells of a table and make the series of them; all faults of the file are raised together.

    ``faults`` holds those that were found before.
    """
    spellings = Spellings("the patient")
    samples: dict[str, list[_Sample]] = {}
    happenings: dict[str, list[_Happening]] = {}
    unit: tuple[str, Place] | None = None
    for row, place in table.rows:
        who, kind, time = row.get("patient_id", ""), "", None
        with faults.kept():
            if "patient_id" in row and not who:
                place.fail("patient_id", "the patient is missing", "give every row the code of its patient")
            spellings.check(who, place, "patient_id")
        with faults.kept():
            time = _time(row["datetime"], place)
        with faults.kept():
            kind = _kind(row["kind"], place)
        own, events = samples.setdefault(who, []), happenings.setdefault(who, [])
        if kind == "crp":
            with faults.kept():
                unit = _same_unit(row["unit"], unit, place)
            with faults.kept():
                sample = _sample(row, time, MG_PER_L[unit[0]] if unit else 1.0, settings, place)
                own += [] if sample is None else [sample]
        elif kind:
            with faults.kept():
                event = _happening(row, kind, time, place)
                events += [] if event is None else [event]
    faults.raise_any()
    if unit is None:
        raise TimingError("the table has no CRP sample", where=table.file, fix="rows of kind crp are the samples")
    converted = ("CRP was given in mg/dL and is used in mg/L (x 10)",) if MG_PER_L[unit[0]] != 1.0 else ()
    notes = (*table.notes, *converted)
    found: list[Series] = []
    for k, (who, own) in enumerate(samples.items()):
        with faults.kept():
            _check_before(own, happenings[who], settings)
            found.append(_series(f"series {k + 1}", own, happenings[who], settings, (table.sha256, notes)))
    faults.raise_any()
    return tuple(found)


def _check_before(samples: list[_Sample], happenings: list[_Happening], settings: TimingConfig) -> None:
    """Refuse a dose or disturbance before the first sample: every sample would be left out."""
    ends = [event for event in happenings if event.kind == "dose" or _disturbs(event, settings)]
    if not samples or not ends:
        return
    start = min(sample.time for sample in samples)
    first = min(ends, key=lambda event: event.time)
    if first.time >= start:
        return
    known = "" if first.kind == "dose" else ', or set known_events = "pulse" (--config) to fit it as a pulse'
    first.place.fail(
        "datetime",
        f"a {first.kind} on {first.time.date()} lies before the first CRP sample ({start.date()}): no sample of this "
        "patient can be used, as those after a dose, infection, operation or course of steroids are left out",
        "add samples from before it; or, if what it did to CRP is long over, take its row out" + known,
    )


def _disturbs(event: _Happening, settings: TimingConfig) -> bool:
    return event.kind in DISTURBANCES and settings.known_events != "pulse"


def _series(
    label: str,
    samples: list[_Sample],
    happenings: list[_Happening],
    settings: TimingConfig,
    origin: tuple[str, tuple[str, ...]],
) -> Series:
    sha256, notes = origin
    ordered = sorted(samples, key=lambda sample: sample.time)
    if any(a is not b for a, b in zip(samples, ordered, strict=True)):
        notes = (*notes, "the rows were not in order of time and were sorted")
    kept: list[_Sample] = []
    for sample in ordered:
        if kept and sample.time == kept[-1].time:
            if (sample.value, sample.censored) != (kept[-1].value, kept[-1].censored):
                sample.place.fail(
                    "datetime",
                    f"row {kept[-1].place.line} has another value at the same time",
                    "keep the one that is right",
                )
            continue
        kept.append(sample)
    if len(kept) < len(ordered):
        notes = (*notes, f"{len(ordered) - len(kept)} repeated rows were dropped")
    times = [sample.time for sample in kept] or [event.time for event in happenings]
    start = min(times)
    events = tuple(
        Event(event.kind, _hours(event.time - start), event.value, event.unit, event.place.line)
        for event in sorted(happenings, key=lambda event: event.time)
    )
    pulses = [event.hours for event in events if event.kind in DISTURBANCES and settings.known_events == "pulse"]
    return Series(
        label=label,
        hours=np.array([_hours(sample.time - start) for sample in kept], dtype=np.float64),
        values=np.array([sample.value for sample in kept], dtype=np.float64),
        censored=np.array([sample.censored for sample in kept], dtype=np.bool_),
        clock_hours=np.array([_clock(sample.time) for sample in kept], dtype=np.float64),
        weekdays=np.array([sample.time.weekday() for sample in kept], dtype=np.int64),
        laboratories=tuple(sample.laboratory for sample in kept),
        rows=tuple(sample.place.line for sample in kept),
        events=events,
        assay_sd=settings.assay_sd,
        pulses=tuple(pulses),
        sha256=sha256,
        notes=notes,
    )


def _hours(gap: timedelta) -> float:
    return gap.total_seconds() / 3600.0


def _clock(time: datetime) -> float:
    return time.hour + time.minute / 60.0 + time.second / 3600.0


def _kind(text: str, place: Place) -> str:
    kind = text.lower()
    if kind not in KINDS:
        place.fail(
            "kind", f"'{text[:40]}' is no known kind", did_you_mean(kind, KINDS) + f"kinds are {', '.join(KINDS)}"
        )
    return kind


def _time(text: str, place: Place) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        place.fail("datetime", f"'{text[:40]}' is not a date and time of ISO 8601", _TIME_FIX)
    if match[2] is None:
        place.fail("datetime", f"'{text}' does not say its offset from UTC", _TIME_FIX)
    try:
        time = datetime.fromisoformat(f"{match[1]}{match[2]}".upper())
    except ValueError:
        place.fail("datetime", f"'{text}' does not exist in the calendar or on the clock", _TIME_FIX)
    offset = time.utcoffset()
    if offset is None or abs(offset) > timedelta(hours=14):
        place.fail("datetime", f"'{text}' has an offset that no place on earth has", _TIME_FIX)
    if not _YEARS[0] <= time.year <= _YEARS[1]:
        place.fail("datetime", f"the year {time.year} cannot be right", _TIME_FIX)
    return time


def _same_unit(text: str, before: tuple[str, Place] | None, place: Place) -> tuple[str, Place]:
    unit = text.lower()
    if unit not in MG_PER_L:
        place.fail("unit", f"'{text[:40]}' is no unit of CRP" if text else "the unit is missing", "write mg/L or mg/dL")
    if before is not None and before[0] != unit:
        place.fail(
            "unit",
            f"CRP in {text} here, in another unit in row {before[1].line}",
            "bring all rows to one unit: 1 mg/dL is 10 mg/L",
        )
    return before or (unit, place)


def _sample(
    row: dict[str, str], time: datetime | None, factor: float, settings: TimingConfig, place: Place
) -> _Sample | None:
    """Read a sample; one whose time cannot be read is checked too, and is none."""
    flag = row.get("flag", "").lower()
    if flag not in ("", "<lod"):
        place.fail(
            "flag", f"'{flag[:40]}' is no known flag", "leave it blank, or write <LOD for a sample below the limit"
        )
    censored = flag == "<lod"
    limit = settings.limit_mg_per_l
    if censored and not row["value"]:
        if limit is None:
            place.fail("value", "a sample below the limit needs the limit", "write it as value, or set limit_mg_per_l")
        value = limit
    else:
        value = _number(row["value"], place) * factor
    if value <= 0.0:
        place.fail(
            "value",
            "CRP must be greater than zero",
            "a sample below the limit is written as the limit with the flag <LOD",
        )
    if value > _LARGEST_CRP:
        place.fail("value", f"CRP of {value:g} mg/L cannot be right", "check the unit and the decimal point")
    if limit is not None and not censored and value < limit:
        place.fail("value", f"CRP lies below the limit of {limit:g} mg/L without a flag", "flag it <LOD")
    if time is None:
        return None
    return _Sample(time, value, censored, row.get("laboratory", "") or settings.laboratory, place)


def _happening(row: dict[str, str], kind: str, time: datetime | None, place: Place) -> _Happening | None:
    value = _number(row["value"], place) if row["value"] else None
    if kind in MARKER_KINDS and value is None:
        place.fail("value", f"a row of kind {kind} needs a value")
    if value is not None and value < 0.0:
        place.fail("value", "a value cannot be negative")
    return None if time is None else _Happening(time, kind, value, row["unit"], place)


def _number(text: str, place: Place) -> float:
    if not _NUMBER.fullmatch(text):
        if "," in text:
            place.fail("value", f"'{text[:40]}' has a comma", "write decimal points, and no separators of thousands")
        if text.startswith("<"):
            place.fail("value", f"'{text[:40]}' is not a number", "write the limit as value and <LOD as flag")
        place.fail("value", f"'{text[:40]}' is not a number" if text else "the value is missing")
    number = float(text)
    if not math.isfinite(number):
        place.fail("value", f"'{text[:40]}' is too large")
    return number
