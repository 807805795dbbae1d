"""A table of words: rules to be looked up, not estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WordTable:
    """Rows of words.

    Parameters
    ----------
    key
        What the rows are.
    columns
        What each column is.
    rows
        Key, and a word for each column.

    Examples
    --------
    >>> WordTable("rules", "Rules", "seen", ("decision",), (("0 of 3", ("up",)),)).to_dict()["rows"]
    [{'key': '0 of 3', 'values': ['up']}]
    """

    id: str
    title: str
    key: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, Sequence[str]]]

    def to_dict(self) -> dict[str, Any]:
        """Give it as ``summary.json`` holds it."""
        return {
            "id": self.id,
            "title": self.title,
            "key": self.key,
            "columns": list(self.columns),
            "rows": [{"key": key, "values": list(values)} for key, values in self.rows],
        }
