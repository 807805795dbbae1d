"""CVODE with KLU in C on a shipped model."""

from __future__ import annotations

from pathlib import Path

from engine.cases import FloatArray, Job
from engine.cvode import Cvode, CvodeDose
from engine.peer import Run, Setting


class ShippedCvode:
    """One patient after the other; absolute tolerances in shares of each state's largest size, or one for all."""

    name = Cvode.name
    settings = Cvode.settings

    def __init__(self, job: Job, sizes: FloatArray, prefix: Path | None) -> None:
        self._job, self._sizes = job, sizes
        self._solver = Cvode(job.system, prefix)
        self.version = self._solver.version

    def run(self, setting: Setting, count: int) -> Run:
        """Solve the first patients: values (N, T, n)."""
        job, events = self._job, self._job.events
        kept = events.times_h < job.times[-1]
        doses = [
            CvodeDose(hours, port.action, port.symbol)
            for hours, port, keep in zip(events.times_h.tolist(), events.ports, kept, strict=True)
            if keep
        ]
        amounts = events.values[:count][:, kept]
        return self._solver.course(setting, self._sizes, job.parameters[:count], doses, amounts, job.times)
