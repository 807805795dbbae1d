"""What comes with the package under one heading: a line for each, and each by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from bimodal.notebook import as_html, cut

if TYPE_CHECKING:
    import pandas

T = TypeVar("T")
_WIDE = 110


@dataclass(frozen=True, repr=False)
class Listing(Generic[T]):
    """Names with one line each; indexing loads a thing by its name, or from a file by its path.

    Parameters
    ----------
    what
        Heading.
    columns
        Of the table, the name first.
    names
        Gives the names.
    load
        Loads one.
    row
        Cells of one, after its name.

    Examples
    --------
    >>> squares = Listing("squares", ("number", "square"), lambda: ["2", "3"], int, lambda number: (str(number**2),))
    >>> squares
    2 squares
    2  4
    3  9
    >>> squares["3"], "4" in squares, list(squares.to_pandas()["square"])
    (3, False, ['4', '9'])
    """

    what: str
    columns: tuple[str, ...]
    names: Callable[[], Sequence[str]]
    load: Callable[[str], T]
    row: Callable[[T], tuple[str, ...]]

    def __getitem__(self, name: str) -> T:
        return self.load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def rows(self) -> list[tuple[str, ...]]:
        """Give a row of cells for each thing."""
        return [(name, *self.row(self.load(name))) for name in self.names()]

    def to_pandas(self) -> pandas.DataFrame:
        """Give the table as a data frame."""
        import pandas

        return pandas.DataFrame(self.rows(), columns=pandas.Index(self.columns))

    def __repr__(self) -> str:
        rows = self.rows()
        wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows]
        return "\n".join([f"{len(rows)} {self.what}", *(cut(line, _WIDE) for line in lines)])

    def _repr_html_(self) -> str:
        return as_html(f"{len(self)} {self.what}", self.to_pandas(), rows=200)
