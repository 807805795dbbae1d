"""libRoadRunner: CVODE on code it compiles from SBML."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

import numpy as np

from bimodal.engine import System
from bimodal.engine.compiled import compiled
from bimodal.model.network import Network
from engine import model
from engine.dosed import Dose, dosed_course, set_tolerances
from engine.peer import FloatArray, Run, Setting, UnavailableError, timed_run
from engine.regimens import TIMES, Regimen

#: Below this the reference is trusted; a second solver confirms it.
TIGHT = Setting(1e-11, None)
_TIGHT_ATOL = 1e-12


#: Its code generators: MCJIT is the default, LLJIT loads sooner. What runs faster is not the generator: the second copy
#: in a process is faster than the first on some models, whichever made it; why is not known. So two copies are raced.
CODES = ("MCJIT", "LLJIT")


def loaded(sbml: str, code: str) -> Any:
    """Return libRoadRunner with a document, compiled by one of its code generators."""
    import roadrunner

    config = roadrunner.Config
    config.setValue(config.LLVM_BACKEND, getattr(config, code))
    config.setValue(config.LLJIT_OPTIMIZATION_LEVEL, config.AGGRESSIVE)
    try:
        return roadrunner.RoadRunner(sbml)
    finally:
        config.setValue(config.LLVM_BACKEND, config.MCJIT)


class RoadRunner:
    """libRoadRunner stopped at every event and started again, which is faster than events inside the SBML."""

    name = "libRoadRunner"
    settings = (
        Setting(3e-7), Setting(5e-7), Setting(5e-7, 1e-9),
        Setting(1e-6), Setting(1e-6, 1e-10), Setting(1e-6, 1e-9), Setting(1e-6, 1e-8), Setting(1e-6, 1e-7),
        Setting(3e-6), Setting(3e-6, 1e-8), Setting(5e-6), Setting(5e-6, 1e-8), Setting(1e-5), Setting(1e-5, 1e-7),
    )  # fmt: skip

    def __init__(
        self,
        network: Network,
        system: System,
        patients: int,
        scales: Mapping[str, float] | None = None,
        code: str = "MCJIT",
    ) -> None:
        if importlib.util.find_spec("roadrunner") is None:
            raise UnavailableError("libRoadRunner (pip install libroadrunner)")
        import roadrunner

        self.version = str(roadrunner.__version__)
        self.checked = patients
        self.timed = min(8, patients)
        self._states = list(network.state_ids)
        self._scales = scales or {state: model.scale(state) for state in network.state_ids}
        self._kernel = compiled(system)
        self._ids = [*network.constant_ids, *(name for name, _ in network.derived)]
        self._runner = loaded(network.sbml, code)
        self._runner.timeCourseSelections = ["time", *self._states]
        integrator = self._runner.getIntegrator()
        integrator.setValue("stiff", True)
        integrator.setValue("maximum_num_steps", 10_000_000)
        known = list(self._runner.model.getGlobalParameterIds())
        self._place = [known.index(name) for name in self._ids]

    def run(self, setting: Setting, regimen: Regimen, parameters: FloatArray) -> Run:
        """Solve (N, P) patients one after the other."""
        self._tolerances(setting)
        # constants that follow from others are not brought up to date by libRoadRunner itself
        full = self._kernel.start(parameters)[0][:, : len(self._ids)]
        return timed_run(lambda: np.stack([self._patient(own, regimen) for own in full]))

    def close(self) -> None:
        """Do nothing."""

    def _tolerances(self, setting: Setting) -> None:
        set_tolerances(self._runner, setting, self._scales, _TIGHT_ATOL if setting == TIGHT else 1e-3 * setting.rtol)

    def _patient(self, values: FloatArray, regimen: Regimen) -> FloatArray:
        runner = self._runner
        runner.resetAll()
        runner.model.setGlobalParameterValues(self._place, values)
        runner.reset()  # starting values follow from the constants
        runner.model.setGlobalParameterValues(self._place, values)
        doses = [Dose(hours, target, value, target == regimen.depot) for hours, target, value in regimen.events]
        return dosed_course(runner, TIMES, doses, len(self._states))
