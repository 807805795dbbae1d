"""CVODE with KLU in C on the comparison model."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bimodal.engine import System
from engine import model
from engine.cvode import Cvode, CvodeDose
from engine.peer import FloatArray, Run, Setting
from engine.regimens import TIMES, Regimen


class CvodePeer:
    """One patient after the other, started again at every dose."""

    name = Cvode.name
    settings = Cvode.settings

    def __init__(self, system: System, patients: int, prefix: Path | None) -> None:
        self.checked = patients
        self.timed = min(8, patients)
        self._solver = Cvode(system, prefix)
        self.version = self._solver.version
        self._sizes = np.array([model.scale(state) for state in system.state_ids])

    def run(self, setting: Setting, regimen: Regimen, parameters: FloatArray) -> Run:
        """Solve (N, P) patients."""
        doses = [CvodeDose(hours, "add" if to == regimen.depot else "set", to) for hours, to, _ in regimen.events]
        amounts = np.tile([value for *_, value in regimen.events], (len(parameters), 1))
        return self._solver.course(setting, self._sizes, parameters, doses, amounts, TIMES)

    def close(self) -> None:
        """Do nothing: the library goes with the process."""
