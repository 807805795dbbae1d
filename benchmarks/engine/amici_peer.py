"""AMICI on the comparison model: CVODES on C++ it generates from SBML, run in another interpreter."""

from __future__ import annotations

from bimodal.model.network import Network
from engine import model
from engine.amici_process import AmiciProcess
from engine.peer import FloatArray, Run, Setting
from engine.regimens import REGIMENS, TIMES, Regimen


class Amici:
    """AMICI with the doses as events of the SBML, compiled once per regimen.

    It reports the value after an event at the time of the event, so those times are left out of its error.
    """

    name = "AMICI"
    settings = (
        Setting(3e-7, 1e-9), Setting(5e-7, 1e-9), Setting(5e-7, 1e-8),
        Setting(1e-6, 1e-10), Setting(1e-6, 1e-9), Setting(1e-6, 1e-8), Setting(1e-6, 1e-7),
        Setting(3e-6, 1e-8), Setting(3e-6, 1e-7), Setting(5e-6, 1e-8), Setting(5e-6, 1e-7), Setting(1e-5, 1e-8),
    )  # fmt: skip

    def __init__(self, network: Network, patients: int, interpreter: str, limit_s: float) -> None:
        self.checked = patients
        self.timed = min(8, patients)
        self._states, self._ids = list(network.state_ids), list(network.constant_ids)
        self._process = AmiciProcess(interpreter)
        self.version = ""
        for regimen in REGIMENS:
            sbml = model.sbml_of(regimen.antimony(model.text()))
            built = self._process.build(_name(regimen), sbml, seen=self._states[0], limit_s=limit_s)
            self.version = str(built["version"])

    def run(self, setting: Setting, regimen: Regimen, parameters: FloatArray) -> Run:
        """Solve (N, P) patients one after the other."""
        constants = dict(zip(self._ids, parameters.T, strict=True))
        return self._process.run(_name(regimen), setting, TIMES, self._states, constants)

    def close(self) -> None:
        """End the other interpreter."""
        self._process.close()


def _name(regimen: Regimen) -> str:
    return f"trafficking_{regimen.name.lower()}"
