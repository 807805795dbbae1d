"""A finished study in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal import INTENDED_USE
from bimodal.notebook import as_html, cut
from bimodal.study.run.tables import summary_table

_ARMS, _ENDPOINTS, _WIDE = 6, 2, 40


def headline(summary: Mapping[str, Any]) -> str:
    """Say which study, how many arms and patients, and how many of them failed.

    Examples
    --------
    >>> headline({"study": "koreth-2011", "arms": [{}, {}], "patients": 1000, "failed": 3, "seed": 1})
    'koreth-2011: 2 arms, 1,000 virtual patients each, 3 failed, seed 1'
    """
    arms = len(summary["arms"])
    weighted = f", effective {summary['weights']['effective']:.1f} weighted" if "weights" in summary else ""
    return (
        f"{cut(summary['study'], 64)}: {arms} {'arm' if arms == 1 else 'arms'}, {summary['patients']:,} virtual "
        f"patients{' each' if arms > 1 else ''}{weighted}, {summary['failed']:,} failed, seed {summary['seed']}"
    )


def shown(summary: Mapping[str, Any]) -> str:
    """Write the headline, a line for each of the first arms with its first endpoints, and what else there is.

    Examples
    --------
    >>> row = {"id": "treg_fold", "day": 7, "value": 2.0, "lower": 1.0, "upper": 3.0, "unit": "1"}
    >>> arm = {"name": "low", "failed": 0, "endpoints": [row]}
    >>> print(shown({"study": "mine", "arms": [arm], "patients": 5, "failed": 0, "seed": 1, "targets": [],
    ...              "warnings": ["one"]}))
    mine: 1 arm, 5 virtual patients, 0 failed, seed 1
      low: treg_fold day 7 2 [1, 3]
      1 warning: result.summary["warnings"]
    """
    lines = [headline(summary), *(_arm(arm) for arm in summary["arms"][:_ARMS])]
    more = len(summary["arms"]) - _ARMS
    if more > 0:
        lines.append(f"  and {more} more")
    lines += [f"  {note}" for note in _notes(summary)]
    return "\n".join(lines)


def shown_as_html(summary: Mapping[str, Any]) -> str:
    """Write the same for a notebook, with the table of endpoints."""
    table = summary_table(summary)
    columns = [name for name in ("arm", "endpoint", "day", "value", "lower", "upper", "unit") if name in table]
    notes = [*_notes(summary), *summary["warnings"], INTENDED_USE]
    return as_html(headline(summary), table, columns=columns, notes=notes)


def _arm(arm: Mapping[str, Any]) -> str:
    said = [_endpoint(row) for row in arm["endpoints"] if row["value"] is not None][:_ENDPOINTS]
    failed = [f"{arm['failed']:,} failed"] if arm["failed"] else []
    return f"  {cut(arm['name'], _WIDE)}: " + ("; ".join([*failed, *said]) or "no endpoint")


def _endpoint(row: Mapping[str, Any]) -> str:
    day = "" if row["day"] is None else f" day {row['day']:g}"
    ends = "" if row["lower"] is None or row["upper"] is None else f" [{row['lower']:.3g}, {row['upper']:.3g}]"
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    return f"{cut(row['id'], 24)}{day} {row['value']:.3g}{ends}{unit}"


def _notes(summary: Mapping[str, Any]) -> list[str]:
    scored = [row["within"] for row in summary["targets"] if row["within"] is not None]
    count = len(summary["warnings"])
    notes = [f"{sum(scored)} of {len(scored)} published targets met: result.targets_table()"] if scored else []
    rows = [row for found in summary.get("contrasts", ()) for row in found["endpoints"]]
    if rows:
        differ = sum(row["differs"] is True for row in rows)
        notes.append(f"{differ} of {len(rows)} endpoints differ between arms: result.contrasts_table()")
    return [*notes, *([f'{count} warning{"" if count == 1 else "s"}: result.summary["warnings"]'] if count else [])]
