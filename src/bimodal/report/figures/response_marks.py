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
_COMMON = 0.1
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

    @property
    def common(self) -> dict[str, float | None]:
        """Concentration (pM) for a tenth of aldesleukin's maximum, by cell."""
        return read(self.response, "ec10_of_aldesleukin_pM")

    @property
    def relative(self) -> bool:
        """Whether curves can be drawn relative to aldesleukin's maximum in the same cell."""
        emax = read(self.response, "emax_of_aldesleukin")
        return bool(self.curves) and all(emax.get(cell) for cell in self.curves)

    @property
    def scale(self) -> str:
        """What curves are relative to, in words."""
        return "aldesleukin's maximum" if self.relative else "own maximum"

    def top(self, cell: str) -> float:
        """Give what a curve is divided by, in its own unit; 0 where it has no signal."""
        drawn = positive(self.curves[cell])
        if drawn is None:
            return 0.0
        emax = read(self.response, "emax_of_aldesleukin").get(cell)
        return float(drawn[1].max()) / (emax if self.relative and emax else 1.0)


def read(response: Mapping[str, Any], key: str) -> dict[str, float | None]:
    """Take one figure of every cell."""
    return {str(entry.get("cell")): entry.get(key) for entry in response.get("cells", ())}


def by_sensitivity(cells: Sequence[str], panel: Panel) -> list[str]:
    """Order cells by the concentration for a common effect, or else by EC50; those without either last."""
    known = panel.common if any(panel.common.values()) else panel.ec50
    return sorted(cells, key=lambda cell: (known.get(cell) is None, known.get(cell) or 0.0))


def dash(cell: str) -> Any:
    """Give a subset the line style of its kind: memory dashed, naive dotted."""
    return _DASHES.get(cell.rpartition("_")[2], "-")


def positive(curve: tuple[ArrayLike, ArrayLike]) -> tuple[FloatArray, FloatArray] | None:
    """Give concentrations and signal where both can be drawn; None where there is no signal."""
    dose, signal = (np.asarray(part, dtype=np.float64) for part in curve)
    keep = np.isfinite(dose) & np.isfinite(signal) & (dose > 0)
    dose, signal = dose[keep], signal[keep]
    return (dose, signal) if len(dose) and signal.max() > 0 else None


def draw_curves(axes: Axes, panel: Panel) -> None:
    """Draw every curve of a panel with a circle and a tick at its EC50 and a diamond at the common effect.

    Curves are relative to aldesleukin's maximum in the same cell, or to their own where that is not known.
    """
    axes.axhline(_COMMON if panel.relative else 0.5, color=RULE, linewidth=0.6)
    span: list[float] = []
    highest = 1.0
    for cell in by_sensitivity(list(panel.curves), panel):
        drawn = positive(panel.curves[cell])
        if drawn is None:
            continue
        dose, share = drawn[0], drawn[1] / panel.top(cell)
        half, low, colour = panel.ec50.get(cell), panel.common.get(cell), cell_colour(cell)
        highest = max(highest, float(share.max()))
        span += [float(dose.min()), float(dose.max())]
        axes.plot(dose, share, color=colour, linestyle=dash(cell), linewidth=1.4)
        if low is not None and panel.relative:
            at = float(np.interp(np.log(low), np.log(dose), share))
            axes.plot([low], [at], "D", color=colour, markersize=3, markeredgecolor="white", markeredgewidth=0.5)
        if half is not None and dose.min() <= half <= dose.max():
            at = float(np.interp(np.log(half), np.log(dose), share))
            axes.plot([half], [at], "o", color=colour, markersize=4, markeredgecolor="white", markeredgewidth=0.6)
            axes.plot([half, half], [0, 0.035], color=colour, linewidth=1.4)
    if span:
        concentration_axis(axes, min(span), max(span))
    else:
        say(axes, "no curve")
    axes.set_ylim(0, 1.03 * highest)
    axes.grid(axis="y")


def concentration_axis(panel: Axes, low: float, high: float, *, every: int = 1) -> None:
    """Make x logarithmic with decades as ticks, each or every so many."""
    panel.set_xscale("log")
    decades = np.arange(np.ceil(np.log10(low) - 1e-9), np.floor(np.log10(high) + 1e-9) + 1)
    panel.xaxis.set_major_locator(FixedLocator(list(10.0 ** decades[decades % every == 0])))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.set_xlim(low, high)
