"""Lays out a study: opens every file, reads every regimen, and refuses what cannot be run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bimodal.cohort import list_cohorts
from bimodal.drugs import USUAL_SPECIES
from bimodal.errors import StudyError
from bimodal.evidence import Target
from bimodal.files.faults import Faults
from bimodal.files.suggest import suggest_names
from bimodal.model.conditions import condition_values, load_conditions
from bimodal.model.manifest import read_manifest
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.arm import ArmNamed, ArmPlan, lay_out_arm
from bimodal.study.plan.grid import (
    DAY_H,
    even_times,
    horizon_days,
    own_horizon_days,
    save_times,
    sparse_times,
    trial_days,
)
from bimodal.study.plan.matching import check_match
from bimodal.study.plan.plan import MOST_TIMINGS, Plan
from bimodal.study.plan.population import StudyPopulation, open_population
from bimodal.study.plan.scans import scan_warnings
from bimodal.study.plan.targets import asked_days, published_targets, target_days
from bimodal.study.rules.rules import ArmRules
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.contrast import contrast_faults
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.publication_notes import publication_notes
from bimodal.study.spec.spec import ArmSpec, EndpointSpec, PopulationSpec, StudySpec

Array = npt.NDArray[np.float64]
_TUMOUR = "tumour_cells"
_MAX_TIMES = 20_000


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
    _check_contrasts(spec, solver, faults)
    _check_parameters(spec, solver, faults)
    targets, notes = _reachable(*published_targets(spec), spec.horizon)
    arms = _arms(spec, faults)
    faults.raise_any()
    reached = target_days(targets)
    followed = _TUMOUR in solver.observables
    late = spec.visits.jitter_days if spec.visits is not None else 0
    horizon, times = _time_axis(
        spec, arms, asked_days(spec, targets), late, followed=followed, full=options.full_trajectories
    )
    followed_h = DAY_H * (horizon if spec.model_is_file else min(horizon, _until(spec, arms, reached)))
    patients = options.patients or _as_in_tables(spec, arms)
    _check_people(spec, solver)
    population = open_population(spec.population, patients=patients, seed=options.seed, table=solver.table)
    _check_sets(population, spec, solver)
    check_match(spec, solver, population)
    others = _others(spec, arms, population.count, options.seed, solver)
    warnings = [
        *publication_notes(spec.publication),
        *notes,
        *solver.warnings,
        *_redefined(spec, solver),
        *(f"arm '{arm.name}': {text}" for arm in arms for text in arm.warnings),
    ]
    asked = {endpoint.id for endpoint in spec.endpoint} | {target.endpoint for target in targets if target.endpoint}
    entries = [solver.registry[name] for name in asked if name in solver.registry]
    trial = [entry.id for entry in entries if entry.kind == "trial" and _TUMOUR in entry.of]
    warnings += scan_warnings(spec.scans, horizon, trial)
    alike = all(arm.subjects is None for arm in arms) and not population.spread
    if spec.model_is_file and population.count > 1 and alike:
        warnings.append("nothing varies between the patients: [population.spread] says which constants do")
    plan = Plan(spec, options, solver, arms, population, horizon, times, targets, tuple(warnings), followed_h, others)
    _check_arms(plan)
    return replace(plan, warnings=(*plan.warnings, *_table_notes(plan)))


def _check_study(spec: StudySpec) -> None:
    if spec.publication is not None and spec.publication.refused:
        raise StudyError(
            f"this study cannot be simulated: {spec.publication.refused}",
            where=f"study '{spec.name}'",
            fix=f"`bimodal show study {spec.name}` prints what was published",
        )


def _time_axis(
    spec: StudySpec, arms: Sequence[ArmPlan], days: Sequence[float], late: int, *, followed: bool, full: bool
) -> tuple[float, Array]:
    """Give the last day and the saved times (T,), hours; `followed` with those a trial looks at tumours.

    Around each day that is read lie so many days, early and `late`, on which some people come.
    """
    doses = [drug.schedule.doses for arm in arms for drug in arm.drugs]
    horizon = _until(spec, arms, days)
    days = sorted({day + k for day in days for k in range(-late, late + 1) if 0.0 <= day + k <= horizon})
    if followed:
        days = [*days, *trial_days([], spec.scans or ScanPlan(), horizon)]
    if spec.model_is_file and spec.save_every_days is None:
        times = even_times(doses, report_days=days, horizon=horizon)
    elif full:
        times = save_times(doses, report_days=days, horizon=horizon)
    else:
        times = sparse_times(doses, days=days, horizon=horizon, every_days=spec.save_every_days or 1.0)
    if len(times) > _MAX_TIMES:
        raise StudyError(
            f"this study would save {len(times)} times per patient, over {_MAX_TIMES}",
            where=f"study '{spec.name}'",
            fix="shorten the regimen or the horizon",
        )
    return horizon, times


def _until(spec: StudySpec, arms: Sequence[ArmPlan], days: Sequence[float]) -> float:
    until = own_horizon_days if spec.model_is_file else horizon_days
    ends = [drug.schedule.end_h for arm in arms for drug in arm.drugs]
    return until(ends, days, spec.follow_up_days, spec.horizon)


def _as_in_tables(spec: StudySpec, arms: Sequence[ArmPlan]) -> int | None:
    """Take one copy of a model file for each subject of a dose table, where the study leaves it at a single copy."""
    subjects = [len(arm.subjects.subjects) for arm in arms if arm.subjects is not None]
    return max(subjects) if subjects and spec.model_is_file and spec.population.patients == 1 else None


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


def _arms(spec: StudySpec, faults: Faults) -> tuple[ArmPlan, ...]:
    unit, arms = spec.ports.unit if spec.ports is not None else "nmol", list[ArmPlan]()
    for arm in spec.arm:
        with faults.kept():
            arms.append(_seen_at_doses(spec, lay_out_arm(arm, spec.horizon, unit, _conditions(spec, arm))))
    return tuple(arms)


def _seen_at_doses(spec: StudySpec, arm: ArmPlan) -> ArmPlan:
    """Give an arm without rules visits too where patients may leave the study, or come early and late."""
    visits = spec.visits
    if visits is None or not (visits.dropout_percent_per_month or visits.jitter_days):
        return arm
    if arm.subjects is not None and visits.dropout_percent_per_month:
        raise StudyError(
            "a dose table says what was given, so nobody can leave the study before it ends",
            where=f"arm '{arm.name}'",
            fix="take 'dropout_percent_per_month' out of [visits], or give the arm a regimen",
        )
    if arm.subjects is not None:
        raise StudyError(
            "a dose table says when doses were given, so nobody comes early or late for them",
            where=f"arm '{arm.name}'",
            fix="take 'jitter_days' out of [visits], or give the arm a regimen",
        )
    if spec.model_is_file and visits.jitter_days:
        raise StudyError(
            "people come early and late in the built-in models alone",
            where="key 'visits.jitter_days'",
            fix="leave it out",
        )
    return arm if arm.rules is not None else replace(arm, rules=ArmRules(()))


def _conditions(spec: StudySpec, arm: ArmSpec) -> dict[str, Mapping[str, float]]:
    names = (*spec.conditions, *arm.conditions)
    if not names:
        return {}
    if spec.model_is_file:
        raise StudyError("a model file has no conditions", where=f"arm '{arm.name}'", fix="leave 'conditions' out")
    with ArmNamed(arm.name):
        caused = condition_values(spec.model, names)
        twice = sorted(caused.keys() & {*spec.set, *arm.set, *arm.scale})
        if twice:
            raise StudyError(
                f"'{twice[0]}' is set by hand, and a condition ({', '.join(names)}) sets it too",
                fix="leave one of the two out",
            )
    known = load_conditions(spec.model)
    return {name: known[name].values for name in names}


def _check_parameters(spec: StudySpec, solver: Solver, faults: Faults) -> None:
    settable = set(solver.parameter_ids) & {row.id for row in solver.rows}
    places = [("set", spec.set), *((f"arm '{arm.name}', key 'set'", arm.set) for arm in spec.arm)]
    places += [(f"arm '{arm.name}', key 'scale'", arm.scale) for arm in spec.arm]
    for where, values in places:
        for name in values:
            if name not in settable:
                fix = suggest_names(name, settable, None if spec.model_is_file else f"bimodal show {spec.model}")
                faults.add(StudyError(f"the model has no parameter '{name}'", where=where, fix=fix))


def _check_people(spec: StudySpec, solver: Solver) -> None:
    if spec.model_is_file or solver.species == USUAL_SPECIES:
        return
    for where, name in [
        ("population.cohort", spec.population.cohort),
        *((f"arm '{a.name}'", a.cohort) for a in spec.arm),
    ]:
        own = read_manifest(spec.model).cohort
        if name in list_cohorts() and name != own:
            raise StudyError(
                f"'{name}' is a cohort of people, and the model '{spec.model}' is of {solver.species}",
                where=where,
                fix=f"use '{own}', or leave the cohort out" if own else "leave the cohort out",
            )


def _check_sets(population: StudyPopulation, spec: StudySpec, solver: Solver) -> None:
    if population.sets and not population.sets.startswith(f"{solver.species}-"):
        raise StudyError(
            f"'{population.sets}' are parameter sets of another species than the model '{spec.model}', which is of "
            f"{solver.species}",
            where="population.cohort",
            fix="name a cohort of people (`bimodal list cohorts`), or run a model of that species",
        )


def _redefined(spec: StudySpec, solver: Solver) -> list[str]:
    """Say where a study makes another body in place of changing what a body senses."""
    found: list[str] = []
    for where, names in [("", spec.set), *((f"arm '{arm.name}': ", {*arm.set, *arm.scale}) for arm in spec.arm)]:
        own = sorted(n for n in names if solver.defines_body(n) and n not in solver.perturbing)
        if own:
            they = f"{', '.join(own)} {'redefine' if len(own) > 1 else 'redefines'} the body"
            found.append(f"{where}{they}: its rates are solved again, so that it is at rest with the same cells")
    return found


def _check_endpoints(spec: StudySpec, solver: Solver, faults: Faults) -> None:
    for endpoint in spec.endpoint:
        with faults.kept():
            _check_endpoint(endpoint, spec, solver)


def _check_endpoint(endpoint: EndpointSpec, spec: StudySpec, solver: Solver) -> None:
    given = frozenset(solver.observables)
    lacking = [name for name in solver.registry.primitives(endpoint.reads) if name not in given]
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


def _check_contrasts(spec: StudySpec, solver: Solver, faults: Faults) -> None:
    # the units of a model file are known only now
    for path, what in contrast_faults(spec, solver.registry):
        faults.add(StudyError(what, where=f"study '{spec.name}', key '{path[0]}[{int(path[1]) + 1}].{path[2]}'"))


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


def _lay_out(plan: Plan, index: int) -> None:
    count, size = plan.population.count, plan.options.chunk
    subjects = plan.arms[index].subjects
    # every subject of a table has doses of its own that may be wrong
    last = min(count, size if subjects is None else max(size, len(subjects.subjects)))
    for start in range(0, last, size):
        plan.inputs(index, start, min(start + size, count))


def _table_notes(plan: Plan) -> list[str]:
    texts: list[str] = []
    for arm in plan.arms:
        if arm.subjects is None:
            continue
        subjects, count = len(arm.subjects.subjects), plan.population.count
        if count < subjects:
            texts.append(
                f"arm '{arm.name}': the table has {subjects} subjects and the arm {count} "
                f"{'person' if count == 1 else 'people'}: the doses of the last {subjects - count} are given to "
                f"nobody; {subjects} patients take all of them"
            )
        if arm.subjects.times_h is None and not plan.spec.model_is_file and arm.name not in plan.own_dosing:
            texts.append(
                f"arm '{arm.name}': the subjects of the table are dosed at more than {MOST_TIMINGS} different times, "
                "so numbers of one dosing interval or of the first day (Cmax, AUC, trough, half-life) are left out"
            )
    return texts


def _check_arms(plan: Plan) -> None:
    # the first patients of every arm are laid out in full: what is wrong with a dose is said now
    for index, arm in enumerate(plan.arms):
        with ArmNamed(arm.name):
            if plan.spec.model_is_file and arm.partners:
                raise StudyError("a model file knows no molecules, so no partner drugs", fix="leave 'partner' out")
            _lay_out(plan, index)
            if arm.rules is not None:
                plan.visits(index, arm.rules)
                plan.refuse_courses(index)
