"""Tables of a PEtab problem as text by column, with the place of every row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bimodal.errors import PetabError
from bimodal.files.read import FileKind
from bimodal.files.suggest import did_you_mean
from bimodal.files.table import Place, read_lines

_KIND = FileKind("the table", PetabError, max_bytes=200_000_000, malformed="the table is no text between tabs")
_ID = re.compile(r"[A-Za-z_]\w*")
_LONGEST_CELL = 100_000
#: What an empty cell may look like.
_EMPTY = frozenset({"", "nan", "NaN", "NA", "null", "None"})
Row = dict[str, str]


def table_rows(paths: Sequence[Path], *, needed: Sequence[str]) -> Iterator[tuple[Row, Place]]:
    """Give the rows of the tables of one kind.

    Parameters
    ----------
    paths
        Files with values between tabs; columns that are not asked for are kept.
    needed
        Columns that each must have.

    Yields
    ------
    row, place
        Column to text; an empty cell, or one that says NaN, is empty text.

    Raises
    ------
    PetabError
        A column is missing or stands twice, or a line has more cells than the header.
    """
    for path in paths:
        lines = read_lines(_KIND.text(path), _KIND, where=str(path), longest=_LONGEST_CELL, delimiter="\t")
        first = next(lines, None)
        if first is None:
            raise PetabError("the table is empty", where=str(path), fix=f"columns are {', '.join(needed)}")
        header, place = first
        twice = [name for name in header if name and header.count(name) > 1]
        if twice:
            place.fail(twice[0], f"the column '{twice[0]}' appears twice")
        for name in needed:
            if name not in header:
                place.fail(
                    None, f"the column '{name}' is missing", f"{did_you_mean(name, header)}columns stand between tabs"
                )
        for cells, place in lines:
            if any(cells[len(header) :]):
                place.fail(None, f"the line has {len(cells)} cells, the header {len(header)}", "one tab between cells")
            filled = [*cells, *[""] * (len(header) - len(cells))]
            yield {n: "" if c in _EMPTY else c for n, c in zip(header, filled, strict=False) if n}, place


def identifier(row: Row, column: str, place: Place) -> str:
    """Return a cell that has to be an id."""
    text = row[column]
    if not _ID.fullmatch(text):
        what = f"'{text[:40]}' is no id" if text else "the id is missing"
        place.fail(column, what, "letters, digits and underscores, not a digit first")
    return text


def a_number(text: str, column: str, place: Place, *, finite: bool = True) -> float:
    """Return a cell that has to be a number."""
    try:
        value = float(text.replace("_", "?"))  # Python reads 1_0 as 10
    except ValueError:
        what = f"'{text[:40]}' is not a number" if text else "a number is missing"
        place.fail(column, what, "write a decimal point" if "," in text else None)
    if math.isnan(value) or (finite and math.isinf(value)):
        place.fail(column, f"'{text[:40]}' is not a finite number")
    return value


def parts(text: str) -> list[str]:
    """Return what stands between semicolons.

    Examples
    --------
    >>> parts("0.5; scale"), parts("")
    (['0.5', 'scale'], [])
    """
    return [part.strip() for part in text.split(";")] if text else []
