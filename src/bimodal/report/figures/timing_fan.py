"""Where the cycle of CRP would be on the days after the last sample."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bimodal.report.figures.timing_sheet import COLOURS, timing_sheet
from bimodal.report.style import INK, NEUTRAL, SMALL, SOFT, house_style, say
from bimodal.timing.result import Assessment

TITLE = "Phase fan: hours since the nearest peak of CRP, given a persistent cycle"
CAPTION = (
    "For each day after the last sample: median (dot), 80 % (thick) and 95 % (thin) of the hours since the nearest "
    "peak of CRP, negative before "
    "it. The grey band is half a cycle each way: an interval that fills it knows nothing. Drawn given a persistent "
    "cycle, whatever its "
    "probability."
)


def figure(assessment: Assessment) -> Figure:
    """Draw the phase one to nine days ahead, with what is known by chance."""
    ribs, phase, p_h1 = assessment.fan(), assessment.phase, assessment.p_h1
    if phase is None or p_h1 is None:
        with house_style():
            made, axes = timing_sheet(
                TITLE, "The samples do not suffice.", (1, 1), about=assessment.series.label, panel_height=1.2
            )
            say(axes[0, 0], "nothing to draw")
            axes[0, 0].set_axis_off()
        return made
    days = np.array([rib.days_after_last for rib in ribs])
    half = 12.0 * phase.mean_period_days
    subtitle = (
        f"Holds only if there is a persistent cycle: P = {p_h1:.2f}. "
        "Below: share of the phase that is known (0: nothing, 1: all), and that share times P."
    )
    with house_style():
        made, axes = timing_sheet(
            TITLE, subtitle, (2, 1), about=assessment.series.label, panel_height=1.35, gaps=(0.18, 0.36), own_y=True
        )
        top, low = axes[0, 0], axes[1, 0]
        top.axhspan(-half, half, color=NEUTRAL, alpha=0.15, linewidth=0)
        top.axhline(0, color=SOFT, linewidth=0.6)
        colour = COLOURS["h1"]
        for rib in ribs:
            at = rib.days_after_last
            top.plot([at, at], [rib.lower_95, rib.upper_95], color=colour, linewidth=1.0, solid_capstyle="butt")
            top.plot(
                [at, at], [rib.lower_80, rib.upper_80], color=colour, linewidth=4.5, alpha=0.55, solid_capstyle="butt"
            )
        top.plot(days, [rib.hours_from_peak for rib in ribs], "o", color=INK, markersize=3.2, linestyle="none")
        reach = max(half * 1.1, *(abs(end) * 1.04 for rib in ribs for end in (rib.lower_95, rib.upper_95)))
        top.set_ylim(-reach, reach)
        top.set_ylabel("hours since a peak")
        known = np.array([rib.concentration for rib in ribs])
        low.bar(days, known, 0.5, facecolor="white", edgecolor=NEUTRAL, linewidth=0.9, label="given a cycle")
        low.bar(days, p_h1 * known, 0.5, color=colour, label="times P(persistent cycle)")
        low.set_ylim(0, 1.0)
        low.set_ylabel("phase known")
        low.set_xlabel("days after the last sample")
        low.grid(axis="y")
        low.legend(loc="upper right", ncols=2, bbox_to_anchor=(1.0, 1.24), borderaxespad=0.0, fontsize=SMALL)
        low.set_xlim(days[0] - 0.6, days[-1] + 0.6)
        low.set_xticks(days, [f"+{day:g}" for day in days])
    return made
