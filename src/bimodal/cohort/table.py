"""What the cohort room needs to know of a parameter table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class TableRow(Protocol):
    """One row of a parameter table, as far as sampling reads it."""

    @property
    def id(self) -> str:
        """Parameter id."""
        ...

    @property
    def value(self) -> float:
        """Value of the median patient, in the unit of the table."""
        ...

    @property
    def cv(self) -> float | None:
        """Coefficient of variation between patients; 0 or None is fixed."""
        ...

    @property
    def distribution(self) -> str | None:
        """``lognormal``, ``logitnormal`` or ``uniform``; blank is log-normal."""
        ...


class Table(Protocol):
    """Any table with rows: ``bimodal.model`` has one, and a test can bring its own."""

    @property
    def rows(self) -> Sequence[TableRow]:
        """Rows in the order of the table."""
        ...
