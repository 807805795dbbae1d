"""AMICI on the exported SBML of a shipped model, the doses as events of it."""

from __future__ import annotations

import numpy as np

from engine.amici_process import AmiciProcess
from engine.cases import FloatArray, Job
from engine.peer import Run, Setting
from engine.shipped_sbml import with_doses


class ShippedAmici:
    """One call per patient and course; events were faster than a call from dose to dose.

    It has one absolute tolerance for all states, and reports the value after a dose at the time of the dose.
    """

    name = "AMICI"
    settings = tuple(Setting(rtol, atol) for rtol in (1e-7, 3e-7, 1e-6, 2e-6) for atol in (1e-14, 1e-12, 1e-10, 1e-9))

    def __init__(self, job: Job, interpreter: str, patients: int, limit_s: float) -> None:
        self._times, self._states = job.times, list(job.system.state_ids)
        self._given = with_doses(job, patients)
        self._process = AmiciProcess(interpreter)
        built = self._process.build(job.case.model, self._given.sbml, seen=self._states[0], limit_s=limit_s)
        self.version, self.build_s = str(built["version"]), float(built["cpu_s"])
        self._name = job.case.model
        #: What part of a call's time AMICI's own clock gives to its solver, by setting.
        self.solver_share: dict[Setting, float] = {}
        hours = np.array([hours for hours, *_ in job.doses(0)])
        #: (T,) saves that are not at a dose
        self.kept = np.abs(self._times[:, None] - hours).min(axis=1) > 1e-6

    def run(self, setting: Setting, count: int) -> Run:
        """Solve the first patients one after the other: values (N, T, n)."""
        constants, start = (_first(part, count) for part in (self._given.constants, self._given.start))
        run = self._process.run(self._name, setting, self._times, self._states, constants, start)
        self.solver_share[setting] = self._process.solver_s / run.cpu_s
        return run

    def close(self) -> None:
        """End AMICI's interpreter."""
        self._process.close()


def _first(part: dict[str, FloatArray], count: int) -> dict[str, FloatArray]:
    return {name: row[:count] for name, row in part.items()}
