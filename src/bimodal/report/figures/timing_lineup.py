"""The line-up: one real series among noise."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bimodal.report.figures.timing_sheet import timing_sheet
from bimodal.report.style import INK, SMALL, SOFT, house_style
from bimodal.timing.lineup import LineUp

TITLE = "Line-up: one of these is the real series, the others are noise"
CAPTION = (
    "Each panel shows ln CRP at the sample times, on one scale. All but one were drawn from noise without any cycle, "
    "fitted to the "
    "real samples. If the real one cannot be found by eye, the eye has no evidence of a cycle. The key is kept apart "
    "from this page."
)
_COLUMNS = 7


def figure(lineup: LineUp) -> Figure:
    """Draw all series in panels that carry a number and nothing else, so that nothing tells which is real."""
    rows = -(-len(lineup.logs) // _COLUMNS)
    with house_style():
        made, axes = timing_sheet(
            TITLE,
            "Choose before you look up the key. Dots are samples, lines only join them. All panels have the same axes: "
            "days after the first sample, and "
            "ln CRP about the mean of the panel.",
            (rows, _COLUMNS),
            about="a series and noise like it",
            panel_height=0.82,
            left=0.52,
            gaps=(0.1, 0.24),
        )
        centred = lineup.logs - lineup.logs.mean(axis=1, keepdims=True)
        reach = float(np.abs(centred).max()) * 1.12 + 1e-9
        for number, panel in enumerate(axes.ravel(), 1):
            if number > len(centred):
                panel.set_axis_off()
                continue
            panel.plot(lineup.days, centred[number - 1], color=SOFT, linewidth=0.8)
            panel.plot(lineup.days, centred[number - 1], "o", color=INK, markersize=1.9, linestyle="none")
            panel.set_title(str(number), loc="left", size=SMALL, weight="bold", pad=1.5)
            panel.tick_params(length=1.5)
        axes[0, 0].set_ylim(-reach, reach)
        axes[rows // 2, 0].set_ylabel("ln CRP about its mean")
        axes[-1, _COLUMNS // 2].set_xlabel("days after the first sample")
    return made
