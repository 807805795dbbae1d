"""Every exception of the package; each message says what is wrong, where, and what to do."""

from __future__ import annotations


class BimodalError(Exception):
    """Something a person can mend; the command line prints it without a traceback and exits with 2.

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

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  try:   {self.fix}")
        return "\n".join(lines)


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

    def __str__(self) -> str:
        lines = [self.what, f"  {self.text}", "  " + " " * self.position + "^"]
        if self.fix:
            lines.append(f"  try:   {self.fix}")
        return "\n".join(lines)


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
