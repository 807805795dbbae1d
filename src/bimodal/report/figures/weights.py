"""Weights of the patients, and what they move: published numbers before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bimodal.report.source import FloatArray, ResultSource, weights_of
from bimodal.report.style import (
    INK,
    NEUTRAL,
    PUBLISHED,
    RULE,
    SMALL,
    SOFT,
    TINY,
    Heading,
    ends_inside,
    house_style,
    sheet,
)
from bimodal.report.text import clean, number, patients_text

TITLE = "Weights of the patients"
CAPTION = (
    "Left: how many patients have which weight; an even weight is 1 (dashed). A long tail to the right means that few "
    "patients carry every number. Right: each published number the patients are weighted to, before and after, as the "
    "distance from the asked value over the largest such distance of the row; the numbers stand beside it."
)
_MOST = 20
_BARS = 24
_COLOUR = "#0072b2"


def available(result: ResultSource) -> bool:
    """Tell whether the patients of a study are weighted."""
    return weights_of(result) is not None and "weights" in result.summary


def figure(result: ResultSource) -> Figure:
    """Draw the histogram of the weights, and every asked number before and after."""
    weights = weights_of(result)
    assert weights is not None
    rows: Sequence[Mapping[str, Any]] = result.summary["weights"]["targets"][:_MOST]
    said = patients_text(len(weights), int((weights == 0.0).sum()))
    heading = Heading.of(
        result,
        TITLE,
        "Left: patients by weight, dashed: an even weight. Right: asked numbers; circle: unweighted, dot: weighted, "
        f"line: asked. {said}.",
    )
    with house_style():
        made, axes = sheet(
            heading,
            (1, 2),
            panel_height=max(1.7, 0.42 * len(rows)),
            gaps=(2.35, 0.0),
            right=0.3,
            top=0.1,
            ratios=(1.0, 0.9),
            share=("none", "none"),
        )
        _histogram(axes[0, 0], weights[weights > 0.0])
        _targets(axes[0, 1], rows)
    return made


def _histogram(panel: Axes, weights: FloatArray) -> None:
    top = max(2.0, float(weights.max()))
    panel.hist(weights, bins=list(np.linspace(0.0, top, _BARS + 1)), color=_COLOUR, linewidth=0)
    panel.axvline(1.0, color=SOFT, linewidth=0.8, linestyle=(0, (4, 2)))
    panel.set_xlim(0.0, top)
    panel.set_xlabel("weight, times an even one")
    panel.set_ylabel("patients")
    panel.grid(axis="y")
    ends_inside(panel)


def _targets(panel: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    panel.set_xlim(-1.15, 1.15)
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.set_yticks([])
    panel.set_xticks([])
    panel.spines["left"].set_visible(False)
    panel.spines["bottom"].set_visible(False)
    panel.axvline(0.0, color=PUBLISHED, linewidth=0.9)
    for line, row in enumerate(rows):
        asked, before, after = (float(row[key]) for key in ("asked", "unweighted", "reached"))
        widest = max(abs(before - asked), abs(after - asked), 1e-9 * max(abs(asked), 1e-300))
        start, end = (before - asked) / widest, (after - asked) / widest
        if abs(before - asked) <= 1e-9 * max(abs(asked), abs(before)):
            start = end = 0.0
        panel.axhline(line, color=RULE, linewidth=0.4, zorder=0)
        panel.plot([start, end], [line, line], color=_COLOUR, linewidth=1.0, zorder=2)
        panel.plot([start], [line], "o", color=NEUTRAL, markerfacecolor="white", markersize=4.5, zorder=3)
        panel.plot([end], [line], "o", color=_COLOUR, markersize=4.0, zorder=4)
        across = panel.get_yaxis_transform()
        panel.text(-0.03, line - 0.14, _name(row), transform=across, size=SMALL, ha="right", va="center", color=INK)
        said = f"asked {number(asked)}: {number(before)} to {number(after)}"
        panel.text(-0.03, line + 0.22, said, transform=across, size=TINY, ha="right", va="center", color=SOFT)
    panel.set_xlabel("distance from what is asked")


def _name(row: Mapping[str, Any]) -> str:
    what = row["statistic"] if "quantile" not in row else f"{100.0 * row['quantile']:g} % quantile"
    level = f" {row['level']:g}" if "level" in row else ""
    day = "" if row["day"] is None else f", day {row['day']:g}"
    arm = "" if row["arm"] is None else f", {row['arm']}"
    return clean(f"{row['id']}{day}{arm}: {what}{level}", 46)
