"""When a target was measured: a day, or a window and what is taken of it."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

_DAY = re.compile(r"day (\d+(?:\.\d+)?)", re.ASCII)
_WINDOW = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?) ([a-z]+)", re.ASCII)

Reduce = Literal["peak", "min", "mean", "change"]


class Moment(BaseModel):
    """One day, elapsed since the first scheduled dose.

    Examples
    --------
    >>> Moment(day=28).model_dump()
    {'day': 28}
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    day: float = Field(ge=0)

    @model_serializer
    def _form(self) -> dict[str, int | float]:
        return {"day": _whole(self.day)}


class Window(BaseModel):
    """A span of days reduced to one number per patient before patients are summarised.

    ``peak`` and ``min`` are the largest and smallest value, ``mean`` the mean over time, ``change`` the value at the
    end minus the value at the start.

    Examples
    --------
    >>> Window(start=0, to=56, reduce="peak").model_dump()
    {'from': 0, 'to': 56, 'reduce': 'peak'}
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)

    start: float = Field(ge=0, alias="from")
    to: float
    reduce: Reduce

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.to <= self.start:
            raise ValueError("a window must end after it starts")
        return self

    @model_serializer
    def _form(self) -> dict[str, int | float | str]:
        return {"from": _whole(self.start), "to": _whole(self.to), "reduce": self.reduce}


def parse_when(text: str) -> Moment | Window | None:
    """Read the time column of a target table.

    Parameters
    ----------
    text
        ``"day 28"``, ``"0-84 peak"`` (also ``min``, ``mean``, ``change``), or blank.

    Returns
    -------
    Moment, Window or None
        Their ``model_dump()`` is the form of the summary file.

    Raises
    ------
    ValueError
        If the text is none of these.

    Examples
    --------
    >>> parse_when("0-84 peak").model_dump()
    {'from': 0, 'to': 84, 'reduce': 'peak'}
    >>> parse_when("") is None
    True
    """
    stripped = text.strip()
    if not stripped:
        return None
    if match := _DAY.fullmatch(stripped):
        return Moment(day=float(match[1]))
    if (match := _WINDOW.fullmatch(stripped)) and match[3] in ("peak", "min", "mean", "change"):
        return Window.model_validate({"from": float(match[1]), "to": float(match[2]), "reduce": match[3]})
    raise ValueError(f"{stripped!r} is no time; write 'day 28', '0-84 peak' (or min, mean, change) or nothing")


def _whole(day: float) -> int | float:
    """Write whole days without a decimal point, as the summary file does."""
    return int(day) if day.is_integer() else day
