"""pSTAT5 dose-response of every cell type, for `bimodal response`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from bimodal import __version__
from bimodal.report.figures.response_marks import Panel, by_sensitivity, dash, draw_curves
from bimodal.report.style import SMALL, SOFT, TINY, WIDTH, Heading, cell_colour, house_style, sheet
from bimodal.report.text import cell_label, clean, number

_LEFT, _RIGHT = 0.62, 2.75  # inches beside the panel
_EC50_AT, _COMMON_AT = 1.95, 2.6  # right edges of the columns of figures, inches from the panel


def dose_response(
    response: Mapping[str, Any], curves: Mapping[str, tuple[ArrayLike, ArrayLike]], condition: str = ""
) -> Figure:
    """Draw pSTAT5 against IL-2 concentration, one line per cell type, with EC50 and common effect marked.

    Each curve is relative to aldesleukin's maximum in the same cell, or to its own where that is not known. An EC50 is
    half of a cell's own maximum and not a threshold of response; a curve that still rises has none.

    ``response`` is what `bimodal response --json` prints; ``curves`` are for every cell concentrations in pM (positive,
    shape (C,)) and signal (any unit); ``condition``, what else is in the dish, begins with a comma.

    Examples
    --------
    >>> import numpy as np
    >>> dose = np.logspace(-1, 4, 60)
    >>> answer = {"drug": "aldesleukin", "minutes": 30, "cells": [{"cell": "treg", "ec50_pM": 20.0}]}
    >>> len(dose_response(answer, {"treg": (dose, dose / (dose + 20.0))}).axes)
    1
    """
    shown = Panel("", response, curves)
    drug = clean(response.get("drug", ""), 50)
    heading = Heading(
        f"pSTAT5 dose-response, {drug}",
        f"After {number(response.get('minutes'))} min{clean(condition, 200)}. Each curve relative to "
        f"{shown.scale}{' in the same cell' if shown.relative else ''}. Circle and tick: EC50, none while a curve "
        f"rises.{' Diamond: a tenth of aldesleukin.' if shown.relative else ''} One "
        "typical cell population per type: n = 1 per curve, 0 failed; no spread between donors is drawn.",
        f"bimodal {__version__} · response · {drug} · no random numbers",
    )
    with house_style():
        figure, axes = sheet(heading, (1, 1), panel_height=3.0, left=_LEFT, right=_RIGHT)
        panel = axes[0, 0]
        inch = 1.0 / (WIDTH - _LEFT - _RIGHT)
        place: dict[str, Any] = {"transform": panel.transAxes}
        right: dict[str, Any] = {"va": "center", "ha": "right", **place}
        for rank, cell in enumerate(by_sensitivity(list(curves), shown)):
            top = 1.0 - 0.075 * rank
            panel.plot(
                [1 + 0.12 * inch, 1 + 0.42 * inch], [top, top], color=cell_colour(cell), linestyle=dash(cell),
                linewidth=1.4, clip_on=False, **place,
            )  # fmt: skip
            panel.text(1 + 0.5 * inch, top, cell_label(cell), va="center", size=SMALL, **place)
            panel.text(1 + _EC50_AT * inch, top, number(shown.ec50.get(cell)), **right, size=SMALL)
            if shown.relative:
                panel.text(1 + _COMMON_AT * inch, top, number(shown.common.get(cell)), **right, size=SMALL)
        panel.text(1 + _EC50_AT * inch, 1.075, "EC50\n(pM)", **right, size=TINY, color=SOFT)
        if shown.relative:
            said = "10 % of\naldesl. (pM)"
            panel.text(1 + _COMMON_AT * inch, 1.075, said, **right, size=TINY, color=SOFT)
        draw_curves(panel, shown)
        panel.set_xlabel("IL-2 (pM)")
        panel.set_ylabel(f"pSTAT5 (fraction of {shown.scale})")
    return figure
