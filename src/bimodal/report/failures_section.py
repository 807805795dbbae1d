"""How the patients without a result failed, as a section of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bimodal.report.markup import cell, paragraph, section, table
from bimodal.report.text import clean, number


def failures_section(arms: Sequence[Mapping[str, Any]]) -> str:
    """Tabulate the failures of every arm, or nothing where every patient has a result.

    Examples
    --------
    >>> failures_section([{"name": "a", "n": 9, "failed": 0}])
    ''
    """
    rows = [row for arm in arms for row in _rows(arm)]
    if not rows:
        return ""
    heads = [("arm", ""), ("patients", "number"), ("how", ""), ("the first of them", ""), ("on day", "number")]
    note = (
        "A failed patient has no value anywhere: counted in every table and figure, left out of every statistic. The "
        "quantity and the day are those of the first patient of the row, computed once more."
    )
    return section("Patients without a result", table(heads, rows), paragraph(note, "soft"))


def _rows(arm: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            cell(clean(arm.get("name", ""), 120), head=True),
            cell(f"{number(one['count'], 12)} of {number(arm.get('n'), 12)}", kind="number outside"),
            cell(clean(one["how"], 200)),
            cell(clean(one["reason"] or "not known", 300), detail=f"patient {one['patient']}"),
            cell("" if one["day"] is None else number(one["day"]), kind="number"),
        ]
        for one in arm.get("failures", ())
    ]
