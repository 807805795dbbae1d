"""Every cell type's count over its own baseline, per arm."""

from __future__ import annotations

from matplotlib.figure import Figure

from bimodal.report.envelope import Envelope
from bimodal.report.figures.marks import (
    FIRST_DRAWN,
    arm_titles,
    draw_bounds,
    nobody,
    pixel_span,
    row_label,
    shade_dosing,
)
from bimodal.report.published import comparisons
from bimodal.report.source import ResultSource, drawn_arms, has_any
from bimodal.report.style import (
    WIDTH,
    Heading,
    cell_colour,
    day_axis,
    draw_envelope,
    house_style,
    log_axis,
    log_limits,
    say,
    sheet,
)
from bimodal.report.text import cell_label
from bimodal.report.timeline import arm_timeline, treated_until
from bimodal.study.endpoints import load_registry

TITLE = "Cell counts in blood, fold over baseline"
CAPTION = (
    "Count of each cell type in blood divided by the same patient's count on day 0, one row per cell type and one "
    "column per arm, on a common scale of doublings. Time is drawn in pixels: line, median of the means; bands, from "
    "the lowest to the highest value within a pixel, dark in 50 %, light in 90 % of patients; thin lines, medians of "
    "both. A dashed line marks where the scale of time changes. "
    "The bands are the spread between patients, not the uncertainty of the model. Grey: dosing period. "
    "Black: published interval or bound. Failed patients are counted in the panel titles and left out of the bands."
    f"{FIRST_DRAWN}"
)


BLOOD, ORGANS = "fold", "organs_fold"


def available(result: ResultSource) -> bool:
    """Tell whether the study saved any fold in blood, and none in spleen and nodes, where more of the cells are."""
    return bool(saved_cells(result, BLOOD)) and not saved_cells(result, ORGANS)


def figure(result: ResultSource) -> Figure:
    """Draw small multiples, cell type by arm: median, 50 % and 90 % of patients on an axis of doublings.

    One common scale shows at a glance which cells answer to a dose and which do not.

    Parameters
    ----------
    result
        A finished study with any of the observables `<cell>_fold`.

    Returns
    -------
    matplotlib.figure.Figure
        One row per saved cell type, one column per arm.

    Examples
    --------
    >>> from pathlib import Path
    >>> def save(result, folder: Path) -> None:
    ...     figure(result).savefig(folder / "folds.png")
    """
    return fold_panels(result, TITLE, BLOOD)


def fold_panels(result: ResultSource, title: str, ending: str) -> Figure:
    """Draw the folds `<cell>_<ending>` of every cell type and arm: see :func:`figure`."""
    cells = saved_cells(result, ending)
    arms = drawn_arms(result)
    last, treated = float(result.days[-1]), treated_until(result)
    bands = {
        (cell, arm): part
        for cell in cells
        for arm in arms
        if (part := Envelope.read(result, arm, f"{cell}_{ending}")) is not None
    }
    rows = comparisons(result)
    low, high = log_limits(list(bands.values()), (0.5, 2.0))
    heading = Heading.of(
        result,
        title,
        f"Line: median. Bands: lowest to highest within {pixel_span(bands.values())}, in 50 % (dark) and 90 % (light) "
        "of patients. Grey: dosing period. Black: published.",
    )
    width = max(WIDTH, 1.2 + 1.5 * len(arms))
    titles, title_height = arm_titles(result, arms, (width - 0.75) / max(len(arms), 1) - 0.14)
    with house_style():
        made, axes = sheet(
            heading,
            (len(cells), len(arms)),
            panel_height=1.05,
            width=width,
            gaps=(0.14, 0.12),
            top=title_height,
        )
        for column, arm in enumerate(arms):
            timeline = arm_timeline(result, arm)
            axes[0, column].set_title(titles[arm])
            axes[-1, column].set_xlabel("days since first dose")
            for line, cell in enumerate(cells):
                panel = axes[line, column]
                shade_dosing(panel, timeline)
                panel.axhline(1.0, color="#9aa1a8", linewidth=0.6)
                part = bands.get((cell, arm))
                if part is None or part.drawn == 0:
                    say(panel, nobody(result, arm))
                else:
                    draw_envelope(panel, part, cell_colour(cell))
                draw_bounds(panel, (r for r in rows if r.endpoint == f"{cell}_{ending}" and arm in r.arms), last)
        for line, cell in enumerate(cells):
            axes[line, 0].set_ylabel("fold")
            row_label(axes[line, 0], cell_label(cell), cell_colour(cell))
        for panel in axes.flat:
            log_axis(panel, low, high, base=2)
            day_axis(panel, last, treated)
    return made


def saved_cells(result: ResultSource, ending: str) -> list[str]:
    """Cell types, then kinds of them, whose fold of that ending the study saved."""
    registry = load_registry()
    return [cell for cell in (*registry.cells, *registry.cell_kinds) if has_any(result, [f"{cell}_{ending}"])]
