"""pSTAT5 dose-response of every cell type, for `bimodal response`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from bimodal import __version__
from bimodal.report.style import RULE, SMALL, SOFT, TINY, WIDTH, Heading, cell_colour, house_style, say, sheet
from bimodal.report.text import cell_label, clean, number, power_of_ten

_LEFT, _RIGHT = 0.62, 2.1  # inches beside the panel
_DASHES: Mapping[str, Any] = {"memory": (0, (5, 1.5)), "naive": (0, (1.5, 1.2))}


def dose_response(response: Mapping[str, Any], curves: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Figure:
    """Draw pSTAT5 against IL-2 concentration, one line per cell type, with every EC50 marked.

    Each curve is relative to its own largest value, so curves show how sensitive a cell is, not how strongly it
    signals. An EC50 is half of a cell's own maximum and not a threshold of response.

    Parameters
    ----------
    response
        What `bimodal response --json` prints: `drug`, `minutes`, `cells` with `cell` and `ec50_pM`.
    curves
        For every cell: concentrations in pM (positive, shape (C,)) and signal (shape (C,), any unit).

    Returns
    -------
    matplotlib.figure.Figure
        One panel; a marker on each curve and a tick on the axis at its EC50, and a table of EC50 at the right.

    Examples
    --------
    >>> dose = np.logspace(-1, 4, 60)
    >>> answer = {"drug": "aldesleukin", "minutes": 30, "cells": [{"cell": "treg", "ec50_pM": 20.0}]}
    >>> len(dose_response(answer, {"treg": (dose, dose / (dose + 20.0))}).axes)
    1
    """
    ec50 = {str(entry.get("cell")): entry.get("ec50_pM") for entry in response.get("cells", ())}
    heading = Heading(
        f"pSTAT5 dose-response, {clean(response.get('drug', ''), 50)}",
        f"After {number(response.get('minutes'))} min. Each curve relative to its own maximum. Circle and tick: EC50. "
        "One typical cell population per type: n = 1 per curve, 0 failed; no spread between donors is drawn.",
        f"bimodal {__version__} · response · {clean(response.get('drug', ''), 50)} · no random numbers",
    )
    with house_style():
        figure, axes = sheet(heading, (1, 1), panel_height=3.0, left=_LEFT, right=_RIGHT)
        panel = axes[0, 0]
        inch = 1.0 / (WIDTH - _LEFT - _RIGHT)
        span: list[float] = []
        order = sorted(curves, key=lambda cell: (ec50.get(cell) is None, ec50.get(cell) or 0.0))
        panel.axhline(0.5, color=RULE, linewidth=0.6)
        for rank, cell in enumerate(order):
            dose, signal = (np.asarray(part, dtype=np.float64) for part in curves[cell])
            keep = np.isfinite(dose) & np.isfinite(signal) & (dose > 0)
            dose, signal = dose[keep], signal[keep]
            half, colour = ec50.get(cell), cell_colour(cell)
            top = 1.0 - 0.075 * rank
            panel.plot(
                [1 + 0.12 * inch, 1 + 0.42 * inch], [top, top], color=colour, linestyle=_dash(cell), linewidth=1.4,
                transform=panel.transAxes, clip_on=False,
            )  # fmt: skip
            panel.text(1 + 0.5 * inch, top, cell_label(cell), transform=panel.transAxes, va="center", size=SMALL)
            panel.text(
                1 + 1.95 * inch, top, number(half), transform=panel.transAxes, va="center", ha="right", size=SMALL
            )
            if len(dose) == 0 or signal.max() <= 0:
                continue
            share = signal / signal.max()
            span += [float(dose.min()), float(dose.max())]
            panel.plot(dose, share, color=colour, linestyle=_dash(cell), linewidth=1.4)
            if half is not None and dose.min() <= half <= dose.max():
                at = float(np.interp(np.log(half), np.log(dose), share))
                panel.plot([half], [at], "o", color=colour, markersize=4, markeredgecolor="white", markeredgewidth=0.6)
                panel.plot([half, half], [0, 0.035], color=colour, linewidth=1.4)
        panel.text(
            1 + 1.95 * inch,
            1.075,
            "EC50 (pM)",
            transform=panel.transAxes,
            ha="right",
            va="center",
            size=TINY,
            color=SOFT,
        )
        if span:
            _concentrations(panel, min(span), max(span))
        else:
            say(panel, "no curve")
        panel.set_ylim(0, 1.03)
        panel.grid(axis="y")
        panel.set_xlabel("IL-2 (pM)")
        panel.set_ylabel("pSTAT5 (fraction of own maximum)")
    return figure


def _dash(cell: str) -> Any:
    return _DASHES.get(cell.rpartition("_")[2], "-")


def _concentrations(panel: Any, low: float, high: float) -> None:
    panel.set_xscale("log")
    decades = np.arange(np.ceil(np.log10(low) - 1e-9), np.floor(np.log10(high) + 1e-9) + 1)
    panel.xaxis.set_major_locator(FixedLocator(list(10.0**decades)))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.set_xlim(low, high)
