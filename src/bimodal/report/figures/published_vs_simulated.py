"""Published against simulated, one row per target, misses first."""

from __future__ import annotations

from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bimodal.report.published import TargetComparison, Verdict, comparisons
from bimodal.report.source import ResultSource
from bimodal.report.style import INK, RULE, SMALL, SOFT, TINY, VERDICT_STYLES, WIDTH, Heading, house_style, say, sheet
from bimodal.report.text import clean, fold_tick
from bimodal.report.whom import are_sets
from bimodal.study.verdict.share_of_sets import HOLDS

TITLE = "Published against simulated"
CAPTION = (
    "One row per published target, misses first. Grey: published interval, or the agreeing side of a published bound "
    "up to its plausibility limit where one is set. "
    "Symbol and line: simulated value and its interval; the table above says which kind of interval. "
    "Each row is drawn relative to its own published value, so that 1 means agreement whatever the unit; the numbers "
    "stand at the right. An ordering has no value: where parameter sets were simulated a bar from 0 to 100 % shows the "
    "share of them with the right sign, and a black line the 90 % from which it holds. Targets recalled from memory of "
    "a publication or given as context are shown, not scored."
)
_EDGE = 8.0
_OF_SETS = {"outside": "does not hold", "inside": "holds"}
_LEFT, _RIGHT = 2.75, 2.15  # inches for the words beside the panel
_WORDS = -(_LEFT - 0.12) / (WIDTH - _LEFT - _RIGHT)
_NUMBERS = 1.0 + 0.15 / (WIDTH - _LEFT - _RIGHT)
_LETTERS, _SMALL_LETTERS = 44, 62  # that fit beside the panel
_LINE = 0.36  # height of one more line of a label, in rows
_END = 1.0 + (_RIGHT - 0.12) / (WIDTH - _LEFT - _RIGHT)


def available(result: ResultSource) -> bool:
    """Tell whether the study has targets that were simulated or should have been."""
    return any(row.verdict is not Verdict.NOT_SIMULATED for row in comparisons(result))


def figure(result: ResultSource) -> Figure:
    """Draw a forest plot of every target: published interval or bound, simulated value with its interval."""
    rows = [row for row in comparisons(result) if row.verdict is not Verdict.NOT_SIMULATED]
    n, failed = sum(map(result.n, result.arms)), sum(map(result.failed, result.arms))
    labels = [wrap(f"{row.id}  {clean(row.label)}", _LETTERS) for row in rows]
    details = [wrap(_detail(row), _SMALL_LETTERS) for row in rows]
    heights = [1.0 + _LINE * (len(a) + len(b) - 2) for a, b in zip(labels, details, strict=True)]
    heading = Heading.of(
        result,
        TITLE,
        f"Each row relative to its own published value. All arms together: n = {n:,}, {failed:,} failed.",
    )
    with house_style():
        made, axes = sheet(
            heading,
            (1, 1),
            panel_height=max(0.6, 0.36 * sum(heights)),
            left=_LEFT,
            right=_RIGHT,
            top=0.1,
        )
        panel: Axes = axes[0, 0]
        if not rows:
            say(panel, "this study has no published targets")
            panel.set_axis_off()
            return made
        panel.axvline(1.0, color=SOFT, linewidth=0.6)
        top = -0.5
        for row, label, detail, height in zip(rows, labels, details, heights, strict=True):
            _write_label(panel, top, label, detail, height)
            _draw_row(panel, top + 0.5, row)
            top += height
        _axes(panel, top)
        if all(_is_share(row) for row in rows):
            _share_axis(panel)
        shown = [verdict.value for verdict in Verdict if any(row.verdict is verdict for row in rows)]
        words = _OF_SETS if are_sets(result.summary) else {}
        keys = [
            Line2D([], [], color=colour, marker=marker, linewidth=1.2, markersize=4, label=words.get(name, name))
            for name, (colour, marker) in VERDICT_STYLES.items()
            if name in shown
        ]
        made.legend(handles=keys, loc="upper right", ncols=4, bbox_to_anchor=(0.99, 0.995), handlelength=1.6)
    return made


def _detail(row: TargetComparison) -> str:
    return clean(" · ".join(part for part in (row.statistic, row.time_text, ", ".join(row.arms)) if part))


def _write_label(panel: Axes, top: float, label: list[str], detail: list[str], height: float) -> None:
    """Write the words of a row from its top down, however many lines they need."""
    across = panel.get_yaxis_transform()
    panel.axhline(top + height, color=RULE, linewidth=0.4, xmin=_WORDS, xmax=_END, clip_on=False)
    for place, words in enumerate(label):
        at = top + 0.33 + _LINE * place
        panel.text(_WORDS, at, words, transform=across, size=SMALL, va="center", weight="bold", color=INK)
    for place, words in enumerate(detail):
        at = top + 0.7 + _LINE * (len(label) - 1 + place)
        panel.text(_WORDS, at, words, transform=across, size=TINY, va="center", color=SOFT)


def _draw_row(panel: Axes, line: float, row: TargetComparison) -> None:
    colour, marker = VERDICT_STYLES[row.verdict.value]
    across = panel.get_yaxis_transform()
    unit = f" {row.unit}" if row.unit else ""
    panel.text(
        _NUMBERS, line - 0.17, f"published {row.published_text}{unit}", transform=across, size=SMALL, va="center"
    )
    simulated = row.simulated_text if row.simulated is None else f"simulated {row.simulated_text}{unit}"
    panel.text(_NUMBERS, line + 0.2, simulated, transform=across, size=SMALL, va="center", color=colour)
    scale = _scale(row)
    if row.share_of_sets is not None and _is_share(row):
        _draw_share(panel, line, row.share_of_sets, colour)
        return
    if scale is None:
        note = f"{clean(row.kind, 20)}, not drawn"
        panel.text(1.0, line, note, size=TINY, color=SOFT, ha="center", va="center", backgroundcolor="white")
        return
    low, high = row.bound
    grey = "#b3bac1"
    if low is None and high is None:
        panel.plot([1.0], [line - 0.17], "|", color=grey, markersize=7, markeredgewidth=2.5, zorder=1)
    else:
        start, stop = (
            _inside(None if value is None else value / scale, edge) for value, edge in ((low, 1 / _EDGE), (high, _EDGE))
        )
        panel.plot([start, stop], [line - 0.17] * 2, color=grey, linewidth=5, solid_capstyle="butt", zorder=1)
    if row.simulated is None:
        return
    if row.simulated_lower is not None and row.simulated_upper is not None:
        spread = [_inside(row.simulated_lower / scale, 1 / _EDGE), _inside(row.simulated_upper / scale, _EDGE)]
        panel.plot(spread, [line + 0.2] * 2, color=colour, linewidth=1.2, zorder=2)
    x = row.simulated / scale
    beyond = ">" if x > _EDGE else "<" if x < 1 / _EDGE else marker
    filled = colour if row.verdict is not Verdict.NOT_SCORED else "white"
    panel.plot(
        [_inside(x, 1.0)],
        [line + 0.2],
        beyond,
        color=colour,
        markersize=4.5,
        markerfacecolor=filled,
        zorder=3,
        clip_on=False,
    )


def _is_share(row: TargetComparison) -> bool:
    return row.share_of_sets is not None and _scale(row) is None


def _share_axis(panel: Axes) -> None:
    """Name the width of the panel for what it is where every row is a share of parameter sets."""
    panel.set_xscale("linear")
    panel.set_xlim(0.0, 1.0)
    panel.lines[0].set_visible(False)
    panel.xaxis.set_major_locator(FixedLocator([0.0, 0.25, 0.5, 0.75, HOLDS]))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100.0 * value:.0f} %"))
    panel.set_xlabel("share of parameter sets with the right sign")


def _draw_share(panel: Axes, line: float, share: float, colour: str) -> None:
    """Draw the share of parameter sets with the right sign as a bar over the width of the panel."""
    across = panel.get_yaxis_transform()
    panel.plot([0.0, 1.0], [line] * 2, color="#e6e9ec", linewidth=9, solid_capstyle="butt", transform=across, zorder=2)
    panel.plot([0.0, share], [line] * 2, color=colour, linewidth=9, solid_capstyle="butt", transform=across, zorder=2)
    panel.plot([HOLDS] * 2, [line - 0.24, line + 0.24], color=INK, linewidth=1.2, transform=across, zorder=3)
    inside = share > 0.3
    panel.text(
        0.015 if inside else share + 0.015,
        line,
        f"{100.0 * share:.0f} % of sets",
        transform=across,
        size=TINY,
        color="white" if inside else INK,
        ha="left",
        va="center",
        zorder=4,
    )


def _scale(row: TargetComparison) -> float | None:
    if row.kind in {"ordering", "direction"}:
        return None
    low, high = row.bound
    bounds = {"at_least": (low, row.published), "at_most": (high, row.published)}.get(row.kind, (row.published,))
    for value in bounds:
        if value is not None and value > 0:
            return value
    if low is not None and high is not None and low > 0:
        return (low * high) ** 0.5
    return None


def _inside(x: float | None, open_end: float) -> float:
    return open_end if x is None else min(max(x, 1 / _EDGE), _EDGE)


def _axes(panel: Axes, end: float) -> None:
    panel.set_xscale("log", base=2)
    panel.set_xlim(1 / _EDGE, _EDGE)
    panel.set_ylim(end, -0.5)
    panel.xaxis.set_major_locator(FixedLocator([0.125, 0.25, 0.5, 1, 2, 4, 8]))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: fold_tick(value)))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_yticks([])
    panel.spines["left"].set_visible(False)
    panel.grid(axis="x")
    panel.set_xlabel("relative to the published value (ratio)")
