"""What a trial design shows: power by number of patients, or how often each dose is selected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bimodal.report.source import ResultSource
from bimodal.report.style import ARM_COLOURS, SMALL, Heading, house_style, sheet
from bimodal.report.text import clean, patients_text

TITLE = "What the design shows"
CAPTION = (
    "The first table of the design. Dot: estimate over simulated trials; bar: its 95 % Monte-Carlo interval. The "
    "interval is chance of the simulation, not the uncertainty of the model."
)
_MOST_ROWS = 30
_LETTERS = 24


def available(result: ResultSource) -> bool:
    """Tell whether a study has a design with shares to draw."""
    return bool(_columns(result))


def figure(result: ResultSource) -> Figure:
    """Draw the shares of the first table of a design, row by row."""
    columns = _columns(result)
    one = _table(result)
    n, failed = (sum(count(arm) for arm in result.arms) for count in (result.n, result.failed))
    heading = Heading.of(
        result,
        TITLE,
        f"{clean(one['title'])}. Dot: estimate. Bar: 95 % Monte-Carlo interval. {patients_text(n, failed)}.",
    )
    keys = [row["key"] for row in one["rows"]][:_MOST_ROWS]
    with house_style():
        made, axes = sheet(heading, (1, 1), panel_height=2.6, left=0.55, top=0.1, bottom=0.62)
        panel: Axes = axes[0, 0]
        for place, (index, label) in enumerate(columns):
            away = 0.14 * (place - (len(columns) - 1) / 2.0)
            _series(panel, one, index, label, away, ARM_COLOURS[place % len(ARM_COLOURS)])
        slanted = max(map(len, keys), default=0) * len(keys) > 80
        panel.set_xticks(
            range(len(keys)),
            [clean(key, _LETTERS) for key in keys],
            rotation=20.0 if slanted else 0.0,
            ha="right" if slanted else "center",
        )
        panel.set_xlabel(clean(one["key"]))
        panel.set_ylabel("%")
        panel.set_xlim(-0.6, len(keys) - 0.4)
        panel.set_ylim(0.0, 102.0)
        panel.grid(axis="y")
        panel.legend(loc="best", fontsize=SMALL, frameon=False)
    return made


def _table(result: ResultSource) -> Mapping[str, Any]:
    found = result.summary.get("design") or {}
    tables = found.get("tables") or [{"columns": [], "rows": [], "title": "", "key": ""}]
    return tables[0]


def _columns(result: ResultSource) -> list[tuple[int, str]]:
    shares = [(k, one["label"]) for k, one in enumerate(_table(result)["columns"]) if one["kind"] == "share"]
    return shares[: len(ARM_COLOURS)]


def _series(panel: Axes, one: Mapping[str, Any], index: int, label: str, away: float, colour: str) -> None:
    first = True
    for place, row in enumerate(one["rows"][:_MOST_ROWS]):
        value = row["values"][index]
        if value["value"] is None:
            continue
        x = place + away
        if value["lower"] is not None and value["upper"] is not None:
            panel.plot([x, x], [100.0 * value["lower"], 100.0 * value["upper"]], color=colour, linewidth=1.2)
        name = clean(label) if first else None
        panel.plot([x], [100.0 * value["value"]], "o", color=colour, markersize=4, clip_on=False, label=name)
        first = False
