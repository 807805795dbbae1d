"""What ``bimodal run`` prints of a study on the model with an immune cycle, first and last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.cli.console import out, table


def cycle_first(summary: Mapping[str, Any]) -> None:
    """Print the safety wording and aimed against random starts, H1 with H0 below it; nothing for another model."""
    timing = summary.get("timing")
    if timing is None:
        return
    console = out()
    console.print(timing["safety"], style="dim", markup=False)
    console.print("")
    console.print(timing["hypothesis"], markup=False)
    console.print("")
    found = sorted(timing["differences"], key=lambda row: row["endpoint"], reverse=True)
    if found:
        columns = [
            "endpoint",
            "random start",
            "hypothesis",
            "random",
            "aimed",
            "aimed - random",
            "only aimed",
            "only random",
        ]
        title = (
            f"Responses with an aimed start less those with a random start, percent and points [{timing['interval']}]"
        )
        console.print(table(title, columns, [_row(row) for row in found], right=[3, 4, 5, 6, 7]), "")


def cycle_last(summary: Mapping[str, Any]) -> None:
    """Print the safety wording again; nothing for another model."""
    timing = summary.get("timing")
    if timing is not None:
        out().print(timing["safety"], style="dim", markup=False)


def _row(row: Mapping[str, Any]) -> list[str]:
    who = [row["endpoint"], row["random_arm"], row["hypothesis"]]
    if row["difference"] is None:
        return [*who, "-", "-", "-", "-", "-"]
    rates = [f"{100.0 * row[name]:.1f}" for name in ("random", "aimed")]
    low, high = (f"{100.0 * row[name]:+.1f}" for name in ("lower", "upper"))
    return [
        *who,
        *rates,
        f"{100.0 * row['difference']:+.1f} [{low}, {high}]",
        str(row["only_aimed"]),
        str(row["only_random"]),
    ]
