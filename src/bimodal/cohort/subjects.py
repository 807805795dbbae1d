"""Given subjects from a table of a user."""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bimodal.cohort.population import Population
from bimodal.cohort.scaling import SCALED, scale_by_size
from bimodal.cohort.table import Table, TableRow
from bimodal.errors import CohortError
from bimodal.units import bsa_m2

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LIMITS = {"weight_kg": (20.0, 500.0), "height_cm": (80.0, 260.0)}
_LARGEST_FILE = 100_000_000
_LONGEST_FIELD = 1_000


def read_subjects(path: str | Path, table: Table) -> Population:
    r"""Read subjects and their covariates from a CSV file.

    Nothing is drawn at random: what the file does not give has the table's value, with plasma volume and clearance
    scaled by body size unless the file gives them.

    Parameters
    ----------
    path
        CSV with the columns ``id``, ``weight_kg`` (20 to 500 kg), ``height_cm`` (80 to 260 cm) and, if wanted, one
        column per parameter id, in the unit of the table.
    table
        The model's parameter table.

    Returns
    -------
    Population
        Subjects in the order of the file, ``labels`` holding their ids.

    Raises
    ------
    CohortError
        If the file is empty, a column is unknown, missing or doubled, an id is blank or doubled, or a number is
        missing, not finite, negative or out of range; the message names line and column.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Empty:
    ...     rows: tuple = ()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "mine.csv"
    ...     _ = file.write_text("id,weight_kg,height_cm\nA,72,180\n")
    ...     read_subjects(file, Empty()).labels
    ('A',)
    """
    name = Path(path).name
    rows = _rows(_text(Path(path)), name)
    known = {row.id: row for row in table.rows}
    first, header = rows[0]
    columns = _check_header(header, known, f"{name}, line {first}")
    if len(rows) == 1:
        raise CohortError("the file has a header but no subject", where=name, fix="add one line per subject")
    lines: dict[str, int] = {}
    values: dict[str, list[float]] = {column: [] for column in columns if column != "id"}
    for line, fields in rows[1:]:
        if len(fields) != len(columns):
            raise CohortError(
                f"the line has {len(fields)} fields, the header {len(columns)}",
                where=f"{name}, line {line}",
                fix="give one field per column; a decimal comma must become a point",
            )
        for column, field in zip(columns, fields, strict=True):
            where = f"{name}, line {line}, column {column}"
            if column == "id":
                if not field:
                    raise CohortError("the id is blank", where=where)
                if field in lines:
                    raise CohortError(f"the id {field!r} is used twice, first on line {lines[field]}", where=where)
                lines[field] = line
            else:
                values[column].append(_number(field, column, known.get(column), where))
    return _population(values, tuple(lines), table.rows)


def _population(values: dict[str, list[float]], labels: tuple[str, ...], rows: Sequence[TableRow]) -> Population:
    given = {column: np.array(numbers) for column, numbers in values.items()}
    weight, height = given.pop("weight_kg"), given.pop("height_cm")
    size: NDArray[np.float64] = np.asarray(bsa_m2(weight, height), dtype=np.float64)
    # A volume or clearance the user measured is already that of the subject's own size.
    defaults = {row.id: row.value for row in rows if row.id in SCALED and row.id not in given}
    scaled = scale_by_size({}, defaults, size)
    return Population(
        patients=np.arange(len(labels), dtype=np.int64),
        covariates={"weight_kg": weight, "height_cm": height, "bsa_m2": size},
        parameters={**given, **scaled},
        weights=np.ones(len(labels)),
        labels=labels,
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise CohortError("the subject file is larger than 100 MB", where=path.name)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CohortError(
            f"the subject file cannot be read: {error.strerror or error}", where=str(path), fix="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise CohortError("the subject file is not UTF-8 text", where=path.name, fix="save it as UTF-8 CSV") from error


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    if "\0" in text:
        raise CohortError("the subject file holds a zero byte and is no text", where=name)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for fields in reader:
            stripped = [field.strip() for field in fields]
            if any(stripped):
                rows.append((reader.line_num, stripped))
            if max(map(len, stripped), default=0) > _LONGEST_FIELD:
                raise CohortError("a field is longer than 1,000 characters", where=f"{name}, line {reader.line_num}")
    except csv.Error as error:
        raise CohortError(f"the line is no valid CSV: {error}", where=f"{name}, line {reader.line_num}") from error
    if not rows:
        raise CohortError("the subject file is empty", where=name, fix="begin with: id,weight_kg,height_cm")
    return rows


def _check_header(header: list[str], known: dict[str, TableRow], where: str) -> list[str]:
    allowed = {"id", *_LIMITS, *known}
    for column in header:
        if column not in allowed:
            near = difflib.get_close_matches(column, sorted(allowed), n=1)
            commas = "separate columns with commas" if ";" in column or "\t" in column else None
            raise CohortError(
                f"unknown column {column!r}",
                where=f"{where}, column {header.index(column) + 1}",
                fix=f"did you mean {near[0]!r}?"
                if near
                else commas or "use id, weight_kg, height_cm or a parameter id",
            )
        if header.count(column) > 1:
            raise CohortError(f"the column {column!r} appears twice", where=where)
    for column in ("id", *_LIMITS):
        if column not in header:
            raise CohortError(f"the column {column!r} is missing", where=where)
    return header


def _number(field: str, column: str, row: TableRow | None, where: str) -> float:
    if not field:
        raise CohortError("the value is missing", where=where, fix="give a number in every field")
    value = float(field) if _NUMBER.fullmatch(field) else math.nan
    if not math.isfinite(value):
        raise CohortError(f"{field[:40]!r} is not a finite number", where=where)
    if value < 0:
        raise CohortError(f"{field} is negative", where=where)
    if column in _LIMITS:
        low, high = _LIMITS[column]
        if not low <= value <= high:
            raise CohortError(
                f"{field} is outside {low:g} to {high:g}", where=where, fix=f"give it in {column.rpartition('_')[2]}"
            )
    elif row is not None and row.distribution == "logitnormal" and value > 1:
        raise CohortError(f"{field} is not a fraction between 0 and 1", where=where)
    return value
