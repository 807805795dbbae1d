"""One number of the credibility report, with what it should be and where it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

#: ``shown``: nothing is asked of it. ``not run``: it could not be computed here. Neither counts as passed.
FigureStatus = Literal["passed", "missed", "shown", "not run"]
STATUSES: tuple[FigureStatus, ...] = ("missed", "not run", "passed", "shown")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number, its goal, and the command that gives it again.

    Parameters
    ----------
    id
        Unique in its section; documents quote a figure by ``section.id``.
    what
        What it is, in words.
    goal
        What is asked of it, in words; blank where nothing is.
    reference
        What it is set against: the closed form, the other solver, the published number; None where there is none.
    lower, upper, interval
        An interval, and what it is of.
    group
        Rows of one group stand together, in the order in which groups first come.
    note
        What a reader must know of this number.
    command
        What computes it.
    age
        Of a number read from a stored result, what that was computed with; blank where it was computed in this run.

    Examples
    --------
    >>> Figure(id="error", what="largest error", value=2e-7, goal="at most 1e-6", status="passed").counts
    True
    """

    id: str
    what: str
    value: float | int | str | None
    unit: str = ""
    status: FigureStatus = "shown"
    goal: str = ""
    reference: float | int | str | None = None
    lower: float | None = None
    upper: float | None = None
    interval: str = ""
    group: str = ""
    note: str = ""
    command: str = ""
    age: str = ""

    @property
    def counts(self) -> bool:
        """Whether something was asked of it and it was computed."""
        return self.status in ("passed", "missed")

    def record(self) -> dict[str, Any]:
        """Return it as it stands in JSON: no blank fields, and what is no finite number is null."""
        plain = {key: _plain(value) for key, value in asdict(self).items()}
        return {key: value for key, value in plain.items() if value not in ("", None) or key == "value"}

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Figure:
        """Read what :meth:`record` wrote."""
        return cls(**record)


def within(value: float, most: float, **fields: Any) -> Figure:
    """Judge a number that may be so large at most; one that is no number misses.

    Examples
    --------
    >>> within(2e-7, 1e-6, id="error", what="largest error").goal
    'at most 1e-06'
    """
    status: FigureStatus = "passed" if value <= most else "missed"
    return Figure(value=float(value), goal=f"at most {most:g}", status=status, **fields)


def exactly(value: object, wanted: object, **fields: Any) -> Figure:
    """Judge a count or a word that must be just that.

    Examples
    --------
    >>> exactly(0, 0, id="lost", what="rows without a source").status
    'passed'
    """
    status: FigureStatus = "passed" if value == wanted else "missed"
    return Figure(value=_plain(value), goal=f"{wanted}", status=status, **fields)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, int | float | str) else str(value)


def none(names: Sequence[str], **fields: Any) -> Figure:
    """Judge a list that must be empty, by its length; its names are the note.

    Examples
    --------
    >>> none(["koreth-2011"], id="lost", what="studies without a source").note
    'koreth-2011'
    """
    return exactly(len(names), 0, note=", ".join(names), **fields)
