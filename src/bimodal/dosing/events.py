"""Dose tables in the style of NONMEM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bimodal.dosing.dose import ScheduledDose
from bimodal.dosing.limits import MAX_DOSES, MAX_TABLE_BYTES, MAX_TABLE_DOSES
from bimodal.dosing.overlap import overlap_warnings
from bimodal.dosing.record import DoseRecord, RecordReader
from bimodal.errors import DosingError
from bimodal.files.faults import Faults
from bimodal.files.read import FileKind
from bimodal.files.spellings import Spellings
from bimodal.files.table import Place, read_rows
from bimodal.units import DoseUnit, parse_dose_unit

COLUMNS = ("id", "time", "amt", "rate", "ii", "addl", "evid", "mdv", "dv", "cmt", "route", "unit", "ss")
"""Columns that a dose table may have."""

_FILE = FileKind("the table", DosingError, max_bytes=MAX_TABLE_BYTES)


@dataclass(frozen=True)
class EventTable(Mapping[str, tuple[ScheduledDose, ...]]):
    """Doses of every subject of a table, as a mapping from subject to doses in ascending order of time.

    Subjects stand in order of first appearance; doses at one time keep the order of the file's lines.
    """

    doses: Mapping[str, tuple[ScheduledDose, ...]]
    warnings: tuple[str, ...] = ()

    def __getitem__(self, subject: str) -> tuple[ScheduledDose, ...]:
        return self.doses[subject]

    def __iter__(self) -> Iterator[str]:
        return iter(self.doses)

    def __len__(self) -> int:
        return len(self.doses)


def read_event_table(
    path: str | Path,
    *,
    unit: str | DoseUnit | None = None,
    route: Literal["sc", "iv"] = "iv",
    time_unit: Literal["h", "day"] = "h",
) -> EventTable:
    r"""Read a CSV of doses, so that the doses really given in a trial can be simulated.

    Without a column ``id`` the subject is ``"1"``.

    Parameters
    ----------
    path
        CSV with the columns ``time`` and ``amt``, optionally ``rate``, ``ii``, ``addl``, ``id``, ``evid``, ``route``
        (or ``cmt``), ``unit``, ``ss`` (zero only), and ``dv``, ``mdv``, which are passed over.
    route
        Route where the table has neither ``route`` nor ``cmt``.
    time_unit
        Unit of ``time`` and ``ii``; ``rate`` is per the same unit.

    Raises
    ------
    DosingError
        Naming file, line and column: of a number that is missing, negative or not finite, a steady-state dose, an
        unknown column, an infusion of no length, or absurd sizes.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "doses.csv"
    >>> _ = file.write_text("time,amt,ii,addl\n0,1,24,2\n")
    >>> [dose.time_h for dose in read_event_table(file, unit="MIU", route="sc")["1"]]
    [0.0, 24.0, 48.0]
    """
    source = Path(path)
    if route not in ("sc", "iv") or time_unit not in ("h", "day"):
        raise DosingError("the route must be sc or iv, and the unit of time h or day", where=str(source))
    default = parse_dose_unit(unit) if isinstance(unit, str) else unit
    reader = RecordReader(default, route, 24.0 if time_unit == "day" else 1.0)
    found: dict[str, list[tuple[float, DoseRecord]]] = {}
    total, first, repeated = 0, dict[DoseRecord, int](), list[str]()
    faults, spellings = Faults(), Spellings("the subject")
    for row, place in _rows(source, faults):
        record = None
        with faults.kept():
            spellings.check(row.get("id", "1"), place, "id")
            record = reader.read(row, place)
        if record is None:
            continue
        line = first.setdefault(record, place.line)
        if line != place.line:
            repeated.append(f"subject {record.subject}: line {place.line} repeats line {line}; both doses are given")
        events = found.setdefault(record.subject, [])
        total += record.additional + 1
        _check_counts(len(events) + record.additional + 1, total, place)
        events.extend((record.time_h + number * record.interval_h, record) for number in range(record.additional + 1))
    faults.raise_any()
    if not found:
        raise DosingError("the table has no dose", where=str(source))
    doses = {subject: _scheduled(events) for subject, events in found.items()}
    warnings = [line for subject, rows in doses.items() for line in overlap_warnings(rows, whose=f"subject {subject}")]
    return EventTable(doses, (*repeated, *warnings))


def _rows(path: Path, faults: Faults) -> Iterator[tuple[dict[str, str], Place]]:
    fix = f"use columns of {', '.join(COLUMNS)}"
    return read_rows(
        _FILE.text(path),
        _FILE,
        where=str(path),
        columns=COLUMNS,
        needed=("time", "amt"),
        fix=fix,
        refuse=_one_route,
        faults=faults,
    )


def _one_route(header: list[str], place: Place) -> None:
    if "cmt" in header and "route" in header:
        place.fail("cmt", "the table has both cmt and route", "keep one")


def _check_counts(subject: int, total: int, place: Place) -> None:
    if subject > MAX_DOSES:
        place.fail("addl", f"this makes over {MAX_DOSES} doses for one subject, more than is supported")
    if total > MAX_TABLE_DOSES:
        place.fail("addl", f"this makes over {MAX_TABLE_DOSES} doses in the table, more than is supported")


def _scheduled(events: list[tuple[float, DoseRecord]]) -> tuple[ScheduledDose, ...]:
    # sorting is stable: coincident doses keep the order of their lines
    ordered = sorted(events, key=lambda event: event[0])
    return tuple(
        ScheduledDose(time, record.duration_h, record.route, record.amount, record.unit, index, 0)
        for index, (time, record) in enumerate(ordered)
    )
