"""The doses of an arm as a table says them, subject by subject."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class TableSpec(BaseModel):
    """A dose table in the style of NONMEM (docs/regimens.md), in place of a regimen.

    Parameters
    ----------
    file
        Path of the CSV.
    unit
        Unit of `amt` where the table has no column `unit`.
    route
        Route where the table has neither `route` nor `cmt`.
    time_unit
        Unit of `time` and `ii`, and of time in `rate`.

    Examples
    --------
    >>> TableSpec(file="doses.csv").time_unit
    'h'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1)
    unit: str | None = Field(default=None, min_length=1)
    route: Literal["sc", "iv"] = "iv"
    time_unit: Literal["h", "day"] = "h"


def as_table(value: object) -> object:
    """Read a bare path as a table with everything else as usual."""
    return {"file": value} if isinstance(value, str) else value
