"""A study made ready to run: every file opened, every regimen laid out, nothing computed or written yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.evidence import Target
from bimodal.files.fingerprint import json_sha256
from bimodal.files.suggest import suggest_names
from bimodal.study.endpoints import Registry, load_registry
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.arm import ArmNamed, ArmPlan, lay_out_arm
from bimodal.study.plan.grid import even_times, horizon_days, own_horizon_days, save_times, sparse_times
from bimodal.study.plan.population import StudyPopulation, open_population
from bimodal.study.plan.replay import given_events
from bimodal.study.plan.targets import published_targets, target_days
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.rules.rules import ArmRules
from bimodal.study.rules.visits import VisitPlan, plan_visits
from bimodal.study.solver.events import Events, build_events, merge_events
from bimodal.study.solver.solver import Adjustable, Decisions, DoseVisits, FileLike, Solved, Solver
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import PopulationSpec, StudySpec

Array = npt.NDArray[np.float64]
_MAX_TIMES = 20_000
_MAX_NUMBERS = 2_000_000_000


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything a run needs, and the fingerprint that says whether two runs are the same.

    Parameters
    ----------
    spec
        The study.
    options
        How it is run.
    solver
        What solves the model.
    arms
        The arms, laid out.
    population
        Who is treated.
    others
        Who is treated in arms with a cohort of their own, by its name.
    horizon
        Days simulated.
    times_h
        Saved times (T,), hours.
    targets
        What was published and can be set against it.
    warnings
        What a reader must know.

    Raises
    ------
    BimodalError
        From :meth:`solve`, when a dose or parameter is impossible.

    Examples
    --------
    >>> Plan.__name__
    'Plan'
    """

    spec: StudySpec
    options: RunOptions
    solver: Solver
    arms: tuple[ArmPlan, ...]
    population: StudyPopulation
    horizon: float
    times_h: Array
    targets: tuple[Target, ...]
    warnings: tuple[str, ...]
    others: Mapping[str, StudyPopulation] = field(default_factory=dict[str, StudyPopulation])

    @property
    def registry(self) -> Registry:
        """What the observables are: those of the package, or the quantities of a model file."""
        return self.solver.registry if isinstance(self.solver, FileLike) else load_registry()

    @property
    def about_the_file(self) -> Mapping[str, Any]:
        """What the provenance says of a model file; nothing for a built-in model."""
        return self.solver.about if isinstance(self.solver, FileLike) else {}

    @cached_property
    def parameters_sha256(self) -> str:
        """Fingerprint of every number that is not of the model's mathematics."""
        return json_sha256(
            {
                "table": self.solver.table_sha256,
                "people": self.population.fingerprint,
                **({"others": {n: p.fingerprint for n, p in self.others.items()}} if self.others else {}),
                "molecules": [
                    drug.molecule and drug.molecule.model_dump(mode="json") for arm in self.arms for drug in arm.drugs
                ],
                "set": self.spec.set,
                "arm_sets": [dict(arm.set) for arm in self.arms],
                **({"arm_scales": [dict(arm.scale) for arm in self.arms]} if any(a.scale for a in self.arms) else {}),
            }
        )

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """What makes a run this run: nothing of workers, chunks, folders or paths."""
        from bimodal import __version__

        return {
            "bimodal": __version__,
            "study": self.spec.name,
            "seed": self.options.seed,
            "patients": self.population.count,
            "arms": [
                [arm.name, arm.molecule and arm.molecule.id, arm.regimen, *([arm.extras] if arm.extras else [])]
                for arm in self.arms
            ],
            "endpoints": [endpoint.model_dump(mode="json") for endpoint in self.spec.endpoint],
            "targets": [target.model_dump(mode="json") for target in self.targets],
            **({} if self.spec.scans is None else {"scans": self.spec.scans.model_dump(mode="json")}),
            "times_h": json_sha256(self.times_h.tolist()),
            "observables": list(self.solver.observables),
            "model_sha256": self.solver.model_sha256,
            "parameters_sha256": self.parameters_sha256,
            "engine": self.solver.engine,
            **self.tolerances,
        }

    @property
    def tolerances(self) -> dict[str, float]:
        """Tolerances of the solver; the absolute one only where it is fixed."""
        atol = self.solver.atol if isinstance(self.solver, Adjustable) else None
        return {"rtol": self.solver.rtol, **({} if atol is None else {"atol": atol})}

    @cached_property
    def run(self) -> str:
        """SHA-256 of the identity."""
        return json_sha256(self.identity)

    def solve(self, arm: int, start: int, stop: int) -> Solved:
        """Compute the trajectories of some patients of one arm.

        Parameters
        ----------
        arm
            Position of the arm.
        start, stop
            Patients, half-open.

        Returns
        -------
        Solved
            The same numbers whatever part they are computed in; with the ledger of an arm that has visit rules.

        Raises
        ------
        BimodalError
            When a dose or parameter is impossible.
        """
        rules = self.arms[arm].rules
        if rules is None:
            solved = self.solver.solve(*self.inputs(arm, start, stop), self.times_h, self.options.workers)
        else:
            solved = self._solve_by_rules(arm, rules, start, stop)
        solved.values[solved.failed] = np.nan
        return solved

    def _solve_by_rules(self, arm: int, rules: ArmRules, start: int, stop: int) -> Solved:
        from bimodal.study.rules.decide import make_decider

        visits = self.visits(arm, rules)
        decide = make_decider(visits, self.options.seed, np.arange(start, stop, dtype=np.int64))
        governed = DoseVisits(visits.times_h, self.governed(arm), decide, decide.memory)
        parameters, events, amounts = self._inputs(arm, start, stop)
        solved = self.solver.solve(parameters, events, self.times_h, self.options.workers, governed)
        plan, count = self.arms[arm], stop - start
        decided = solved.decided or Decisions(np.ones((count, 0)), np.zeros((count, 0), np.int64))
        factor, reason = decided.factor[:, visits.visit_of_dose], decided.reason[:, visits.visit_of_dose]
        factor[solved.failed], reason[solved.failed] = np.nan, -1
        times = np.array([dose.time_h for dose in plan.schedule.doses])
        ledger = DoseLedger(times, visits.cycles[visits.visit_of_dose], amounts, factor, reason, rules.words)
        return replace(solved, ledger=ledger)

    def replay(self, arm: int, start: int, ledger: DoseLedger) -> Solved:
        """Give patients of an arm what a ledger says they were given, with the same stops and no rule at work.

        Parameters
        ----------
        arm
            Position of the arm.
        start
            Index of the first patient of the ledger.
        ledger
            Of consecutive patients.

        Returns
        -------
        Solved
            The trajectories of the run that wrote the ledger, to the bit.

        Raises
        ------
        BimodalError
            As :meth:`solve`.
        """
        parameters, events = self.inputs(arm, start, start + len(ledger.factor))
        stops = DoseVisits(np.unique(ledger.times_h), self.governed(arm))
        given = given_events(events, ledger, stops.symbols)
        solved = self.solver.solve(parameters, given, self.times_h, self.options.workers, stops)
        solved.values[solved.failed | ledger.failed] = np.nan
        return solved

    def visits(self, arm: int, rules: ArmRules) -> VisitPlan:
        """Lay out the visits of an arm, and refuse rules the model cannot decide.

        Parameters
        ----------
        arm
            Position of the arm.
        rules
            Its rules.

        Returns
        -------
        VisitPlan
            One visit per time of a dose of the arm's first drug.

        Raises
        ------
        StudyError
            A rule reads what the model does not give, or infusions overlap.
        """
        plan = self.arms[arm]
        with ArmNamed(plan.name):
            return plan_visits(
                rules,
                plan.schedule,
                observables=self.solver.observables,
                registry=self.registry,
                model=self.spec.model,
                substance=plan.molecule and plan.molecule.substance,
            )

    def treated(self, arm: int) -> StudyPopulation:
        """Say who is treated in an arm."""
        own = self.arms[arm].cohort
        return self.population if own is None else self.others[own]

    def governed(self, arm: int) -> frozenset[str]:
        """Name what the events of an arm's first drug act on: visit rules leave its partners alone."""
        plan = self.arms[arm]
        if not plan.schedule.doses:
            return frozenset()
        return frozenset(port.symbol for port in self.solver.ports(plan.molecule).values())

    def inputs(self, arm: int, start: int, stop: int) -> tuple[Array, Events]:
        """Give the parameters and events of some patients of one arm.

        Parameters
        ----------
        arm
            Position of the arm.
        start, stop
            Patients, half-open.

        Returns
        -------
        parameters, events
            (N, P) in the solver's order, and what happens to them.

        Raises
        ------
        BimodalError
            When a dose needs a body size that is not known, or a parameter has no value.
        """
        parameters, events, _ = self._inputs(arm, start, stop)
        return parameters, events

    def _inputs(self, arm: int, start: int, stop: int) -> tuple[Array, Events, Array]:
        """Give parameters, events, and the amount of each dose (N, D) of the arm's first drug."""
        population = self.treated(arm).part(start, stop)
        ids = self.solver.parameter_ids
        parameters = population.matrix(ids, self.solver.defaults)
        plan = self.arms[arm]
        several: list[Events] = []
        given: list[Array] = []
        for drug in plan.drugs:
            doses = drug.schedule.doses
            if drug.molecule is not None:
                brought = self.solver.molecule_parameters(drug.molecule, frozenset(dose.route for dose in doses))
                _put(parameters, ids, brought)
            given.append(drug.amounts(population.covariates, stop - start))
            several.append(build_events(doses, given[-1], self.solver.ports(drug.molecule) if doses else {}))
        _put(parameters, ids, {**self.spec.set, **plan.set})
        for name, factor in plan.scale.items():
            parameters[:, ids.index(name)] *= factor
        return parameters, merge_events(several), given[0]


def _put(parameters: Array, ids: Sequence[str], values: Mapping[str, float]) -> None:
    for name, value in values.items():
        parameters[:, ids.index(name)] = value


def make_plan(spec: StudySpec, options: RunOptions, solver: Solver) -> Plan:
    """Open every file and lay out every regimen of a study, so that bad input is found before anything is written.

    Parameters
    ----------
    spec
        The study.
    options
        How it is run.
    solver
        What solves the model.

    Returns
    -------
    Plan
        Ready to run.

    Raises
    ------
    BimodalError
        Whatever is wrong with the study, its drugs, regimens, cohort or parameters.

    Examples
    --------
    >>> from bimodal.study import load_study
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> make_plan(load_study("koreth-2011"), RunOptions(), load_solver("human")).horizon
    84.0
    """
    spec.require_supported()
    if spec.publication is not None and spec.publication.refused:
        raise StudyError(
            f"this study cannot be simulated: {spec.publication.refused}",
            where=f"study '{spec.name}'",
            fix=f"`bimodal show study {spec.name}` prints what was published",
        )
    solver = _adjusted(solver, options.rtol or spec.rtol, options.atol or spec.atol)
    _check_ids(spec, solver)
    own = spec.model_is_file
    targets, notes = _reachable(*published_targets(spec), spec.horizon)
    days = sorted({*spec.report_days, *target_days(targets)})
    unit = spec.ports.unit if spec.ports is not None else "nmol"
    arms = tuple(lay_out_arm(arm, spec.horizon, unit) for arm in spec.arm)
    drugs = [drug for arm in arms for drug in arm.drugs]
    until, times_of = (own_horizon_days, even_times) if own else (horizon_days, save_times)
    horizon = until([drug.schedule.end_h for drug in drugs], days, spec.follow_up_days, spec.horizon)
    doses = [drug.schedule.doses for drug in drugs]
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
    warnings = list(solver.warnings) if isinstance(solver, FileLike) else []
    warnings += [f"arm '{arm.name}': {text}" for arm in arms for text in arm.warnings]
    population = open_population(spec.population, patients=options.patients, seed=options.seed, table=solver.table)
    others = _others(spec, arms, population.count, options.seed, solver)
    if own and population.count > 1 and not population.spread:
        warnings.append("nothing varies between the patients: [population.spread] says which constants do")
    if population.count * len(arms) * len(times) * len(solver.observables) > _MAX_NUMBERS:
        raise StudyError(
            f"{population.count} patients in {len(arms)} arms at {len(times)} times need more than 16 GB of disk",
            where=f"study '{spec.name}'",
            fix="simulate fewer patients or arms, or a shorter time",
        )
    plan = Plan(spec, options, solver, arms, population, horizon, times, targets, (*notes, *warnings), others)
    for index, arm in enumerate(arms):
        with ArmNamed(arm.name):
            if own and arm.partners:
                raise StudyError("a model file knows no molecules, so no partner drugs", fix="leave 'partner' out")
            plan.inputs(index, 0, min(population.count, options.chunk))
            if arm.rules is not None:
                plan.visits(index, arm.rules)
    return plan


def _adjusted(solver: Solver, rtol: float | None, atol: float | None) -> Solver:
    if rtol is None and atol is None:
        return solver
    if not isinstance(solver, Adjustable):
        raise StudyError("the tolerances of this solver are fixed", where="rtol, atol", fix="leave them out")
    return solver.with_tolerances(rtol, atol)


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


def _check_ids(spec: StudySpec, solver: Solver) -> None:
    # a solver of a model file has looked its endpoints up in the file
    if not isinstance(solver, FileLike):
        _check_endpoints(spec, frozenset(solver.observables))
    settable = set(solver.parameter_ids) & {row.id for row in solver.rows}
    places = [("set", spec.set), *((f"arm '{arm.name}', key 'set'", arm.set) for arm in spec.arm)]
    places += [(f"arm '{arm.name}', key 'scale'", arm.scale) for arm in spec.arm]
    for where, values in places:
        for name in values:
            if name not in settable:
                fix = suggest_names(name, settable, None if spec.model_is_file else f"bimodal show {spec.model}")
                raise StudyError(f"the model has no parameter '{name}'", where=where, fix=fix)


def _check_endpoints(spec: StudySpec, given: frozenset[str]) -> None:
    registry = load_registry()
    for endpoint in spec.endpoint:
        lacking = [name for name in registry.primitives([endpoint.id]) if name not in given]
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
