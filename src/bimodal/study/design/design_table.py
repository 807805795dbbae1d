"""One table of what a design shows, as it is printed, stored and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bimodal.study.design.estimate import Estimate


@dataclass(frozen=True)
class DesignTable:
    """Rows of estimates.

    Parameters
    ----------
    id
        What a program finds it by.
    key
        What the rows are, such as ``patients per arm``.
    columns
        Id, words and sort of each column: a ``share`` is printed in percent, a ``number`` as it is.
    rows
        Key and one estimate for each column.

    Examples
    --------
    >>> one = DesignTable("power", "Power", "n", (("power", "power", "share"),), (("20", (Estimate(0.5),)),))
    >>> one.to_dict()["rows"]
    [{'key': '20', 'values': [{'value': 0.5, 'lower': None, 'upper': None}]}]
    """

    id: str
    title: str
    key: str
    columns: tuple[tuple[str, str, str], ...]
    rows: Sequence[tuple[str, Sequence[Estimate]]]

    def to_dict(self) -> dict[str, Any]:
        """Give it as ``summary.json`` holds it."""
        return {
            "id": self.id,
            "title": self.title,
            "key": self.key,
            "columns": [{"id": name, "label": label, "kind": kind} for name, label, kind in self.columns],
            "rows": [{"key": key, "values": [one.to_dict() for one in values]} for key, values in self.rows],
        }
