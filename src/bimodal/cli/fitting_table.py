"""A table that fits its terminal: lines break between words, never inside a word, a number or an interval."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

_GAP = 2
_INDENT = "    "
#: What stays together: an interval or a short remark in brackets, with what sticks to it, or a word.
_ATOM = re.compile(r"(?:\[[^\[\]\s]+, [^\[\]\s]+\]|\([^()\s]+ (?:to|=) [^()\s]+\)|[+−-]?\d[\d.,]*)(?: %)?\S*|\S+")


@dataclass(frozen=True)
class FittingTable:
    """A plain table that is laid out when its width is known.

    A table too wide for its words is cut into several, each with the first columns; one that is still too wide is
    written row by row, a line for each column.

    Parameters
    ----------
    right
        Columns aligned to the right.
    keys
        How many first columns name a row.

    Examples
    --------
    >>> rows = ((Text("treg_fold"), Text("T cells that regulate")),)
    >>> Console(width=21, color_system=None).print(FittingTable("", ("endpoint", "what"), rows, frozenset([1])))
    endpoint         what
    treg_fold     T cells
                     that
                 regulate
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Text]]
    right: frozenset[int] = frozenset()
    keys: int = 1

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the table out in the width there is."""
        if self.title:
            yield wrapped(Text(self.title, "bold"), options.max_width)
        parts = self._parts(options.max_width)
        if parts is None:
            yield from self._records(options.max_width)
            return
        for number, part in enumerate(parts):
            if number:
                yield Text("")
            yield self._grid(part, options.max_width)

    def _cells(self, column: int) -> list[Text]:
        return [Text(self.columns[column], "bold"), *(row[column] for row in self.rows)]

    def _least(self, column: int) -> int:
        return max(longest(cell) for cell in self._cells(column))

    def _parts(self, width: int) -> list[list[int]] | None:
        """Share the columns among tables that fit, each with the first columns; None where a column is too wide."""
        least = [self._least(column) + _GAP for column in range(len(self.columns))]
        room = width + _GAP
        if sum(least) <= room:
            return [list(range(len(least)))]
        keys = list(range(min(self.keys, len(least) - 1)))
        start = sum(least[column] for column in keys)
        if any(start + least[column] > room for column in range(len(keys), len(least))):
            return None
        parts = [list(keys)]
        for column in range(len(keys), len(least)):
            if sum(least[one] for one in parts[-1]) + least[column] > room:
                parts.append(list(keys))
            parts[-1].append(column)
        return parts

    def _grid(self, part: Sequence[int], width: int) -> Table:
        made = Table(box=None, pad_edge=False, padding=(0, _GAP // 2))
        widths = _shared(
            [self._least(column) for column in part],
            [max(cell.cell_len for cell in self._cells(column)) for column in part],
            width - _GAP * (len(part) - 1),
        )
        for column, room in zip(part, widths, strict=True):
            justify = "right" if column in self.right else "left"
            head = wrapped(Text(self.columns[column], "bold"), room)
            made.add_column(head, justify=justify, no_wrap=True, overflow="crop", width=room)
        for row in self.rows:
            made.add_row(*(wrapped(row[column], room) for column, room in zip(part, widths, strict=True)))
        return made

    def _records(self, width: int) -> RenderResult:
        for row in self.rows:
            head = Text("  ").join(cell for cell in row[: self.keys] if cell.plain)
            yield wrapped(head, width)
            for name, cell in zip(self.columns[self.keys :], row[self.keys :], strict=True):
                if cell.plain:
                    label = Text(f"{name}: ", "dim") if name else Text("")
                    lines = wrapped(label + cell, max(width - len(_INDENT), 1)).split("\n")
                    yield Text("\n").join(Text(_INDENT) + line for line in lines)


def wrapped(text: Text, width: int) -> Text:
    r"""Break a text between words so that no line is wider; a single word that is wider stays whole.

    Examples
    --------
    >>> wrapped(Text("1.79 [1.45, 3.01] of 29"), 14).plain
    '1.79\n[1.45, 3.01]\nof 29'
    """
    lines: list[Text] = []
    for part in text.split("\n", allow_blank=True):
        start = end = 0
        for atom in _ATOM.finditer(part.plain):
            if end > start and part[start : atom.end()].cell_len > width:
                lines.append(part[start:end])
                start = atom.start()
            end = atom.end()
        lines.append(part[start:end])
    return Text("\n").join(lines)


def longest(text: Text) -> int:
    """Return the width of the widest word that :func:`wrapped` leaves; by plain letters, which is much faster.

    Examples
    --------
    >>> longest(Text("1.79 [1.45, 3.01] of 29"))
    12
    """
    most = 0
    for line in text.plain.split("\n"):
        for number, atom in enumerate(_ATOM.finditer(line)):
            most = max(most, cell_len(line[: atom.end()] if number == 0 else atom.group()))
    return most


def _shared(least: Sequence[int], most: Sequence[int], room: int) -> list[int]:
    """Give every column its least width, and what is left to the narrow ones first."""
    widths = list(least)
    for level in range(1, room + 1):
        wider = [max(low, min(high, level)) for low, high in zip(least, most, strict=True)]
        if sum(wider) > room:
            break
        widths = wider
    spare = room - sum(widths)
    for column, high in enumerate(most):
        more = min(spare, high - widths[column])
        widths[column] += more
        spare -= more
    return widths
