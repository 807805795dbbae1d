"""One panel per arm on a sheet, for figures that show the same thing of every arm."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bimodal.report.figures.marks import arm_titles
from bimodal.report.source import ResultSource
from bimodal.report.style import WIDTH, Heading, sheet

_RIGHT = 0.12


def arm_panels(
    result: ResultSource,
    arms: Collection[str],
    heading: Heading,
    ylabel: str,
    *,
    most: int,
    height: float,
    left: float,
    gap: float,
    below: float,
    lower: float | None = None,
    **layout: Any,
) -> tuple[Figure, list[tuple[str, Axes]]]:
    """Lay out a titled panel for every arm, `most` to a row, with the y label at the left of each row.

    Lengths are in inches: `height` is that of a panel, `lower` that where there are several rows, `left` the margin,
    `gap` lies between columns, `below` between a panel and the title under it; `layout` goes to `sheet`.
    """
    columns = min(most, max(1, len(arms)))
    lines = max(1, -(-len(arms) // columns))
    titles, title_height = arm_titles(result, arms, (WIDTH - left - _RIGHT) / columns - gap)
    made, axes = sheet(
        heading,
        (lines, columns),
        panel_height=height if lines == 1 else lower or height,
        left=left,
        top=title_height,
        gaps=(gap, below + title_height),
        **layout,
    )
    for panel in axes.flat[len(arms) :]:
        panel.set_visible(False)
    for line in range(lines):
        axes[line, 0].set_ylabel(ylabel)
    panels: list[tuple[str, Axes]] = list(zip(arms, axes.flat, strict=False))
    for arm, panel in panels:
        panel.set_title(titles[arm])
    return made, panels
