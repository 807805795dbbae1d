"""Best change of the tumour of every patient, sorted, coloured by response."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from bimodal.report.figures.arm_panels import arm_panels
from bimodal.report.figures.marks import corner
from bimodal.report.source import FloatArray, ResultSource, drawn_arms, weights_of
from bimodal.report.style import SMALL, SOFT, TINY, WIDTH, Heading, house_style, say
from bimodal.report.trial import (
    RESPONSE_COLOURS,
    Changes,
    changes,
    has_outcomes,
    outcomes_of,
    percent_note,
    trial_targets,
)
from bimodal.study.endpoints.trial import Response
from bimodal.study.endpoints.weighted import evenly, of_those

TITLE = "Best change of the tumour, patient by patient"
CAPTION = (
    "Largest fall (or smallest rise) from baseline on any scan up to progression, by the measure of the criterion, "
    "sorted; colour: best response, confirmed as the scan plan asks. Dashed: change of a partial response and of "
    "progression. A response needs confirmation, and progression is judged against the smallest sum so far, so colour "
    "and height need not agree. Bars end at +100 %. Patients without a scan after baseline are counted, not drawn."
)
_MOST_BARS = 400
_TOP = 100.0

available = has_outcomes


def figure(result: ResultSource) -> Figure:
    """Draw one waterfall per arm."""
    found, measures = changes_of_arms(result)
    many = any(np.isfinite(part.best).sum() > _MOST_BARS for part in found.values())
    sampled = f" Of more than {_MOST_BARS} patients every k-th of the sorted is drawn." if many else ""
    if weights_of(result) is not None:
        sampled = f" {_MOST_BARS} bars: every patient has as many as the weight says."
    heading = Heading.of(
        result,
        TITLE,
        f"Best change of the {measures} on any scan up to progression, in percent of baseline, sorted.{sampled}",
    )
    with house_style():
        made, panels = response_panels(
            result, found, heading, "best change, %", below=0.22, bottom=0.62, share=("none", "all")
        )
        for arm, panel in panels:
            _draw(panel, found[arm])
            drawn = int(np.isfinite(found[arm].best).sum())
            without = result.n(arm) - result.failed(arm) - drawn
            panel.set_xlabel(f"{drawn:,} patients, by change; {without:,} without a scan", labelpad=3, size=SMALL)
            corner(panel, percent_note(trial_targets(result, [arm], "orr", "cr_rate", "pr_rate")))
        response_legend(made)
    return made


def changes_of_arms(result: ResultSource) -> tuple[dict[str, Changes], str]:
    """Give the changes of every arm that has outcomes, and what they are measured by, for a heading."""
    found = {arm: changes(out) for arm in drawn_arms(result) if (out := outcomes_of(result, arm)) is not None}
    return found, " and ".join(dict.fromkeys(part.measure for part in found.values()))


def response_panels(
    result: ResultSource, arms: Collection[str], heading: Heading, ylabel: str, **layout: Any
) -> tuple[Figure, list[tuple[str, Axes]]]:
    """Lay out panels of single patients, three to a row, with room for the legend of responses below."""
    return arm_panels(result, arms, heading, ylabel, most=3, height=2.3, lower=1.7, left=0.55, gap=0.16, **layout)


def response_legend(made: Figure) -> None:
    """Explain the colours of the responses at the foot of a figure."""
    names = {"CR": "complete", "PR": "partial", "SD": "stable", "PD": "progression", "NE": "not evaluable"}
    patches = [
        Patch(color=colour, label=f"{kind.name} {names[kind.name]}") for kind, colour in RESPONSE_COLOURS.items()
    ]
    at = (0.5 / WIDTH, 0.47 / made.get_figheight())
    made.legend(handles=patches, loc="lower left", bbox_to_anchor=at, ncols=5, handlelength=0.9, columnspacing=1.4)


def thresholds(panel: Axes, part: Changes, *, left: bool = False) -> None:
    """Draw the changes at which a criterion speaks of response and progression; `left` names falls on the left."""
    for value in part.thresholds:
        here = left and value < 0.0
        panel.axhline(value, color=SOFT, linewidth=0.6, linestyle=(0, (4, 2)), zorder=4)
        panel.annotate(
            f"{value:+.0f} %".replace("-", "−"),
            (0.0 if here else 1.0, value),
            xycoords=("axes fraction", "data"),
            xytext=(3 if here else -2, 1),
            textcoords="offset points",
            ha="left" if here else "right",
            va="bottom",
            size=TINY,
            color=SOFT,
            zorder=6,
        )


def _draw(panel: Axes, part: Changes) -> None:
    panel.set_ylim(-_TOP - 5.0, _TOP + 5.0)
    panel.set_xticks([])
    panel.spines["bottom"].set_visible(False)
    known = np.flatnonzero(np.isfinite(part.best))
    if not len(known):
        say(panel, "no patient was scanned")
        return
    order = known[np.lexsort((known, part.response[known], -part.best[known]))]
    by = of_those(part.weights, order)
    order = order[_evenly(len(order)) if by is None else evenly(by, len(order), _MOST_BARS)]
    height: FloatArray = np.clip(part.best[order], -_TOP, _TOP)
    # a change of nothing is still a patient: a hair of colour
    height = np.where(np.abs(height) < 0.7, 0.7, height)
    colours = [RESPONSE_COLOURS[Response(kind)] for kind in part.response[order]]
    panel.bar(np.arange(len(order)), height, width=1.0, color=colours, linewidth=0)
    panel.axhline(0.0, color=SOFT, linewidth=0.6, zorder=5)
    panel.set_xlim(-0.5, len(order) - 0.5)
    thresholds(panel, part, left=True)


def _evenly(count: int) -> np.ndarray:
    if count <= _MOST_BARS:
        return np.arange(count)
    return np.floor((np.arange(_MOST_BARS) + 0.5) * count / _MOST_BARS).astype(np.int64)
