"""When an arm is dosed: dose days and dosing periods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import median

import numpy as np

from bimodal.errors import BimodalError
from bimodal.report.source import ResultSource, arm_record

# A pause longer than this, and longer than the usual interval, ends a shaded period: weekends do not, rests do.
_PAUSE_DAYS = 3.5
# An infusion this long is its own dosing period: its effect is not stretched over the rest that follows.
_LASTING_DAYS = 0.5


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
        >>> Timeline.of([(0.0, 504.0), (1008.0, 504.0)]).periods
        ((0.0, 21.0), (42.0, 63.0))
        """
        ordered = sorted((start / 24, (start + duration) / 24) for start, duration in doses)
        starts = [start for start, _ in ordered]
        gaps = [later - earlier for earlier, later in pairwise(starts) if later > earlier]
        usual = median(gaps) if gaps else 1.0
        periods: list[tuple[float, float]] = []
        previous = -np.inf
        for start, end in ordered:
            lasting = end - start >= _LASTING_DAYS
            stop = end if lasting else max(end, start + usual)
            room = _PAUSE_DAYS if lasting else max(_PAUSE_DAYS, 1.5 * usual)
            if start - previous <= room:
                periods[-1] = (periods[-1][0], max(stop, periods[-1][1]))
            else:
                periods.append((start, stop))
            previous = end if lasting else start
        return cls(tuple(starts), tuple(periods))

    @property
    def treated_until(self) -> float:
        """Day on which the last dosing period ends; 0 when untreated."""
        return max((end for _, end in self.periods), default=0.0)


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
    planned = _of_regimen(str(arm_record(result, arm).get("regimen", "")))
    return Timeline.of((float(start), 0.0) for start in result.doses_h.get(arm, ())) if planned is None else planned


@lru_cache(maxsize=64)
def _of_regimen(regimen: str) -> Timeline | None:
    """Read the timeline of a regimen, None where the text is none; every figure and table asks for it."""
    from bimodal.dosing import expand, parse_regimen

    try:
        schedule = expand(parse_regimen(regimen))
    except BimodalError:
        return None
    return Timeline.of((dose.time_h, dose.duration_h) for dose in schedule.doses)


def treated_until(result: ResultSource) -> float:
    """Find the day on which the last arm's treatment ends; 0 where nobody is treated."""
    return max((arm_timeline(result, arm).treated_until for arm in result.arms), default=0.0)
