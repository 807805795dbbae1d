"""The rows of a contrast in the order in which they are read: what differs first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bimodal.study.contrast.contrast_row import RESOLVED

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ranking:
    """Rows of a contrast by how far the arms lie apart.

    Those read at another phase of dosing in the two arms come after the others, because much of what they show is the
    phase; those without a number come last.

    Parameters
    ----------
    differ
        Rows that differ; where nothing can be judged (too few people), those whose arms lie apart at all.
    alike, unknown
        Rows that do not differ, and that cannot be judged.
    judged
        Whether any row could be judged.
    """

    rows: tuple[Row, ...]
    differ: tuple[Row, ...]
    alike: tuple[Row, ...]
    unknown: tuple[Row, ...]
    judged: bool


def rank(rows: Sequence[Row]) -> Ranking:
    """Sort and divide the rows of a contrast, as ``summary.json`` has them.

    Examples
    --------
    >>> found = rank([{"id": "a", "differs": False, "relative": 0.0}, {"id": "b", "differs": True, "relative": 0.1}])
    >>> [row["id"] for row in found.rows], [row["id"] for row in found.differ]
    (['b', 'a'], ['b'])
    >>> [row["id"] for row in rank([
    ...     {"id": "trough", "differs": True, "relative": 9.0, "phase": "day 1: 12 h after a dose in A, 36 h in B"},
    ...     {"id": "cmax", "differs": True, "relative": 0.1}]).rows]
    ['cmax', 'trough']
    """
    ordered = tuple(sorted(rows, key=lambda row: (not row.get("phase"), _apart(row)), reverse=True))
    judged = any(row["differs"] is not None for row in ordered)
    return Ranking(
        ordered,
        tuple(row for row in ordered if (row["differs"] if judged else _apart(row) >= RESOLVED)),
        tuple(row for row in ordered if row["differs"] is False),
        tuple(row for row in ordered if judged and row["differs"] is None),
        judged,
    )


def _apart(row: Row) -> float:
    return -math.inf if row["relative"] is None else float(row["relative"])
