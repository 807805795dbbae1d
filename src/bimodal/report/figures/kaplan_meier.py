"""Survival, progression-free survival and duration of response of every arm, with what was published."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from bimodal.report.published import TargetComparison
from bimodal.report.source import ResultSource, drawn_arms, weights_of
from bimodal.report.style import (
    PUBLISHED,
    SMALL,
    SOFT,
    TINY,
    WIDTH,
    Heading,
    arm_colour,
    ends_inside,
    house_style,
    say,
    sheet,
)
from bimodal.report.text import clean, patients_text
from bimodal.report.timeline import arm_timeline
from bimodal.report.trial import has_outcomes, outcomes_of, trial_targets
from bimodal.study.endpoints.trial import Outcomes, SurvivalCurve, survival_curve
from bimodal.study.endpoints.trial.survival import GRACE_MONTHS

TITLE = "Survival, progression-free survival and duration of response"
CAPTION = (
    "Kaplan-Meier estimates of the virtual patients of every arm. Line: share without the event; band: 95 % interval "
    "of the estimate (log-log Greenwood), which more virtual patients would narrow; it is not the spread between "
    "trials. Duration of response runs from the first scan that shows it, among responders. Below: patients still "
    "followed. Black: published medians and shares, with their intervals where they were published."
)
_PANELS = (
    ("os_months", "alive", re.compile(r"os_rate_(\d+)_months")),
    ("pfs_months", "alive without progression", re.compile(r"pfs_rate_(\d+)_months")),
    ("dor_months", "response lasts", None),
)
_STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
_ROW = 0.115  # inches of a line of the table of patients still followed

available = has_outcomes


def figure(result: ResultSource) -> Figure:
    """Draw the three curves of every arm, the published key numbers, and who is still followed."""
    arms = [arm for arm in drawn_arms(result) if outcomes_of(result, arm) is not None]
    outcomes = {arm: found for arm in arms if (found := outcomes_of(result, arm)) is not None}
    colours = {arm: arm_colour(k, bool(arm_timeline(result, arm).dose_days)) for k, arm in enumerate(arms)}
    heading = Heading.of(
        result,
        TITLE,
        f"Kaplan-Meier, {_criteria(outcomes)}. Line: share without the event, band: 95 % interval of the estimate "
        f"(Monte-Carlo). Below: {_followed(result)} still followed. Black: published median or share.",
    )
    legend = 0.14 * len(arms)
    with house_style():
        made, axes = sheet(
            heading,
            (1, len(_PANELS)),
            panel_height=2.5,
            left=0.5,
            top=0.28,
            bottom=0.5 + _ROW * len(arms) + legend,
            gaps=(0.3, 0.0),
            share=("none", "all"),
        )
        for panel, (endpoint, title, rates) in zip(axes.flat, _PANELS, strict=True):
            curves = {arm: survival_curve(endpoint, out) for arm, out in outcomes.items()}
            _curves(panel, curves, colours)
            panel.set_title(title)
            _published(panel, result, arms, endpoint, rates)
        axes[0, 0].set_ylabel("share of patients")
        axes[0, 0].set_ylim(0.0, 1.02)
        _legend(made, result, arms, colours)
    return made


def _followed(result: ResultSource) -> str:
    return "patients" if weights_of(result) is None else "effective number of patients"


def _criteria(outcomes: dict[str, Outcomes]) -> str:
    return " and ".join(dict.fromkeys(out.criterion for out in outcomes.values()))


def _curves(panel: Axes, curves: dict[str, SurvivalCurve | None], colours: dict[str, str]) -> None:
    last = max((float(curve.months[-1]) for curve in curves.values() if curve is not None), default=0.0)
    if last <= 0.0:
        say(panel, "nobody to follow")
        panel.set_xticks([])
        return
    step = next((step for step in _STEPS if last / step <= 5.0), _STEPS[-1])
    ticks = np.arange(0.0, last + GRACE_MONTHS, step)
    for line, (arm, curve) in enumerate(curves.items()):
        if curve is None:
            continue
        months, share = np.append(curve.months, last), np.append(curve.survival, np.nan)
        low, high = np.append(curve.lower, np.nan), np.append(curve.upper, np.nan)
        panel.fill_between(months, low, high, step="post", color=colours[arm], alpha=0.18, linewidth=0)
        panel.plot(months, share, drawstyle="steps-post", color=colours[arm], linewidth=1.1)
        for tick, followed in zip(ticks, curve.remaining(np.minimum(ticks, last)), strict=True):
            panel.annotate(
                f"{followed:,}",
                (tick, 0.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, -28 - 72 * _ROW * line),
                textcoords="offset points",
                ha="left" if tick == 0 else "center",
                va="top",
                size=TINY,
                color=colours[arm],
            )
    panel.xaxis.set_major_locator(FixedLocator(list(ticks)))
    panel.set_xlim(0.0, max(last, float(ticks[-1])))
    panel.set_xlabel("months", labelpad=1)
    panel.axhline(0.5, color="#e6e9ec", linewidth=0.6, zorder=0)
    ends_inside(panel)


def _published(
    panel: Axes, result: ResultSource, arms: Sequence[str], endpoint: str, rates: re.Pattern[str] | None
) -> None:
    wide = panel.get_xlim()[1]
    beyond: list[str] = []
    rows = {row.id: row for row in trial_targets(result, arms, *_ids(result, endpoint, rates))}
    for row in rows.values():
        match = None if rates is None else rates.fullmatch(row.endpoint)
        if row.kind in ("ordering", "direction", "ratio") or row.published is None:
            continue
        if match is None:
            x, y, low, high = row.published, 0.5, row.lower, row.upper
            if x > wide + GRACE_MONTHS:
                beyond.append(f"{row.published_text} months")
                continue
            _mark(panel, x, y, row)
            if low is not None and high is not None and row.kind in ("band", "point"):
                panel.plot([low, min(high, wide)], [y, y], color=PUBLISHED, linewidth=0.8, zorder=5)
        else:
            x, y = float(match[1]), row.published
            if x > wide + GRACE_MONTHS:
                beyond.append(f"{row.published_text} at {match[1]} months")
                continue
            _mark(panel, x, y, row)
            if row.lower is not None and row.upper is not None:
                panel.plot([x, x], [row.lower, row.upper], color=PUBLISHED, linewidth=0.8, zorder=5, clip_on=False)
    if beyond:
        note = "published, beyond follow-up:\n" + "\n".join(beyond)
        panel.text(0.97, 0.97, note, transform=panel.transAxes, ha="right", va="top", size=TINY)


def _mark(panel: Axes, x: float, y: float, row: TargetComparison) -> None:
    marker = {"at_least": 9, "at_most": 8}.get(row.kind, "D")
    panel.plot([x], [y], marker=marker, markersize=3.5, color=PUBLISHED, linestyle="none", zorder=6, clip_on=False)


def _ids(result: ResultSource, endpoint: str, rates: re.Pattern[str] | None) -> set[str]:
    named = {str(target.get("endpoint") or "") for target in result.summary.get("targets", ())}
    return {endpoint} | {name for name in named if rates is not None and rates.fullmatch(name)}


def _legend(made: Figure, result: ResultSource, arms: Sequence[str], colours: dict[str, str]) -> None:
    height = made.get_figheight()
    for line, arm in enumerate(arms):
        y = (0.5 + 0.14 * (len(arms) - 1 - line)) / height
        x = 0.5 / WIDTH
        made.add_artist(_swatch(x, y, colours[arm]))
        text = f"{clean(arm, 80)}  ({patients_text(result.n(arm), result.failed(arm))})"
        made.text(x + 0.03, y, text, size=SMALL, color=SOFT, va="center")


def _swatch(x: float, y: float, colour: str) -> Line2D:
    return Line2D([x, x + 0.02], [y, y], color=colour, linewidth=2.0)
