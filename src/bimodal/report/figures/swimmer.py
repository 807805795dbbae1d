"""A bar for every patient: how long treated and followed, when responding, progressing and dead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from bimodal.report.figures.waterfall import response_panels
from bimodal.report.source import FloatArray, ResultSource, drawn_arms, weights_of
from bimodal.report.style import SMALL, WIDTH, Heading, ends_inside, house_style, say
from bimodal.report.trial import RESPONSE_COLOURS, has_outcomes, outcomes_of
from bimodal.study.endpoints.trial import Outcomes, Response
from bimodal.study.endpoints.trial.scan_schedule import MONTH_DAYS
from bimodal.study.endpoints.weighted import evenly, of_those

TITLE = "Treatment, response and survival of single patients"
CAPTION = (
    "A bar for each of the first patients of every arm (the same people in every arm), sorted by time to death or end "
    "of follow-up: dark up to the last dose given, then in the colour of the best response. Triangle: first scan of "
    "the response; cross: progression; dot: death; without a dot the patient is alive at the end of follow-up. "
    "Square: a rule begins a course that nobody planned, a rescue or a second line."
)
_SHOWN = 40
_TREATED = "#33414e"
_BEGUN = "#d9822b"
_MARKS = (("response_day", "^", "response"), ("progression_day", "x", "progression"))

available = has_outcomes


def figure(result: ResultSource) -> Figure:
    """Draw the first patients of every arm."""
    found = {arm: out for arm in drawn_arms(result) if (out := outcomes_of(result, arm)) is not None}
    whom, drawn = f"The first {_SHOWN} patients with a trajectory", ""
    if weights_of(result) is not None:
        drawn = " drawn"
        whom = f"{_SHOWN} patients in proportion to their weights, some more than once"
    heading = Heading.of(result, TITLE, f"{whom}, sorted by time followed.")
    with house_style():
        made, panels = response_panels(
            result, found, heading, "patients", below=0.36, bottom=0.75, share=("none", "all")
        )
        for arm, panel in panels:
            shown = _draw(panel, found[arm], _treated(result, arm), _begun(result, arm))
            total = int(found[arm].evaluated.sum())
            panel.set_xlabel(f"months ({shown}{drawn} of {total:,} patients)", labelpad=1, size=SMALL)
        _legend(made, begun=any(_begun(result, arm) is not None for arm in found))
    return made


def _treated(result: ResultSource, arm: str) -> FloatArray:
    """Months to the last dose given of every patient; NaN for who was given none."""
    ledgers = getattr(result, "ledgers", {})
    if arm in ledgers:
        return ledgers[arm].last_given_day / MONTH_DAYS
    doses: Sequence[float] = getattr(result, "doses_h", {}).get(arm, ())
    return np.full(result.n(arm), doses[-1] / 24.0 / MONTH_DAYS if len(doses) else np.nan)


def _begun(result: ResultSource, arm: str) -> FloatArray | None:
    """Months to the first dose of each course that a rule began, (N, courses); NaN for none."""
    ledger = getattr(result, "ledgers", {}).get(arm)
    if ledger is None or not ledger.courses:
        return None
    first = ledger.planned_doses
    each = list(zip(ledger.courses, ledger.cycles[first:].tolist(), strict=True))
    opens = [first + k for k, one in enumerate(each) if k == 0 or one != each[k - 1]]
    return ledger.due_h[:, opens] / 24.0 / MONTH_DAYS


def _draw(panel: Axes, out: Outcomes, treated: FloatArray, begun: FloatArray | None) -> int:
    panel.set_yticks([])
    panel.xaxis.set_major_locator(MaxNLocator(5))
    panel.xaxis.set_tick_params(labelbottom=True)
    there = np.flatnonzero(out.evaluated)
    first = there[evenly(of_those(out.weights, there), len(there), _SHOWN)]
    if not len(first):
        say(panel, "no patient has a trajectory")
        return 0
    order = first[np.lexsort((first, out.os_days[first]))]
    lanes, followed = np.arange(len(order)), out.os_days[order] / MONTH_DAYS
    colours = [RESPONSE_COLOURS[Response(kind)] for kind in out.best[order]]
    panel.barh(lanes, followed, height=0.78, color=colours, linewidth=0)
    given = np.minimum(np.nan_to_num(treated[order]), followed)
    panel.barh(lanes, given, height=0.78, color=_TREATED, linewidth=0)
    for name, mark, _ in _MARKS:
        days: FloatArray = getattr(out, name)[order]
        panel.plot(days / MONTH_DAYS, lanes, mark, color="black", markersize=2.6, markeredgewidth=0.7)
    for column in () if begun is None else begun[order].T:
        panel.plot(np.where(column <= followed, column, np.nan), lanes, "s", color=_BEGUN, markersize=2.4, zorder=3)
    dead = out.os_event[order]
    panel.plot(followed[dead], lanes[dead], "o", color="black", markersize=2.2)
    panel.set_xlim(0.0, max(out.cut_days / MONTH_DAYS, 0.1))
    panel.set_ylim(-0.7, len(order) - 0.3)
    ends_inside(panel)
    return len(order)


def _legend(made: Figure, *, begun: bool) -> None:
    parts: list[Patch | Line2D] = [Patch(color=_TREATED, label="treated")]
    parts += [Patch(color=colour, label=kind.name) for kind, colour in RESPONSE_COLOURS.items()]
    parts += [
        Line2D([], [], marker=mark, color="black", linestyle="none", markersize=3, label=what)
        for _, mark, what in _MARKS
    ]
    parts.append(Line2D([], [], marker="o", color="black", linestyle="none", markersize=3, label="death"))
    if begun:
        parts.append(Line2D([], [], marker="s", color=_BEGUN, linestyle="none", markersize=3, label="course begun"))
    at = (0.5 / WIDTH, 0.47 / made.get_figheight())
    made.legend(handles=parts, loc="lower left", bbox_to_anchor=at, ncols=9, handlelength=0.9, columnspacing=1.1)
