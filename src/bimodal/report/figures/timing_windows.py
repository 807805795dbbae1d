"""Chance of the window in every slot, beside what a random hour would hit."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bimodal.report.figures.timing_sheet import COLOURS, timing_sheet
from bimodal.report.style import NEUTRAL, SMALL, SOFT, house_style, say
from bimodal.timing.windows import P_CYCLE_BAR, P_WINDOW_BAR, Windows

TITLE = "Slots of six hours: probability of the window, beside chance"
CAPTION = (
    "Hollow: probability that a dose in the slot falls into the window if there is a persistent cycle and the stated "
    "offset holds. "
    "Light: that probability times P(persistent cycle). Dark: the slots that pass both bars; there may be none. "
    "Dashed: what a random hour "
    "hits."
)


def figure(windows: Windows) -> Figure:
    """Draw the slots; no slot is marked unless the rule gives one.

    Time is study-relative only.
    """
    plan = windows.plan
    subtitle = (
        f"{windows.reason[:1].upper()}{windows.reason[1:]}. P(persistent cycle) = {windows.p_h1:.2f} (bar "
        f"{P_CYCLE_BAR:g}). Window of "
        f"{plan.width_h:g} h, {plan.offset_h:g} h after a peak of CRP (SD {plan.offset_sd_h:g} h; "
        f"{plan.offset_source}). {windows.if_wrong}"
    )
    with house_style():
        made, axes = timing_sheet(TITLE, subtitle, (1, 1), about="study-relative hours", panel_height=1.9, bottom=0.5)
        panel = axes[0, 0]
        if not windows.slots:
            say(panel, "no window to draw")
            panel.set_axis_off()
            return made
        days = np.array([slot.days_after_last for slot in windows.slots])
        width = 0.82 * float(days[1] - days[0])
        chosen = {slot.study_hour for slot in windows.given}
        given = np.array([slot.study_hour in chosen for slot in windows.slots])
        model = np.array([slot.p_given_cycle for slot in windows.slots])
        hit = np.array([slot.p_hit for slot in windows.slots])
        panel.bar(days, model, width, facecolor="white", edgecolor=NEUTRAL, linewidth=0.7, label="if there is a cycle")
        panel.bar(days, hit, width, color=COLOURS["h1"], alpha=0.4, label="times P(persistent cycle)")
        if given.any():
            panel.bar(days[given], hit[given], width, color=COLOURS["h1"], label="passes both bars")
        panel.axhline(windows.chance, color=SOFT, linewidth=1.0, linestyle=(0, (4, 2)), label="a random hour")
        panel.axhline(P_WINDOW_BAR, color=SOFT, linewidth=0.7, linestyle=(0, (1, 2)), label="bar for the hollow bars")
        panel.set_ylim(0, 1)
        panel.set_xlim(days[0] - 0.3, days[-1] + 0.3)
        panel.set_xlabel("days after the last sample")
        panel.set_ylabel("P(in window)")
        panel.grid(axis="y")
        handles, labels = panel.get_legend_handles_labels()
        panel.legend(
            handles, labels, loc="lower right", ncols=len(labels), bbox_to_anchor=(1.0, 1.01), fontsize=SMALL,
            handlelength=1.6, columnspacing=1.1, borderaxespad=0.0,
        )  # fmt: skip
    return made
