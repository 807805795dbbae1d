"""Molecules against cell types: how much more of a molecule each cell needs than Treg, for `bimodal response`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bimodal import __version__
from bimodal.report.figures.response_marks import read
from bimodal.report.style import INK, SMALL, SOFT, TINY, WIDTH, Heading, house_style, sheet
from bimodal.report.text import cell_label, clean, number, power_of_ten

_DECADES = 3.0  # of the ratio, on either side of 1; beyond them the shade stays
_READINGS = (
    ("ratio_to_treg", "ec50_pM", "Treg EC50\n(pM)"),
    ("common_ratio_to_treg", "ec10_of_aldesleukin_pM", "Treg, 10 % of\naldesl. (pM)"),
)
_SHADES = LinearSegmentedColormap.from_list(
    "bimodal-selectivity", ["#9c4a00", "#e39a4b", "#ffffff", "#7fb8da", "#0b5c94"]
)


def selectivity_map(responses: Sequence[Mapping[str, Any]], condition: str = "") -> Figure:
    """Draw, relative to Treg, EC50 (top) and potency at a common effect (below) for every molecule and cell type.

    The common effect is a tenth of aldesleukin's maximum in the same cell. A curve that has not reached its maximum has
    no EC50, and its field is a dash. Fields of cells that are more sensitive than Treg are hatched too, so that the
    side of 1 survives without colour.
    ``condition``, what else is in the dish, begins with a comma.

    Examples
    --------
    >>> ratios = [{"cell": "cd8", "ratio_to_treg": 60.0}]
    >>> answer = {"drug": "a", "minutes": 30, "cells": [{"cell": "treg", "ec50_pM": 20.0}], "selectivity": ratios}
    >>> len(selectivity_map([answer]).axes)
    3
    """
    cells = list(dict.fromkeys(row["cell"] for data in responses for row in data["selectivity"]))
    count, width = len(responses), len(cells)
    drugs = clean(", ".join(str(data.get("drug", "")) for data in responses), 80)
    heading = Heading(
        "Selectivity: what each cell type needs relative to Treg",
        f"pSTAT5 in a dish after {number(responses[0].get('minutes'))} min{clean(condition, 200)}. Top: EC50, half of "
        "the cell's own maximum. Below: a tenth of aldesleukin's maximum in the same cell. Above 1: the cell needs "
        "more of the molecule than Treg do. Hatched, below 1: less. Dash: no plateau, or the effect is not reached, "
        "within the tested concentrations. n = 1 typical cell per field, 0 failed; no spread between donors is drawn.",
        f"bimodal {__version__} · response · {drugs} · no random numbers",
    )
    with house_style():
        figure, axes = sheet(
            heading, (2, 1), panel_height=max(0.23 * count, 0.3), left=1.75, right=0.95, top=0.5, bottom=0.4,
            gaps=(0.18, 0.55), share=("none", "none"),
        )  # fmt: skip
        for panel, (ratio, own, said) in zip(axes[:, 0], _READINGS, strict=True):
            for row, data in enumerate(responses):
                ratios = {entry["cell"]: entry.get(ratio) for entry in data["selectivity"]}
                for column, cell in enumerate(cells):
                    _field(panel, (column, row), ratios.get(cell))
                panel.text(width + 0.12, row + 0.5, number(read(data, own).get("treg")), va="center", size=SMALL)
            panel.text(width + 0.12, -0.25, said, va="bottom", size=TINY, color=SOFT, linespacing=1.2)
            panel.set_xlim(0, width)
            panel.set_ylim(count, 0)
            panel.set_xticks(np.arange(width) + 0.5, ["\n".join(_label(cell)) for cell in cells])
            panel.set_yticks(np.arange(count) + 0.5, [clean(data.get("drug", ""), 26) for data in responses])
            panel.tick_params(length=0, labeltop=True, labelbottom=False)
            panel.spines[["left", "bottom"]].set_visible(False)
        height = figure.get_figheight()
        bar = figure.add_axes((1.75 / WIDTH, 0.62 / height, 2.4 / WIDTH, 0.09 / height))
        scale = ScalarMappable(Normalize(-_DECADES, _DECADES), _SHADES)
        figure.colorbar(scale, cax=bar, orientation="horizontal", ticks=range(-3, 4))
        bar.set_xticklabels([power_of_ten(10.0**exponent) for exponent in range(-3, 4)])
        bar.tick_params(labelsize=TINY, length=1.5, pad=1.5)
        bar.text(1.04, 0.5, "concentration / that of Treg", transform=bar.transAxes, va="center", size=TINY)
    return figure


def _label(cell: str) -> list[str]:
    """Break a cell's name into its type and its subset."""
    name = cell_label(cell)
    base, _, subset = name.rpartition(" ")
    return [base, subset] if subset in {"memory", "naive"} else [name]


def _field(panel: Any, at: tuple[int, int], ratio: float | None) -> None:
    level = 0.0 if ratio is None or ratio <= 0 else float(np.clip(np.log10(ratio), -_DECADES, _DECADES))
    field = Rectangle(at, 1, 1, facecolor=_SHADES(0.5 + level / (2 * _DECADES)), edgecolor="white", linewidth=1.2)
    panel.add_patch(field)
    if level < 0:
        panel.add_patch(Rectangle(at, 1, 1, fill=False, hatch="////", edgecolor="white", linewidth=0, alpha=0.55))
    panel.text(
        at[0] + 0.5, at[1] + 0.52, number(ratio, 2), ha="center", va="center",
        size=SMALL, color="white" if abs(level) > 1.9 else INK,
    )  # fmt: skip
