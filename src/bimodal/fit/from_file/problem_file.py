"""A fit a person sets up in a file: a study, the parameters that are free, and a table of measured values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.drugs import load_molecule
from bimodal.errors import BimodalError
from bimodal.files.check import Fault, check_table
from bimodal.files.faults import Faults
from bimodal.files.read import FileKind
from bimodal.files.suggest import suggest_names
from bimodal.files.toml import read_toml
from bimodal.fit.from_file.measurement import Measurement
from bimodal.fit.from_file.problem_spec import FreeParameter, ProblemSpec
from bimodal.fit.from_file.read_measurements import read_measurements
from bimodal.fit.median_person import median_person
from bimodal.fit.parameter import FitParameter
from bimodal.fit.problem import Problem
from bimodal.study import RunOptions
from bimodal.study.endpoints import Registry
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.segment_layout import united
from bimodal.study.readings.from_plan import solved_readings
from bimodal.study.readings.readings import Readings
from bimodal.study.run.runner import shipped_solver
from bimodal.study.solver.solver import Solved
from bimodal.study.spec.load import check_study, resolved
from bimodal.study.spec.spec import StudySpec
from bimodal.units import Substance

FloatArray = npt.NDArray[np.float64]

#: Lanes simulated at a time: keeps the trajectories of one part small.
_LANES = 2000
_FILE = FileKind("the problem file")
_SHOWN = 10


@dataclass(frozen=True, eq=False)
class ProblemFile:
    """A problem file made ready: the study laid out, the free parameters, the measured values.

    Attributes
    ----------
    plan
        With the median person as its only patient, or with virtual patients, the same ones at every evaluation.
    data
        Name of the data file and its SHA-256.
    warnings
        What a reader of the fit must know, such as lines that are there twice.
    """

    path: Path
    plan: Plan
    free: tuple[FitParameter, ...]
    measured: tuple[Measurement, ...]
    data: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """Places of the free parameters among those of the model."""
        return tuple(self.plan.solver.parameter_ids.index(parameter.id) for parameter in self.free)

    def simulate(self, values: FloatArray, *, workers: int = 1) -> FloatArray:
        """Simulate every measured statistic for (K, P) values; -> (K, measured), NaN where a patient failed."""
        count = self.plan.population.count
        at_once = max(1, _LANES // count)
        parts = [self._part(values[k : k + at_once], workers) for k in range(0, len(values), at_once)]
        return np.concatenate(parts)

    def problem(self, *, workers: int = 1) -> Problem:
        """Set up the fit; groups are those of the data file."""

        def residuals(values: FloatArray) -> FloatArray:
            simulated = self.simulate(values, workers=workers)
            return np.stack([seen.residual(simulated[:, k]) for k, seen in enumerate(self.measured)], axis=1)

        return Problem(
            name=self.plan.spec.name,
            parameters=self.free,
            groups=tuple(seen.group for seen in self.measured),
            data=self.data,
            batch_residuals=residuals,
            step=1e-3,
        )

    def _part(self, values: FloatArray, workers: int) -> FloatArray:
        sets, count, plan = len(values), self.plan.population.count, self.plan
        parts: dict[str, list[Solved]] = {}
        wanted = {seen.arm for seen in self.measured}
        for place, arm in enumerate(plan.arms):
            if arm.name not in wanted:
                continue
            base, events = plan.inputs(place, 0, count)
            parameters = np.tile(base, (sets, 1))
            for free, column, changed in zip(self.free, self.columns, values.T, strict=True):
                shipped = plan.solver.defaults[free.id]
                # a row that varies between people keeps each person's ratio to the median
                factor = parameters[:, column] / shipped if shipped else 1.0
                parameters[:, column] = np.repeat(changed, count) * factor
            tiled = replace(events, values=np.tile(events.values, (sets, 1)))
            layouts = plan.layouts(place, drawn=False)
            read = united(layouts) if layouts else None
            solved = plan.solver.solve(parameters, tiled, plan.times_h, workers, segments=read)
            solved.values[solved.failed] = np.nan
            parts[arm.name] = [solved]
        readings = solved_readings(plan, parts)
        own = [_read(seen, readings).reshape(sets, count) for seen in self.measured]
        return np.stack([seen.summary(population) for seen, population in zip(self.measured, own, strict=True)], axis=1)


def _read(seen: Measurement, readings: Readings) -> FloatArray:
    if seen.day is None:
        return readings.course(seen.arm, seen.observable)
    return readings.on_day(seen.arm, seen.observable, seen.day)


def load_problem_file(path: str | Path, *, seed: int = 1) -> ProblemFile:
    """Read a problem file.

    It is a study file without endpoints (the data say what is read off), with ``data`` and ``[[parameter]]``.
    ``patients = 1`` fits the median person of the cohort; more fit statistics of virtual patients.

    Raises
    ------
    BimodalError
        The file, its study or its data are wrong: the message names file, line and key.
    """
    path = Path(path)
    raw, text = read_toml(path, _FILE)
    given = {key: raw[key] for key in ("data", "parameter") if key in raw}
    study = {key: value for key, value in raw.items() if key not in ("data", "parameter")}
    own, bare = _both(given, study, text, path)
    solver = shipped_solver(bare)
    registry = solver.registry
    units = {name: registry[name].unit for name in registry}
    table = path.parent / own.data
    measured, digest = read_measurements(table, units, _substances(bare))
    _check(measured, [arm.name for arm in bare.arm], registry, bare.horizon, str(table))
    spec = check_study({**study, "endpoint": _endpoints(measured)}, where=str(path), text=text)
    whole = resolved(spec, path.parent)
    # the quantities of a model file that are kept are those the data name
    plan = make_plan(whole, RunOptions(seed=seed), shipped_solver(whole) if whole.model_is_file else solver)
    if plan.population.count == 1 and plan.population.cohort is not None:
        plan = median_person(plan)
    _check_spreads(measured, plan.population.count, str(table))
    free, faults = list[FitParameter](), Faults()
    for one in own.parameter:
        with faults.kept():
            free.append(_free(one, plan, f"{path}, [[parameter]] '{one.id}'"))
    faults.raise_any()
    return ProblemFile(path, plan, tuple(free), measured, {own.data: digest}, _repeated(measured))


def _both(given: dict[str, Any], study: dict[str, Any], text: str, path: Path) -> tuple[ProblemSpec, StudySpec]:
    """Check what is of the fit and what is of the study, and say the faults of both together."""
    faults, own, bare = Faults(), None, None
    with faults.kept():
        own = check_table(ProblemSpec, given, _FILE, where=str(path), text=text, explain=_explain)
    if "endpoint" in study:
        what = "a problem file has no [[endpoint]]: the data say what is read off"
        faults.add(BimodalError(what, where=str(path), fix="take it out"))
    population = study.get("population")
    if isinstance(population, dict) and "match" in population:
        what = "a fit counts all patients the same: it cannot weigh them to published numbers"
        faults.add(BimodalError(what, where=f"{path}, key 'population.match'", fix="take it out"))
    with faults.kept():
        bare = resolved(check_study({**study, "endpoint": []}, where=str(path), text=text), path.parent)
    faults.raise_any()
    assert own is not None
    assert bare is not None
    return own, bare


def _substances(spec: StudySpec) -> dict[str, Substance]:
    """Give what each arm is given, for units of activity and mass; a model file knows no molecules."""
    named = {arm.name: arm.drug for arm in spec.arm if arm.drug}
    return {} if spec.model_is_file else {name: load_molecule(drug).substance for name, drug in named.items()}


def _explain(fault: Fault) -> BimodalError:
    key = ".".join(str(step + 1) if isinstance(step, int) else step for step in fault.path)
    what = "is missing" if fault.sort == "missing" else fault.message
    fix = suggest_names(str(fault.path[-1]), fault.known) if fault.sort == "extra_forbidden" else None
    return BimodalError(f"key '{key}': {what}", where=fault.place, fix=fix)


def _check(
    measured: tuple[Measurement, ...], arms: list[str], registry: Registry, horizon: float | None, where: str
) -> None:
    faults = Faults()
    for seen in measured:
        with faults.kept():
            _check_one(seen, arms, registry, horizon, f"{where}, line {seen.line}")
    faults.raise_any()


def _check_one(seen: Measurement, arms: list[str], registry: Registry, horizon: float | None, where: str) -> None:
    if seen.arm not in arms:
        raise BimodalError(
            f"the data name an arm '{seen.arm}' that the study does not have",
            where=where,
            fix=suggest_names(seen.arm, arms),
        )
    timed = registry[seen.observable].per == "time"
    if timed and seen.day is None:
        raise BimodalError(
            f"'{seen.observable}' has a value in time, and a line gives no day",
            where=where,
            fix="fill 'day' or 'hour'",
        )
    if not timed and seen.day is not None:
        raise BimodalError(
            f"'{seen.observable}' is one value per patient, and a line gives it a day",
            where=where,
            fix="leave it blank",
        )
    if horizon is not None and seen.day is not None and seen.day > horizon:
        raise BimodalError(
            f"'{seen.observable}' on day {seen.day:g} lies outside the simulated time of {horizon:g} days",
            where=where,
            fix="raise 'horizon' in the problem file, or leave the line out",
        )


def _repeated(measured: tuple[Measurement, ...]) -> tuple[str, ...]:
    first: dict[str, int] = {}
    lines: list[str] = []
    for seen in measured:
        line = first.setdefault(repr(replace(seen, line=0)), seen.line)
        if line != seen.line:
            lines.append(f"{seen.line} (as {line})")
    if not lines:
        return ()
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return (f"lines of the data that repeat another one count twice in the fit: {', '.join(lines[:_SHOWN])}{more}",)


def _check_spreads(measured: tuple[Measurement, ...], patients: int, where: str) -> None:
    for seen in measured:
        if patients == 1 and seen.statistic not in ("median", "mean"):
            raise BimodalError(
                f"a single person has no '{seen.statistic}'",
                where=f"{where}, line {seen.line}",
                fix="[population] patients = 200, or so",
            )


def _endpoints(measured: tuple[Measurement, ...]) -> list[dict[str, Any]]:
    days: dict[str, set[float]] = {}
    for seen in measured:
        days.setdefault(seen.observable, set()).update(() if seen.day is None else (seen.day,))
    return [{"id": name, **({"days": sorted(found)} if found else {})} for name, found in days.items()]


def _free(spec: FreeParameter, plan: Plan, where: str) -> FitParameter:
    settable = {row.id for row in plan.solver.rows} & set(plan.solver.parameter_ids)
    if spec.id not in settable:
        raise BimodalError(f"the model has no parameter '{spec.id}'", where=where, fix=suggest_names(spec.id, settable))
    if spec.id in plan.spec.set or any(spec.id in arm.set for arm in plan.spec.arm):
        raise BimodalError(f"'{spec.id}' is both set and fitted", where=where, fix="take it out of 'set'")
    start = plan.solver.defaults[spec.id] if spec.start is None else spec.start
    try:
        return FitParameter(
            spec.id,
            start=start,
            lower=spec.lower,
            upper=spec.upper,
            scale=spec.scale,
            prior=spec.prior.prior(spec.scale) if spec.prior else None,
        )
    except BimodalError as fault:
        raise BimodalError(fault.what, where=where, fix=fault.fix) from None
