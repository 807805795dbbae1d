"""libRoadRunner on the exported SBML of a shipped model, stopped at every dose and started again."""

from __future__ import annotations

import importlib.util

import numpy as np

from engine.cases import FloatArray, Job
from engine.dosed import Dose, dosed_course, set_tolerances
from engine.peer import Run, Setting, UnavailableError, timed_run
from engine.roadrunner_peer import loaded
from engine.shipped_sbml import with_numbers

TIGHT = Setting(1e-11, None)
_TIGHT_ATOL = 1e-14
#: From one dose or save to the next; at some tolerances CVODE would otherwise creep for ever.
_MOST_STEPS = 5_000


class ShippedRoadRunner:
    """CVODE of libRoadRunner; absolute tolerances in shares of each state's largest size, or one for all."""

    name = "libRoadRunner"
    settings = (
        *(Setting(rtol) for rtol in (1e-7, 3e-7, 5e-7, 1e-6, 2e-6, 3e-6, 5e-6)),
        *(Setting(3e-7, 1e-10), Setting(1e-6, 1e-10), Setting(1e-6, 1e-9)),
    )

    def __init__(self, job: Job, sizes: FloatArray, code: str = "MCJIT") -> None:
        if importlib.util.find_spec("roadrunner") is None:
            raise UnavailableError("libRoadRunner (pip install libroadrunner)")
        import roadrunner

        self.version = str(roadrunner.__version__)
        self._job, self.code = job, code
        loading = timed_run(lambda: self._load(with_numbers(job)))
        self.load_cpu_s, self.load_wall_s = loading.cpu_s, loading.wall_s
        self._states = list(job.system.state_ids)
        self._sizes = dict(zip(self._states, sizes.tolist(), strict=True))
        self._runner.timeCourseSelections = ["time", *self._states]
        integrator = self._runner.getIntegrator()
        integrator.setValue("stiff", True)
        self._constants = list(job.start[0])
        known = list(self._runner.model.getGlobalParameterIds())
        self._place = [known.index(name) for name in self._constants]

    def run(self, setting: Setting, count: int) -> Run:
        """Solve the first patients one after the other: values (N, T, n)."""
        self._tolerances(setting)
        return timed_run(lambda: np.stack([self._patient(patient) for patient in range(count)]))

    def _load(self, sbml: str) -> FloatArray:
        self._runner = loaded(sbml, self.code)
        return np.zeros(0)

    def _tolerances(self, setting: Setting) -> None:
        steps = 10 * _MOST_STEPS if setting == TIGHT else _MOST_STEPS
        self._runner.getIntegrator().setValue("maximum_num_steps", steps)
        sizes = {state: size or 1.0 for state, size in self._sizes.items()}
        set_tolerances(self._runner, setting, sizes, _TIGHT_ATOL if setting == TIGHT else 1e-3 * setting.rtol)

    def _patient(self, patient: int) -> FloatArray:
        runner, times = self._runner, self._job.times
        constants, states = self._job.start
        runner.resetToOrigin()
        runner.model.setGlobalParameterValues(
            self._place, [float(constants[name][patient]) for name in self._constants]
        )
        for name in self._states:
            runner[name] = float(states[name][patient])
        doses = [
            Dose(hours, target, value, action == "add") for hours, action, target, value in self._job.doses(patient)
        ]
        return dosed_course(runner, times, doses, len(self._states))
