"""Reads a table of samples so that every fault names its file, row and column."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from bimodal.errors import TimingError
from bimodal.files.faults import Faults
from bimodal.files.read import FileKind
from bimodal.files.table import Place, read_rows

COLUMNS = ("patient_id", "datetime", "kind", "value", "unit", "flag", "laboratory")
"""Columns that a table may have."""

REQUIRED = ("datetime", "kind", "value", "unit")
CSV_FILE = FileKind(
    "the table", TimingError, max_bytes=64_000_000, fix="save it as CSV, UTF-8, with commas and decimal points"
)
_LARGEST_CELL = 200
_PERSONAL = re.compile(
    r"name|surname|initials|(^|_)mrn|record|nhs|ssn|social|insurance|passport|birth|dob($|_)|address|street|phone|"
    r"mobile|e-?mail|postcode|zip|hospital_n|case_n|chart",
)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PLAIN_WORDS = {"patient", "subject", "series", "case", "participant", "pt", "id", "arm", "group", "site", "centre"}


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
    notes
        What was converted before.

    Examples
    --------
    >>> Table("crp.csv", "", ()).rows
    ()
    """

    file: str
    sha256: str
    rows: tuple[tuple[dict[str, str], Place], ...]
    notes: tuple[str, ...] = ()


def read_table(path: str | Path, faults: Faults | None = None) -> Table:
    r"""Read the cells of a table of samples.

    Parameters
    ----------
    path
        CSV in UTF-8 with a header; a byte-order mark is passed over.
    faults
        Keeps rows that cannot be read; None raises the first.

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
    content = CSV_FILE.content(Path(path), name)
    rows: list[tuple[dict[str, str], Place]] = []
    codes: set[str] = set()
    for row, place in read_rows(
        CSV_FILE.decode(content, name),
        CSV_FILE,
        where=name,
        columns=COLUMNS,
        needed=REQUIRED,
        clean=lambda column: re.sub(r"[\s-]+", "_", column.lower()),
        refuse=refuse_personal,
        word="row",
        longest=_LARGEST_CELL,
        faults=faults,
    ):
        code = row.get("patient_id", "")
        if code not in codes:
            refuse_identity(code, place)
            codes.add(code)
        rows.append((row, place))
    return Table(name, hashlib.sha256(content).hexdigest(), tuple(rows))


def refuse_personal(header: list[str], place: Place) -> None:
    """Refuse a column that may say who the patient is."""
    for name in header:
        if name not in COLUMNS and _PERSONAL.search(name):
            place.fail(
                name[:40],
                "this column may say who the patient is",
                "take names, record numbers and birth dates out of the file; patient_id is a code of your own",
            )


def refuse_identity(code: str, place: Place) -> None:
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
