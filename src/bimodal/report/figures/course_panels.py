"""Small multiples of quantities over time, one column for each arm."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping

from matplotlib.figure import Figure

from bimodal.report.envelope import Envelope
from bimodal.report.figures.marks import arm_titles, nobody, pixel_span, shade_dosing
from bimodal.report.labels import observable_label
from bimodal.report.source import ResultSource, drawn_arms, offers
from bimodal.report.style import WIDTH, Heading, day_axis, draw_envelope, house_style, say, sheet
from bimodal.report.text import clean
from bimodal.report.timeline import arm_timeline, treated_until


def course_panels(
    result: ResultSource, title: str, colours: Mapping[str, str], *, shares: Collection[str] = ()
) -> Figure:
    """Draw small multiples: a row for each quantity that has a colour, a column for each arm.

    Parameters
    ----------
    shares
        Quantities between 0 and 1.
    """
    arms = drawn_arms(result)
    names = [name for name in colours if any(offers(result, arm, name) for arm in arms)]
    last, treated = float(result.days[-1]), treated_until(result)
    bands = {(name, arm): Envelope.read(result, arm, name) for name in names for arm in arms}
    first = [part for part in bands.values() if part is not None]
    heading = Heading.of(
        result,
        title,
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
                    draw_envelope(panel, part, colours[name])
                day_axis(panel, last, treated)
                panel.grid(axis="y")
        for line, name in enumerate(names):
            axes[line, 0].set_ylabel(textwrap.fill(clean(observable_label(result, name)), 18))
            if name in shares:
                axes[line, 0].set_ylim(0.0, 1.02)
            else:
                axes[line, 0].set_ylim(bottom=0.0)
    return made
