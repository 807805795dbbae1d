"""Candidates of a search: two goals against each other with their intervals, and each goal over dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from bimodal.report.style import ARM_COLOURS, INK, SMALL, SOFT, TINY, Heading, house_style, sheet

Row = Mapping[str, Any]
_MARKERS = "os^Dv<>ph*"
_TICKS = 10


def front_figure(result: Mapping[str, Any], first: int = 0, second: int = 1) -> Figure:
    """Draw two goals of every candidate against each other; filled: no other is better in every goal.

    Parameters
    ----------
    result
        As ``search.json`` holds it.
    """
    goals, rows = result["goals"], result["candidates"]
    heading = _heading(
        result,
        "Candidates by two goals" if len(goals) == 2 else f"Candidates by the first two of {len(goals)} goals",
        "Median of the virtual patients; bars: 95 % Monte-Carlo interval; wide pale bars: range over parameter sets, "
        "where they were simulated. Filled: no candidate is better in every goal. Ringed: outside what was calibrated.",
    )
    with house_style():
        made, axes = sheet(heading, (1, 1), panel_height=3.6, left=0.75, bottom=1.0)
        panel = axes[0, 0]
        series = _series(rows)
        for row in rows:
            _point(panel, row, first, second, *series[row["drug"], row["schedule"]])
        panel.set_xlabel(_label(goals[first], rows, first))
        panel.set_ylabel(_label(goals[second], rows, second))
        _legend(made, series)
    return made


def map_figure(result: Mapping[str, Any]) -> Figure:
    """Draw every goal over the dose, a line for each molecule and schedule."""
    goals, rows = result["goals"], result["candidates"]
    heading = _heading(
        result,
        "Goals over dose, schedule and molecule",
        "Median of the virtual patients with its 95 % Monte-Carlo interval. Filled: no candidate is better in every "
        "goal. Ringed: outside what was calibrated.",
    )
    series, doses = _series(rows), sorted({row["dose"] for row in rows})
    with house_style():
        made, axes = sheet(
            heading, (len(goals), 1), panel_height=1.9, left=0.75, bottom=1.0, gaps=(0.2, 0.45), share=("all", "none")
        )
        for k, goal in enumerate(goals):
            panel = axes[k, 0]
            for (drug, schedule), (colour, marker) in series.items():
                own = sorted(
                    (row for row in rows if (row["drug"], row["schedule"]) == (drug, schedule)), key=lambda r: r["dose"]
                )
                known = [row for row in own if row["goals"][k]["value"] is not None]
                xs, ys = [row["dose"] for row in known], [row["goals"][k]["value"] for row in known]
                panel.plot(xs, ys, color=colour, linewidth=0.8)
                low, high = zip(*(_ends(row["goals"][k]) for row in known), strict=True) if known else ((), ())
                panel.vlines(xs, low, high, color=colour, linewidth=0.7)
                for row, x, y in zip(known, xs, ys, strict=True):
                    _mark(panel, row, x, y, colour, marker)
            panel.set_xscale("log")
            if len(doses) == 1:
                panel.set_xlim(doses[0] / 2.0, doses[0] * 2.0)
            panel.xaxis.set_major_locator(
                LogLocator(subs=(1.0, 2.0, 5.0)) if len(doses) > _TICKS else FixedLocator(doses)
            )
            panel.xaxis.set_major_formatter(FuncFormatter(lambda dose, _: f"{dose:g}"))
            panel.xaxis.set_minor_locator(NullLocator())
            panel.set_ylabel(_label(goal, rows, k), size=SMALL)
            panel.xaxis.set_tick_params(labelbottom=True)
        axes[-1, 0].set_xlabel(f"dose, {rows[0]['unit']}" if rows else "dose")
        _legend(made, series)
    return made


def _heading(result: Mapping[str, Any], title: str, text: str) -> Heading:
    foot = (
        f"bimodal {result['bimodal']} · {result['search']} · seed {result['seed']} · {result['patients']} patients each"
    )
    return Heading(title, text, foot)


def _series(rows: Sequence[Row]) -> dict[tuple[str, str], tuple[str, str]]:
    names = list(dict.fromkeys((row["drug"], row["schedule"]) for row in rows))
    return {
        name: (ARM_COLOURS[k % len(ARM_COLOURS)], _MARKERS[(k // len(ARM_COLOURS)) % len(_MARKERS)])
        for k, name in enumerate(names)
    }


def _ends(goal: Row) -> tuple[float, float]:
    value = goal["value"]
    low, high = (value if goal[key] is None else goal[key] for key in ("lower", "upper"))
    return low, high


def _point(panel: Axes, row: Row, first: int, second: int, colour: str, marker: str) -> None:
    one, other = row["goals"][first], row["goals"][second]
    if one["value"] is None or other["value"] is None:
        return
    x, y = one["value"], other["value"]
    panel.hlines(y, *_ends(one), color=colour, linewidth=0.7)
    panel.vlines(x, *_ends(other), color=colour, linewidth=0.7)
    for goal, line, at in ((one, panel.hlines, y), (other, panel.vlines, x)):
        if goal.get("ensemble_lower") is not None:
            line(at, goal["ensemble_lower"], goal["ensemble_upper"], color=colour, linewidth=3.0, alpha=0.25)
    _mark(panel, row, x, y, colour, marker)
    panel.annotate(f"{row['dose']:g}", (x, y), xytext=(3, 2), textcoords="offset points", size=TINY, color=SOFT)


def _mark(panel: Axes, row: Row, x: float, y: float, colour: str, marker: str) -> None:
    if row["outside"]:
        panel.plot([x], [y], "o", markersize=8.5, markerfacecolor="none", markeredgecolor=INK, markeredgewidth=0.5)
    face = colour if row["front"] else "white"
    panel.plot([x], [y], marker, markersize=4.2, markerfacecolor=face, markeredgecolor=colour, markeredgewidth=0.8)


def _label(goal: str, rows: Sequence[Row], place: int) -> str:
    unit = rows[0]["goals"][place]["unit"] if rows else "1"
    return goal if unit in ("1", "not given") else f"{goal}, {unit}"


def _legend(made: Figure, series: Mapping[tuple[str, str], tuple[str, str]]) -> None:
    from matplotlib.lines import Line2D

    several = len({drug for drug, _ in series}) > 1
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=4, linewidth=0.8,
               label=f"{drug}: {schedule}" if several else schedule)
        for (drug, schedule), (colour, marker) in list(series.items())[:12]
    ]  # fmt: skip
    made.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.07, 0.47 / made.get_figheight()), ncols=2)
