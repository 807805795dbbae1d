"""Reads a CSV so that every fault can name its file, line and column."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bimodal.errors import DosingError

COLUMNS = ("id", "time", "amt", "rate", "ii", "addl", "evid", "mdv", "dv", "cmt", "route", "unit", "ss")
"""Columns that a dose table may have."""


@dataclass(frozen=True)
class Place:
    """A line of a file.

    Parameters
    ----------
    file
        Path as given.
    line
        Line number, from 1.

    Examples
    --------
    >>> Place("doses.csv", 3).line
    3
    """

    file: str
    line: int

    def fail(self, column: str, what: str, fix: str | None = None) -> NoReturn:
        """Raise a DosingError that names file, line and column."""
        raise DosingError(what, where=f"{self.file}, line {self.line}, column '{column}'", fix=fix)


def read_rows(path: Path, *, max_bytes: int) -> Iterator[tuple[Mapping[str, str], Place]]:
    """Read the rows of a dose table as plain text, with where each stands.

    Parameters
    ----------
    path
        CSV with a header line; UTF-8.
    max_bytes
        Larger files are refused.

    Yields
    ------
    tuple of (Mapping, Place)
        Column to text, white space stripped, and the line. Blank lines are passed over.

    Raises
    ------
    DosingError
        The file cannot be read, or header or row is malformed.
    """
    lines = csv.reader(io.StringIO(_text(path, max_bytes), newline=""), strict=True)
    header: list[str] | None = None
    try:
        for fields in lines:
            cells = [field.strip() for field in fields]
            if not any(cells):
                continue
            place = Place(str(path), lines.line_num)
            if header is None:
                header = _header(cells, place)
                continue
            if len(cells) != len(header):
                place.fail(
                    header[min(len(cells), len(header)) - 1], f"{len(cells)} fields where the header has {len(header)}"
                )
            yield dict(zip(header, cells, strict=True)), place
    except csv.Error as error:
        raise DosingError(f"this is not CSV: {error}", where=f"{path}, line {lines.line_num}") from None
    if header is None:
        raise DosingError("the table is empty", where=str(path))


def _text(path: Path, max_bytes: int) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise DosingError(f"the table is larger than {max_bytes} bytes", where=str(path))
        text = data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", None)
        raise DosingError(f"the table cannot be read: {reason or error}", where=str(path)) from None
    if "\0" in text:
        raise DosingError("the table cannot be read: it is not text", where=str(path))
    return text


def _header(cells: list[str], place: Place) -> list[str]:
    names = [cell.lower() for cell in cells]
    for name in names:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            place.fail(name[:40], "this column is unknown", f"{hint}drop it, or use one of {', '.join(COLUMNS)}")
        if names.count(name) > 1:
            place.fail(name, "this column stands there twice")
    for name in ("time", "amt"):
        if name not in names:
            place.fail(name, "this column is missing")
    if "cmt" in names and "route" in names:
        place.fail("cmt", "the table has both cmt and route", "keep one")
    return names
