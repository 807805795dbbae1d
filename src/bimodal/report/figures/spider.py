"""The tumour of single patients over time, coloured by response."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from bimodal.report.figures.waterfall import changes_of_arms, response_legend, response_panels, thresholds
from bimodal.report.source import ResultSource, weights_of
from bimodal.report.style import SMALL, SOFT, Heading, ends_inside, house_style, say
from bimodal.report.trial import RESPONSE_COLOURS, Changes, has_outcomes
from bimodal.study.endpoints.trial import Response
from bimodal.study.endpoints.weighted import evenly, of_those

TITLE = "Change of the tumour over time in single patients"
CAPTION = (
    "Change from baseline at every scan up to progression or the last scan, for the first patients of every arm in "
    "the order of their numbers (the same people in every arm); colour: best response. A cross marks progression. "
    "Dashed: change of a partial response and of progression over baseline; progression itself is judged against the "
    "smallest sum so far. Lines leave the panel at +100 %."
)
_SHOWN = 80
_TOP = 100.0
_STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)

available = has_outcomes


def figure(result: ResultSource) -> Figure:
    """Draw the first patients of every arm."""
    found, measures = changes_of_arms(result)
    whom, drawn = f"the first {_SHOWN} patients with a scan after baseline", ""
    if weights_of(result) is not None:
        drawn = " drawn"
        whom = f"{_SHOWN} patients in proportion to their weights, some more than once"
    heading = Heading.of(
        result,
        TITLE,
        f"Change of the {measures} in percent of baseline up to progression (cross); {whom}.",
    )
    last = max((_end(part) for part in found.values()), default=1.0)
    with house_style():
        made, panels = response_panels(result, found, heading, "change, %", below=0.36, bottom=0.75)
        for arm, panel in panels:
            shown = _draw(panel, found[arm], last)
            scanned = int(np.isfinite(found[arm].best).sum())
            panel.set_xlabel(f"months ({shown}{drawn} of {scanned:,} patients)", labelpad=1, size=SMALL)
        response_legend(made)
    return made


def _first(part: Changes) -> np.ndarray:
    there = np.flatnonzero(np.isfinite(part.best))
    return there[evenly(of_those(part.weights, there), len(there), _SHOWN)]


def _end(part: Changes) -> float:
    first = _first(part)
    seen = np.isfinite(part.percent[first]).any(axis=0)
    return float(part.months[np.flatnonzero(seen)[-1]]) if seen.any() else 1.0


def _draw(panel: Axes, part: Changes, last: float) -> int:
    step = next((step for step in _STEPS if last / step <= 5.0), _STEPS[-1])
    panel.xaxis.set_major_locator(FixedLocator(list(np.arange(0.0, last + 0.01, step))))
    panel.xaxis.set_tick_params(labelbottom=True)
    panel.set_xlim(0.0, max(last, 0.1))
    panel.set_ylim(-_TOP - 5.0, _TOP + 5.0)
    ends_inside(panel)
    first = _first(part)
    if not len(first):
        say(panel, "no patient was scanned")
        return 0
    # the rarer, better responses on top
    for patient in first[np.argsort(part.response[first], kind="stable")]:
        seen = np.isfinite(part.percent[patient])
        kind = Response(part.response[patient])
        colour, strong = RESPONSE_COLOURS[kind], kind >= Response.PR
        line = part.percent[patient][seen]
        panel.plot(
            part.months[seen], line, color=colour, linewidth=1.1 if strong else 0.7, alpha=1.0 if strong else 0.8
        )
        if part.progressed[patient]:
            x, y = part.months[seen][-1], min(float(line[-1]), _TOP)
            panel.plot([x], [y], marker="x", markersize=2.6, markeredgewidth=0.7, color=colour, linestyle="none")
    panel.axhline(0.0, color=SOFT, linewidth=0.6, zorder=1)
    thresholds(panel, part)
    return len(first)
