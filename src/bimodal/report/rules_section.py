"""The rules of the report page: what held doses, at which thresholds, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.report.markup import cell, paragraph, section, table
from bimodal.report.source import ResultSource
from bimodal.report.text import number

_PLANNED = "as planned"


def rules_section(result: ResultSource) -> str:
    """Tabulate the visit rules of every arm that has some, with their era, thresholds and what they decided.

    Examples
    --------
    >>> class NoRules:
    ...     summary = {"arms": [{"name": "a"}]}
    >>> rules_section(NoRules())
    ''
    """
    arms = [arm for arm in result.summary.get("arms", ()) if arm.get("rules")]
    if not arms:
        return ""
    note = (
        "Rules are tried in this order at every visit, just before the dose; the first that applies decides. Counts of "
    )
    note += "doses are over all patients with a result."
    heads = [("arm", ""), ("rules", ""), ("thresholds", ""), ("era", "")]
    parts = [table(heads, [_rules(arm) for arm in arms]), paragraph(note, "soft")]
    rows = [row for arm in arms for row in _reasons(arm)]
    if rows:
        heads = [("arm", ""), ("what became of a dose", ""), ("doses", "number"), ("patients", "number")]
        parts.append(table(heads, rows, "Why doses were given, changed or held"))
    begun = [row for arm in arms for row in _courses(arm)]
    if begun:
        heads = [("arm", ""), ("course", ""), ("patients", "number"), ("doses given, median", "number")]
        parts.append(table(heads, begun, "Courses that rules began, in whom, and doses of these patients"))
    return section("Visit rules", *parts)


def _rules(arm: Mapping[str, Any]) -> list[str]:
    levels = ", ".join(f"{name} = {number(value)}" for name, value in arm.get("thresholds", {}).items())
    return [
        cell(arm.get("name", ""), head=True),
        cell("; ".join(arm["rules"])),
        cell(levels or "none by name"),
        cell(arm.get("era") or "of this study"),
    ]


def _reasons(arm: Mapping[str, Any]) -> list[list[str]]:
    found: Mapping[str, Any] = arm.get("doses_delivered", {})
    doses, patients = found.get("doses_by_reason", {}), found.get("patients_by_reason", {})
    order = sorted(doses, key=lambda reason: (reason != _PLANNED, -doses[reason]))
    return [
        [
            cell(arm.get("name", "") if place == 0 else "", head=True),
            cell(reason),
            cell(_percent(doses[reason]), kind="number"),
            cell(_percent(patients.get(reason)), kind="number"),
        ]
        for place, reason in enumerate(order)
    ]


def _courses(arm: Mapping[str, Any]) -> list[list[str]]:
    said = {one["name"]: f"{one['name']}: {one['drug']}, {one['regimen']}" for one in arm.get("courses", ())}
    return [
        [
            cell(arm.get("name", ""), head=True),
            cell(said.get(one["name"], one["name"])),
            cell(_percent(one["patients"]), kind="number"),
            cell("–" if one["given"]["value"] is None else number(one["given"]["value"]), kind="number"),
        ]
        for one in arm.get("doses_delivered", {}).get("courses", ())
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100.0 * share:.1f} %"
