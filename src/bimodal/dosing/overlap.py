"""Infusions that run at the same time."""

from __future__ import annotations

from collections.abc import Sequence

from bimodal.dosing.dose import ScheduledDose

_ROUNDING_H = 1e-9


def overlap_warnings(doses: Sequence[ScheduledDose], *, whose: str = "") -> tuple[str, ...]:
    """Say where infusions overlap, because their rates add and that is seldom meant.

    ``whose`` names the schedule in the sentence. Back-to-back infusions do not overlap, as intervals are half-open.
    """
    running_until, first, count = float("-inf"), 0.0, 0
    for dose in doses:
        if dose.duration_h <= 0:
            continue
        if dose.time_h < running_until - _ROUNDING_H:
            first = first if count else dose.time_h
            count += 1
        running_until = max(running_until, dose.end_h)
    if not count:
        return ()
    noun = "infusion starts" if count == 1 else "infusions start"
    where = f"{whose}: " if whose else ""
    return (f"{where}{count} {noun} while another runs, first at {first:g} h (day {first / 24:.4g}); their rates add",)
