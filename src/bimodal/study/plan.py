"""A study made ready to run: every file opened, every regimen laid out, nothing computed or written yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.evidence import Target
from bimodal.study.arm_plan import ArmNamed, ArmPlan, lay_out_arm
from bimodal.study.comparison import published_targets, target_days
from bimodal.study.endpoints import Registry, load_registry
from bimodal.study.events import Events, build_events
from bimodal.study.fingerprint import json_sha256
from bimodal.study.grid import even_times, horizon_days, own_horizon_days, save_times
from bimodal.study.machine import FileLike, Machine, Solved
from bimodal.study.near import near_names
from bimodal.study.options import RunOptions
from bimodal.study.people import People, gather
from bimodal.study.spec import StudySpec

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
    machine
        What solves the model.
    arms
        The arms, laid out.
    people
        Who is treated.
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
    machine: Machine
    arms: tuple[ArmPlan, ...]
    people: People
    horizon: float
    times_h: Array
    targets: tuple[Target, ...]
    warnings: tuple[str, ...]

    @property
    def registry(self) -> Registry:
        """What the observables are: those of the package, or the quantities of a model file."""
        return self.machine.registry if isinstance(self.machine, FileLike) else load_registry()

    @property
    def about_the_file(self) -> Mapping[str, Any]:
        """What the provenance says of a model file; nothing for a built-in model."""
        return self.machine.about if isinstance(self.machine, FileLike) else {}

    @cached_property
    def parameters_sha256(self) -> str:
        """Fingerprint of every number that is not of the model's mathematics."""
        return json_sha256(
            {
                "table": self.machine.table_sha256,
                "people": self.people.fingerprint,
                "molecules": [arm.molecule and arm.molecule.model_dump(mode="json") for arm in self.arms],
                "set": self.spec.set,
                "arm_sets": [dict(arm.set) for arm in self.arms],
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
            "patients": self.people.count,
            "arms": [[arm.name, arm.molecule and arm.molecule.id, arm.regimen] for arm in self.arms],
            "endpoints": [endpoint.model_dump(mode="json") for endpoint in self.spec.endpoint],
            "targets": [target.model_dump(mode="json") for target in self.targets],
            "times_h": json_sha256(self.times_h.tolist()),
            "observables": list(self.machine.observables),
            "model_sha256": self.machine.model_sha256,
            "parameters_sha256": self.parameters_sha256,
            "engine": self.machine.engine,
            "rtol": self.machine.rtol,
        }

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
            The same numbers whatever part they are computed in.

        Raises
        ------
        BimodalError
            When a dose or parameter is impossible.
        """
        parameters, events = self.inputs(arm, start, stop)
        solved = self.machine.solve(parameters, events, self.times_h, self.options.workers)
        solved.values[solved.failed] = np.nan
        return solved

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
            (N, P) in the machine's order, and what happens to them.

        Raises
        ------
        BimodalError
            When a dose needs a body size that is not known, or a parameter has no value.
        """
        people = self.people.part(start, stop)
        ids = self.machine.parameter_ids
        parameters = people.matrix(ids, self.machine.defaults)
        plan = self.arms[arm]
        doses = plan.schedule.doses
        routes = frozenset(dose.route for dose in doses)
        brought = self.machine.molecule_parameters(plan.molecule, routes) if plan.molecule is not None else {}
        for name, value in {**brought, **self.spec.set, **plan.set}.items():
            parameters[:, ids.index(name)] = value
        amounts = plan.amounts(people.covariates, stop - start)
        return parameters, build_events(doses, amounts, self.machine.ports(plan.molecule) if doses else {})


def make_plan(spec: StudySpec, options: RunOptions, machine: Machine) -> Plan:
    """Open every file and lay out every regimen of a study, so that bad input is found before anything is written.

    Parameters
    ----------
    spec
        The study.
    options
        How it is run.
    machine
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
    >>> from bimodal.study.engine_machine import load_machine
    >>> make_plan(load_study("koreth-2011"), RunOptions(), load_machine("human")).horizon
    84.0
    """
    spec.require_supported()
    _check_ids(spec, machine)
    own = spec.model_is_file
    targets, notes = _reachable(*published_targets(spec), spec.horizon)
    days = sorted({*spec.report_days, *target_days(targets)})
    unit = spec.ports.unit if spec.ports is not None else "nmol"
    arms = tuple(lay_out_arm(arm, spec.horizon, unit) for arm in spec.arm)
    until, times_of = (own_horizon_days, even_times) if own else (horizon_days, save_times)
    horizon = until([arm.schedule.end_h for arm in arms], days, spec.follow_up_days, spec.horizon)
    times = times_of([arm.schedule.doses for arm in arms], report_days=days, horizon=horizon)
    if len(times) > _MAX_TIMES:
        raise StudyError(
            f"this study would save {len(times)} times per patient, over {_MAX_TIMES}",
            where=f"study '{spec.name}'",
            fix="shorten the regimen or the horizon",
        )
    warnings = list(machine.warnings) if isinstance(machine, FileLike) else []
    warnings += [f"arm '{arm.name}': {text}" for arm in arms for text in arm.schedule.warnings]
    people = gather(spec.population, patients=options.patients, seed=options.seed, table=machine.table)
    if own and people.count > 1 and not people.spread:
        warnings.append("nothing varies between the patients: [population.spread] says which constants do")
    if people.count * len(arms) * len(times) * len(machine.observables) > _MAX_NUMBERS:
        raise StudyError(
            f"{people.count} patients in {len(arms)} arms at {len(times)} times need more than 16 GB of memory",
            where=f"study '{spec.name}'",
            fix="simulate fewer patients or arms, or a shorter time",
        )
    plan = Plan(spec, options, machine, arms, people, horizon, times, targets, (*notes, *warnings))
    for index, arm in enumerate(arms):
        with ArmNamed(arm.name):
            plan.inputs(index, 0, min(people.count, options.chunk))
    return plan


def _check_ids(spec: StudySpec, machine: Machine) -> None:
    # a machine made from a file has looked its endpoints up in the file
    if not isinstance(machine, FileLike):
        _check_endpoints(spec, frozenset(machine.observables))
    settable = set(machine.parameter_ids) & {row.id for row in machine.rows}
    places = [("set", spec.set), *((f"arm '{arm.name}', key 'set'", arm.set) for arm in spec.arm)]
    for where, values in places:
        for name in values:
            if name not in settable:
                fix = near_names(name, settable, None if spec.model_is_file else f"bimodal show {spec.model}")
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
