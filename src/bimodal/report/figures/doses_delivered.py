"""Doses really given in every cycle, where visit rules hold and stop them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bimodal.report.source import FloatArray, ResultSource, drawn_arms, weights_of
from bimodal.report.style import INK, SMALL, SOFT, TINY, Heading, arm_colour, house_style, sheet
from bimodal.report.text import clean, patients_text
from bimodal.study.endpoints.weighted import known, quantiles
from bimodal.study.readings.delivered import CycleDoses, cycle_doses

TITLE = "Doses given in every cycle"
CAPTION = (
    "Doses given to each patient in each cycle under the visit rules of the arm, reduced doses included. Line: median; "
    "dark box: 50 %, light box: 90 % of patients; open circle: doses planned. How many doses are given is an output "
    "of the rules and their thresholds."
)
_MOST_GROUPS = 24
_LETTERS_WIDE = 84  # letters that fit side by side under the panel


def available(result: ResultSource) -> bool:
    """Tell whether any arm has visit rules."""
    return bool(_cycles(result))


def figure(result: ResultSource) -> Figure:
    """Draw the doses given per cycle of every arm with visit rules."""
    cycles = _cycles(result)
    arms = list(result.arms)
    groups = sum(map(len, cycles.values()))
    heading = Heading.of(
        result,
        TITLE,
        "Line: median. Dark box: 50 %, light box: 90 % of patients. Open circle: doses planned.",
    )
    with house_style():
        made, axes = sheet(heading, (1, 1), panel_height=2.2, left=0.55, top=0.1, bottom=0.72)
        panel: Axes = axes[0, 0]
        x, names = 0.0, list[tuple[float, str]]()
        ticks, labels = list[float](), list[str]()
        for arm, rows in cycles.items():
            start = x
            for row in rows:
                _box(panel, x, row, arm_colour(arms.index(arm), treated=True), weights_of(result))
                ticks.append(x)
                labels.append(f"{row.cycle}")
                x += 1.0
            names.append(((start + x - 1.0) / 2, arm))
            x += 0.6
        panel.set_xticks(ticks, labels)
        panel.tick_params(axis="x", length=0)
        for place, arm in names:
            panel.annotate(
                _named(result, arm, max(6, int(_LETTERS_WIDE * len(cycles[arm]) / max(groups, 2)))),
                (place, 0.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, -17),
                textcoords="offset points",
                ha="center",
                va="top",
                size=SMALL,
                color=INK,
            )
        panel.set_xlabel("cycle, arm by arm", labelpad=24)
        panel.set_ylabel("doses given")
        panel.set_xlim(-0.8, max(x - 0.8, 0.8))
        panel.set_ylim(bottom=0.0)
        panel.grid(axis="y")
    return made


def _named(result: ResultSource, arm: str, letters: int) -> str:
    return f"{clean(arm, letters)}\n{patients_text(result.n(arm), result.failed(arm))}"


def _cycles(result: ResultSource) -> dict[str, tuple[CycleDoses, ...]]:
    ledgers: Mapping[str, Any] = getattr(result, "ledgers", None) or {}
    found: dict[str, tuple[CycleDoses, ...]] = {}
    for arm in drawn_arms(result):
        rows = cycle_doses(ledgers[arm]) if arm in ledgers else ()
        if rows and sum(map(len, found.values())) + len(rows) <= _MOST_GROUPS:
            found[arm] = rows
    return found


def _box(panel: Axes, x: float, row: CycleDoses, colour: str, weights: FloatArray | None) -> None:
    own, by = known(row.given, weights)
    panel.plot([x], [row.planned], marker="o", markersize=4, markerfacecolor="white", color=SOFT, linestyle="none")
    if not len(own):
        return
    p5, p25, p50, p75, p95 = quantiles(own, [0.05, 0.25, 0.5, 0.75, 0.95], by)
    panel.bar([x], [p95 - p5], bottom=[p5], width=0.5, color=colour, alpha=0.2, linewidth=0)
    panel.bar([x], [p75 - p25], bottom=[p25], width=0.5, color=colour, alpha=0.4, linewidth=0)
    panel.plot([x - 0.25, x + 0.25], [p50, p50], color=colour, linewidth=1.6)
    panel.annotate(
        f"{p50:g}", (x + 0.28, p50), xytext=(1, 0), textcoords="offset points", va="center", size=TINY, color=colour
    )
