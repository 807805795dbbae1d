"""Every exception of the package; each message says what is wrong, where, and what to do."""

from __future__ import annotations


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
        return "\n".join([*self._lines(), *self._more()])

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
        lines = [self.what, f"  {self.text}", "  " + " " * self.position + "^"]
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


class OutputError(BimodalError):
    """Results cannot be written where they were asked for."""
