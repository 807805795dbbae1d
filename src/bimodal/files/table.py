"""Reads the CSV of a user as text, so that every fault can name its file, line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from bimodal.errors import BimodalError
from bimodal.files.read import FileKind
from bimodal.files.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a file.

    Parameters
    ----------
    file
        Its name.
    line
        Line on which the row begins, from 1.
    error
        What `fail` raises.
    word
        What messages call a line.

    Examples
    --------
    >>> str(Place("doses.csv", 3))
    'doses.csv, line 3'
    """

    file: str
    line: int
    error: type[BimodalError] = BimodalError
    word: str = "line"

    def __str__(self) -> str:
        return f"{self.file}, {self.word} {self.line}"

    def fail(self, column: str | None, what: str, fix: str | None = None) -> NoReturn:
        """Raise the error that names file, line and, where there is one at fault, column."""
        raise self.error(what, where=f"{self}, column '{column}'" if column else str(self), fix=fix) from None


def read_lines(
    text: str, kind: FileKind, *, where: str, word: str = "line", longest: int = 1000
) -> Iterator[tuple[list[str], Place]]:
    r"""Give the cells of every row that is not blank, the header among them, and where the row stands.

    Parameters
    ----------
    text
        CSV.
    kind
        What is raised.
    where
        Name of the file for messages.
    word
        What messages call a line.
    longest
        Characters that a cell may have.

    Yields
    ------
    cells, place
        Cells without white space around them.

    Examples
    --------
    >>> [cells for cells, place in read_lines("a, b\n\n1,2\n", FileKind("the table"), where="x.csv")]
    [['a', 'b'], ['1', '2']]
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        place = Place(where, reader.line_num + 1, kind.error, word)
        try:
            cells = next(reader, None)
        except csv.Error as fault:
            malformed = kind.malformed or f"{kind.noun} is not CSV"
            raise kind.error(f"{malformed}: {fault}", where=str(place), fix=kind.fix) from None
        if cells is None:
            return
        stripped = [cell.strip() for cell in cells]
        if max(map(len, stripped), default=0) > longest:
            raise kind.error(f"a cell is longer than {longest:,} characters", where=str(place))
        if any(stripped):
            yield stripped, place


def read_rows(
    text: str,
    kind: FileKind,
    *,
    where: str,
    columns: Collection[str],
    needed: Sequence[str],
    fix: str | None = None,
    clean: Callable[[str], str] = str.lower,
    refuse: Callable[[list[str], Place], None] | None = None,
    word: str = "line",
    longest: int = 1000,
) -> Iterator[tuple[dict[str, str], Place]]:
    r"""Give the rows of a table with a header as text by column, and where each stands.

    Parameters
    ----------
    text, kind, where, word, longest
        As in :func:`read_lines`.
    columns
        Columns that the table may have.
    needed
        Columns that it has to have.
    fix
        What to do about the header; None lists the columns.
    clean
        Makes the name of a column of what the header says.
    refuse
        Looks at the names first, and raises its own error.

    Yields
    ------
    row, place
        Column to text.

    Examples
    --------
    >>> rows = read_rows("Day,n\n7,3\n", FileKind("the table"), where="x.csv", columns=("day", "n"), needed=("day",))
    >>> next(rows)[0]
    {'day': '7', 'n': '3'}
    """
    fix = fix or f"columns are {', '.join(columns)}"
    lines = read_lines(text, kind, where=where, word=word, longest=longest)
    head = next(lines, None)
    if head is None:
        raise kind.error(f"{kind.noun} is empty", where=where, fix=fix)
    header = [clean(name) for name in head[0]]
    _check_header(header, head[1], columns, needed, fix, refuse)
    for cells, place in lines:
        if len(cells) != len(header):
            place.fail(
                header[min(len(cells), len(header)) - 1],
                f"the line has {len(cells)} fields, the header {len(header)}",
                "one field per column; a decimal comma must become a point",
            )
        yield dict(zip(header, cells, strict=True)), place


def _check_header(
    header: list[str],
    place: Place,
    columns: Collection[str],
    needed: Sequence[str],
    fix: str,
    refuse: Callable[[list[str], Place], None] | None,
) -> None:
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        raise place.error(
            "the columns are not separated by commas", where=str(place), fix="save it with commas and decimal points"
        )
    if refuse is not None:
        refuse(header, place)
    for number, name in enumerate(header, start=1):
        if name not in columns:
            raise place.error(
                f"unknown column '{name[:40]}'",
                where=f"{place}, column {number}",
                fix=did_you_mean(name, columns) + fix,
            )
        if header.count(name) > 1:
            raise place.error(f"the column '{name}' appears twice", where=f"{place}, column {number}")
    for name in needed:
        if name not in header:
            raise place.error(f"column '{name}' is missing", where=str(place), fix=fix)
