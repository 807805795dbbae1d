"""The section of the report page on a trial design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bimodal.report.markup import cell, items, paragraph, section, table
from bimodal.report.source import ResultSource

_SHOWN = 3
_STAY = "\N{NO-BREAK SPACE}"
_LEAST = 1e-4


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
        items(map(_together, found["facts"])),
        *tables,
        paragraph(f"In brackets: {found['interval']}.", "soft"),
        items(map(_together, found["notes"]), "warnings"),
        _decisions(found.get("decisions")),
        _traces(found.get("traces") or []),
    )


def _together(said: str) -> str:
    """Keep a number and its percent sign on one line."""
    return said.replace(" %", f"{_STAY}%")


def _decisions(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return ""
    rows = [[cell(row["key"], head=True), *(cell(value) for value in row["values"])] for row in one["rows"]]
    return table([(one["key"], ""), *((label, "") for label in one["columns"])], rows, one["title"])


def _traces(traces: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            cell(f"trial {trace['trial']}".replace(" ", _STAY) if not place else "", head=True),
            cell(step["dose"].replace(" ", _STAY)),
            cell(outcomes_text(step).replace(" of ", f"{_STAY}of{_STAY}")),
            cell(f"{step['dlts_at_dose']}{_STAY}of{_STAY}{step['patients_at_dose']}"),
            cell(step["why"]),
            cell(_next(step, trace)),
        ]
        for trace in traces[:_SHOWN]
        for place, step in enumerate(trace["steps"])
    ]
    if not rows:
        return ""
    heads = [(name, "") for name in ("", "dose", "DLTs", "at this dose so far", "because", "then")]
    return table(heads, rows, f"The first {min(_SHOWN, len(traces))} simulated trials on the central curve")


def outcomes_text(step: Mapping[str, Any]) -> str:
    """Write what was seen in a cohort, and in who was backfilled meanwhile.

    Examples
    --------
    >>> outcomes_text({"outcomes": [0, 1, 0], "backfilled": [{"dose": "low", "outcome": 0}]})
    '1 of 3; backfilled: 0 of 1 at low'
    """
    said = f"{sum(step['outcomes'])} of {len(step['outcomes'])}"
    filled = [
        f"{sum(hits)} of {len(hits)} at {dose}"
        for dose in dict.fromkeys(one["dose"] for one in step["backfilled"])
        if (hits := [one["outcome"] for one in step["backfilled"] if one["dose"] == dose])
    ]
    return said + (f"; backfilled: {', '.join(filled)}" if filled else "")


def _next(step: Mapping[str, Any], trace: Mapping[str, Any]) -> str:
    if step["next"] is not None:
        return f"{step['decision']}: {step['next']}"
    return "ends without a dose" if trace["selected"] is None else f"ends: {trace['selected']} is selected"


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
    if kind == "share":  # a hundredth of a percent is one of ten thousand trials
        value = {key: one if one is None else round(one, 4) for key, one in value.items()}
    ends = [value["lower"], value["upper"]]
    inside = "" if ends == [None, None] else " [" + ", ".join("-" if e is None else _few(scale * e) for e in ends) + "]"
    return f"{_few(scale * value['value'])}{sign}{inside}"


def _few(number: float) -> str:
    if 0.0 < number < _LEAST:
        return f"<{_LEAST:g}"
    return f"{number:,.0f}" if abs(number) >= 1000.0 else f"{number:.3g}"
