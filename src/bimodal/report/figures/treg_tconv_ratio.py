"""The Treg:Tconv ratio over time, with what was published."""

from __future__ import annotations

from matplotlib.figure import Figure

from bimodal.report.envelope import Envelope
from bimodal.report.figures.arm_panels import arm_panels
from bimodal.report.figures.marks import (
    FIRST_DRAWN,
    corner,
    draw_bounds,
    nobody,
    pixel_span,
    published_note,
    shade_dosing,
)
from bimodal.report.published import comparisons
from bimodal.report.source import ResultSource, drawn_arms, has_any
from bimodal.report.style import Heading, arm_colour, day_axis, draw_envelope, house_style, log_axis, log_limits, say
from bimodal.report.timeline import arm_timeline, treated_until

OBSERVABLE = "treg_tconv_ratio_fold"
TITLE = "Treg:Tconv ratio, fold over baseline"
CAPTION = (
    "Ratio of Treg to Tconv counts in blood divided by the same patient's ratio on day 0, per arm, on a scale of "
    "doublings; thin lines of another colour repeat the medians of the other arms. Time is drawn in pixels: line, "
    "median of the means; bands, from the lowest to the highest value within a pixel, dark in 50 %, light in 90 % of "
    "patients. "
    "Grey: dosing period. Black: published bound; the caret points to the side "
    "that agrees. A higher ratio in blood is a pharmacodynamic marker, not a clinical response."
    f"{FIRST_DRAWN}"
)


def available(result: ResultSource) -> bool:
    """Tell whether the study saved the ratio."""
    return has_any(result, [OBSERVABLE])


def figure(result: ResultSource) -> Figure:
    """Draw the ratio of every arm over the whole study with the published bound."""
    arms = drawn_arms(result)
    last, treated = float(result.days[-1]), treated_until(result)
    bands = {arm: part for arm in arms if (part := Envelope.read(result, arm, OBSERVABLE)) is not None}
    timelines = {arm: arm_timeline(result, arm) for arm in arms}
    rows = [row for row in comparisons(result) if row.endpoint == OBSERVABLE]
    published = [value for row in rows for value in row.bound if value is not None and value > 0]
    low, high = log_limits(list(bands.values()), (min(0.5, *published, 0.5), max(2.0, *published, 2.0)))
    heading = Heading.of(
        result,
        TITLE,
        f"Line: median. Bands: lowest to highest within {pixel_span(bands.values())}, in 50 % (dark) and 90 % (light) "
        "of patients. Thin lines: medians of the other arms. Grey: dosing period. Black: published.",
    )
    with house_style():
        made, panels = arm_panels(
            result,
            arms,
            heading,
            "ratio, fold over baseline",
            most=4,
            height=2.2,
            left=0.62,
            gap=0.14,
            below=0.36,
        )
        for index, (arm, panel) in enumerate(panels):
            shade_dosing(panel, timelines[arm])
            panel.axhline(1.0, color="#9aa1a8", linewidth=0.6)
            panel.set_xlabel("days since first dose")
            panel.xaxis.set_tick_params(labelbottom=True)
            for other, part in bands.items():
                if other != arm:
                    colour = arm_colour(arms.index(other), bool(timelines[other].dose_days))
                    panel.step(part.edges[:-1], part.median, where="post", color=colour, linewidth=0.6, alpha=0.7)
            if arm not in bands or bands[arm].drawn == 0:
                say(panel, nobody(result, arm))
            else:
                draw_envelope(panel, bands[arm], arm_colour(index, bool(timelines[arm].dose_days)))
            mine = [row for row in rows if arm in row.arms]
            draw_bounds(panel, mine, last)
            corner(panel, published_note(mine))
            log_axis(panel, low, high, base=2)
            day_axis(panel, last, treated)
    return made
