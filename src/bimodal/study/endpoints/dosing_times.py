"""When an arm is dosed, as far as pharmacokinetic rules need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bimodal.study.endpoints.dose import Dose


@dataclass(frozen=True)
class DosingTimes:
    """The doses of an arm in time.

    Parameters
    ----------
    times_h
        Start of every dose, hours, ascending; empty for an untreated arm.
    ends_h
        End of every dose; an injection ends when it starts. None is all injections.
    pushed
        Whether the first dose is an intravenous push.
    until_h
        Until when the arm is followed, hours: an interval that ends later is not read.

    Examples
    --------
    >>> DosingTimes((0.0, 24.0, 48.0)).tau_h
    24.0
    """

    times_h: tuple[float, ...]
    ends_h: tuple[float, ...] | None = None
    pushed: bool = False
    until_h: float = float("inf")

    @classmethod
    def of(cls, doses: Sequence[Dose], until_h: float) -> DosingTimes:
        """Find the times of a schedule."""
        times = tuple(dose.time_h for dose in doses)
        ends = tuple(dose.time_h + dose.duration_h for dose in doses)
        pushed = bool(doses) and all(dose.route == "iv_bolus" for dose in doses if dose.time_h == times[0])
        return cls(times, ends, pushed, until_h)

    @property
    def distinct(self) -> tuple[float, ...]:
        """Dose times without repeats (two doses at once are one occasion)."""
        return tuple(sorted(set(self.times_h)))

    @property
    def first_interval_h(self) -> float | None:
        """Hours from the first dosing occasion to the second; None when there are fewer than two."""
        times = self.distinct
        return times[1] - times[0] if len(times) > 1 else None

    @property
    def tau_h(self) -> float | None:
        """Hours between the last two dosing occasions; None when there are fewer than two."""
        times = self.distinct
        return times[-1] - times[-2] if len(times) > 1 else None

    @property
    def first_stop_h(self) -> float:
        """End of the first dosing interval; of a single dose, of what is followed."""
        times = self.distinct
        return times[1] if len(times) > 1 else self.until_h

    @property
    def last_input_h(self) -> float:
        """When the last of the drug has been given: no half-life of elimination begins earlier."""
        return max(self.ends_h or self.times_h)
