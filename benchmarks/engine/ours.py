"""The engine of this package as one of the solvers compared."""

from __future__ import annotations

from bimodal import __version__
from bimodal.engine import Settings, System, solve
from engine.peer import FloatArray, Run, Setting, timed_run
from engine.regimens import TIMES, Regimen


class Ours:
    """The engine on one core; absolute tolerances are always scaled by state."""

    settings: tuple[Setting, ...] = tuple(
        Setting(rtol, method=method)
        for method in ("rodas5p", "rodas4")
        for rtol in (1e-6, 3e-6, 1e-5, 2e-5, 3e-5, 5e-5, 7e-5, 1e-4)
    )

    def __init__(self, system: System, patients: int, name: str = "bimodal") -> None:
        self.name = name
        self.version = __version__
        self.system = system
        self.checked = patients
        self.timed = 8 * patients

    def run(self, setting: Setting, regimen: Regimen, parameters: FloatArray) -> Run:
        """Solve (N, P) patients."""
        schedule = regimen.schedule(self.system, len(parameters))
        settings = Settings(rtol=setting.rtol, method=setting.method or "rodas5p")
        return timed_run(lambda: solve(self.system, parameters, schedule, TIMES, settings=settings).values)

    def close(self) -> None:
        """Do nothing: the machine code lives as long as the system."""
