"""Parameter tables: every number of a model with its unit, spread, source and standing."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bimodal.errors import ParameterTableError

COLUMNS = ("id", "value", "unit", "cv", "distribution", "source", "where_in_source", "status", "note")
DISTRIBUTIONS = ("fixed", "lognormal", "logitnormal", "uniform")
STATUSES = ("measured", "fitted", "assumed")


@dataclass(frozen=True)
class ParameterRow:
    """One parameter; ``cv`` is its coefficient of variation between subjects, ``None`` if all have one value."""

    id: str
    value: float
    unit: str
    cv: float | None
    distribution: str
    source: str
    where_in_source: str
    status: str
    note: str


@dataclass(frozen=True)
class ParameterTable:
    r"""All parameters of a model, in the order of the file.

    Examples
    --------
    >>> text = ",".join(COLUMNS) + "\nk,2,1/h,,fixed,a book,p. 3,measured,\n"
    >>> ParameterTable.read(text, "k.csv").values()
    {'k': 2.0}
    """

    rows: tuple[ParameterRow, ...]

    @cached_property
    def by_id(self) -> Mapping[str, ParameterRow]:
        """Rows by parameter id."""
        return {row.id: row for row in self.rows}

    @property
    def ids(self) -> tuple[str, ...]:
        """Parameter ids in order."""
        return tuple(row.id for row in self.rows)

    def values(self) -> dict[str, float]:
        """Return the value of each parameter."""
        return {row.id: row.value for row in self.rows}

    def statuses(self) -> dict[str, int]:
        """Return how many rows are measured, fitted and assumed."""
        counts = Counter(row.status for row in self.rows)
        return {status: counts[status] for status in STATUSES}

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of everything a simulation uses: id, value, unit, spread."""
        used = [(row.id, row.value, row.unit, row.cv, row.distribution) for row in self.rows]
        return hashlib.sha256(repr(used).encode()).hexdigest()

    @staticmethod
    def read(text: str, name: str) -> ParameterTable:
        """Read a table from CSV text.

        Parameters
        ----------
        text
            The file's content.
        name
            What to call the file in messages.

        Raises
        ------
        ParameterTableError
            A column, value, unit or source is missing or impossible; a row is there twice; a fitted row names no fit.
        """
        try:
            rows = ParameterTable._rows(text, name)
        except csv.Error as fault:
            raise ParameterTableError(f"this is not a CSV table: {fault}", where=name) from None
        if not rows:
            raise ParameterTableError("the parameter table is empty", where=name)
        twice = [row_id for row_id, count in Counter(row.id for row in rows).items() if count > 1]
        if twice:
            raise ParameterTableError(f"'{twice[0]}' is there twice", where=name, fix="keep one of the rows")
        return ParameterTable(rows)

    @staticmethod
    def _rows(text: str, name: str) -> tuple[ParameterRow, ...]:
        reader = csv.DictReader(io.StringIO(text))
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ParameterTableError(
                "the columns of the parameter table are wrong", where=name, fix=f"use exactly: {', '.join(COLUMNS)}"
            )
        return tuple(_row(record, f"{name}, line {reader.line_num}") for record in reader)


def _row(record: Mapping[Any, Any], where: str) -> ParameterRow:
    # DictReader keeps surplus cells under the key None and fills missing ones with None
    text = {str(key): str(value or "").strip() for key, value in record.items() if key is not None}
    if None in record or None in record.values():
        raise ParameterTableError("the row has the wrong number of cells", where=where)
    for key in ("id", "unit", "source", "where_in_source"):
        if not text[key]:
            raise ParameterTableError(
                f"'{key}' of '{text['id'] or 'the row'}' is blank",
                where=where,
                fix="say where the number comes from; 'assumed' with a reason is an answer, a blank is not"
                if key in ("source", "where_in_source")
                else None,
            )
    for key, allowed in (("distribution", DISTRIBUTIONS), ("status", STATUSES)):
        if text[key] not in allowed:
            raise ParameterTableError(
                f"'{text[key]}' is no {key}", where=f"{where}, '{text['id']}'", fix=f"one of: {', '.join(allowed)}"
            )
    if text["status"] == "fitted" and "bimodal fit" not in text["note"]:
        raise ParameterTableError(
            f"'{text['id']}' is fitted but names no fit",
            where=where,
            fix="put the command that reproduces it in the note, for example 'bimodal fit human'",
        )
    value = _number(text["value"], "value", where)
    cv = _number(text["cv"], "cv", where) if text["cv"] else None
    if cv is not None and cv < 0:
        raise ParameterTableError(f"the cv of '{text['id']}' is negative", where=where)
    if (cv is None or cv == 0) != (text["distribution"] == "fixed"):
        raise ParameterTableError(
            f"'{text['id']}' has distribution '{text['distribution']}' and cv '{text['cv']}'",
            where=where,
            fix="a fixed parameter has no cv, any other needs one",
        )
    if text["distribution"] == "lognormal" and value <= 0:
        raise ParameterTableError(f"'{text['id']}' is lognormal but not positive", where=where)
    if text["distribution"] == "logitnormal" and not 0 < value < 1:
        raise ParameterTableError(f"'{text['id']}' is logitnormal but not between 0 and 1", where=where)
    return ParameterRow(
        text["id"],
        value,
        text["unit"],
        cv,
        text["distribution"],
        text["source"],
        text["where_in_source"],
        text["status"],
        text["note"],
    )


def _number(text: str, key: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ParameterTableError(f"'{text}' is no number", where=f"{where}, '{key}'") from None
    if not math.isfinite(number):
        raise ParameterTableError(f"'{text}' is not finite", where=f"{where}, '{key}'")
    return number
