"""pSTAT5 dose-response of several molecules, times or readings, side by side on the same axes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bimodal import __version__
from bimodal.report.figures.response_marks import Panel, dash, draw_curves
from bimodal.report.style import SMALL, Heading, cell_colour, house_style, sheet
from bimodal.report.text import cell_label, clean, number
from bimodal.study.endpoints import load_registry

MOST_PANELS = 30


def dose_response_panels(
    panels: Sequence[Panel],
    *,
    title: str,
    subtitle: str,
    columns: int = 3,
    sign: str = "",
    sample: str = "n = 1 typical cell per curve",
) -> Figure:
    """Draw dose-response curves as small multiples with the same axes.

    The first 30 panels are drawn. The footer names ``sign`` and says what a curve is of (``sample``).

    Examples
    --------
    >>> import numpy as np
    >>> dose = np.logspace(-1, 4, 60)
    >>> answer = {"drug": "a", "minutes": 30, "cells": [{"cell": "treg", "ec50_pM": 20.0}]}
    >>> panel = Panel("a", answer, {"treg": (dose, dose / (dose + 20.0))})
    >>> len([axes for axes in dose_response_panels([panel] * 4, title="", subtitle="").axes if axes.get_visible()])
    4
    """
    shown = panels[:MOST_PANELS]
    more = f" The first {len(shown)} of {len(panels)}; the tables have all." if len(shown) < len(panels) else ""
    columns = max(1, min(columns, len(shown)))
    rows = -(-len(shown) // columns)
    relative = bool(shown) and all(panel.relative for panel in shown)
    scale = shown[0].scale if relative else "its own maximum, or aldesleukin's in the same cell where that is known"
    if not any(panel.relative for panel in shown):
        scale = "its own maximum"
    heading = Heading(
        clean(title, 90),
        f"{subtitle} Each curve relative to {scale}{' in the same cell' if relative else ''}. Circle and tick: EC50, "
        f"none while a curve rises.{' Diamond: a tenth of aldesleukin.' if relative else ''} {sample}, 0 failed; no "
        f"spread between donors is drawn.{more}",
        f"bimodal {__version__} · response · {clean(sign, 80)} · no random numbers",
    )
    cells = list(dict.fromkeys(cell for panel in shown for cell in panel.curves))
    legend_rows = -(-len(cells) // 5)
    with house_style():
        figure, axes = sheet(
            heading, (max(rows, 1), columns), panel_height=1.35, bottom=0.5 + 0.16 * legend_rows, gaps=(0.2, 0.5)
        )
        for index, place in enumerate(axes.flat):
            if index >= len(shown):
                place.set_visible(False)
                continue
            panel = shown[index]
            draw_curves(place, panel)
            if index % columns == 0:
                place.set_ylabel(f"pSTAT5 (of {panel.scale.replace('maximum', 'max.')})")
            if index + columns >= len(shown):
                place.set_xlabel("IL-2 (pM)")
                place.tick_params(labelbottom=True)
            for every, mark in enumerate(place.xaxis.get_major_ticks()):
                mark.label1.set_visible(every % 2 == 0)
            known, what = (panel.common, "10 % of aldesl.") if panel.relative else (panel.ec50, "EC50")
            marked = [c.id for c in load_registry().cells.values() if c.marked and known.get(c.id)]
            values = " · ".join(f"{cell_label(c)} {number(known[c])}" for c in marked)
            said = f"\n{what}: {values} pM" if marked else ""
            place.set_title(clean(panel.title, 40) + said, size=SMALL, linespacing=1.3)
        lines = [Line2D([], [], color=cell_colour(cell), linestyle=dash(cell), linewidth=1.4) for cell in cells]
        height = figure.get_figheight()
        if lines:
            figure.legend(
                lines, [cell_label(cell) for cell in cells], loc="lower center", ncols=5, handlelength=2.6,
                bbox_to_anchor=(0.5, 0.4 / height), columnspacing=1.6, labelspacing=0.3,
            )  # fmt: skip
    return figure
