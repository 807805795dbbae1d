"""When a target was measured: a day, or a window and what is taken of it."""

from __future__ import annotations

import re
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

_DAY = re.compile(r"(day|hour) (\d+(?:\.\d+)?)", re.ASCII)
_WINDOW = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?) (h )?([a-z]+)", re.ASCII)
_DAY_H = 24.0

Reduce = Literal["peak", "min", "mean", "change", "rise", "fall", "ratio", "percent", "area"]
_REDUCES: tuple[str, ...] = get_args(Reduce)


class Moment(BaseModel):
    """One day, elapsed since the first scheduled dose."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    day: float = Field(ge=0)

    @model_serializer
    def _form(self) -> dict[str, int | float]:
        return {"day": _whole(self.day)}


class Window(BaseModel):
    """A span of days reduced to one number per patient before patients are summarised.

    ``peak`` and ``min`` are the largest and smallest value, ``mean`` the mean over time. ``change`` is the value at
    the end minus that at the start, ``ratio`` the one over the other, ``percent`` the change in percent of the start.
    ``rise`` is the largest value minus that at the start, ``fall`` that at the start minus the smallest. ``area`` is
    the area under the curve, in the unit of the observable times hours.

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

    def unit(self, observable: str) -> str:
        """Give the unit of the reduced value from that of the observable.

        Examples
        --------
        >>> Window(start=0, to=1, reduce="area").unit("pM")
        'pM.h'
        """
        return {"ratio": "1", "percent": "%", "area": f"{observable}.h"}.get(self.reduce, observable)

    @model_serializer
    def _form(self) -> dict[str, int | float | str]:
        return {"from": _whole(self.start), "to": _whole(self.to), "reduce": self.reduce}


def parse_when(text: str) -> Moment | Window | None:
    """Read the time column of a target table; hours become days, a blank is None.

    It says ``day 28``, ``hour 6``, ``0-84 peak`` (days) or ``2-8 h mean`` (hours), with any reduction of
    :class:`Window`.

    Examples
    --------
    >>> parse_when("0-84 peak").model_dump()
    {'from': 0, 'to': 84, 'reduce': 'peak'}
    >>> parse_when("hour 6").model_dump(), parse_when("12-36 h mean").model_dump()
    ({'day': 0.25}, {'from': 0.5, 'to': 1.5, 'reduce': 'mean'})
    >>> parse_when("") is None
    True
    """
    stripped = text.strip()
    if not stripped:
        return None
    if match := _DAY.fullmatch(stripped):
        return Moment(day=_days(match[2], hours=match[1] == "hour"))
    if (match := _WINDOW.fullmatch(stripped)) and match[4] in _REDUCES:
        start, to = (_days(match[k], hours=match[3] is not None) for k in (1, 2))
        return Window.model_validate({"from": start, "to": to, "reduce": match[4]})
    raise ValueError(
        f"{stripped!r} is no time; write 'day 28', 'hour 6', '0-84 peak', '2-8 h mean' "
        f"(or {', '.join(_REDUCES)}) or nothing"
    )


def _days(number: str, *, hours: bool) -> float:
    return float(number) / _DAY_H if hours else float(number)


def _whole(day: float) -> int | float:
    """Write whole days without a decimal point, as the summary file does."""
    return int(day) if day.is_integer() else day
