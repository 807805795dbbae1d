"""pSTAT5 and receptor occupancy of every cell type, on the first day and late in treatment."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bimodal.report.bands import Bands
from bimodal.report.figures.marks import arm_titles, nobody
from bimodal.report.source import ResultSource, drawn_arms, has_any
from bimodal.report.style import Heading, cell_colour, draw_bands, hour_axis, house_style, say, sheet
from bimodal.report.text import cell_label, number
from bimodal.report.timeline import arm_timeline
from bimodal.study.endpoints import load_registry

SIGNALS = (("pstat5", "pSTAT5"), ("occupancy", "occupancy"))
TITLE = "Signal and receptor occupancy within a day"
CAPTION = (
    "pSTAT5 (left) and receptor occupancy (right) of every cell type, as fractions, over the first dosing day and "
    "over the last finely saved dosing day of the arm, which the panel names. Line: median; band: the middle 50 % of "
    "patients (spread between patients); the 90 % band is left out so that the cell types can be told apart. "
    "The scale is common to all panels and ends at the largest value drawn."
)


def available(result: ResultSource) -> bool:
    """Tell whether the study saved any signal or occupancy."""
    return has_any(result, [f"{signal}_{cell}" for signal, _ in SIGNALS for cell in load_registry().cells])


def figure(result: ResultSource) -> Figure:
    """Draw pSTAT5 and occupancy of each cell type over the first day and a day late in treatment.

    Parameters
    ----------
    result
        A finished study with any of the observables `pstat5_<cell>` and `occupancy_<cell>`.

    Returns
    -------
    matplotlib.figure.Figure
        One row per arm; two columns per saved signal.

    Examples
    --------
    >>> from pathlib import Path
    >>> def save(result, folder: Path) -> None:
    ...     figure(result).savefig(folder / "signal.png")
    """
    arms, days, cells = drawn_arms(result), result.days, tuple(load_registry().cells)
    signals = [(key, name) for key, name in SIGNALS if has_any(result, [f"{key}_{cell}" for cell in cells])]
    heading = Heading.of(
        result,
        TITLE,
        "Fraction of each cell type's own maximum signal and of its receptors. "
        "Line: median. Band: middle 50 % of patients.",
    )
    titles, title_height = arm_titles(result, arms, 5.5)
    title_height += 0.14
    with house_style():
        made, axes = sheet(
            heading,
            (len(arms), 2 * len(signals)),
            panel_height=1.25,
            top=title_height,
            gaps=(0.16, 0.08 + title_height),
            share=("all", "all"),
        )
        top = 0.2
        for line, arm in enumerate(arms):
            late = arm_timeline(result, arm).late_day(days)
            for column, (start, (key, name)) in enumerate((s, signal) for signal in signals for s in (0.0, late)):
                panel = axes[line, column]
                panel.set_title(f"{name}, day {number(start)}" if start is not None else f"{name}, late day")
                if start is None:
                    say(panel, "only the first day\nwas saved finely")
                    continue
                inside = np.flatnonzero((days >= start - 1e-6) & (days <= start + 1 + 1e-6))
                drawn = 0
                for cell in cells:
                    part = Bands.read(result, arm, f"{key}_{cell}", inside.tolist())
                    if part is not None and part.drawn:
                        draw_bands(panel, (days[inside] - start) * 24, part, cell_colour(cell), wide=False)
                        top = max(top, float(np.nanmax(part.p75)))
                        drawn += part.drawn
                if not drawn:
                    say(panel, nobody(result, arm))
            axes[line, 0].set_title(f"{titles[arm]}\n{axes[line, 0].get_title(loc='left')}")
            axes[line, 0].set_ylabel("fraction")
        for panel in axes.flat:
            hour_axis(panel)
            panel.set_ylim(0, 1.08 * top)
            panel.grid(axis="y")
        for panel in axes[-1]:
            panel.set_xlabel("hours of the day")
        keys = [Line2D([], [], color=cell_colour(cell), linewidth=2, label=cell_label(cell)) for cell in cells]
        made.legend(handles=keys, loc="upper right", ncols=len(cells), bbox_to_anchor=(0.99, 0.995), handlelength=1.2)
    return made
