"""Period of the cycle, given that there is one, over what was believed before."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from bimodal.report.figures.timing_sheet import COLOURS, timing_sheet
from bimodal.report.style import NEUTRAL, SMALL, SOFT, house_style, say
from bimodal.timing.result import Assessment

TITLE = "Period, given a persistent cycle, over the prior"
CAPTION = (
    "Probability density over the logarithm of the period, after the samples (filled) and before (dashed line). It "
    "holds only if there is a "
    "persistent cycle; the probability of that stands above. Dotted line: 7 days, where a rhythm of the week would "
    "show."
)


def figure(assessment: Assessment) -> Figure:
    """Draw the density of the period over its prior."""
    period, p_h1 = assessment.period, assessment.p_h1
    subtitle = "The samples do not suffice."
    if period is not None and p_h1 is not None:
        low, middle, high = period.quantiles()
        subtitle = (
            f"Holds only if there is such a cycle: P = {p_h1:.2f}. Median {middle:.1f} d, 90 % from {low:.1f} to "
            f"{high:.1f} d. A curve "
            "close to the dashed line has learnt nothing."
        )
    with house_style():
        made, axes = timing_sheet(TITLE, subtitle, (1, 1), about=assessment.series.label, panel_height=1.9)
        panel = axes[0, 0]
        if period is None:
            say(panel, "nothing to draw")
        else:
            flat = 1.0 / float(np.log(period.days[-1] / period.days[0]))
            density = period.weights / period.prior * flat
            panel.fill_between(period.days, density, color=COLOURS["h1"], alpha=0.35, linewidth=0)
            panel.plot(period.days, density, color=COLOURS["h1"], linewidth=1.2)
            panel.plot(period.days, np.full(len(density), flat), color=NEUTRAL, linewidth=1.1, linestyle=(0, (4, 2)))
            top = 1.18 * max(float(density.max()), 2 * flat)
            panel.text(period.days[-1], flat + 0.02 * top, "before ", ha="right", va="bottom", size=SMALL, color=SOFT)
            panel.axvline(7.0, color=SOFT, linewidth=0.7, linestyle=(0, (1, 2)))
            panel.text(7.0, 0.99 * top, " 7 d", va="top", size=SMALL, color=SOFT)
            panel.set_ylim(0, top)
            panel.set_xscale("log")
            panel.set_xlim(float(period.days[0]), float(period.days[-1]))
            panel.xaxis.set_major_locator(FixedLocator([4, 5, 6, 7, 8, 9, 10, 12, 14]))
            panel.xaxis.set_minor_locator(NullLocator())
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        panel.set_xlabel("period (days)")
        panel.set_ylabel("density per ln day")
    return made
