"""Finds one name that is written in two ways, such as the subjects 1, 1.0 and 01."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from bimodal.files.table import Place

_NUMBER = re.compile(r"[+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:e[+-]?\d{1,3})?", re.ASCII)


def spelling_key(name: str) -> str:
    """Give what two spellings of one name share: its number, else its letters without case and white space.

    Examples
    --------
    >>> spelling_key("1"), spelling_key("01.0"), spelling_key("P 01"), spelling_key("p01")
    ('1', '1', 'p01', 'p01')
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()
    if _NUMBER.fullmatch(plain):
        return f"{Decimal(plain).normalize() + 0:f}"
    return plain


class Spellings:
    """The names of one column, each with the way in which it was first written.

    Examples
    --------
    >>> seen = Spellings("the subject")
    >>> seen.check("1", Place("doses.csv", 2), "id")
    >>> seen.check("1.0", Place("doses.csv", 3), "id")
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: the subject '1.0' is written '1' in line 2: one or two?
      where: doses.csv, line 3, column 'id'
      try:   write it in one way everywhere, or give two subjects names that differ in more than that
    """

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._first: dict[str, tuple[str, int]] = {}

    def check(self, name: str, place: Place, column: str) -> None:
        """Refuse a name that was written in another way before."""
        written, line = self._first.setdefault(spelling_key(name), (name, place.line))
        if written != name:
            place.fail(
                column,
                f"{self._noun} '{name[:40]}' is written '{written[:40]}' in {place.word} {line}: one or two?",
                f"write it in one way everywhere, or give two {self._noun.removeprefix('the ')}s names that differ in "
                "more than that",
            )
