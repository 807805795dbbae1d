"""Published studies simulated on the median person of their cohort, for many parameter sets at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.evidence import Target
from bimodal.fit.median_person import median_person
from bimodal.study import RunOptions, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.segment_layout import united
from bimodal.study.plan.targets import published_targets
from bimodal.study.readings.from_plan import solved_readings
from bimodal.study.readings.readings import Readings
from bimodal.study.solver.engine_solver import EngineSolver
from bimodal.study.solver.events import Events
from bimodal.study.solver.solver import Solved
from bimodal.study.spec.spec import StudySpec
from bimodal.study.verdict.comparison import reading, simulate

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TypicalStudy:
    """One study, ready to be run on its median person under changed rows of the parameter table.

    The median person has the median of every parameter and of body size, the sexes averaged geometrically. A row that
    the cohort sets itself, or that scales with body size, keeps its ratio to the table.

    Attributes
    ----------
    plan
        With the median person as its only patient.
    targets
        What was published and can be simulated.
    """

    name: str
    plan: Plan
    targets: tuple[Target, ...]

    @cached_property
    def inputs(self) -> tuple[tuple[FloatArray, Events], ...]:
        """Parameters (1, P) and events of the median person in each arm."""
        return tuple(self.plan.inputs(arm, 0, 1) for arm in range(len(self.plan.arms)))

    def simulate(self, ids: Sequence[str], values: FloatArray, *, workers: int = 1) -> FloatArray:
        """Simulate every target for K sets of changed rows, (K, targets); NaN where a set could not be computed.

        Parameters
        ----------
        ids
            (F,) rows that are changed.
        values
            (K, F) their values.
        workers
            Threads; they change no bit.
        """
        plan, count = self.plan, len(values)
        parts: dict[str, list[Solved]] = {}
        for place, (arm, (base, events)) in enumerate(zip(plan.arms, self.inputs, strict=True)):
            parameters = np.repeat(base, count, axis=0)
            for column, name in enumerate(ids):
                where = plan.solver.parameter_ids.index(name)
                shipped = plan.solver.defaults[name]
                ratio = values[:, column] / shipped if shipped else None
                parameters[:, where] = values[:, column] if ratio is None else parameters[:, where] * ratio
            tiled = replace(events, values=np.repeat(events.values, count, axis=0))
            read = united(plan.layouts(place, drawn=False))
            solved = plan.solver.solve(parameters, tiled, plan.times_h, workers, segments=read)
            solved.values[solved.failed] = np.nan
            parts[arm.name] = [solved]
        readings = solved_readings(plan, parts)
        return np.stack([_over_arms(target, readings) for target in self.targets], axis=1)


def population_values(
    names: Sequence[str], solver: EngineSolver, *, patients: int, seed: int = 1, workers: int = 1
) -> dict[str, float]:
    """Simulate the targets of studies on virtual populations, as ``bimodal run`` does.

    Parameters
    ----------
    solver
        The model with the table that is asked about.
    patients, seed
        Of every study; the same patients whatever the table is, so that tables can be compared.
    workers
        Threads; they change no bit.

    Returns
    -------
    dict
        Target id -> statistic of the population, where it can be said.
    """
    out: dict[str, float] = {}
    for name in names:
        plan = make_plan(readable(name, solver), RunOptions(patients=patients, seed=seed, workers=workers), solver)
        parts = {arm.name: [plan.solve(place, 0, patients, drawn=False)] for place, arm in enumerate(plan.arms)}
        readings = solved_readings(plan, parts)
        for target in plan.targets:
            found = simulate(target, readings) if _given(target.endpoint, solver) else None
            if found is not None:
                out[target.id] = found.middle
    return out


def typical_study(name: str, solver: EngineSolver) -> TypicalStudy:
    """Set up a built-in study on its median person."""
    spec = readable(name, solver)
    plan = make_plan(spec, RunOptions(patients=1), solver)
    # what happens without treatment is noise between visits, which a median person has none of
    idle = {arm.name for arm in plan.arms if not arm.schedule.doses}
    targets = tuple(
        target
        for target in published_targets(spec)[0]
        if _given(target.endpoint, solver) and target.role != "context" and not idle.issuperset(target.arms)
    )
    if not targets:
        raise BimodalError("nothing published about it can be simulated", where=f"study '{name}'")
    return TypicalStudy(name, median_person(plan), targets)


def readable(name: str, solver: EngineSolver) -> StudySpec:
    """Load a study without the endpoints that the model of the fit does not give, such as eosinophils."""
    spec = load_study(name)
    return spec.model_copy(update={"endpoint": tuple(row for row in spec.endpoint if _given(row.id, solver))})


def _given(endpoint: str | None, solver: EngineSolver) -> bool:
    return endpoint is not None and set(solver.observables).issuperset(solver.registry.primitives([endpoint]))


def _over_arms(target: Target, readings: Readings) -> FloatArray:
    own = [reading(target, arm, readings) for arm in target.arms]
    if target.kind == "ordering":
        return own[0] - own[1]
    if target.kind == "ratio":
        return own[0] / own[1]
    return np.median(own, axis=0) if target.statistic == "median" else np.mean(own, axis=0)
