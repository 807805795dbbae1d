"""IL-2 in plasma: the first dosing day in hours, and the whole study."""

from __future__ import annotations

from matplotlib.figure import Figure

from bimodal.report.envelope import Envelope
from bimodal.report.figures.marks import FIRST_DRAWN, arm_titles, mark_doses, nobody, pixel_span, shade_dosing
from bimodal.report.source import ResultSource, drawn_arms, has_any
from bimodal.report.style import (
    Heading,
    arm_colour,
    day_axis,
    draw_envelope,
    hour_axis,
    house_style,
    log_axis,
    log_limits,
    say,
    sheet,
)
from bimodal.report.timeline import arm_timeline, treated_until

OBSERVABLE = "il2_plasma"
TITLE = "IL-2 in plasma"
CAPTION = (
    "Total free IL-2 activity in plasma, the patient's own and the drug's together, per arm, on a logarithmic scale. "
    "Left: the first day in hours, in pixels of 20 minutes. Right: the whole study; a pixel may hold several doses. "
    "Line: median of the means within a pixel; bands: from the lowest to the highest value within it, dark in 50 %, "
    "light in 90 % of patients; thin lines: medians of both. Triangles mark doses. Grey: dosing period. A dashed line "
    "marks where the scale of time changes."
    f"{FIRST_DRAWN}"
)


def available(result: ResultSource) -> bool:
    """Tell whether the study has plasma IL-2."""
    return has_any(result, [OBSERVABLE])


def figure(result: ResultSource) -> Figure:
    """Draw plasma IL-2 (pM) of every arm: first day in hours, whole study in days, logarithmic."""
    arms = drawn_arms(result)
    last, treated = float(result.days[-1]), treated_until(result)
    close = {arm: part for arm in arms if (part := Envelope.read(result, arm, OBSERVABLE, "days")) is not None}
    whole = {arm: part for arm in arms if (part := Envelope.read(result, arm, OBSERVABLE)) is not None}
    low, high = log_limits([*close.values(), *whole.values()], (1.0, 10.0))
    heading = Heading.of(
        result,
        TITLE,
        "Left: first day. Right: whole study. Line: median. Bands: lowest to highest within "
        f"{pixel_span(close.values())} (left) and {pixel_span(whole.values())} (right), in 50 % (dark) and 90 % "
        "(light) of patients. Triangles: doses. Grey: dosing period.",
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
            for panel, part, hours in ((day, close.get(arm), True), (study, whole.get(arm), False)):
                if part is None or part.drawn == 0:
                    say(panel, nobody(result, arm))
                else:
                    draw_envelope(panel, part.between(0.0, 1.0) if hours else part, colour, hours=hours)
            mark_doses(day, [24 * start for start in timeline.dose_days if start < 1])
            mark_doses(study, timeline.dose_days)
            hour_axis(day)
            day_axis(study, last, treated)
        axes[-1, 0].set_xlabel("hours since first dose")
        axes[-1, 1].set_xlabel("days since first dose")
        for panel in axes.flat:
            log_axis(panel, low, high, base=10)
    return made
