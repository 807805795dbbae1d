"""To what the patients of a run are weighted, for the report and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.report.labels import observable_label
from bimodal.report.markup import cell, paragraph, section, table
from bimodal.report.source import ResultSource
from bimodal.report.text import number
from bimodal.report.whom import weighted_as

HEADS = ("quantity", "statistic", "asked", "unweighted", "reached", "source")
Summary = Mapping[str, Any]


def weights_rows(summary: Summary) -> list[list[str]]:
    """Write what was asked, what the patients had unweighted, and what they have; a row for each number.

    Examples
    --------
    >>> weights_rows({"arms": []})
    []
    """
    return [
        [
            _quantity(row),
            _statistic(row),
            *(_value(row, key) for key in ("asked", "unweighted", "reached")),
            row["source"],
        ]
        for row in summary.get("weights", {}).get("targets", ())
    ]


def weights_words(summary: Summary) -> list[str]:
    """Say in sentences how far the weights reach: effective sample size, largest weight, who has none.

    Examples
    --------
    >>> weights_words({"arms": []})
    []
    """
    found = summary.get("weights")
    if found is None:
        return []
    said = weighted_as(summary)
    share = f"{100.0 * found['effective_share']:.0f} %"
    lost = found["patients"] - found["weighted"]
    words = [
        f"{said[:1].upper()}{said[1:]} ({share}); the largest weight is {number(found['largest'])} times an even one."
    ]
    return [*words, *([f"{lost:,} failed in an arm and have no weight."] if lost else [])]


def weights_section(result: ResultSource) -> str:
    """Show the same in a report, or nothing for a run whose patients all count the same.

    Examples
    --------
    >>> class Plain:
    ...     summary = {"arms": [{"name": "a"}]}
    >>> weights_section(Plain())
    ''
    """
    summary = result.summary
    if not weighted_as(summary):
        return ""
    found = summary["weights"]
    rows = [
        [cell(_labelled(result, row), head=True), *(cell(part) for part in parts[1:])]
        for row, parts in zip(found["targets"], weights_rows(summary), strict=True)
    ]
    note = (
        f"Weights by {found['method']}. {found['rule'][:1].upper()}{found['rule'][1:]}. A median or quantile is "
        "reached up to the gap between two patients; a standard deviation is that of the weighted patients."
    )
    return section(
        "Weighted population",
        *(paragraph(words) for words in weights_words(summary)),
        table([(head, "") for head in HEADS], rows),
        paragraph(note, "soft"),
    )


def _labelled(result: ResultSource, row: Summary) -> str:
    label = observable_label(result, row["id"]) if row["arm"] is not None or row["day"] is not None else row["id"]
    return _quantity({**row, "id": label})


def _quantity(row: Summary) -> str:
    day = "" if row["day"] is None else f", day {row['day']:g}"
    return f"{row['id']}{day}" + ("" if row["arm"] is None else f", {row['arm']}")


def _statistic(row: Summary) -> str:
    if "level" in row:
        return f"share {row['statistic']} {row['level']:g}"
    if "quantile" in row:
        return f"{100.0 * row['quantile']:g} % quantile"
    return "standard deviation" if row["statistic"] == "sd" else str(row["statistic"])


def _value(row: Summary, key: str) -> str:
    return f"{100.0 * row[key]:.3g} %" if "level" in row else number(row[key], 4)
