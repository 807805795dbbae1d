"""Probability of the three hypotheses beside what was believed before."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bimodal.report.figures.timing_sheet import COLOURS, HYPOTHESES, timing_sheet
from bimodal.report.style import INK, NEUTRAL, SMALL, SOFT, house_style, say
from bimodal.report.text import number
from bimodal.timing.result import Assessment

TITLE = "Three hypotheses, before and after the samples"
CAPTION = (
    "Probability of noise, of a rhythm without memory (it looks cyclic and cannot be timed) and of a persistent cycle. "
    "Hollow: before "
    "the samples; filled: after. The whisker on the persistent cycle spans what other priors would have given."
)


def figure(assessment: Assessment) -> Figure:
    """Draw prior and posterior of every hypothesis as bars."""
    factor = assessment.bayes_factor
    subtitle = f"Status: {assessment.status.value}. "
    if factor is not None:
        subtitle += (
            f"Bayes factor of a persistent cycle against the other two: {number(factor)}; at 10 or below no series "
            "passes for a "
            "persistent cycle."
        )
    with house_style():
        made, axes = timing_sheet(TITLE, subtitle, (1, 1), about=assessment.series.label, panel_height=1.7, left=1.75)
        panel = axes[0, 0]
        after = (assessment.p_h0, assessment.p_hq, assessment.p_h1)
        before = assessment.prior.hypothesis_weights()
        places = np.arange(3)[::-1].astype(float)
        panel.barh(places + 0.19, before, 0.32, facecolor="white", edgecolor=NEUTRAL, linewidth=0.9)
        for place, name, value, prior in zip(places, HYPOTHESES, after, before, strict=True):
            panel.text(prior + 0.012, place + 0.19, f"{prior:.2f} before", va="center", size=SMALL, color=SOFT)
            if value is None:
                continue
            panel.barh(place - 0.19, value, 0.32, color=COLOURS[name])
            if name == "h1" and assessment.sensitivity is not None:
                low, high = assessment.sensitivity.low, assessment.sensitivity.high
                whisker = {"color": INK, "clip_on": False}
                panel.plot([low, high], [place - 0.19] * 2, linewidth=1.0, **whisker)
                panel.plot([low, high], [place - 0.19] * 2, marker="|", markersize=6, linestyle="none", **whisker)
                # below the bar: beside it or on it there is room for some values only
                text = f"{value:.2f} after ({low:.2f} to {high:.2f} under other priors)"
                panel.text(0.012, place - 0.5, text, va="center", size=SMALL, color=INK)
                continue
            inside = value > 0.85
            panel.text(
                value - 0.012 if inside else value + 0.012, place - 0.19, f"{value:.2f} after", va="center", size=SMALL,
                ha="right" if inside else "left", color="white" if inside else INK,
            )  # fmt: skip
        panel.set_yticks(places, list(HYPOTHESES.values()))
        panel.tick_params(axis="y", length=0)
        panel.set_xlim(0, 1)
        panel.set_ylim(-0.72, 2.45)
        panel.set_xlabel("probability")
        panel.grid(axis="x")
        if assessment.p_h1 is None:
            say(panel, "the samples do not suffice: nothing after")
    return made
