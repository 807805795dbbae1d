"""Marks that several figures share: dosing periods, dose times, published bounds and panel titles."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.markers import CARETDOWNBASE, CARETUPBASE

from bimodal.report.envelope import Envelope
from bimodal.report.published import TargetComparison
from bimodal.report.source import ResultSource
from bimodal.report.style import DOSING, PUBLISHED, SMALL, SOFT, TINY
from bimodal.report.text import clean, patients_text
from bimodal.report.timeline import Timeline
from bimodal.study.plan.segment_layout import MOST_DRAWN

_MANY_DOSES = 30
#: Of captions of figures whose time is drawn in pixels.
FIRST_DRAWN = f" Of more than {MOST_DRAWN:,} patients in an arm the first {MOST_DRAWN:,} are drawn."
_MOST_MARKS = 1000  # along one axis


def shade_dosing(axes: Axes, timeline: Timeline) -> None:
    """Shade the dosing periods of a panel whose x axis is in days."""
    for start, end in timeline.periods:
        axes.axvspan(start, end, color=DOSING, linewidth=0, zorder=0)


def pixel_span(envelopes: Iterable[Envelope]) -> str:
    """Say how long a pixel of time of some panels is."""
    return next((envelope.pixel_text for envelope in envelopes), "a pixel of time")


def mark_doses(axes: Axes, times: Sequence[float]) -> None:
    """Mark doses with triangles at the top of a panel, times in the unit of its x axis.

    Doses too close together to be told apart share a mark.
    """
    size = 3.5 if len(times) <= _MANY_DOSES else 2.0
    if len(times) > _MOST_MARKS:
        ordered = np.sort(np.asarray(times, np.float64))
        place = np.floor((ordered - ordered[0]) / max(ordered[-1] - ordered[0], 1e-9) * _MOST_MARKS)
        times = ordered[np.unique(place, return_index=True)[1]].tolist()
    (marks,) = axes.plot(times, [0.98] * len(times), "v", color=SOFT, markersize=size, markeredgewidth=0)
    marks.set(transform=axes.get_xaxis_transform(), clip_on=False, zorder=6)


def arm_titles(result: ResultSource, arms: Iterable[str], width: float) -> tuple[dict[str, str], float]:
    """Name each arm with its patients and failures in titles `width` inches wide; give their height in inches too."""
    letters = max(8, int(width * 13.5))
    titles: dict[str, str] = {}
    for arm in arms:
        # Arms of one study are often named alike and differ only at the end: two lines before anything is cut.
        name = textwrap.wrap(clean(arm), letters, max_lines=2, placeholder=" …") or [""]
        titles[arm] = "\n".join([*name, patients_text(result.n(arm), result.failed(arm))])
    lines = max((title.count("\n") + 1 for title in titles.values()), default=1)
    return titles, 0.08 + 0.13 * lines


def nobody(result: ResultSource, arm: str) -> str:
    """Say why an arm has nothing to draw."""
    if result.n(arm) and result.failed(arm) >= result.n(arm):
        return f"no patient finished\n({result.failed(arm):,} of {result.n(arm):,} failed)"
    return "not saved in this study"


def draw_bounds(axes: Axes, rows: Iterable[TargetComparison], last_day: float) -> None:
    """Draw published intervals and bounds in black where and when they were published.

    A bound over a window is a dashed line across it, at one day a short bar; a caret points to the allowed side.
    """
    for row in rows:
        low, high = row.bound
        if row.kind in {"ordering", "direction", "ratio"}:
            continue
        if low is None and high is None:
            low = high = row.published
        day = (row.time or {}).get("day")
        start, end = (row.time or {}).get("from", 0.0), (row.time or {}).get("to", last_day)
        if day is not None:
            half = 0.03 * last_day
            start, end = max(0.0, day - half), min(last_day, day + half)
            if low is not None and high is not None and row.kind not in {"at_least", "at_most"}:
                axes.plot([day, day], [low, high], color=PUBLISHED, linewidth=0.8, zorder=5)
        bounds = {"at_least": (low,), "at_most": (high,)}.get(row.kind, (low, high))
        for value in dict.fromkeys(value for value in bounds if value is not None and value > 0):
            dashes = "-" if day is not None else (0, (4, 2))
            axes.plot([start, end], [value, value], color=PUBLISHED, linewidth=0.9, linestyle=dashes, zorder=5)
            marker = {"at_least": CARETUPBASE, "at_most": CARETDOWNBASE}.get(row.kind)
            if marker is not None:
                middle = (start + end) / 2
                axes.plot([middle], [value], color=PUBLISHED, marker=marker, markersize=4, zorder=5)


def published_note(rows: Iterable[TargetComparison]) -> str:
    """List the published bounds of a panel in words, for its corner."""
    return "\n".join(f"published {row.published_text}" + (f"\n{row.time_text}" if row.time else "") for row in rows)


def corner(axes: Axes, text: str) -> None:
    """Write small text into the upper right corner of a panel."""
    axes.text(0.98, 0.97, text, transform=axes.transAxes, ha="right", va="top", size=TINY, linespacing=1.25)


def row_label(axes: Axes, text: str, colour: str) -> None:
    """Write what a row of panels shows inside its first panel, in the row's colour."""
    axes.text(0.03, 0.95, text, transform=axes.transAxes, va="top", size=SMALL, weight="bold", color=colour)
