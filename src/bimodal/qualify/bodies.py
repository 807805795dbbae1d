"""Bodies of the shipped models that several sections solve: one median person, or a crowd, on one regimen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, Settings, System, Trajectories, solve
from bimodal.fit.median_person import median_person
from bimodal.model import load_model
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import EngineSolver
from bimodal.study.solver.events import Events

Array = npt.NDArray[np.float64]

LOW = "1 MIU/m2 SC daily for 28 days"
HIGH = "600000 IU/kg IV over 15 min q8h x14, repeat on day 15"
REGIMENS = {"low dose": (LOW, "healthy"), "high dose": (HIGH, "melanoma")}


@dataclass(frozen=True, eq=False)
class Bodies:
    """N people of a shipped model with what is given to them.

    Parameters
    ----------
    parameters
        (N, P) as the solver takes them.
    inputs
        (N, P') as the engine takes them: at rest.
    """

    solver: EngineSolver
    parameters: Array
    inputs: Array
    events: Events
    times_h: Array

    @property
    def system(self) -> System:
        """What the engine solves."""
        return self.solver.model.system

    def schedule(self, system: System, who: npt.NDArray[np.int64] | slice = slice(None)) -> Schedule:
        """Return what happens to some of them in a system with the states and parameters of this model."""
        slots = [system.slot_add(p.symbol) if p.action == "add" else system.slot_set(p.symbol)
                 for p in self.events.ports]  # fmt: skip
        return Schedule.shared(self.events.times_h, slots, self.events.values[who])

    def run(
        self,
        *,
        system: System | None = None,
        who: npt.NDArray[np.int64] | slice = slice(None),
        settings: Settings | None = None,
        workers: int = 1,
    ) -> Trajectories:
        """Solve some of them."""
        system = system or self.system
        schedule = self.schedule(system, who)
        return solve(system, self.inputs[who], schedule, self.times_h, settings=settings, workers=workers)


@cache
def bodies(model: str, regimen: str, cohort: str, patients: int = 1) -> Bodies:
    """Lay out the median person of a cohort, or a crowd, on a regimen of aldesleukin.

    Examples
    --------
    >>> bodies("human", LOW, "healthy").inputs.shape[0]
    1
    """
    solver = EngineSolver(load_model(model), Settings())
    spec = simulate_spec(["aldesleukin"], [regimen], cohort=cohort, patients=patients, report_days=(7.0, 28.0))
    plan = make_plan(spec, RunOptions(patients=patients), solver)
    if patients == 1:
        plan = median_person(plan)
    parameters, events = plan.inputs(0, 0, patients)
    assert events.happens is None
    assert events.own_h is None
    return Bodies(solver, parameters, solver.model.rest(parameters), events, plan.times_h)


def largest_errors(found: Array, right: Array) -> Array:
    """Return the largest difference of each output of (T, O) values, relative to its largest value, (O,).

    Examples
    --------
    >>> largest_errors(np.array([[1.0, 5.0], [2.0, 5.0]]), np.array([[1.0, 5.0], [4.0, 5.0]])).tolist()
    [0.5, 0.0]
    """
    peak = np.abs(right).max(axis=0)
    return np.abs(found - right).max(axis=0) / np.where(peak > 0.0, peak, 1.0)


def largest_error(found: Array, right: Array) -> float:
    """Return the largest difference of (T, O) values, each relative to the largest value of its output.

    Examples
    --------
    >>> largest_error(np.array([[1.0], [2.0]]), np.array([[1.0], [4.0]]))
    0.5
    """
    if not np.isfinite(found).all():
        return float("nan")
    return float(largest_errors(found, right).max())
