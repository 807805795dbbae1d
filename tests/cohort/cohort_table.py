"""A parameter table with just what a cohort asks of one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    id: str
    value: float
    cv: float | None = None
    distribution: str | None = "lognormal"


@dataclass(frozen=True)
class Table:
    rows: tuple[Row, ...]
