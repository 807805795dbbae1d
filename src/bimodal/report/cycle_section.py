"""The table of aimed against random starts of the report page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.report.markup import cell, paragraph, section, table
from bimodal.report.source import ResultSource


def cycle_section(result: ResultSource) -> str:
    """Tabulate responses with an aimed start less those with a random one, H1 with H0 below it.

    Nothing for a study on a model without an immune cycle.

    Examples
    --------
    >>> class Plain:
    ...     summary = {"arms": []}
    >>> cycle_section(Plain())
    ''
    """
    timing = result.summary.get("timing")
    if not isinstance(timing, Mapping):
        return ""
    heads = [("endpoint", ""), ("random start", ""), ("hypothesis", ""), ("random", "number"), ("aimed", "number")]
    heads += [("aimed - random, points", "number"), ("respond only aimed", "number"), ("respond only random", "number")]
    rows = sorted(timing["differences"], key=lambda row: row["endpoint"], reverse=True)
    return section(
        "Aimed against random starts: a hypothesis beside its null",
        paragraph(timing["safety"]),
        paragraph(timing["hypothesis"]),
        table(heads, [_row(row) for row in rows]) if rows else "",
        paragraph(f"Intervals: {timing['interval']}.", "soft"),
        paragraph(timing["safety"]),
    )


def _row(row: Mapping[str, Any]) -> list[str]:
    who = [cell(row["endpoint"], head=True), cell(row["random_arm"]), cell(row["hypothesis"])]
    if row["difference"] is None:
        return [*who, *(cell("–", kind="number") for _ in range(5))]
    low, high = (f"{100.0 * row[name]:+.1f}" for name in ("lower", "upper"))
    return [
        *who,
        *(cell(f"{100.0 * row[name]:.1f} %", kind="number") for name in ("random", "aimed")),
        cell(f"{100.0 * row['difference']:+.1f}", kind="number", detail=f"{low} to {high}"),
        *(cell(f"{row[name]:,}", kind="number") for name in ("only_aimed", "only_random")),
    ]
