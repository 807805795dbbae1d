"""pSTAT5 and receptor occupancy of every cell type, on the first day and late in treatment."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bimodal.report.envelope import Envelope
from bimodal.report.figures.marks import FIRST_DRAWN, arm_titles, mark_doses, nobody
from bimodal.report.source import ResultSource, drawn_arms, has_any
from bimodal.report.style import Heading, cell_colour, draw_envelope, hour_axis, house_style, say, sheet
from bimodal.report.text import cell_label, number
from bimodal.report.timeline import arm_timeline
from bimodal.study.endpoints import load_registry

SIGNALS = (("pstat5", "pSTAT5"), ("occupancy", "occupancy"))
TITLE = "Signal and receptor occupancy within a day"
CAPTION = (
    "pSTAT5 (left) and receptor occupancy (right) of every cell type, as fractions, over the first day and over the "
    "last dosing day of the arm, which the panel names, in pixels of 20 minutes. Line: median of the means within a "
    "pixel; band: from the lowest to the highest value in the middle 50 % of patients; the 90 % band is left out so "
    "that the cell types can be told apart. Triangles mark doses. The scale is common to all panels and ends at the "
    "largest value drawn."
    f"{FIRST_DRAWN}"
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
    arms, cells = drawn_arms(result), tuple(load_registry().cells)
    signals = [(key, name) for key, name in SIGNALS if has_any(result, [f"{key}_{cell}" for cell in cells])]
    heading = Heading.of(
        result,
        TITLE,
        "Fraction of each cell type's own maximum signal and of its receptors. Line: median. Band: lowest to highest "
        "within 20 minutes, middle 50 % of patients. Triangles: doses.",
    )
    titles, title_height = arm_titles(result, arms, 5.5)
    title_height += 0.14
    starts = {arm: _day_starts(result, arm, [f"{key}_{cell}" for key, _ in signals for cell in cells]) for arm in arms}
    count = max((len(days) for days in starts.values()), default=1)
    with house_style():
        made, axes = sheet(
            heading,
            (len(arms), count * len(signals)),
            panel_height=1.25,
            top=title_height,
            gaps=(0.16, 0.08 + title_height),
            share=("all", "all"),
        )
        top, shown = 0.2, set[str]()
        for line, arm in enumerate(arms):
            doses = np.array(arm_timeline(result, arm).dose_days)
            for column, (place, (key, name)) in enumerate((p, signal) for signal in signals for p in range(count)):
                panel = axes[line, column]
                if place >= len(starts[arm]):
                    panel.set_visible(False)  # an arm with one dosing day has no late one
                    continue
                start = starts[arm][place]
                panel.set_title(f"{name}, day {number(start)}")
                drawn = 0
                for cell in cells:
                    part = Envelope.read(result, arm, f"{key}_{cell}", "days")
                    if part is not None and part.drawn:
                        part = part.between(start, start + 1.0)
                        draw_envelope(panel, part, cell_colour(cell), hours=True, wide=False)
                        top = max(top, float(np.nanmax(part.p75)))
                        drawn += part.drawn
                        shown.add(cell)
                mark_doses(panel, [24 * (day - start) for day in doses if start <= day < start + 1.0])
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
        keys = [
            Line2D([], [], color=cell_colour(cell), linewidth=2, label=cell_label(cell))
            for cell in cells
            if cell in shown
        ]
        made.legend(handles=keys, loc="upper right", ncols=len(keys), bbox_to_anchor=(0.99, 0.995), handlelength=1.2)
    return made


def _day_starts(result: ResultSource, arm: str, names: list[str]) -> list[float]:
    """Find the days that were read in pixels: the first, and the last dosing day where it is another."""
    doses = arm_timeline(result, arm).dose_days
    late = float(np.floor(doses[-1] + 1e-9)) if doses else 0.0
    part = next((found for name in names if (found := Envelope.read(result, arm, name, "days")) is not None), None)
    # where people come at times of their own there is no last dosing day that was read closely
    close = part is not None and bool(((part.edges > late) & (part.edges < late + 1.0)).any())
    return [0.0, late] if late >= 1.0 and close else [0.0]
