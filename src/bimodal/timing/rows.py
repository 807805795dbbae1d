"""Reads a table of samples so that every fault names its file, row and column."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from bimodal.errors import TimingError

COLUMNS = ("patient_id", "datetime", "kind", "value", "unit", "flag", "laboratory")
"""Columns that a table may have."""

REQUIRED = ("datetime", "kind", "value", "unit")
_LARGEST_FILE = 64_000_000
_LARGEST_CELL = 200
_PERSONAL = re.compile(
    r"name|surname|initials|(^|_)mrn|record|nhs|ssn|social|insurance|passport|birth|dob($|_)|address|street|phone|"
    r"mobile|e-?mail|postcode|zip|hospital_n|case_n|chart",
)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PLAIN_WORDS = {"patient", "subject", "series", "case", "participant", "pt", "id", "arm", "group", "site", "centre"}


@dataclass(frozen=True)
class Place:
    """A row of a file.

    Parameters
    ----------
    file
        Name of the file.
    row
        Line number, from 1 (the header is line 1).

    Examples
    --------
    >>> str(Place("crp.csv", 3))
    'crp.csv, row 3'
    """

    file: str
    row: int

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}"

    def fail(self, column: str, what: str, fix: str | None = None) -> NoReturn:
        """Raise a TimingError that names file, row and column."""
        raise TimingError(what, where=f"{self}, column '{column}'", fix=fix)


@dataclass(frozen=True)
class Table:
    """The cells of a table.

    Parameters
    ----------
    file
        Name of the file.
    sha256
        Hash of its bytes.
    rows
        Cells by column, and where they stand.

    Examples
    --------
    >>> Table("crp.csv", "", ()).rows
    ()
    """

    file: str
    sha256: str
    rows: tuple[tuple[dict[str, str], Place], ...]


def read_table(path: str | Path) -> Table:
    r"""Read the cells of a table of samples.

    Parameters
    ----------
    path
        CSV in UTF-8 with a header; a byte-order mark is passed over.

    Returns
    -------
    Table
        Cells without white space around them; blank rows are passed over.

    Raises
    ------
    TimingError
        The file cannot be read, a column is unknown or says who the patient is, or a row has too few cells.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "crp.csv"
    ...     _ = file.write_text("datetime,kind,value,unit\n2026-01-05T08:00Z,crp,4.2,mg/L\n")
    ...     read_table(file).rows[0][0]["value"]
    '4.2'
    """
    name = Path(path).name
    content = _bytes(Path(path), name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TimingError(
            "the table is not UTF-8 text", where=name, fix="save it as CSV, UTF-8, with commas and decimal points"
        ) from None
    if "\0" in text:
        raise TimingError("the table is not text", where=name)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    rows: list[tuple[dict[str, str], Place]] = []
    codes: set[str] = set()
    try:
        for cells in lines:
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            place = Place(name, lines.line_num)
            if header is None:
                header = _header(stripped, place)
                continue
            row = _cells(header, stripped, place)
            code = row.get("patient_id", "")
            if code not in codes:
                _refuse_identity(code, place)
                codes.add(code)
            rows.append((row, place))
    except csv.Error as fault:
        raise TimingError(f"this is not CSV: {fault}", where=f"{name}, row {lines.line_num}") from None
    if header is None:
        raise TimingError("the table is empty", where=name, fix=f"its columns are {','.join(COLUMNS)}")
    return Table(name, hashlib.sha256(content).hexdigest(), tuple(rows))


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise TimingError(f"the table cannot be read: {reason}", where=name) from None
    if len(content) > _LARGEST_FILE:
        raise TimingError(f"the table is larger than {_LARGEST_FILE // 1_000_000} MB", where=name)
    return content


def _header(cells: list[str], place: Place) -> list[str]:
    names = [re.sub(r"[\s-]+", "_", cell.lower()) for cell in cells]
    if len(names) == 1 and re.search(r"[;\t]", cells[0]):
        raise TimingError(
            "the columns are not separated by commas", where=str(place), fix="save it with commas and decimal points"
        )
    for name in names:
        if name in COLUMNS:
            continue
        if _PERSONAL.search(name):
            place.fail(
                name[:40],
                "this column may say who the patient is",
                "take names, record numbers and birth dates out of the file; patient_id is a code of your own",
            )
        near = get_close_matches(name, COLUMNS, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        place.fail(name[:40], "this column is unknown", f"{hint}columns are {', '.join(COLUMNS)}")
    for name in COLUMNS:
        if names.count(name) > 1:
            place.fail(name, "this column stands there twice")
    for name in REQUIRED:
        if name not in names:
            place.fail(name, "this column is missing", f"columns are {', '.join(COLUMNS)}")
    return names


def _cells(header: list[str], cells: list[str], place: Place) -> dict[str, str]:
    if len(cells) != len(header):
        place.fail(
            header[min(len(cells), len(header)) - 1],
            f"{len(cells)} cells where the header has {len(header)}",
            "a decimal comma makes two cells of one: write decimal points",
        )
    row = dict(zip(header, cells, strict=True))
    for column, cell in row.items():
        if len(cell) > _LARGEST_CELL:
            place.fail(column, f"a cell of more than {_LARGEST_CELL} characters")
    return row


def _refuse_identity(code: str, place: Place) -> None:
    """Refuse a code that looks like a person; the message does not repeat it."""
    words = [word for word in _WORD.findall(code) if word.lower() not in _PLAIN_WORDS]
    digits = sum(letter.isdigit() for letter in code)
    looks = (
        "a birth date"
        if _DATE.search(code)
        else "a record number"
        if digits >= 7
        else "a name"
        if "@" in code or (len(words) >= 2 and not digits)
        else None
    )
    if looks:
        place.fail("patient_id", f"this looks like {looks}", "use a short code of your own, such as P01")
