"""Reads CRP tables as people have them, and gives them in the documented layout for the reader to judge."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from bimodal.errors import TimingError
from bimodal.files.faults import Faults
from bimodal.files.table import Place, read_lines
from bimodal.timing.config import TimingConfig
from bimodal.timing.layout_columns import Columns, read_columns
from bimodal.timing.layout_dates import read_dates
from bimodal.timing.layout_numbers import bare_number, decimal_mark, unit_fault, with_point
from bimodal.timing.read_series import series_of
from bimodal.timing.rows import COLUMNS, CSV_FILE, Table, refuse_identity
from bimodal.timing.said import Question, Said, question
from bimodal.timing.series import Series

_LARGEST_CELL = 200
_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas"}
_NO_EVENTS = "this layout has no place for doses and infections: all samples are taken to be from before any"


@dataclass(frozen=True)
class _Place(Place):
    """A row that faults call by the names of its own columns."""

    names: Mapping[str, str] = field(default_factory=dict[str, str])

    __str__ = Place.__str__

    def fail(self, column: str | None, what: str, fix: str | None = None) -> NoReturn:
        """Raise the error that names the column as the file does."""
        Place.fail(self, self.names.get(column, column)[:40] if column else None, what, fix)


@dataclass(frozen=True)
class Layout:
    r"""A table in the documented layout, and how it was understood.

    Parameters
    ----------
    table
        Cells under the documented names; their places are those of the file.
    understood
        What was read how: pairs of a topic and words.
    questions
        What a person has to say first.
    series
        The series; None while there are questions.

    Examples
    --------
    >>> text = "Datum;Uhrzeit;CRP (mg/L)\n25.01.2026;08:10;14,2\n"
    >>> read_layout(text.encode(), "crp.csv", said=Said(zone="+01:00")).rows()
    [['2026-01-25T08:10+01:00', 'crp', '14.2', 'mg/L', '']]
    """

    table: Table
    understood: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...]
    series: tuple[Series, ...] | None

    @property
    def columns(self) -> list[str]:
        """Documented names of the columns there are."""
        return [name for name in COLUMNS if self.table.rows and name in self.table.rows[0][0]]

    def rows(self) -> list[list[str]]:
        """Give the cells by `columns`."""
        return [[row[name] for name in self.columns] for row, _ in self.table.rows]

    def csv(self) -> str:
        """Write the table as documented."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.columns, *self.rows()])
        return out.getvalue()

    def answered(self) -> tuple[Series, ...]:
        """Give the series.

        Raises
        ------
        TimingError
            Naming every question that is open.
        """
        faults = Faults()
        for one in self.questions:
            faults.add(one.fault(self.table.file))
        faults.raise_any()
        assert self.series is not None
        return self.series


def read_layout(content: bytes, where: str, config: TimingConfig | None = None, *, said: Said | None = None) -> Layout:
    """Read a table of samples: columns separated by commas, semicolons or tabs, one row or one column a patient.

    Nothing that can be read in two ways is guessed: it becomes a question, or a fault.

    Parameters
    ----------
    content
        The bytes of the file.
    where
        What messages call it.
    said
        Answers to questions.

    Raises
    ------
    TimingError
        Every fault of the file, by row and column.
    """
    said, settings, faults = said or Said(), config or TimingConfig(), Faults()
    delimiter, lines = _lines(CSV_FILE.decode(content, where), where)
    try:
        header, place = next(lines)
    except StopIteration:
        raise TimingError("the table is empty", where=where, fix=CSV_FILE.fix) from None
    while len(header) > 1 and not header[-1]:
        header.pop()
    columns = read_columns(header, place, said)
    questions, parts = [columns.question] if columns.question else [], list[str]()
    cells = list(_cells(lines, columns, place.file, faults))
    if not cells and not faults.count:
        raise TimingError("the table has no rows", where=where, fix="one row for each sample")
    mark, asked = decimal_mark(((row["value"], at) for row, at in cells), said, faults)
    questions += [asked] if asked else []
    dates = read_dates([(row["datetime"], at) for row, at in cells], said, faults)
    questions += dates.questions
    own_unit = "unit" in columns.at
    unit = columns.unit or said.unit
    if not unit and not own_unit:
        questions.append(question("unit", "the unit of CRP is missing"))
    rows = tuple(_converted(cells, dates.texts, mark, unit or "mg/L", columns, faults))
    if delimiter != ",":
        parts.append(f"columns separated by {_SEPARATORS.get(delimiter, delimiter)}")
    if not columns.long:
        several = columns.crp[0][1] != ""
        parts.append("one column for each patient" if several else "one row for each sample of CRP")
    parts += ["decimal commas"] if mark == "comma" else []
    parts += dates.parts
    if unit and not own_unit:
        parts.append(f"unit {unit}" + ("" if columns.unit else ", as said"))
    notes = ("the table was converted: " + "; ".join(parts),) if parts else ()
    notes += () if columns.long else (_NO_EVENTS,)
    table = Table(where, hashlib.sha256(content).hexdigest(), rows, notes)
    understood = tuple(_understood(delimiter, columns, mark, dates.parts, unit, table))
    if questions:
        abouts = {one.about for one in questions}
        if "decimal" not in abouts and not ("dates" in abouts and columns.long):
            series_of(table, settings, faults)  # for the faults that no answer mends
        faults.raise_any()
        return Layout(table, understood, tuple(questions), None)
    return Layout(table, understood, (), series_of(table, settings, faults))


def _lines(text: str, where: str) -> tuple[str, Iterator[tuple[list[str], Place]]]:
    """Find what separates the columns: a tab or a semicolon in the first line is no part of a name."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    told = first.strip().lower().startswith("sep=") and len(first.strip()) == 5
    delimiter = first.strip()[-1] if told else next((one for one in _SEPARATORS if one in first), ",")
    if delimiter not in _SEPARATORS:
        raise TimingError("the columns are separated in an unknown way", where=where, fix="use commas or semicolons")
    lines = read_lines(text, CSV_FILE, where=where, word="row", longest=_LARGEST_CELL, delimiter=delimiter)
    if told:
        next(lines)
    return delimiter, lines


def _cells(
    lines: Iterator[tuple[list[str], Place]], columns: Columns, file: str, faults: Faults
) -> Iterator[tuple[dict[str, str], Place]]:
    """Give rows under documented names, as they are written."""
    width, at = len(columns.header), columns.at
    names = {name: columns.header[k] for name, k in at.items() if name != "time"}
    codes = {code for _, code in columns.crp if code}
    seen = set[str]()
    for written, plain in _readable(lines, faults):
        place = _Place(file, plain.line, TimingError, "row", names)
        if len(written) < width or any(written[width:]):
            fix = "one cell for each column; where commas separate columns, a decimal comma must become a point"
            with faults.kept():
                place.fail(None, f"the row has {len(written)} cells, the first row has {width}", fix)
            continue
        row = {name: written[k] for name, k in at.items() if name != "time"}
        if "time" in at and (clock := written[at["time"]]):
            row["datetime"] = f"{row['datetime']} {clock}"
        code = row.get("patient_id", "")
        if code not in seen:
            seen.add(code)
            with faults.kept():
                refuse_identity(code, place)
        if columns.long:
            yield row, place
            continue
        for k, code in columns.crp:
            if codes and not written[k]:
                continue  # this patient was not sampled then
            own = _Place(file, plain.line, TimingError, "row", {**names, "value": columns.header[k]})
            yield {**({"patient_id": code} if codes else {}), **row, "kind": "crp", "value": written[k]}, own


def _readable(lines: Iterator[tuple[list[str], Place]], faults: Faults) -> Iterator[tuple[list[str], Place]]:
    while True:
        try:
            found = next(lines, None)
        except TimingError as fault:
            faults.add(fault)
            return
        if found is None:
            return
        yield found


def _converted(
    cells: list[tuple[dict[str, str], Place]], times: list[str], mark: str, unit: str, columns: Columns, faults: Faults
) -> Iterator[tuple[dict[str, str], Place]]:
    for (row, place), time in zip(cells, times, strict=True):
        value, below = bare_number(row["value"])
        flagged = "<LOD" if below else ""
        made = {**row, "datetime": time, "value": with_point(value, mark), "unit": row.get("unit", unit)}
        if fault := unit_fault(row.get("unit", ""), columns.unit, place):
            faults.add(fault)
        made["flag"] = row.get("flag", "") or flagged
        yield made, place


def _understood(
    delimiter: str, columns: Columns, mark: str, dates: list[str], unit: str, table: Table
) -> Iterator[tuple[str, str]]:
    yield "rows", f"{len(table.rows)} samples" + (" and events" if columns.long else "")
    yield "columns", f"separated by {_SEPARATORS.get(delimiter, delimiter)}"
    if columns.long:
        yield "layout", "one row for each sample or event, as documented"
    elif columns.crp[0][1]:
        yield "layout", f"one column for each of {len(columns.crp)} patients"
    else:
        yield "layout", "one row for each sample of CRP"
    yield "numbers", {"comma": "decimal commas", "point": "decimal points", "": "whole numbers"}[mark]
    yield "dates", "; ".join(dates).removeprefix("dates ") or "of ISO 8601, with their offset from UTC"
    yield "unit", "in a column of its own" if "unit" in columns.at else unit or "not said"
    if not columns.long:
        yield "events", _NO_EVENTS
