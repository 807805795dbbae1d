"""A tissue under attack over time: what is left of it, the effector cells in it, and the Treg that reach it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bimodal.report.envelope import Envelope
from bimodal.report.figures.marks import FIRST_DRAWN, arm_titles, nobody, pixel_span, shade_dosing
from bimodal.report.labels import observable_label
from bimodal.report.source import ResultSource, drawn_arms, offers
from bimodal.report.style import WIDTH, Heading, day_axis, draw_envelope, house_style, say, sheet
from bimodal.report.text import clean
from bimodal.report.timeline import arm_timeline, treated_until

TITLE = "The tissue under attack"
CAPTION = (
    "What is left of the tissue as a share of a healthy one, the effector cells in it (a latent unit), and the Treg "
    "that have reached it over those of a resting wild type; one column per arm. Line, median of the means; bands, "
    "from the lowest to the highest value within a pixel of time, dark in 50 %, light in 90 % of patients. No page "
    "gives a size of any of them: only the order of arms is compared. Grey: dosing period."
    f"{FIRST_DRAWN}"
)
_ROWS = {"tissue_reserve": "#0072b2", "tissue_effectors": "#d55e00", "tissue_treg": "#009e73"}
_LEFT = "tissue_reserve"
_WHOLE = 0.999


def available(result: ResultSource) -> bool:
    """Tell whether a tissue was under attack in any arm: a tissue at rest is not drawn."""
    parts = (Envelope.read(result, arm, _LEFT) for arm in drawn_arms(result))
    return any(part is not None and part.drawn and float(np.nanmin(part.low)) < _WHOLE for part in parts)


def figure(result: ResultSource) -> Figure:
    """Draw small multiples, quantity by arm."""
    arms = drawn_arms(result)
    names = [name for name in _ROWS if any(offers(result, arm, name) for arm in arms)]
    last, treated = float(result.days[-1]), treated_until(result)
    bands = {(name, arm): Envelope.read(result, arm, name) for name in names for arm in arms}
    first = [part for part in bands.values() if part is not None]
    heading = Heading.of(
        result,
        TITLE,
        f"Line: median. Bands: lowest to highest within {pixel_span(first)}, in 50 % (dark) and 90 % (light) of "
        "patients. Grey: dosing period.",
    )
    width = max(WIDTH, 1.2 + 1.5 * len(arms))
    titles, title_height = arm_titles(result, arms, (width - 0.75) / max(len(arms), 1) - 0.14)
    with house_style():
        made, axes = sheet(
            heading,
            (len(names), len(arms)),
            panel_height=1.2,
            width=width,
            gaps=(0.14, 0.3),
            top=title_height,
            share=("all", "row"),
        )
        for column, arm in enumerate(arms):
            axes[0, column].set_title(titles[arm])
            axes[-1, column].set_xlabel("days since first dose")
            for line, name in enumerate(names):
                panel, part = axes[line, column], bands[name, arm]
                shade_dosing(panel, arm_timeline(result, arm))
                if part is None or part.drawn == 0:
                    say(panel, nobody(result, arm))
                else:
                    draw_envelope(panel, part, _ROWS[name])
                day_axis(panel, last, treated)
                panel.grid(axis="y")
        for line, name in enumerate(names):
            axes[line, 0].set_ylabel(clean(observable_label(result, name)))
            if name == _LEFT:
                axes[line, 0].set_ylim(0.0, 1.02)
            else:
                axes[line, 0].set_ylim(bottom=0.0)
    return made
