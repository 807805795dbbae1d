"""How long a course lasts and how many doses it has, found without listing them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from bimodal.dosing.frequency import Every, OnDays
from bimodal.dosing.limits import MAX_DOSES, MAX_HOURS
from bimodal.dosing.phase import Gap, Phase, Repeat
from bimodal.dosing.span import Span
from bimodal.errors import DosingError

DAY = Fraction(24)


@dataclass(frozen=True)
class Extent:
    """Where a course's landmarks lie, in hours since its phase began; the rules of docs/regimens.md act on these.

    Parameters
    ----------
    last_end
        When the last dose has been given (its infusion's end).
    interval_end
        End of the last dosing interval, from which ``rest`` counts.
    course_end
        End of the ``for`` duration, from which ``off`` counts; the end of the last interval where there is none.
    end
        Where the next cycle or phase begins.
    gap
        Whether ``end`` was set by a gap since the last repeat.
    """

    doses: int
    first: Fraction
    last: Fraction
    last_end: Fraction
    interval_end: Fraction
    course_end: Fraction
    end: Fraction
    gap: bool = False


def dose_length(phase: Phase) -> Fraction:
    """Give the length of one dose of a phase in hours, zero for an injection."""
    if phase.route.length is not None:
        return phase.route.length.hours
    if phase.route.kind == "civ":
        return phase.limit.hours if phase.frequency is None and isinstance(phase.limit, Span) else DAY
    return Fraction(0)


def slot(frequency: Every | OnDays | None, index: int) -> Fraction | None:
    """Give when a frequency schedules its dose number ``index``, in hours since the phase began.

    A frequency of None is a single dose; None where the frequency schedules no such dose.
    """
    if isinstance(frequency, Every):
        return index * frequency.interval.hours
    if frequency is None:
        return Fraction(0) if index == 0 else None
    period, within = divmod(index, len(frequency.days) * frequency.per_day)
    if period and frequency.period is None:
        return None
    day, part = divmod(within, frequency.per_day)
    return (frequency.days[day] - 1 + period * (frequency.period or 0)) * DAY + part * DAY / frequency.per_day


def course_extent(phase: Phase) -> Extent:
    """Measure one course of a phase, before its gaps and repeats."""
    frequency, length = phase.frequency, dose_length(phase)
    count, duration = _count(phase)
    if count < 1:
        raise DosingError("no dose falls into this duration", fix="make it longer")
    first, last, following = slot(frequency, 0), slot(frequency, count - 1), slot(frequency, count)
    if first is None or last is None:
        raise DosingError("the frequency gives fewer doses than the count")
    if following is None:
        own = DAY / frequency.per_day if isinstance(frequency, OnDays) else DAY
        following = last + (length if phase.route.kind == "civ" else own)
    interval_end = max(following, last + length)
    course_end = interval_end if duration is None else duration
    return _checked(Extent(count, first, last, last + length, interval_end, course_end, course_end))


def _count(phase: Phase) -> tuple[int, Fraction | None]:
    """Doses of one course, and its duration where it has one."""
    frequency = phase.frequency
    if frequency is None:
        return 1, phase.limit.hours if isinstance(phase.limit, Span) else None
    if isinstance(phase.limit, int):
        return phase.limit, None
    if isinstance(frequency, Every):
        duration = phase.limit.hours if phase.limit else Fraction(0)
        return ceil(duration / frequency.interval.hours), duration
    per_period = len(frequency.days) * frequency.per_day
    if frequency.period is None:
        return per_period, None
    period = frequency.period * DAY
    duration = phase.limit.hours if phase.limit else period
    whole, rest = divmod(duration, period)
    before = bisect_right(frequency.days, rest / DAY) * frequency.per_day
    today = rest // DAY + 1
    if today in frequency.days:
        before += ceil(rest % DAY * frequency.per_day / DAY)
    return int(whole) * per_period + before, duration


def repeat_shift(extent: Extent, repeat: Repeat) -> Fraction:
    """Give the hours from one cycle to the next; DosingError where the second would begin before the first is over."""
    if repeat.on_day is None:
        return extent.end
    start = (repeat.on_day - 1) * DAY
    earliest = max(extent.last_end, extent.end) if extent.gap else extent.last_end
    if start < earliest or start <= extent.last:
        day = int(max(earliest, extent.last) // DAY) + 1
        raise DosingError(f"protocol day {repeat.on_day} is too early: the cycle before lasts into protocol day {day}")
    return start - extent.first


def extend(extent: Extent, modifier: Gap | Repeat) -> Extent:
    """Apply one gap or repeat to all that stands before it, refusing cycles that overlap and absurd sizes."""
    if isinstance(modifier, Gap):
        start = extent.course_end if modifier.kind == "off" else extent.interval_end
        return _checked(replace(extent, end=start + modifier.length.hours, gap=True))
    later = (modifier.cycles - 1) * repeat_shift(extent, modifier)
    return _checked(
        Extent(
            extent.doses * modifier.cycles,
            extent.first,
            extent.last + later,
            extent.last_end + later,
            extent.interval_end + later,
            extent.course_end + later,
            extent.end + later,
        )
    )


def phase_extent(phase: Phase) -> Extent:
    """Measure a whole phase."""
    extent = course_extent(phase)
    for modifier in phase.modifiers:
        extent = extend(extent, modifier)
    return extent


def _checked(extent: Extent) -> Extent:
    if extent.doses > MAX_DOSES:
        raise DosingError(f"this makes {extent.doses} doses; at most {MAX_DOSES} are supported")
    if max(extent.end, extent.interval_end) > Fraction(MAX_HOURS):
        raise DosingError("this lasts over 100 years")
    return extent
