"""Where in its dosing an arm is on a day, and whether two arms are at the same place."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from bimodal.study.endpoints.dosing_times import DosingTimes

_NEAR_H = 1.0
_NEAR_FACTOR = 1.25
_NEAR_SHARE = 0.1
_DAY_H = 24.0
_HOURS_UP_TO = 48.0
_TINY_H = 1e-6


@dataclass(frozen=True)
class DosingPhase:
    """Where an arm is in its planned dosing; a value at the time of a dose is of before it.

    Parameters
    ----------
    since_h
        Hours since the start of the last dose; None before the first, and for an arm without doses.
    share
        How much of the dosing interval has passed, 0 to 1; None outside of one. The interval after the last dose is as
        long as the one before it.
    """

    since_h: float | None
    share: float | None
    treated: bool

    def words(self, arm: str) -> str:
        """Say it in words.

        Examples
        --------
        >>> DosingPhase(72.0, None, treated=True).words("B")
        '3 days after a dose in B'
        """
        if self.since_h is None:
            return f"before the first dose in {arm}"
        if self.since_h <= _HOURS_UP_TO:
            return f"{self.since_h:.3g} h after a dose in {arm}"
        return f"{self.since_h / _DAY_H:.3g} days after a dose in {arm}"


def dosing_phase(dosing: DosingTimes, day: float) -> DosingPhase:
    """Find the place of a day among the doses of an arm.

    Examples
    --------
    >>> dosing_phase(DosingTimes((0.0, 48.0)), 1.0)
    DosingPhase(since_h=24.0, share=0.5, treated=True)
    """
    times, now = dosing.distinct, day * _DAY_H
    place = bisect_left(times, now - _TINY_H)
    if place == 0:
        return DosingPhase(None, None, bool(times))
    last = times[place - 1]
    tau = times[place] - last if place < len(times) else dosing.tau_h
    since = now - last
    share = since / tau if tau is not None and since <= tau + _TINY_H else None
    return DosingPhase(since, share, treated=True)


def phase_warning(first: DosingTimes, second: DosingTimes, day: float, names: tuple[str, str]) -> str:
    """Say that two arms are at different places of their dosing on a day; empty where they are not.

    They are at the same place if about as much time has passed since the last dose (within an hour or a quarter), or
    about the same share of the dosing interval (within a tenth), or if one of them is given nothing.

    Examples
    --------
    >>> daily, every_third = (DosingTimes(tuple(24.0 * k for k in range(0, 30, step))) for step in (1, 3))
    >>> phase_warning(daily, every_third, 27.0, ("A", "B"))
    ''
    >>> phase_warning(daily, every_third, 28.25, ("A", "B"))
    'day 28.25: 6 h after a dose in A, 30 h after a dose in B'
    """
    one, other = dosing_phase(first, day), dosing_phase(second, day)
    if not (one.treated and other.treated) or _same(one, other):
        return ""
    return f"day {day:g}: {one.words(names[0])}, {other.words(names[1])}"


def _same(one: DosingPhase, other: DosingPhase) -> bool:
    if one.since_h is None or other.since_h is None:
        return one.since_h is other.since_h
    if one.share is not None and other.share is not None and abs(one.share - other.share) <= _NEAR_SHARE:
        return True
    low, high = sorted((one.since_h, other.since_h))
    return high - low <= _NEAR_H or high <= _NEAR_FACTOR * low
