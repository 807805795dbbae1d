"""Keeps the faults of a file, so that a person hears of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bimodal.errors import BimodalError


class Faults:
    """The faults found so far in one file.

    Examples
    --------
    >>> faults = Faults()
    >>> for line, fix in ((2, "write a decimal point"), (5, None)):
    ...     with faults.kept():
    ...         raise BimodalError("this is no number", where=f"x.csv, line {line}", fix=fix)
    >>> faults.raise_any()
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: this is no number
      where: x.csv, line 2
      try:   write a decimal point
    1 more fault:
      this is no number
        where: x.csv, line 5
    """

    most = 20

    def __init__(self) -> None:
        self._listed: list[BimodalError] = []
        self.count = 0

    def add(self, fault: BimodalError) -> None:
        """Keep a fault and those it brings; of very many only the first are listed, and the others counted."""
        self.count += 1 + len(fault.others) + fault.unlisted
        self._listed += [fault, *fault.others][: self.most - len(self._listed)]
        fault.others, fault.unlisted = (), 0

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what is raised inside, and go on after it."""
        try:
            yield
        except BimodalError as fault:
            self.add(fault)

    def raise_any(self) -> None:
        """Raise the first fault, with the others below it; nothing where there is none."""
        if self._listed:
            first, *others = self._listed
            first.others, first.unlisted = tuple(others), self.count - len(self._listed)
            raise first
