"""Single simulated escalations, patient by patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from bimodal.report.source import ResultSource
from bimodal.report.style import ARM_COLOURS, SMALL, SOFT, Heading, house_style, sheet
from bimodal.report.text import clean, patients_text

TITLE = "Single simulated escalations"
CAPTION = (
    "The first simulated trials on the central curve, patient by patient: filled, a dose-limiting toxicity; square, a "
    "patient backfilled at a lower dose. Two trials of the same design on the same curve may end far apart."
)
_COLUMNS = 2
_LETTERS = 16
_TOXIC = ARM_COLOURS[1]


def available(result: ResultSource) -> bool:
    """Tell whether a study has an escalation with trials to draw."""
    return bool(_traces(result))


def figure(result: ResultSource) -> Figure:
    """Draw the first trials of an escalation, one panel each."""
    traces = _traces(result)
    doses = [
        row["key"] for row in result.summary["design"]["tables"][0]["rows"] if row["values"][0]["value"] is not None
    ]
    n, failed = (sum(count(arm) for arm in result.arms) for count in (result.n, result.failed))
    heading = Heading.of(
        result,
        TITLE,
        f"The first {len(traces)} trials on the central curve. Filled: dose-limiting toxicity. "
        f"{patients_text(n, failed)}.",
    )
    lines = -(-len(traces) // _COLUMNS)
    with house_style():
        height = 0.75 + 0.16 * len(doses)
        made, axes = sheet(
            heading,
            (lines, _COLUMNS),
            panel_height=height,
            left=1.15,
            bottom=0.75,
            gaps=(0.25, 0.42),
            share=("all", "none"),
        )
        for place, panel in enumerate(axes.ravel()):
            if place < len(traces):
                _draw(panel, traces[place], doses, named=place % _COLUMNS == 0)
            else:
                panel.set_axis_off()
            if place >= len(traces) - _COLUMNS and place < len(traces):
                panel.set_xlabel("patient")
        made.legend(
            handles=_marks(traces),
            fontsize=SMALL,
            frameon=False,
            ncols=3,
            loc="upper right",
            bbox_to_anchor=(0.99, 0.995),
        )
    return made


def _traces(result: ResultSource) -> Sequence[Mapping[str, Any]]:
    return (result.summary.get("design") or {}).get("traces") or []


def _marks(traces: Sequence[Mapping[str, Any]]) -> list[Line2D]:
    kinds = [("o", "white", SOFT, "no toxicity"), ("o", _TOXIC, _TOXIC, "toxicity")]
    if any(step["backfilled"] for trace in traces for step in trace["steps"]):
        kinds.append(("s", "white", SOFT, "backfilled"))
    return [
        Line2D([], [], marker=mark, linestyle="", markersize=4, markerfacecolor=face, markeredgecolor=edge, label=word)
        for mark, face, edge, word in kinds
    ]


def _draw(panel: Axes, trace: Mapping[str, Any], doses: Sequence[str], *, named: bool) -> None:
    patient = 0
    path: list[tuple[float, int]] = []
    for step in trace["steps"]:
        cohort = [(step["dose"], hit, "o") for hit in step["outcomes"]]
        meanwhile = [(one["dose"], one["outcome"], "s") for one in step["backfilled"]]
        for dose, hit, mark in [*cohort, *meanwhile]:
            patient += 1
            height = doses.index(dose)
            if mark == "o":
                path.append((patient, height))
            face, edge = (_TOXIC, _TOXIC) if hit else ("white", SOFT)
            panel.plot([patient], [height], mark, markersize=4, markerfacecolor=face, markeredgecolor=edge, zorder=3)
    panel.plot([x for x, _ in path], [y for _, y in path], color=SOFT, linewidth=0.6, zorder=1)
    chosen = trace["selected"]
    if chosen is not None:
        panel.axhspan(doses.index(chosen) - 0.4, doses.index(chosen) + 0.4, color=ARM_COLOURS[2], alpha=0.12, zorder=0)
    days = "" if trace["days"] is None else f", {trace['days']:.0f} days"
    said = "no dose" if chosen is None else clean(chosen, _LETTERS)
    panel.set_title(f"trial {trace['trial']}: selects {said}{days}", fontsize=SMALL, loc="left")
    panel.set_yticks(range(len(doses)), [clean(dose, _LETTERS) if named else "" for dose in doses])
    panel.set_ylim(-0.6, len(doses) - 0.4)
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    panel.grid(axis="y")
