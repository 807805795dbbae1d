"""The section of the report page on a trial design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.report.markup import cell, items, paragraph, section, table
from bimodal.report.source import ResultSource


def design_section(result: ResultSource) -> str:
    """Tabulate what the design of a study shows, or nothing for a study without one.

    Examples
    --------
    >>> class NoDesign:
    ...     summary = {"arms": []}
    >>> design_section(NoDesign())
    ''
    """
    found = result.summary.get("design")
    if not found:
        return ""
    tables = [
        table(
            [(one["key"], ""), *((column["label"], "number") for column in one["columns"])],
            [
                [
                    cell(row["key"], head=True),
                    *(
                        cell(estimate_text(value, column["kind"]), kind="number")
                        for value, column in zip(row["values"], one["columns"], strict=True)
                    ),
                ]
                for row in one["rows"]
            ],
            one["title"],
        )
        for one in found["tables"]
    ]
    return section(
        f"Design: {found['kind']}",
        items(found["facts"]),
        *tables,
        paragraph(f"In brackets: {found['interval']}.", "soft"),
        items(found["notes"], "warnings"),
    )


def estimate_text(value: Mapping[str, Any], kind: str) -> str:
    """Write an estimate and its interval in few digits: a ``share`` in percent, a ``number`` as it is.

    Examples
    --------
    >>> estimate_text({"value": 0.8, "lower": 0.71, "upper": 0.87}, "share")
    '80 % [71, 87]'
    >>> estimate_text({"value": None, "lower": None, "upper": None}, "number")
    '-'
    """
    if value["value"] is None:
        return "-"
    scale, sign = (100.0, " %") if kind == "share" else (1.0, "")
    ends = [value["lower"], value["upper"]]
    inside = "" if ends == [None, None] else " [" + ", ".join("-" if e is None else _few(scale * e) for e in ends) + "]"
    return f"{_few(scale * value['value'])}{sign}{inside}"


def _few(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000.0 else f"{number:.3g}"
