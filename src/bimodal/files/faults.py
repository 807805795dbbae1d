"""Keeps the faults of a file, so that a person hears of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

from bimodal.errors import BimodalError
from bimodal.files.read import FileKind

_SHOWN = 20


class Faults:
    """The faults found so far in one file.

    Parameters
    ----------
    kind
        What is raised.
    where
        Name of the file for messages.

    Examples
    --------
    >>> faults = Faults(FileKind("the table"), "x.csv")
    >>> for line, fix in ((2, "write a decimal point"), (5, None)):
    ...     with faults.kept():
    ...         raise BimodalError("this is no number", where=f"x.csv, line {line}", fix=fix)
    >>> faults.raise_any()
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: the table has 2 faults
      x.csv, line 2: this is no number
        try: write a decimal point
      x.csv, line 5: this is no number
      where: x.csv
    """

    def __init__(self, kind: FileKind, where: str) -> None:
        self._kind, self._where = kind, where
        self._first: list[BimodalError] = []
        self.count = 0

    def add(self, fault: BimodalError) -> None:
        """Keep a fault; of very many only the first are shown."""
        self.count += 1
        if len(self._first) < _SHOWN:
            self._first.append(fault)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what is raised inside, and go on after it."""
        try:
            yield
        except BimodalError as fault:
            self.add(fault)

    def raise_any(self) -> None:
        """Raise what was kept: one fault as it is, several as one error that lists them with their remedies."""
        if not self.count:
            return
        if self.count == 1:
            raise self._first[0]
        lines = [f"{self._kind.noun} has {self.count} faults"]
        for fault in self._first:
            lines += self._lines(fault)
        if self.count > len(self._first):
            lines.append(f"  and {self.count - len(self._first):,} more")
        raise self._kind.error("\n".join(lines), where=self._where)

    def _lines(self, fault: BimodalError) -> list[str]:
        place = (fault.where or "").replace(self._where, PurePath(self._where).name, 1)
        what = str(fault).split("\n  where: ")[0].split("\n  try:   ")[0]
        lines = f"{place}: {what}".removeprefix(": ").split("\n")
        fix = [f"    try: {fault.fix}"] if fault.fix else []
        return [f"  {lines[0]}", *(f"    {line}" for line in lines[1:]), *fix]
