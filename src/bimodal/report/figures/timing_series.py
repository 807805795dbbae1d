"""A CRP series with its events and what each hypothesis makes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bimodal.report.figures.timing_sheet import COLOURS, DASHES, HYPOTHESES, timing_sheet
from bimodal.report.style import INK, SMALL, SOFT, TINY, house_style, log_axis, say
from bimodal.timing.fitted import Fit
from bimodal.timing.result import Assessment

_MOST_TICKS = 6
TITLE = "The series, its events, and three curves through it"
CAPTION = (
    "CRP on a logarithmic scale against days after the first sample. Dots: samples used; crosses: samples left out; "
    "triangles: below the detection limit. Each panel has one hypothesis at its most likely grid point, with its 80 % "
    "band. All three "
    "can follow the samples: a curve through the dots is no evidence for a cycle."
)


def figure(assessment: Assessment, fits: Sequence[Fit]) -> Figure:
    """Draw the samples with the curve of every hypothesis, one panel each.

    ``fits`` are of `fitted_curves`; empty where the data do not suffice: then the samples alone are drawn.
    """
    count = max(1, len(fits))
    whole = assessment.whole
    with house_style():
        made, axes = timing_sheet(
            TITLE,
            f"{assessment.series.n} samples used over {assessment.series.span_days:.1f} days, "
            f"{whole.n - assessment.series.n} left out. Status: {assessment.status.value}. Band: 80 % of the curve, "
            "without "
            "assay noise. A curve that follows the samples is no evidence for it.",
            (1, count),
            about=assessment.series.label,
            panel_height=2.3,
            bottom=0.5,
        )
        if not whole.n:
            say(axes[0, 0], "no sample")
            return made
        high, low = [float(whole.values.max())], [float(whole.values.min())]
        for panel, fit in zip(axes[0], fits, strict=False):
            colour = COLOURS[fit.hypothesis]
            centre = np.exp(fit.mean)
            bottom, top = np.exp(fit.mean - 1.2816 * fit.sd), np.exp(fit.mean + 1.2816 * fit.sd)
            panel.fill_between(fit.days, bottom, top, color=colour, alpha=0.25, linewidth=0)
            panel.plot(fit.days, centre, color=colour, linewidth=1.3, linestyle=DASHES[fit.hypothesis])
            panel.set_title(HYPOTHESES[fit.hypothesis], color=INK, size=SMALL + 0.5)
            high.append(float(top.max()))
            low.append(float(bottom.min()))
        log_axis(axes[0, 0], min(low) / 1.25, max(high) * 1.35, base=10)
        _few_ticks(axes[0, 0], min(low) / 1.25, max(high) * 1.35)
        for panel in axes[0]:
            _samples(panel, assessment)
            panel.grid(visible=True, axis="y")
            panel.set_xlabel("days after the first sample")
        axes[0, 0].set_ylabel("CRP (mg/L)")
    return made


def _few_ticks(panel: Axes, low: float, high: float) -> None:
    """Label 1, 2 and 5 of every decade where whole decades alone would leave an axis with one number or none."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    places = [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
    shown = [place for place in places if low <= place <= high]
    if len(shown) <= _MOST_TICKS:
        panel.set_yticks(shown, [f"{place:g}" for place in shown])


def _samples(panel: Axes, assessment: Assessment) -> None:
    """Draw samples and events; the events' names stand at the top."""
    whole, used = assessment.whole, assessment.series.n
    start = float(whole.hours[0]) if whole.n else 0.0
    days = (whole.hours - start) / 24.0
    kept = np.isin(whole.rows, assessment.series.rows) if whole.sha256 else np.arange(whole.n) < used
    for chosen, marker, size in ((kept & ~whole.censored, "o", 12), (kept & whole.censored, "v", 16), (~kept, "x", 14)):
        if chosen.any():
            width = 0.8 if marker == "x" else 0.0
            panel.scatter(
                days[chosen], whole.values[chosen], s=size, marker=marker, color=INK, zorder=4, linewidths=width
            )
    names: set[str] = set()
    for event in whole.events:
        if event.kind not in ("dose", "infection", "surgery", "steroid"):
            continue
        at = (event.hours - start) / 24.0
        panel.axvline(at, color=SOFT, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)
        if event.kind not in names:
            panel.text(
                at,
                0.985,
                f" {event.kind} ",
                ha="right" if 2 * at > days[-1] else "left",
                transform=panel.get_xaxis_transform(),
                size=TINY,
                color=SOFT,
                va="top",
            )
            names.add(event.kind)
