"""One dose at one time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bimodal.units import DoseUnit

DoseRoute = Literal["sc", "ip", "iv_bolus", "iv_infusion"]


@dataclass(frozen=True)
class ScheduledDose:
    """A dose as it will be handed to a patient; an infusion runs over the half-open [time_h, time_h + duration_h).

    Parameters
    ----------
    time_h
        Start, hours since the first scheduled dose of the regimen (or since time 0 of a table).
    amount
        In `unit`; 0 is a dose of a table that was held.
    cycle
        Number of its cycle, from 0: ``schedule.cycle_starts_h[dose.cycle]``.

    Examples
    --------
    >>> ScheduledDose(0.0, 0.25, "iv_infusion", 600000.0, DoseUnit("IU", "kg"), 0, 0).end_h
    0.25
    """

    time_h: float
    duration_h: float
    route: DoseRoute
    amount: float
    unit: DoseUnit
    index: int
    cycle: int

    @property
    def end_h(self) -> float:
        """When the dose has been given, h."""
        return self.time_h + self.duration_h
