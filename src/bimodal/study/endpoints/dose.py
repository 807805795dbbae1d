"""A dose as far as a study needs it to know when it is given, and how."""

from __future__ import annotations

from typing import Protocol


class Dose(Protocol):
    """A dose as far as its time and route matter; `bimodal.dosing.ScheduledDose` is one."""

    @property
    def time_h(self) -> float:
        """Start, hours."""
        ...

    @property
    def duration_h(self) -> float:
        """Length, hours; 0 for SC and bolus."""
        ...

    @property
    def route(self) -> str:
        """``sc``, ``iv_bolus`` or ``iv_infusion``."""
        ...
