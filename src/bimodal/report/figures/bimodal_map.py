"""The bimodal map: what a concentration means to every cell type at once, for `bimodal response`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from bimodal import __version__
from bimodal.report.figures.response_marks import Panel, by_sensitivity, positive
from bimodal.report.figures.treg_window import TregWindow
from bimodal.report.style import INK, SMALL, SOFT, TINY, WIDTH, Heading, house_style, say, sheet
from bimodal.report.text import cell_label, clean, number, power_of_ten

MOST_MAPS = 12
# one hue from light to dark: the order of values survives grey and every kind of colour vision
_SHADES = LinearSegmentedColormap.from_list("bimodal-map", ["#ffffff", "#c9e0ef", "#5ba3cf", "#0b6aa8", "#08306b"])
_FINE = 24  # image rows of one cell type, so that viewers that smooth images blur no edge


def bimodal_map(panels: Sequence[Panel], condition: str = "") -> Figure:
    """Draw pSTAT5 over concentration and cell type as a heat map, with every EC50 and the Treg window marked.

    Rows are cell types, the most sensitive to the first molecule on top; a bar marks the EC50, a diamond a tenth of
    aldesleukin's maximum. The bracket above a map runs from a half of that maximum in Treg to a fifth of it in the most
    sensitive cell that is not a Treg, in whose row a triangle marks that end. The first 12 panels are drawn;
    ``condition``, what else is in the dish, begins with a comma.

    Examples
    --------
    >>> dose = np.logspace(-1, 4, 60)
    >>> answer = {"drug": "a", "minutes": 30, "cells": [{"cell": "treg", "ec50_pM": 20.0}]}
    >>> len(bimodal_map([Panel("a", answer, {"treg": (dose, dose / (dose + 20.0))})]).axes)
    2
    """
    shown = panels[:MOST_MAPS]
    first = shown[0]
    many = len(shown) > 1
    drugs = clean(", ".join(panel.title for panel in shown), 80)
    more = f" The first {len(shown)} of {len(panels)} molecules." if len(shown) < len(panels) else ""
    heading = Heading(
        "The bimodal map" if many else f"The bimodal map, {clean(first.title, 50)}",
        f"pSTAT5 in a dish after {number(first.response.get('minutes'))} min{clean(condition, 200)}. Shade: fraction "
        f"of {_scale(shown)}. Bar: EC50, none while a curve rises. Diamond: a tenth of aldesleukin's maximum in the "
        "cell. Bracket: from half of that maximum in Treg to a fifth of it (triangle) in the most sensitive cell that "
        f"is not a Treg. n = 1 typical cell per row, 0 failed; no spread between donors is drawn.{more}",
        f"bimodal {__version__} · response · {drugs} · no random numbers",
    )
    cells = by_sensitivity(list(dict.fromkeys(cell for panel in shown for cell in panel.curves)), first)
    columns = 2 if many else 1
    rows = -(-len(shown) // columns)
    step = 0.13 if many else 0.24  # inches for a row of the map
    top = _tops(shown)
    with house_style():
        figure, axes = sheet(
            heading, (rows, columns), panel_height=max(0.6, step * len(cells)), left=1.0, right=0.12 if many else 1.4,
            top=0.62 if many else 0.5, bottom=0.75, gaps=(0.18, 0.85), share=("none", "none"),
        )  # fmt: skip
        for index, place in enumerate(axes.flat):
            if index >= len(shown):
                place.set_visible(False)
                continue
            _draw(place, shown[index], cells, top, names=index % columns == 0, large=not many)
            if index + columns >= len(shown):
                place.set_xlabel("IL-2 (pM)")
        height = figure.get_figheight()
        bar = figure.add_axes((1.0 / WIDTH, 0.52 / height, 2.0 / WIDTH, 0.09 / height))
        figure.colorbar(ScalarMappable(Normalize(0, 1), _SHADES), cax=bar, orientation="horizontal", ticks=[0, 0.5, 1])
        bar.tick_params(labelsize=TINY, length=1.5, pad=1.5)
        bar.text(1.04, 0.5, f"pSTAT5, fraction of {_scale(shown)}", transform=bar.transAxes, va="center", size=TINY)
    return figure


def _scale(panels: Sequence[Panel]) -> str:
    if all(panel.relative for panel in panels):
        return "aldesleukin's maximum in the cell type"
    return "the cell type's highest with any molecule shown" if len(panels) > 1 else "the cell type's own maximum"


def _tops(panels: Sequence[Panel]) -> dict[str, float]:
    """Find each cell type's signal that has the darkest shade: aldesleukin's maximum, or the highest of all panels."""
    tops: dict[str, float] = {}
    for panel in panels:
        for cell in panel.curves:
            tops[cell] = max(tops.get(cell, 0.0), panel.top(cell))
    return tops


def _draw(
    axes: Axes, panel: Panel, cells: Sequence[str], tops: Mapping[str, float], *, names: bool, large: bool
) -> None:
    drawn = {cell: curve for cell in cells if cell in panel.curves and (curve := positive(panel.curves[cell]))}
    if not drawn:
        say(axes, "no curve")
        return
    ends = np.log10([(curve[0][0], curve[0][-1]) for curve in drawn.values()])
    x = np.linspace(ends.min(), ends.max(), _FINE * 30)
    image = np.zeros((len(cells), len(x)))
    for row, cell in enumerate(cells):
        if cell in drawn:
            image[row] = np.interp(x, np.log10(drawn[cell][0]), drawn[cell][1]) / tops[cell]
    axes.imshow(
        np.repeat(image, _FINE, axis=0), cmap=_SHADES, vmin=0, vmax=1, aspect="auto", interpolation="nearest",
        extent=(x[0], x[-1], len(cells) - 0.5, -0.5),
    )  # fmt: skip
    ec50, common = panel.ec50, panel.common
    beside: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center"}
    for row, cell in enumerate(cells):
        axes.axhline(row + 0.5, color="white", linewidth=0.8)
        value, low = ec50.get(cell), common.get(cell)
        if value and x[0] <= np.log10(value) <= x[-1]:
            _bar(axes, float(np.log10(value)), row)
        if low and x[0] <= np.log10(low) <= x[-1]:
            axes.plot(
                [np.log10(low)], [row], "D", color="white", markersize=3.6 if large else 2.6, markeredgecolor=INK,
                markeredgewidth=0.9,
            )  # fmt: skip
        if large:
            axes.text(1.01, row, number(value), size=SMALL, **beside)
            axes.text(1.13, row, number(low), size=SMALL, **beside)
        elif cell not in drawn:
            axes.text(0.5, row, "no signal", ha="center", size=TINY, **beside)
    if large:
        axes.text(1.01, -1.0, "EC50\n(pM)", size=TINY, color=SOFT, **beside)
        axes.text(1.13, -1.0, "10 % of\naldesl. (pM)", size=TINY, color=SOFT, **beside)
    axes.set_yticks(range(len(cells)), [cell_label(cell) for cell in cells] if names else [""] * len(cells))
    axes.tick_params(axis="y", length=0)
    decades = [d for d in range(int(np.ceil(x[0])), int(np.floor(x[-1])) + 1) if large or d % 2 == 0]
    axes.set_xticks(decades, [power_of_ten(10.0**d) for d in decades])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_ylim(len(cells) - 0.5, -0.5)
    _bracket(axes, TregWindow.of(panel.response), cells, large=large)
    if not large:
        axes.set_title(clean(panel.title, 40), pad=26, size=SMALL, weight="bold")


def _bar(axes: Axes, x: float, row: int) -> None:
    for colour, width in (("white", 3.0), (INK, 1.3)):
        axes.plot([x, x], [row - 0.4, row + 0.4], color=colour, linewidth=width, solid_capstyle="butt")


def _bracket(axes: Axes, window: TregWindow | None, cells: Sequence[str], *, large: bool) -> None:
    """Draw the Treg window above the map, and where its ends come from."""
    if window is None:
        return
    size = SMALL if large else TINY
    low, high = np.log10([window.low, window.high])
    unit = len(cells) / 10.0 * (1.0 if large else 1.5)
    top, foot = -0.5 - 0.62 * unit, -0.5 - 0.2 * unit
    if window.low < window.high:
        axes.plot([low, low, high, high], [foot, top, top, foot], color=INK, linewidth=1.1, clip_on=False)
        row = cells.index(window.cell)
        axes.plot([high, high], [-0.5, row], color=INK, linewidth=0.6, linestyle=(0, (1.5, 1.5)))
        axes.plot([high], [row], marker="^", color=INK, markersize=4.5, markeredgecolor="white", markeredgewidth=0.7)
    text = window.sentence
    if not large:
        text = text.replace(": from ", "\nfrom ") if window.low < window.high else text.replace(": ", "\n", 1)
    at = (low + high) / 2 if large else axes.get_xlim()[0]
    left, right = axes.get_xlim()
    if large:
        reach = 0.31 * (right - left)
        at = float(np.clip(at, left + reach, right - reach))
    axes.text(
        at, top - 0.14 * unit, text, ha="center" if large else "left", va="bottom", size=size, linespacing=1.2,
        clip_on=False,
    )  # fmt: skip
