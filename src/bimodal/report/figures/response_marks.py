"""Marks that the figures of a dose-response share: the curves of a panel, their names and the axis of concentration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from bimodal.report.style import RULE, cell_colour, say
from bimodal.report.text import power_of_ten

FloatArray = npt.NDArray[np.float64]
_DASHES: Mapping[str, Any] = {"memory": (0, (5, 1.5)), "naive": (0, (1.5, 1.2))}


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel's worth of a dose-response.

    Parameters
    ----------
    curves
        For every cell: concentrations in pM (C,) and signal (C,), any unit.
    """

    title: str
    response: Mapping[str, Any]
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]]

    @property
    def ec50(self) -> dict[str, float | None]:
        """EC50 in pM by cell."""
        return read(self.response, "ec50_pM")


def read(response: Mapping[str, Any], key: str) -> dict[str, float | None]:
    """Take one figure of every cell."""
    return {str(entry.get("cell")): entry.get(key) for entry in response.get("cells", ())}


def by_sensitivity(cells: Sequence[str], ec50: Mapping[str, float | None]) -> list[str]:
    """Order cells by EC50, those without one last."""
    return sorted(cells, key=lambda cell: (ec50.get(cell) is None, ec50.get(cell) or 0.0))


def dash(cell: str) -> Any:
    """Give a subset the line style of its kind: memory dashed, naive dotted."""
    return _DASHES.get(cell.rpartition("_")[2], "-")


def positive(curve: tuple[ArrayLike, ArrayLike]) -> tuple[FloatArray, FloatArray] | None:
    """Give concentrations and signal where both can be drawn; None where there is no signal."""
    dose, signal = (np.asarray(part, dtype=np.float64) for part in curve)
    keep = np.isfinite(dose) & np.isfinite(signal) & (dose > 0)
    dose, signal = dose[keep], signal[keep]
    return (dose, signal) if len(dose) and signal.max() > 0 else None


def draw_curves(panel: Axes, curves: Mapping[str, tuple[ArrayLike, ArrayLike]], ec50: Mapping[str, Any]) -> None:
    """Draw every curve relative to its own maximum with a circle and a tick at its EC50, and set the axes."""
    panel.axhline(0.5, color=RULE, linewidth=0.6)
    span: list[float] = []
    for cell in by_sensitivity(list(curves), ec50):
        drawn = positive(curves[cell])
        if drawn is None:
            continue
        dose, share = drawn[0], drawn[1] / drawn[1].max()
        half, colour = ec50.get(cell), cell_colour(cell)
        span += [float(dose.min()), float(dose.max())]
        panel.plot(dose, share, color=colour, linestyle=dash(cell), linewidth=1.4)
        if half is not None and dose.min() <= half <= dose.max():
            at = float(np.interp(np.log(half), np.log(dose), share))
            panel.plot([half], [at], "o", color=colour, markersize=4, markeredgecolor="white", markeredgewidth=0.6)
            panel.plot([half, half], [0, 0.035], color=colour, linewidth=1.4)
    if span:
        concentration_axis(panel, min(span), max(span))
    else:
        say(panel, "no curve")
    panel.set_ylim(0, 1.03)
    panel.grid(axis="y")


def concentration_axis(panel: Axes, low: float, high: float, *, every: int = 1) -> None:
    """Make x logarithmic with decades as ticks, each or every so many."""
    panel.set_xscale("log")
    decades = np.arange(np.ceil(np.log10(low) - 1e-9), np.floor(np.log10(high) + 1e-9) + 1)
    panel.xaxis.set_major_locator(FixedLocator(list(10.0 ** decades[decades % every == 0])))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.set_xlim(low, high)
