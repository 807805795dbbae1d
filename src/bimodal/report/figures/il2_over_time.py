"""IL-2 in plasma: the first dosing day in hours, and pre-dose values over the whole study."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bimodal.report.bands import Bands
from bimodal.report.figures.marks import arm_titles, nobody, shade_dosing
from bimodal.report.source import ResultSource, drawn_arms, has_any
from bimodal.report.style import (
    SOFT,
    Heading,
    arm_colour,
    day_axis,
    draw_bands,
    hour_axis,
    house_style,
    log_axis,
    log_limits,
    say,
    sheet,
)
from bimodal.report.timeline import arm_timeline

OBSERVABLE = "il2_plasma"
TITLE = "IL-2 in plasma"
CAPTION = (
    "Total free IL-2 activity in plasma, the patient's own and the drug's together, per arm, on a logarithmic scale. "
    "Left: the first dosing day in hours; triangles mark dose times. Right: values just before a dose, and daily "
    "values where no dose is due, over the whole study. Line: median; dark band: 50 %, light band: 90 % of patients "
    "(spread between patients). Grey: dosing period."
)


def available(result: ResultSource) -> bool:
    """Tell whether the study saved plasma IL-2."""
    return has_any(result, [OBSERVABLE])


def figure(result: ResultSource) -> Figure:
    """Draw plasma IL-2 (pM) of every arm: first dosing day in hours, troughs in days, logarithmic."""
    arms = drawn_arms(result)
    days = result.days
    bands = {arm: part for arm in arms if (part := Bands.read(result, arm, OBSERVABLE)) is not None}
    first = np.flatnonzero(days <= 1 + 1e-6)
    low, high = log_limits(list(bands.values()), (1.0, 10.0))
    heading = Heading.of(
        result,
        TITLE,
        "Left: first dosing day. Right: pre-dose values over the whole study. Line: median. Dark band: 50 %, light "
        "band: 90 % of patients. Grey: dosing period.",
    )
    titles, title_height = arm_titles(result, arms, 5.5)
    with house_style():
        made, axes = sheet(
            heading,
            (len(arms), 2),
            panel_height=1.25,
            gaps=(0.2, 0.1 + title_height),
            top=title_height,
            ratios=(1.0, 1.55),
            share=("col", "all"),
        )
        for index, arm in enumerate(arms):
            timeline = arm_timeline(result, arm)
            day, study = axes[index]
            day.set_title(titles[arm])
            day.set_ylabel("IL-2 (pM)")
            shade_dosing(study, timeline)
            colour = arm_colour(index, bool(timeline.dose_days))
            part = bands.get(arm)
            if part is None or part.drawn == 0:
                say(day, nobody(result, arm))
                say(study, nobody(result, arm))
            else:
                draw_bands(day, days[first] * 24, part.at(first), colour)
                troughs = np.flatnonzero(timeline.troughs(days))
                draw_bands(study, days[troughs], part.at(troughs), colour)
            hours = [24 * start for start in timeline.dose_days if start < 1]
            at_top = {"transform": day.get_xaxis_transform(), "clip_on": False, "zorder": 6}
            day.plot(hours, [0.98] * len(hours), "v", color=SOFT, markersize=3.5, **at_top)
            hour_axis(day)
            day_axis(study, float(days[-1]))
        axes[-1, 0].set_xlabel("hours since first dose")
        axes[-1, 1].set_xlabel("days since first dose")
        for panel in axes.flat:
            log_axis(panel, low, high, base=10)
    return made
