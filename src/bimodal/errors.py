"""Every exception of the package; each message says what is wrong, where, and what to do."""

from __future__ import annotations

import re

# what moves a cursor, rings, colours, or turns the direction of letters: C0 without tab and line feed, C1, bidi
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text: str, *, as_json: bool = False) -> str:
    r"""Write out the characters that would steer a terminal, so that no file or name ever reaches it with them.

    Examples
    --------
    >>> print(visible("a \x1b[31mname"))
    a \x1b[31mname
    """
    if as_json:  # there, such a letter stands in strings alone
        return _STEERING.sub(lambda one: f"\\u{ord(one[0]):04x}", text)
    return _STEERING.sub(lambda one: one[0].encode("unicode_escape").decode("ascii"), text)


class BimodalError(Exception):
    """Something a person can mend; the command line prints it without a traceback and exits with 2.

    ``others`` are more faults of the same file, which are printed below this one; ``unlisted`` counts those beyond.

    Examples
    --------
    >>> print(BimodalError("the dose is negative", where="arm 'low dose'", fix="give a positive dose"))
    the dose is negative
      where: arm 'low dose'
      try:   give a positive dose
    """

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix
        self.others: tuple[BimodalError, ...] = ()
        self.unlisted = 0

    def __str__(self) -> str:
        return visible("\n".join([*self._lines(), *self._more()]))

    def _lines(self) -> list[str]:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  try:   {self.fix}")
        return lines

    def _more(self) -> list[str]:
        count = len(self.others) + self.unlisted
        lines = [f"{count:,} more {'faults' if count > 1 else 'fault'}:"] if count else []
        said = {self.fix}
        for other in self.others:
            # a remedy that many faults share is said once
            first, *rest = [line for line in other._lines() if other.fix not in said or not line.startswith("  try:")]
            said.add(other.fix)
            lines += [f"  {first}", *(f"  {line}" for line in rest)]
        return lines + ([f"  and {self.unlisted:,} that are not listed"] if self.unlisted else [])


class UnitError(BimodalError):
    """A unit is unknown, ambiguous or of the wrong dimension."""


class RegimenError(BimodalError):
    """A regimen cannot be read; the message shows the text with a caret under the fault.

    ``position`` is the index of the first character at fault, ``len(text)`` at the end.
    """

    def __init__(self, what: str, *, text: str, position: int, fix: str | None = None) -> None:
        super().__init__(what, fix=fix)
        self.text = text
        self.position = position

    def _lines(self) -> list[str]:
        before = len(visible(self.text[: self.position]))
        lines = [self.what, f"  {self.text}", "  " + " " * before + "^"]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  try:   {self.fix}")
        return lines


class DosingError(BimodalError):
    """A dose table or schedule is impossible."""


class DrugError(BimodalError):
    """A molecule is unknown or its file is wrong."""


class CohortError(BimodalError):
    """A cohort is unknown or its file is wrong."""


class ParameterTableError(BimodalError):
    """A parameter table lacks a value, a unit or a source."""


class ModelError(BimodalError):
    """A model cannot be read, or uses what is not supported."""


class EngineError(BimodalError):
    """The solver was asked for something impossible."""


class EvidenceError(BimodalError):
    """A published target or study record is wrong."""


class StudyError(BimodalError):
    """A study is unknown or its file is wrong."""


class TimingError(BimodalError):
    """A series of samples cannot be read, or cannot be asked what it was asked."""


class OmexError(BimodalError):
    """A study has what a COMBINE archive cannot say."""


class PetabError(BimodalError):
    """A PEtab problem is wrong, or uses what is not supported."""


class OutputError(BimodalError):
    """Results cannot be written where they were asked for."""


class QueryError(BimodalError):
    """A query of results is wrong, is more than a single reading one, or takes too much."""
