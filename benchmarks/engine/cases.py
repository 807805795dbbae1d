"""The shipped models as they are used: sampled people or mice, their own doses, every state saved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, Settings, System, Trajectories, solve
from bimodal.engine.compiled import compiled
from bimodal.model import Model
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import engine_schedule, load_solver
from engine.regimens import SAVES

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A shipped model and what is given, in the language of regimens; ``cohort`` None is whom the model names."""

    model: str
    regimen: str
    days: float
    cohort: str | None = None
    drug: str = "aldesleukin"

    @property
    def words(self) -> str:
        """Return what tables print."""
        return f"{self.model}: {self.regimen}, {self.days:g} days"


DAILY = "1 MIU/m2 SC daily for 90 days"
HIGH = "600000 IU/kg IV over 15 min q8h x14, repeat on day 15"
CASES = (
    Case("human", DAILY, 90.0, "healthy"),
    Case("human_oncology", HIGH, 28.0, "melanoma"),
    Case("mouse", "25000 IU IP daily x 5", 28.0),
    Case("human_mass_action", DAILY, 90.0, "healthy"),
)


@dataclass(frozen=True, eq=False)
class Job:
    """Patients of a case, ready to be solved; arrays are (N, ...) by patient."""

    case: Case
    model: Model
    parameters: FloatArray
    events: Any

    @cached_property
    def system(self) -> System:
        """The mathematics with every state as an output."""
        network = self.model.network
        return network.system([(name, name) for name in network.state_ids], settable=self.model.settable)

    @property
    def times(self) -> FloatArray:
        """(T,) hours at which results are saved; a value at a dose is the one before it."""
        return np.linspace(24.0 * self.case.days / SAVES, 24.0 * self.case.days, SAVES)

    @cached_property
    def start(self) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
        """Constants and what follows from them, and starting values: (N,) by name."""
        full, states = compiled(self.system).start(self.parameters)
        names = (*self.system.parameter_ids, *(name for name, _ in self.system.derived))
        return (
            dict(zip(names, full.T[: len(names)], strict=True)),
            dict(zip(self.system.state_ids, states.T, strict=True)),
        )

    def doses(self, patient: int) -> list[tuple[float, str, str, float]]:
        """Return ``(hours, 'add' or 'set', target, value)`` of one patient in order of time, as far as they count."""
        events, end = self.events, self.times[-1]
        listed = zip(events.times_h.tolist(), events.ports, events.values[patient].tolist(), strict=True)
        return [(t, port.action, port.symbol, value) for t, port, value in listed if t < end]

    def schedule(self, count: int) -> Schedule:
        """Return the doses of the first patients as events of the engine."""
        slots = [
            self.system.slot_add(p.symbol) if p.action == "add" else self.system.slot_set(p.symbol)
            for p in self.events.ports
        ]
        return engine_schedule(self.events, self.events.times_h, slots, self.events.values[:count])

    def solve(self, settings: Settings, count: int) -> Trajectories:
        """Solve the first patients on one core with the engine."""
        given = self.parameters[:count]
        return solve(self.system, given, self.schedule(count), self.times, settings=settings, workers=1)


def lay_out(case: Case, patients: int, seed: int) -> Job:
    """Draw the patients of a case as a study does."""
    solver = load_solver(case.model)
    spec = simulate_spec([case.drug], [case.regimen], cohort=case.cohort, patients=patients, model=case.model)
    plan = make_plan(spec, RunOptions(patients=patients, seed=seed), solver)
    parameters, events = plan.inputs(0, 0, patients)
    if events.own_h is not None or events.happens is not None:
        raise ValueError(f"{case.words}: patients have dose times of their own, which this benchmark does not lay out")
    return Job(case, solver.model, solver.model.rest(parameters), events)
