"""From a regimen to its doses."""

from __future__ import annotations

import math
from fractions import Fraction

from bimodal.dosing.dose import DoseRoute, ScheduledDose
from bimodal.dosing.extent import course_extent, dose_length, extend, phase_extent, repeat_shift, slot
from bimodal.dosing.overlap import overlap_warnings
from bimodal.dosing.phase import Phase, Repeat
from bimodal.dosing.regimen import Regimen
from bimodal.dosing.schedule import DoseSchedule
from bimodal.dosing.size import Size
from bimodal.errors import DosingError

_ROUTES: dict[str, DoseRoute] = {
    "sc": "sc",
    "ip": "ip",
    "iv_bolus": "iv_bolus",
    "iv_infusion": "iv_infusion",
    "civ": "iv_infusion",
}


def expand(regimen: Regimen, horizon_days: float | None = None) -> DoseSchedule:
    """List every dose of a regimen, by the rules of docs/regimens.md, in exact arithmetic.

    Day 0 = 0 h = the first dose. Doses that start at or after ``horizon_days`` (elapsed) are left out, with a warning.
    Raises DosingError for overlapping cycles, no dose on protocol day 1 or an absurd size.

    Examples
    --------
    >>> from bimodal.dosing import parse_regimen
    >>> [dose.time_h for dose in expand(parse_regimen("1 MIU SC qod for 5 days")).doses]
    [0.0, 48.0, 96.0]
    """
    if horizon_days is not None and not (math.isfinite(horizon_days) and horizon_days > 0):
        raise DosingError("the horizon must be a positive number of days", where=f"horizon_days = {horizon_days}")
    size = Size()
    for phase in regimen.phases:
        size = size.then(phase)
    doses: list[ScheduledDose] = []
    starts: list[float] = []
    begin = end = Fraction(0)
    for phase in regimen.phases:
        _add_phase(phase, begin, doses, starts)
        extent = phase_extent(phase)
        begin, end = begin + extent.end, begin + extent.interval_end
    warnings: tuple[str, ...] = ()
    if horizon_days is not None:
        kept = [dose for dose in doses if dose.time_h < horizon_days * 24]
        if len(kept) < len(doses):
            warnings = (
                f"{len(doses) - len(kept)} of {len(doses)} doses start at or after day {horizon_days:g}, "
                "the horizon, and are left out",
            )
            # the dose left out next closes the last interval that is kept
            end = min(end, Fraction(doses[len(kept)].time_h))
        doses, starts = kept, [start for start in starts if start < horizon_days * 24]
    return DoseSchedule(tuple(doses), tuple(starts), float(end), warnings + overlap_warnings(doses))


def _add_phase(phase: Phase, begin: Fraction, doses: list[ScheduledDose], starts: list[float]) -> None:
    extent, cycles = course_extent(phase), [Fraction(0)]
    offsets = [at for index in range(extent.doses) if (at := slot(phase.frequency, index)) is not None]
    for modifier in phase.modifiers:
        if isinstance(modifier, Repeat):
            shift = repeat_shift(extent, modifier)
            cycles = [cycle + number * shift for number in range(modifier.cycles) for cycle in cycles]
        extent = extend(extent, modifier)
    length = dose_length(phase)
    amount = float(Fraction(repr(phase.amount)) * length / 24) if phase.per_day else float(phase.amount)
    for cycle in cycles:
        number = len(starts)
        starts.append(float(begin + cycle + offsets[0]))
        for offset in offsets:
            time = float(begin + cycle + offset)
            doses.append(
                ScheduledDose(time, float(length), _ROUTES[phase.route.kind], amount, phase.unit, len(doses), number)
            )
