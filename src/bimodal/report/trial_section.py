"""The table of responses and deaths of the report page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.report.markup import cell, paragraph, section, table
from bimodal.report.source import ResultSource

_KINDS = ("CR", "PR", "SD", "PD", "NE")


def trial_section(result: ResultSource) -> str:
    """Tabulate best responses and deaths of every arm, or nothing for a study without scans.

    Examples
    --------
    >>> class NoScans:
    ...     summary = {"arms": [{"name": "a"}]}
    >>> trial_section(NoScans())
    ''
    """
    arms = [arm for arm in result.summary.get("arms", ()) if isinstance(arm.get("outcomes"), Mapping)]
    if not arms:
        return ""
    heads = [("arm", ""), ("n", "number"), *((kind, "number") for kind in _KINDS)]
    heads += [("died of the disease", "number"), ("died of treatment", "number"), ("criterion", ""), ("followed", "")]
    note = (
        "Best response with confirmation as the scan plan asks; everybody with a trajectory is in the denominator, "
        "also those not evaluable (NE): no measurable lesion at baseline, or dead or gone before a scan could tell. "
        "All lesions of a patient shrink and grow together; lymph nodes are not modelled."
    )
    return section("Response and survival", table(heads, [_row(arm) for arm in arms]), paragraph(note, "soft"))


def _row(arm: Mapping[str, Any]) -> list[str]:
    found: Mapping[str, Any] = arm["outcomes"]
    n = int(found.get("n", 0))
    best, deaths = found.get("best_response", {}), found.get("deaths", {})
    counts = [int(best.get(kind, 0)) for kind in _KINDS] + [int(deaths.get(k, 0)) for k in ("disease", "treatment")]
    share = [f"{100.0 * count / n:.1f} %" if n else "–" for count in counts]
    shown = [(f"{count:,}", part) for count, part in zip(counts, share, strict=True)]
    weighted = found.get("weighted_shares")
    if weighted is not None:
        own = [weighted["best_response"][kind] for kind in _KINDS]
        own += [weighted["deaths"][kind] for kind in ("disease", "treatment")]
        shown = [(f"{100.0 * part:.1f} %", f"{count:,} simulated") for part, count in zip(own, counts, strict=True)]
    return [
        cell(arm.get("name", ""), head=True),
        cell(f"{n:,}", kind="number"),
        *(cell(text, kind="number", detail=part) for text, part in shown),
        cell(found.get("criterion", "")),
        cell(f"{float(found.get('follow_up_days', 0.0)) / 365.25:.1f} years", detail=f"{found.get('scans', 0)} scans"),
    ]
