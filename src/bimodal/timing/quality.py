"""Whether a series can be asked at all, and what a reader must know about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from bimodal.timing.hypotheses import CRP_MEMORY_DAYS
from bimodal.timing.series import DISTURBANCES, Series

LEAST_SAMPLES = 10
LEAST_SPAN_DAYS = 14.0
ATTEMPT_SAMPLES = 14
ATTEMPT_SPAN_DAYS = 21.0
WIDEST_GAP_DAYS = 4.0
WIDEST_CLOCK_HOURS = 8.0
MOST_FALLS_NAMED = 5
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Finding:
    """One finding of a check; one that ``stops`` forbids an answer."""

    code: str
    stops: bool
    what: str


@dataclass(frozen=True)
class Quality:
    """What the checks of a series found.

    ``dropped`` samples lie after the first dose or disturbance.
    """

    findings: tuple[Finding, ...]
    used: int
    dropped: int

    @property
    def sufficient(self) -> bool:
        """Whether no finding forbids an answer."""
        return not any(finding.stops for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {
            "sufficient": self.sufficient,
            "used": self.used,
            "dropped": self.dropped,
            "findings": [vars(finding) for finding in self.findings],
        }


def check(whole: Series, used: Series) -> Quality:
    """Check a series before the question is asked; findings that forbid an answer come first.

    ``used`` are the samples before the first dose or disturbance.

    Examples
    --------
    >>> from bimodal.timing.series import plain_series
    >>> few = plain_series([0.0, 24.0], [1.0, 2.0])
    >>> [finding.code for finding in check(few, few).findings if finding.stops]
    ['count', 'span']
    """
    findings = [
        finding
        for finding in (
            _count(used),
            _span(used),
            _mostly_below(used),
            _dropped(whole, used),
            _few_for_design(used),
            *_falls(used),
            _laboratories(used),
            _weekdays(used),
            _gap(used),
            _clock(used),
            _below(used),
            _pulses(used),
        )
        if finding is not None
    ]
    findings.sort(key=lambda finding: not finding.stops)
    return Quality(tuple(findings), used.n, whole.n - used.n)


def _count(used: Series) -> Finding | None:
    if used.n >= LEAST_SAMPLES:
        return None
    return Finding(
        "count", True, f"{used.n} usable samples; at least {LEAST_SAMPLES} are needed, 21 to 28 daily ones advised"
    )


def _span(used: Series) -> Finding | None:
    if used.span_days >= LEAST_SPAN_DAYS:
        return None
    return Finding(
        "span", True, f"the samples span {used.span_days:.1f} days; at least {LEAST_SPAN_DAYS:.0f} are needed"
    )


def _mostly_below(used: Series) -> Finding | None:
    below = int(used.censored.sum())
    if 2 * below <= used.n:
        return None
    return Finding(
        "below limit", True, f"{below} of {used.n} samples lie below the detection limit: too many for a phase"
    )


def _dropped(whole: Series, used: Series) -> Finding | None:
    gone = whole.n - used.n
    if not gone:
        return None
    later = [event for event in whole.events if event.kind == "dose" or event.kind in DISTURBANCES]
    first = min((event for event in later if event.hours not in whole.pulses), key=lambda event: event.hours)
    return Finding(
        "after event",
        False,
        f"{gone} samples after the first {first.kind} (hour {first.hours:.0f}) are left out; {used.n} are used",
    )


def _few_for_design(used: Series) -> Finding | None:
    if used.n >= ATTEMPT_SAMPLES and used.span_days >= ATTEMPT_SPAN_DAYS:
        return None
    return Finding(
        "small",
        False,
        f"{used.n} samples over {used.span_days:.1f} days seldom show even a real cycle; {ATTEMPT_SAMPLES} over "
        f"{ATTEMPT_SPAN_DAYS:.0f} days are the least worth an attempt",
    )


def _falls(used: Series) -> list[Finding]:
    """Name falls that a half-life of 19 h and the assay do not allow: ln CRP cannot fall faster than clearance."""
    found = []
    for k in range(1, used.n):
        if used.censored[k - 1]:
            continue
        days = (used.hours[k] - used.hours[k - 1]) / 24.0
        fall = float(used.log_values[k - 1] - used.log_values[k])
        if fall > days / CRP_MEMORY_DAYS + 3.0 * math.sqrt(2.0) * used.assay_sd:
            where = f"rows {used.rows[k - 1]} and {used.rows[k]}" if used.rows[k] else f"samples {k} and {k + 1}"
            least = "at least " if used.censored[k] else ""
            found.append(
                Finding(
                    "impossible fall",
                    False,
                    f"between {where} CRP falls {least}{math.exp(fall):.1f}-fold in {24.0 * days:.0f} h; a half-life "
                    f"of 19 h allows {math.exp(days / CRP_MEMORY_DAYS):.1f}-fold: look for a wrong unit, tube or "
                    "dilution",
                )
            )
    if len(found) <= MOST_FALLS_NAMED:
        return found
    rest = Finding("impossible fall", False, f"{len(found) - MOST_FALLS_NAMED} more falls are impossible")
    return [*found[:MOST_FALLS_NAMED], rest]


def _laboratories(used: Series) -> Finding | None:
    names = {name for name in used.laboratories if name}
    if len(names) < 2:
        return None
    many = (
        "more than two: too many to tell a shift of method from a swing"
        if len(names) > 2
        else "a shift between them can pass for a swing"
    )
    return Finding("laboratories", False, f"{len(names)} laboratories; {many}")


def _weekdays(used: Series) -> Finding | None:
    days = sorted({int(day) for day in used.weekdays})
    if not used.n or (len(days) > 3 and set(days) - {0, 1, 2, 3, 4}):
        return None
    names = ", ".join(_DAY_NAMES[day] for day in days)
    return Finding(
        "weekdays",
        False,
        f"all samples fall on {names}: a week of seven days imitates a cycle of seven days; sample weekends too",
    )


def _gap(used: Series) -> Finding | None:
    widest = float(np.max(np.diff(used.hours))) / 24.0 if used.n > 1 else 0.0
    if widest <= WIDEST_GAP_DAYS:
        return None
    return Finding("gap", False, f"{widest:.1f} days without a sample: a phase may be lost across such a gap")


def _clock(used: Series) -> Finding | None:
    if used.n < 2:
        return None
    turned = np.sort(used.clock_hours)
    around = 24.0 - float(np.max(np.append(np.diff(turned), turned[0] + 24.0 - turned[-1])))
    if around <= WIDEST_CLOCK_HOURS:
        return None
    return Finding(
        "clock", False, f"samples were taken over {around:.0f} hours of the clock: hour of day adds to the noise"
    )


def _below(used: Series) -> Finding | None:
    below = int(used.censored.sum())
    if not below or 2 * below > used.n:
        return None
    return Finding(
        "limit", False, f"{below} samples below the detection limit enter as such, neither dropped nor halved"
    )


def _pulses(used: Series) -> Finding | None:
    if not used.pulses:
        return None
    return Finding(
        "pulses", False, f"{len(used.pulses)} known disturbances are fitted as pulses with a half-life of 46 h"
    )
