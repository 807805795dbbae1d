"""Lays out a study: opens every file, reads every regimen, and refuses what cannot be run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.evidence import Target
from bimodal.files.faults import Faults
from bimodal.files.suggest import suggest_names
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.arm import ArmNamed, ArmPlan, lay_out_arm
from bimodal.study.plan.grid import even_times, horizon_days, own_horizon_days, save_times, sparse_times
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.population import StudyPopulation, open_population
from bimodal.study.plan.scans import scan_warnings
from bimodal.study.plan.targets import published_targets, target_days
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import EndpointSpec, PopulationSpec, StudySpec

Array = npt.NDArray[np.float64]
_TUMOUR = "tumour_cells"
_MAX_TIMES = 20_000
_MAX_NUMBERS = 2_000_000_000


def make_plan(spec: StudySpec, options: RunOptions, solver: Solver) -> Plan:
    """Open every file and lay out every regimen of a study, so that bad input is found before anything is written.

    Examples
    --------
    >>> from bimodal.study import load_study
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> make_plan(load_study("koreth-2011"), RunOptions(), load_solver("human")).horizon
    84.0
    """
    _check_study(spec)
    solver = solver.with_tolerances(options.rtol or spec.rtol, options.atol or spec.atol)
    faults = Faults()
    _check_endpoints(spec, solver, faults)
    _check_parameters(spec, solver, faults)
    targets, notes = _reachable(*published_targets(spec), spec.horizon)
    arms = _lay_out(spec, faults)
    faults.raise_any()
    horizon, times = _time_axis(spec, arms, sorted({*spec.report_days, *target_days(targets)}))
    population = open_population(spec.population, patients=options.patients, seed=options.seed, table=solver.table)
    others = _others(spec, arms, population.count, options.seed, solver)
    warnings = [*notes, *solver.warnings, *(f"arm '{arm.name}': {text}" for arm in arms for text in arm.warnings)]
    asked = {endpoint.id for endpoint in spec.endpoint} | {target.endpoint for target in targets if target.endpoint}
    entries = [solver.registry[name] for name in asked if name in solver.registry]
    trial = [entry.id for entry in entries if entry.kind == "trial" and _TUMOUR in entry.of]
    warnings += scan_warnings(spec.scans, horizon, trial)
    if spec.model_is_file and population.count > 1 and not population.spread:
        warnings.append("nothing varies between the patients: [population.spread] says which constants do")
    if population.count * len(arms) * len(times) * len(solver.observables) > _MAX_NUMBERS:
        raise StudyError(
            f"{population.count} patients in {len(arms)} arms at {len(times)} times need more than 16 GB of disk",
            where=f"study '{spec.name}'",
            fix="simulate fewer patients or arms, or a shorter time",
        )
    plan = Plan(spec, options, solver, arms, population, horizon, times, targets, tuple(warnings), others)
    _check_arms(plan)
    return plan


def _check_study(spec: StudySpec) -> None:
    spec.require_supported()
    if spec.publication is not None and spec.publication.refused:
        raise StudyError(
            f"this study cannot be simulated: {spec.publication.refused}",
            where=f"study '{spec.name}'",
            fix=f"`bimodal show study {spec.name}` prints what was published",
        )


def _time_axis(spec: StudySpec, arms: Sequence[ArmPlan], days: Sequence[float]) -> tuple[float, Array]:
    """Give the last day and the saved times (T,), hours."""
    schedules = [drug.schedule for arm in arms for drug in arm.drugs]
    doses = [schedule.doses for schedule in schedules]
    until, times_of = (own_horizon_days, even_times) if spec.model_is_file else (horizon_days, save_times)
    horizon = until([schedule.end_h for schedule in schedules], days, spec.follow_up_days, spec.horizon)
    if spec.save_every_days is None:
        times = times_of(doses, report_days=days, horizon=horizon)
    else:
        scans = (spec.scans or ScanPlan()).visits(horizon)
        times = sparse_times(doses, days=[*days, *scans], horizon=horizon, every_days=spec.save_every_days)
    if len(times) > _MAX_TIMES:
        raise StudyError(
            f"this study would save {len(times)} times per patient, over {_MAX_TIMES}",
            where=f"study '{spec.name}'",
            fix="shorten the regimen or the horizon",
        )
    return horizon, times


def _others(
    spec: StudySpec, arms: Sequence[ArmPlan], count: int, seed: int, solver: Solver
) -> dict[str, StudyPopulation]:
    """Open the cohorts arms have of their own, as many people each as the study has."""
    found: dict[str, StudyPopulation] = {}
    for arm in arms:
        if arm.cohort is None:
            continue
        if spec.population.cohort is None:
            raise StudyError(
                "an arm can have a cohort of its own only where the population is a cohort too",
                where=f"arm '{arm.name}', key 'cohort'",
                fix="take it out",
            )
        with ArmNamed(arm.name):
            own = PopulationSpec(cohort=arm.cohort, patients=count)
            found[arm.cohort] = open_population(own, patients=count, seed=seed, table=solver.table)
    return found


def _lay_out(spec: StudySpec, faults: Faults) -> tuple[ArmPlan, ...]:
    unit, arms = spec.ports.unit if spec.ports is not None else "nmol", list[ArmPlan]()
    for arm in spec.arm:
        with faults.kept():
            arms.append(lay_out_arm(arm, spec.horizon, unit))
    return tuple(arms)


def _check_parameters(spec: StudySpec, solver: Solver, faults: Faults) -> None:
    settable = set(solver.parameter_ids) & {row.id for row in solver.rows}
    places = [("set", spec.set), *((f"arm '{arm.name}', key 'set'", arm.set) for arm in spec.arm)]
    places += [(f"arm '{arm.name}', key 'scale'", arm.scale) for arm in spec.arm]
    for where, values in places:
        for name in values:
            if name not in settable:
                fix = suggest_names(name, settable, None if spec.model_is_file else f"bimodal show {spec.model}")
                faults.add(StudyError(f"the model has no parameter '{name}'", where=where, fix=fix))


def _check_endpoints(spec: StudySpec, solver: Solver, faults: Faults) -> None:
    for endpoint in spec.endpoint:
        with faults.kept():
            _check_endpoint(endpoint, spec, solver)


def _check_endpoint(endpoint: EndpointSpec, spec: StudySpec, solver: Solver) -> None:
    given = frozenset(solver.observables)
    lacking = [name for name in solver.registry.primitives([endpoint.id]) if name not in given]
    species = solver.registry[endpoint.id].species
    if species and solver.species not in species:
        raise StudyError(
            f"endpoint '{endpoint.id}' is of {' and '.join(species)}, and the model '{spec.model}' is of "
            f"{solver.species}",
            where=f"study '{spec.name}'",
            fix="leave the endpoint out or use another model",
        )
    if lacking:
        raise StudyError(
            f"the model '{spec.model}' does not give '{lacking[0]}', which endpoint '{endpoint.id}' needs",
            where=f"study '{spec.name}'",
            fix="leave the endpoint out or use another model",
        )


def _reachable(
    targets: tuple[Target, ...], notes: tuple[str, ...], horizon: float | None
) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    # after the horizon no dose is given, so a later target would be set against another treatment
    late = [target for target in targets if horizon is not None and max(target_days([target]), default=0.0) > horizon]
    if not late:
        return targets, notes
    names = ", ".join(target.id for target in late)
    kept = tuple(target for target in targets if target not in late)
    return kept, (*notes, f"not compared with what was published after the horizon: {names}")


def _check_arms(plan: Plan) -> None:
    # the first patients of every arm are laid out in full: what is wrong with a dose is said now
    for index, arm in enumerate(plan.arms):
        with ArmNamed(arm.name):
            if plan.spec.model_is_file and arm.partners:
                raise StudyError("a model file knows no molecules, so no partner drugs", fix="leave 'partner' out")
            plan.inputs(index, 0, min(plan.population.count, plan.options.chunk))
            if arm.rules is not None:
                plan.visits(index, arm.rules)
