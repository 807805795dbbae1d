"""Molecules side by side on one page: what is free in plasma, what the cells signal, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from bimodal.compare.compare import MoleculeComparison
from bimodal.compare.exposure import followed_level
from bimodal.report.envelope import Envelope
from bimodal.report.source import FloatArray, ResultSource
from bimodal.report.style import (
    SMALL,
    SOFT,
    Heading,
    arm_colour,
    cell_colour,
    day_axis,
    draw_envelope,
    ends_inside,
    house_style,
    log_axis,
    log_limits,
    say,
    sheet,
)
from bimodal.report.text import cell_label, clean, number
from bimodal.report.whom import of_whom
from bimodal.study.endpoints import load_registry

_MANY = 6  # panels beside each other, from which their axes have room for few numbers
_INDENT = 0.015  # of the width, for tick labels between the two wide panels
_LOW = 0.78  # of the height of a panel: the regimens stand above it
_LEAST_SHARE = 1e-4  # of the highest level: below it free drug says nothing more


@dataclass(frozen=True, eq=False)
class Side:
    """One arm of the page.

    Parameters
    ----------
    arm
        Name in the result.
    label
        Molecule, the same at the dose given and at equal exposure.
    regimen
        In words.
    factor
        Factor on the dose; None at the dose given.
    level, factor_pM
        Observable that is the free molecule, and how many pM its unit is.
    above
        (N,) level before the first dose, in that unit.
    """

    arm: str
    label: str
    regimen: str
    factor: float | None
    level: str
    factor_pM: float  # noqa: N815
    above: FloatArray

    def envelope(self, result: ResultSource, table: str) -> Envelope | None:
        """Give the free molecule, pM, in the pixels of a table."""
        found = Envelope.read(result, self.arm, self.level, table, above=self.above)
        return None if found is None else found.scaled(self.factor_pM)


def draw_comparison(comparison: MoleculeComparison) -> Figure:
    """Draw a finished comparison of molecules."""
    regimens = {arm["name"]: arm["regimen"] for arm in comparison.result.summary["arms"]}
    sides: list[Side] = []
    for arm in comparison.arms:
        level, factor = followed_level(arm.molecule, comparison.plan.solver.segment_outputs)
        above = comparison.result.readings.on_day(arm.name, level, 0.0)
        scale = None if arm.scaling is None else arm.scaling.factor
        sides.append(Side(arm.name, arm.label, regimens[arm.name], scale, level, factor, above))
    return compare(comparison.result, sides, comparison.window_h)


def compare(result: ResultSource, sides: Sequence[Side], window_h: float) -> Figure:
    """Draw one page: a block at the doses given and, where there is one, a block at equal exposure.

    Parameters
    ----------
    result
        A finished comparison, with all arms on common times.
    sides
        Its arms; the first is the reference of equal exposure and stands in both blocks.
    window_h
        Hours over which exposure is compared; signals are drawn over it.

    Returns
    -------
    matplotlib.figure.Figure
        For each block: free molecule over the window and over the whole time, pSTAT5 and fold count of each cell type.
    """
    scaled = [sides[0], *(side for side in sides if side.factor is not None)]
    blocks: dict[str, list[Side]] = {}
    given = [side for side in sides if side.factor is None]
    if len(given) > 1:
        blocks["At the doses given"] = given
    if len(scaled) > 1:
        blocks[of_whom(result.summary, "At equal exposure of the median patient")] = scaled
    labels = list(dict.fromkeys(side.label for side in sides))
    most = len(labels)
    colours = {label: arm_colour(place, True) for place, label in enumerate(labels)}
    n, failed = result.n(sides[0].arm), sum(result.failed(side.arm) for side in sides)
    heading = Heading.of(
        result,
        "Molecules side by side",
        f"The same {n:,} virtual patients under every regimen, {failed:,} trajectories failed. Line: median. Band: "
        "lowest to highest within a pixel of time, middle 50 % of patients. Free molecule: of native IL-2 the rise "
        f"above day 0. pSTAT5: fraction of the cell's own maximum, over the first {_span(window_h)}. Folds: over the "
        "patient's own day 0.",
    )
    with house_style():
        made, axes = sheet(
            heading,
            (3 * len(blocks), len(_drawn_cells(result, sides))),
            panel_height=1.15,
            top=0.12 + 0.115 * most,
            gaps=(0.14, 0.4 + 0.06 * most),
            left=0.6,
            share=("none", "none"),
        )
        limits = _limits(result, sides)
        for place, (title, block) in enumerate(blocks.items()):
            rows = axes[3 * place : 3 * place + 3]
            _levels(made, rows[0], result, block, colours, window_h, limits["level"], title)
            _cells(rows[1], result, block, colours, window_h, limits)
            _cells(rows[2], result, block, colours, None, limits)
        keys = [Line2D([], [], color=colours[label], linewidth=2, label=clean(label, 40)) for label in labels]
        made.legend(handles=keys, loc="upper right", ncols=min(len(keys), 4), bbox_to_anchor=(0.99, 0.998))
    return made


def _levels(
    made: Figure,
    row: Any,
    result: ResultSource,
    block: Sequence[Side],
    colours: Mapping[str, str],
    window_h: float,
    limits: tuple[float, float],
    title: str,
) -> None:
    """Replace the row of panels by two wide ones and the regimens in words."""
    boxes = [panel.get_position() for panel in row]
    for panel in row:
        panel.remove()
    wide = boxes[2].x0 - boxes[1].x0
    last = float(result.days[-1])
    for start, width, until, unit, table in (
        (boxes[0].x0, wide + boxes[0].width - _INDENT, window_h / 24.0, f"first {_span(window_h)}", "days"),
        (boxes[2].x0 + _INDENT, (len(boxes) - 3) * wide + boxes[0].width - _INDENT, last, "whole time", "pixels"),
    ):
        panel = made.add_axes((start, boxes[0].y0, width, _LOW * boxes[0].height))
        for side in block:
            found = side.envelope(result, table)
            if found is not None and found.drawn:
                # pixels after the window would be drawn as a fall at its end
                draw_envelope(panel, found.between(0.0, until), colours[side.label], hours=until <= 2.0, wide=False)
        log_axis(panel, *limits, base=10)
        _time_axis(panel, until)
        panel.set_xlabel(f"{'hours' if until <= 2.0 else 'days'} since first dose ({unit})")
        if start == boxes[0].x0:
            panel.set_ylabel("free (pM)")
    words = [
        clean(side.label, 30)
        + (": " if side.factor is None else f", dose × {number(side.factor)}: ")
        + clean(side.regimen, 70)
        for side in block
    ]
    height = made.get_size_inches()[1]
    top, step = boxes[0].y0 + _LOW * boxes[0].height + 0.06 / height, 0.115 / height
    made.text(boxes[0].x0, top + len(words) * step, title, size=SMALL + 0.7, weight="bold", va="bottom")
    for line, text in enumerate(words):
        up = (len(words) - 1 - line) * step
        made.text(boxes[0].x0, top + up, text, size=SMALL - 0.5, color=colours[block[line].label], va="bottom")


def _cells(
    row: Any,
    result: ResultSource,
    block: Sequence[Side],
    colours: Mapping[str, str],
    window_h: float | None,
    limits: Mapping[str, tuple[float, float]],
) -> None:
    """Draw pSTAT5 over the window, or folds over the whole time, one panel per cell type."""
    until = float(result.days[-1]) if window_h is None else window_h / 24.0
    hours = until <= 2.0
    for column, cell in enumerate(_drawn_cells(result, block)):
        panel: Axes = row[column]
        panel.set_title(cell_label(cell), color=cell_colour(cell), pad=2)
        drawn, offered = 0, False
        for side in block:
            name, table = (f"{cell}_fold", "pixels") if window_h is None else (f"pstat5_{cell}", "days")
            found = Envelope.read(result, side.arm, name, table)
            offered = offered or found is not None
            if found is not None and found.drawn:
                draw_envelope(panel, found.between(0.0, until), colours[side.label], hours=hours, wide=False)
                drawn += 1
        if not offered:
            # a sum of cell types has a number and no signal of its own
            panel.set_visible(False)
            continue
        if not drawn:
            say(panel, "nothing to draw")
        if window_h is None:
            panel.axhline(1.0, color="#9aa1a8", linewidth=0.6, zorder=0)
            log_axis(panel, *limits["fold"], base=2)
        else:
            panel.set_ylim(*limits["signal"])
            panel.grid(axis="y")
        _time_axis(panel, until, narrow=len(row) > _MANY)
        panel.set_xlabel("hours" if hours else "days", color=SOFT, size=SMALL)
        if column:
            panel.tick_params(axis="y", labelleft=False)
    row[0].set_ylabel("fold count" if window_h is None else "pSTAT5")


def _drawn_cells(result: ResultSource, sides: Sequence[Side]) -> tuple[str, ...]:
    """List the cell types of whose signal or number something was kept: those of one species."""

    def kept(cell: str) -> bool:
        return any(
            Envelope.read(result, side.arm, name, table) is not None
            for side in sides
            for name, table in ((f"{cell}_fold", "pixels"), (f"pstat5_{cell}", "days"))
        )

    registry = load_registry()
    return tuple(cell for cell in registry.cells if kept(cell)) or registry.cells_of("human")


def _time_axis(panel: Axes, days: float, *, narrow: bool = False) -> None:
    if days > 2.0:
        day_axis(panel, days)
        return
    step = 6 if days <= 1.0 and not narrow else 12
    panel.xaxis.set_major_locator(FixedLocator(list(range(0, int(24.0 * days) + 1, step))))
    panel.set_xlim(0, 24.0 * days)
    ends_inside(panel)


def _limits(result: ResultSource, sides: Sequence[Side]) -> dict[str, tuple[float, float]]:
    levels = [side.envelope(result, table) for side in sides for table in ("days", "pixels")]
    tops = [float(np.nanmax(found.p75)) for found in levels if found is not None and found.drawn]
    top = max([*tops, 1e-6])
    folds, signal = list[Envelope](), 0.05
    for side in sides:
        for cell in load_registry().cells:
            fold = Envelope.read(result, side.arm, f"{cell}_fold")
            signals = Envelope.read(result, side.arm, f"pstat5_{cell}", "days")
            if fold is not None:
                folds.append(replace(fold, p5=fold.p25, p95=fold.p75))
            if signals is not None and signals.drawn:
                signal = max(signal, float(np.nanmax(signals.p75)))
    return {
        "level": (_LEAST_SHARE * top, 1.6 * top),
        "fold": log_limits(folds, (0.5, 2.0)),
        "signal": (0.0, 1.08 * signal),
    }


def _span(hours: float) -> str:
    return f"{number(hours)} h" if hours <= 48.0 else f"{number(hours / 24.0)} days"
