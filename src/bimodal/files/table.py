"""Reads the CSV of a user as text, so that every fault can name its file, line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from bimodal.errors import BimodalError
from bimodal.files.faults import Faults
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
    text: str, kind: FileKind, *, where: str, word: str = "line", longest: int = 1000, delimiter: str = ","
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
    delimiter
        Stands between cells.

    Yields
    ------
    cells, place
        Cells without white space around them.

    Examples
    --------
    >>> [cells for cells, place in read_lines("a, b\n\n1,2\n", FileKind("the table"), where="x.csv")]
    [['a', 'b'], ['1', '2']]
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
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
    faults: Faults | None = None,
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
    faults
        Keeps the rows that cannot be read, so that reading goes on behind them; None raises the first.

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
    _check_separators(head[0], head[1])
    width = len(header)
    while not header[-1]:  # a separator at the end of every line, as some programs write it
        header.pop()
    _check_header(header, head[1], columns, needed, fix, refuse, kind)
    while True:
        try:
            found = next(lines, None)
            if found is None:
                return
            cells, place = found
            _check_cells(cells, header, width, place)
        except BimodalError as fault:
            if faults is None:
                raise
            faults.add(fault)
            continue
        yield dict(zip(header, cells[: len(header)], strict=True)), place


def _check_separators(header: list[str], place: Place) -> None:
    first = header[0].lower()
    if first.startswith(("#", "sep=")):
        what = "the first line does not name the columns" + (": it is a comment" if first[0] == "#" else "")
        place.fail(None, what, "take it out: the first line names the columns")
    if len(header) <= 2 and re.search(r"[;\t|]", "".join(header)) and not all(map(_plain, header)):
        place.fail(None, "the columns are not separated by commas", "save it with commas and decimal points")


def _plain(name: str) -> bool:
    return re.search(r"[;\t|]", name) is None


def _check_cells(cells: list[str], header: list[str], width: int, place: Place) -> None:
    spare = [cell for cell in cells[len(header) :] if cell]
    if len(cells) == width and not spare:
        return
    if len(cells) == width:
        place.fail(
            None, f"'{spare[0][:40]}' stands in a column without a name", "name the column, or take the value out"
        )
    if len(cells) == 1 and not _plain(cells[0]):
        place.fail(
            None, "the columns of this line are not separated by commas", "save it with commas and decimal points"
        )
    what = f"the line has {len(cells)} fields, the header {len(header)}"
    fix = "one field per column; a decimal comma must become a point"
    if len(cells) > len(header) and not spare:
        fix += ", a separator at the end of the line must go"
    place.fail(header[min(len(cells), len(header)) - 1], what, fix)


def _check_header(
    header: list[str],
    place: Place,
    columns: Collection[str],
    needed: Sequence[str],
    fix: str,
    refuse: Callable[[list[str], Place], None] | None,
    kind: FileKind,
) -> None:
    if refuse is not None:
        refuse(header, place)
    faults = Faults()
    meant: set[str] = set()
    for number, name in enumerate(header, start=1):
        where = f"{place}, column {number}"
        if not name:
            faults.add(kind.error("this column has no name", where=where, fix="name it, or take it out"))
        elif name not in columns:
            near = did_you_mean(name, columns)
            meant |= {known for known in needed if f"'{known}'" in near}
            faults.add(kind.error(f"unknown column '{name[:40]}'", where=where, fix=near + fix))
        elif name in header[: number - 1]:
            first = header.index(name) + 1
            faults.add(kind.error(f"the column '{name}' appears twice", where=f"{place}, column {first}"))
    # a misspelt column is both unknown and missing: the unknown one is what the person wrote
    absent = [f"'{name}'" for name in needed if name not in header and name not in meant]
    if absent:
        what = f"columns {', '.join(absent)} are missing" if absent[1:] else f"column {absent[0]} is missing"
        faults.add(kind.error(what, where=str(place), fix=fix))
    faults.raise_any()
