"""When an arm is dosed: dose days, dosing periods, and which saved times are troughs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from bimodal.errors import BimodalError
from bimodal.report.source import FloatArray, ResultSource, arm_record

_TOLERANCE_DAYS = 1e-6
# A pause longer than this, and longer than the usual interval, ends a shaded period: weekends do not, rests do.
_PAUSE_DAYS = 3.5
_DENSE = 6


@dataclass(frozen=True)
class Timeline:
    """Dose days in ascending order and the dosing periods they form, in elapsed days; both empty when untreated."""

    dose_days: tuple[float, ...] = ()
    periods: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, doses: Iterable[tuple[float, float]]) -> Timeline:
        """Join doses, start and duration in elapsed hours, into periods.

        Examples
        --------
        >>> Timeline.of([(0.0, 0.0), (24.0, 0.0), (672.0, 0.0), (696.0, 0.0)]).periods
        ((0.0, 2.0), (28.0, 30.0))
        """
        ordered = sorted((start / 24, (start + duration) / 24) for start, duration in doses)
        starts = [start for start, _ in ordered]
        gaps = [later - earlier for earlier, later in pairwise(starts) if later > earlier]
        usual = median(gaps) if gaps else 1.0
        periods: list[tuple[float, float]] = []
        previous = -np.inf
        for start, end in ordered:
            stop = max(end, start + usual)
            if start - previous <= max(_PAUSE_DAYS, 1.5 * usual):
                periods[-1] = (periods[-1][0], max(stop, periods[-1][1]))
            else:
                periods.append((start, stop))
            previous = start
        return cls(tuple(starts), tuple(periods))

    def troughs(self, days: FloatArray) -> np.ndarray:
        """Mark the saved times that are pre-dose, or whole days where no dose is due.

        Days are elapsed, shape (T,). A value at a dose time is pre-dose, so dose times are troughs.

        Examples
        --------
        >>> Timeline.of([(0.0, 0.0), (48.0, 0.0)]).troughs(np.array([0.0, 0.5, 1.0, 2.0, 7.0])).tolist()
        [True, False, False, True, True]
        """
        whole = np.abs(days - np.round(days)) < _TOLERANCE_DAYS
        if not self.dose_days:
            return whole
        doses = np.asarray(self.dose_days)
        nearest = np.abs(days[:, None] - doses[None, :]).min(axis=1)
        dosing = np.zeros(len(days), dtype=bool)
        for start, end in self.periods:
            dosing |= (days > start - _TOLERANCE_DAYS) & (days < end - _TOLERANCE_DAYS)
        return (nearest < _TOLERANCE_DAYS) | (whole & ~dosing)

    def late_day(self, days: FloatArray) -> float | None:
        """Find the start of the last day saved finely enough to draw, the last dosing day where possible.

        Elapsed days, at least 1; None where only the first day was saved finely.

        Examples
        --------
        >>> days = np.concatenate([np.arange(0, 1, 1 / 8), np.arange(1, 28), 28 + np.arange(0, 1, 1 / 8)])
        >>> Timeline.of([(24.0 * day, 0.0) for day in range(29)]).late_day(days)
        28.0
        """
        last = float(np.floor(self.dose_days[-1] + _TOLERANCE_DAYS)) if self.dose_days else 0.0
        starts = [last] if last >= 1 else []
        starts += [float(day) for day in np.unique(np.floor(days))[::-1] if day >= 1]
        for start in starts:
            inside = (days >= start - _TOLERANCE_DAYS) & (days <= start + 1 + _TOLERANCE_DAYS)
            if int(inside.sum()) >= _DENSE:
                return start
        return None


def arm_timeline(result: ResultSource, arm: str) -> Timeline:
    """Find an arm's doses: from its regimen in the summary, else from the dose times of the run.

    The regimen knows how long an infusion lasts; an arm dosed from an event table has no regimen, only times.

    Examples
    --------
    >>> class Untreated:
    ...     summary = {"arms": [{"name": "placebo", "regimen": "none"}]}
    >>> arm_timeline(Untreated(), "placebo")
    Timeline(dose_days=(), periods=())
    """
    from bimodal.dosing import expand, parse_regimen

    try:
        schedule = expand(parse_regimen(str(arm_record(result, arm).get("regimen", ""))))
    except BimodalError:
        return Timeline.of((float(start), 0.0) for start in result.doses_h.get(arm, ()))
    return Timeline.of((dose.time_h, dose.duration_h) for dose in schedule.doses)
