"""A study made ready to run: every file opened, every regimen laid out, nothing computed or written yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.evidence import Target
from bimodal.files.fingerprint import json_sha256
from bimodal.study.endpoints import Registry
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.trial.dropout import dropout_days
from bimodal.study.plan.arm import ArmNamed, ArmPlan
from bimodal.study.plan.grid import DAY_H
from bimodal.study.plan.population import StudyPopulation
from bimodal.study.plan.ruled_arm import RuledArm
from bimodal.study.plan.segment_layout import SegmentLayout, drawn_apart, is_drawn, united
from bimodal.study.plan.segment_planner import LEVEL, SegmentPlanner
from bimodal.study.plan.targets import asked_days
from bimodal.study.plan.watched_span import WatchedSpan, watched_spans
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.rules.rules import ArmRules
from bimodal.study.rules.stays import Stays, stays_of
from bimodal.study.rules.visits import VisitPlan, plan_visits
from bimodal.study.solver.events import Events, merge_events
from bimodal.study.solver.molecule_spread import PkSpread, pk_spread
from bimodal.study.solver.solver import Solved, Solver
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import StudySpec
from bimodal.study.spec.visits import VisitsSpec

Array = npt.NDArray[np.float64]

#: More different dosing times in one arm would need too many segments for its pharmacokinetics.
MOST_TIMINGS = 12


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything a run needs, and the fingerprint that says whether two runs are the same.

    Parameters
    ----------
    others
        Who is treated in arms with a cohort of their own, by its name.
    horizon
        Days simulated.
    times_h
        Saved times (T,), hours.
    targets
        What was published and can be set against it.
    followed_h
        Until when doses are followed, hours: as `horizon`, but asking for another report day does not change it.
    watched
        What is read between two times in every arm, beside what targets ask for.
    levels, focus_h
        Of a comparison of molecules: concentrations that are followed, and until when closely, hours.
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
    followed_h: float
    others: Mapping[str, StudyPopulation] = field(default_factory=dict[str, StudyPopulation])
    watched: tuple[WatchedSpan, ...] = ()
    levels: tuple[str, ...] = (LEVEL,)
    focus_h: float | None = None

    @property
    def registry(self) -> Registry:
        """What the observables are: those of the package, or the quantities of a model file."""
        return self.solver.registry

    @property
    def conduct(self) -> VisitsSpec:
        """How visits go."""
        return self.spec.visits or VisitsSpec()

    @cached_property
    def left_h(self) -> Array | None:
        """Hours after which each patient is not seen any more, (N,); None where nobody leaves the study."""
        who = np.arange(self.population.count)
        days = dropout_days(self.options.seed, who, self.conduct.dropout_percent_per_month)
        return None if days is None else DAY_H * days

    @property
    def dosing(self) -> Mapping[str, DosingTimes]:
        """When each arm is dosed; no times for one whose patients are dosed at different times."""
        moved = {arm.name for k, arm in enumerate(self.arms) if (stays := self.stays(k)) is not None and stays.moves}
        return {
            arm.name: DosingTimes.of(() if arm.name in moved else arm.schedule.doses, self.followed_h)
            if arm.subjects is None
            else arm.subjects.dosing(self.followed_h)
            for arm in self.arms
        }

    @property
    def own_dosing(self) -> Mapping[str, tuple[DosingTimes, ...]]:
        """When each subject of a table is dosed, of arms whose subjects are dosed at a few different times."""
        found: dict[str, tuple[DosingTimes, ...]] = {}
        for arm in self.arms:
            if arm.subjects is not None and arm.subjects.times_h is None:
                each = arm.subjects.each_dosing(self.followed_h)
                if len(set(each)) <= MOST_TIMINGS:
                    found[arm.name] = each
        return found

    def layouts(self, arm: int, *, drawn: bool = True) -> tuple[SegmentLayout, ...]:
        """Say what is read along the whole trajectories of an arm; `drawn` with the pixels of figures."""
        return self._planner.layouts(arm, drawn=drawn)

    @cached_property
    def _planner(self) -> SegmentPlanner:
        return SegmentPlanner(
            self.spec,
            self.registry,
            self.solver.segment_outputs,
            tuple(self.own_dosing.get(arm.name, (self.dosing[arm.name],)) for arm in self.arms),
            self.times_h,
            tuple((*watched_spans(self.targets, arm.name, self.registry), *self.watched) for arm in self.arms),
            self.levels,
            self.focus_h,
        )

    @property
    def table_doses(self) -> Mapping[str, tuple[Array, Array]]:
        """Doses given and planned, each (N,), of the patients of arms with a dose table."""
        count = self.population.count
        return {arm.name: arm.subjects.doses_of(count) for arm in self.arms if arm.subjects is not None}

    @cached_property
    def parameters_sha256(self) -> str:
        """Fingerprint of every number that is not of the model's mathematics."""
        return json_sha256(
            {
                "table": self.solver.table_sha256,
                "people": self.population.fingerprint,
                **({"others": {n: p.fingerprint for n, p in self.others.items()}} if self.others else {}),
                "molecules": [
                    drug.molecule and drug.molecule.model_dump(mode="json")
                    for arm in self.arms
                    for drug in arm.everything
                ],
                "set": self.spec.set,
                "arm_sets": [dict(arm.set) for arm in self.arms],
                **(
                    {"conditions": [dict(a.conditions) for a in self.arms]}
                    if any(a.conditions for a in self.arms)
                    else {}
                ),
                **({"pk_spread": self.pk_spreads} if self.pk_spreads else {}),
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
            **(
                {"contrasts": [row.model_dump(mode="json") for row in self.spec.contrast]} if self.spec.contrast else {}
            ),
            **(
                {}
                if self.spec.design is None
                else {"design": self.spec.design.model_dump(mode="json", exclude_none=True)}
            ),
            **self._match,
            **({} if self.spec.scans is None else {"scans": self.spec.scans.model_dump(mode="json")}),
            **({"visits": self.conduct.said} if self.conduct.said else {}),
            "times_h": json_sha256(self.times_h.tolist()),
            # of later patients no pixels are read, which moves the last digits of what else is read on the way
            **({"drawn": parts[0][1]} if len(parts := drawn_apart(0, self.population.count)) > 1 else {}),
            "observables": list(self.solver.observables),
            "model_sha256": self.solver.model_sha256,
            "parameters_sha256": self.parameters_sha256,
            "engine": self.solver.engine,
            **self.tolerances,
        }

    @property
    def _match(self) -> Mapping[str, Any]:
        rows = [row.model_dump(mode="json") for row in self.spec.population.match]
        return {"match": rows} if rows else {}

    @property
    def tolerances(self) -> dict[str, float]:
        """Tolerances of the solver; the absolute one only where it is fixed."""
        atol = self.solver.atol
        return {"rtol": self.solver.rtol, **({} if atol is None else {"atol": atol})}

    @cached_property
    def run(self) -> str:
        """SHA-256 of the identity."""
        return json_sha256(self.identity)

    def solve(self, arm: int, start: int, stop: int, *, drawn: bool = True) -> Solved:
        """Compute the trajectories of some patients of one arm.

        Parameters
        ----------
        drawn
            With the pixels of figures, of the first patients of an arm alone: reading them takes almost as long as
            solving. No part may hold patients of both kinds (`drawn_apart`).

        Returns
        -------
        Solved
            The same numbers whatever part they are computed in; with the ledger of an arm that has visit rules.
        """
        if drawn and len(drawn_apart(start, stop)) > 1:
            raise ValueError("patients with pixels and without are solved apart")
        rules, layouts = self.arms[arm].rules, self.layouts(arm, drawn=drawn and is_drawn(start))
        request = united(layouts) if layouts else None
        if rules is None:
            people = self.people(arm, start, stop)
            solved = self.solver.solve(
                people.parameters, people.events, self.times_h, self.options.workers, segments=request, body=people.body
            )
        else:
            solved = RuledArm(self, arm, rules, start, stop).solve(request)
        solved.values[solved.failed] = np.nan
        return solved

    def tables(
        self, arm: int, start: int, solved: Solved, *, drawn: bool = True
    ) -> dict[str, npt.NDArray[np.floating]]:
        """Lay out what was read of the patients of an arm from `start` on in its tables.

        Returns
        -------
        dict
            Name -> (n, S, columns), NaN for failed patients; n is smaller where only the first of an arm are kept.
        """
        found: dict[str, npt.NDArray[np.floating]] = {}
        for layout in self.layouts(arm, drawn=drawn):
            count = len(solved.status) if layout.most is None else min(len(solved.status), max(0, layout.most - start))
            if not count:
                found[layout.name] = np.empty((0, len(layout.edges_h) - 1, len(layout.columns)))
            elif solved.segments is not None:
                found[layout.name] = layout.pack(solved.segments.rows(slice(count)))
                found[layout.name][solved.failed[:count]] = np.nan
        return found

    def replay(self, arm: int, start: int, ledger: DoseLedger) -> Solved:
        """Give patients of an arm what a ledger says they were given, with the same stops and no rule at work.

        Returns
        -------
        Solved
            The trajectories of the run that wrote the ledger, to the bit.
        """
        rules = self.arms[arm].rules or ArmRules(())
        return RuledArm(self, arm, rules, start, start + len(ledger.factor)).replay(ledger)

    def own_h(self, arm: int, times_h: Array, start: int, stop: int) -> Array:
        """Say when patients of an arm really have what is planned at some times: (T,) hours for all, or (N, T)."""
        stays = self.stays(arm)
        return times_h if stays is None else stays.own_h(self.options.seed, np.arange(start, stop), times_h)

    @cached_property
    def late_days(self) -> Mapping[str, Mapping[float, npt.NDArray[np.int64]]]:
        """By how many days patients are read late on each day that is asked for, (N,), of each arm."""
        jitter, who = self.conduct.jitter_days, np.arange(self.population.count)
        if not jitter:
            return {}
        days = asked_days(self.spec, self.targets)
        found: dict[str, Mapping[float, npt.NDArray[np.int64]]] = {}
        for index, arm in enumerate(self.arms):
            stays = self.stays(index) or stays_of([], jitter, float(self.times_h[-1]))
            found[arm.name] = {day: stays.read_days(self.options.seed, who, day) for day in days}
        return found

    def refuse_courses(self, arm: int) -> None:
        """Refuse courses of an arm that cannot be given: unknown ways in, amounts, two infusions at one place."""
        plan = self.arms[arm]
        infused = {self._infusion(drug): drug for drug in plan.drugs}
        infused.pop("", None)
        covariates = self.treated(arm).part(0, min(self.population.count, self.options.chunk)).covariates
        for course in plan.courses:
            course.amounts(covariates, len(covariates["weight_kg"]))
            place = self._infusion(course)
            if place and place in infused:
                raise StudyError(
                    f"'{course.course}' would be infused beside another infusion of '{infused[place].molecule_id}', "
                    "and the model has one place for both",
                    fix="give one of them as injections (SC or IV)",
                )
            if place:
                infused[place] = course

    def _infusion(self, drug: ArmPlan) -> str:
        """Name what an infusion of a drug acts on; empty where it is not infused."""
        routes = {dose.route for dose in drug.schedule.doses}
        if not routes:
            return ""
        ports = self.solver.ports(drug.molecule, place=drug.place)
        if drug.molecule is not None:
            self.solver.molecule_parameters(drug.molecule, frozenset(routes), place=drug.place)
        return ports["iv_infusion"].symbol if "iv_infusion" in routes and "iv_infusion" in ports else ""

    def stays(self, arm: int) -> Stays | None:
        """Say what people of an arm come for as one, where they come early or late; None where all come as planned."""
        jitter, plan = self.conduct.jitter_days, self.arms[arm]
        if not jitter or plan.subjects is not None:
            return None
        spans = [(dose.time_h, dose.end_h) for drug in plan.drugs for dose in drug.schedule.doses]
        if plan.rules is not None:
            visits = self.visits(arm, plan.rules)
            spans += [(time, time) for time in visits.times_h[visits.doses == 0].tolist()]
        return stays_of(spans, jitter, float(self.times_h[-1]))

    def visits(self, arm: int, rules: ArmRules) -> VisitPlan:
        """Lay out the visits of an arm, and refuse rules the model cannot decide.

        Returns
        -------
        VisitPlan
            One visit per time of a dose of the arm's first drug, and the looks of rules that begin a course.
        """
        plan = self.arms[arm]
        drug = plan.molecule
        of_il2 = drug is not None and (self.spec.model_is_file or drug.ligand in ("native", "engineered"))
        with ArmNamed(plan.name):
            return plan_visits(
                rules,
                plan.schedule,
                observables=self.solver.observables,
                registry=self.registry,
                model=self.spec.model,
                substance=drug.substance if drug is not None and of_il2 else None,
                until_h=float(self.times_h[-1]),
            )

    def treated(self, arm: int) -> StudyPopulation:
        """Say who is treated in an arm."""
        own = self.arms[arm].cohort
        return self.population if own is None else self.others[own]

    def pk_spread(self, drug: ArmPlan) -> tuple[PkSpread, ...]:
        """Say how far the pharmacokinetics of what an arm gives differ between patients.

        Nothing is drawn for given subjects, who have no random numbers at all, the median person, or a model file.
        """
        people = self.population
        if drug.molecule is None or people.cohort is None or people.median or self.spec.model_is_file:
            return ()
        routes = frozenset(dose.route for dose in drug.schedule.doses)
        return pk_spread(drug.molecule, {row.id: row for row in self.solver.table.rows}, routes, place=drug.place)

    @property
    def pk_spreads(self) -> Mapping[str, list[dict[str, Any]]]:
        """What varies in the pharmacokinetics of the drugs of each arm, as plain data; arms where something does."""
        found = {arm.name: [asdict(one) for one in _distinct(arm, self.pk_spread) if one.cv > 0.0] for arm in self.arms}
        return {name: rows for name, rows in found.items() if rows}

    @property
    def who(self) -> Mapping[str, StudyPopulation]:
        """Who is treated in each arm, by its name."""
        return {arm.name: self.treated(index) for index, arm in enumerate(self.arms)}

    def governed(self, arm: int) -> frozenset[str]:
        """Name what the events of an arm's first drug act on: visit rules leave its partners alone."""
        plan = self.arms[arm]
        if not plan.schedule.doses:
            return frozenset()
        return frozenset(port.symbol for port in self.solver.ports(plan.molecule).values())

    def inputs(self, arm: int, start: int, stop: int) -> tuple[Array, Events]:
        """Give the parameters and events of some patients of one arm.

        Returns
        -------
        parameters, events
            (N, P) in the solver's order, and what happens to them.
        """
        people = self.people(arm, start, stop)
        return people.parameters, people.events

    def people(self, arm: int, start: int, stop: int) -> People:
        """Give what the solver is told of some patients of one arm, as planned."""
        population = self.treated(arm).part(start, stop)
        ids = self.solver.parameter_ids
        parameters = population.matrix(ids, self.solver.defaults)
        plan = self.arms[arm]
        several: list[Events] = []
        given: list[Array] = []
        for drug in plan.everything:
            doses = drug.schedule.doses
            if drug.molecule is not None:
                routes = frozenset(
                    dose.route
                    for other in (drug, *plan.courses)
                    if other is drug or (other.molecule and other.molecule.id == drug.molecule.id)
                    for dose in other.schedule.doses
                )
                brought = self.solver.molecule_parameters(drug.molecule, routes, place=drug.place)
                _put(parameters, ids, brought)
                for one in self.pk_spread(drug):
                    if one.cv > 0.0:
                        parameters[:, ids.index(one.parameter)] = one.drawn(self.options.seed, population.patients)
            if drug.course:
                continue
            ports = self.solver.ports(drug.molecule, place=drug.place) if doses else {}
            own, amounts = drug.given(start, population.covariates, stop - start, ports)
            several.append(own)
            given.append(amounts)
        held = {
            name: population.conditions.get(f"{condition}.{name}", value)
            for condition, values in plan.conditions.items()
            for name, value in values.items()
        }
        set_here, scaled = {**held, **self.spec.set, **plan.set}, plan.scale
        senses = self.solver.perturbing
        _put(parameters, ids, {name: value for name, value in set_here.items() if name not in senses})
        _scale(parameters, ids, {name: factor for name, factor in scaled.items() if name not in senses})
        body = parameters.copy()
        _put(parameters, ids, {name: value for name, value in set_here.items() if name in senses})
        _scale(parameters, ids, {name: factor for name, factor in scaled.items() if name in senses})
        unchanged = np.array_equal(body, parameters)
        return People(parameters, merge_events(several), given[0], None if unchanged else body)


@dataclass(frozen=True, eq=False)
class People:
    """What the solver is told of some patients of an arm, and the amount of each dose (N, D) of its first drug.

    `body` is what their parameters (N, P) were before something was changed for good, where something was.
    """

    parameters: Array
    events: Events
    amounts: Array
    body: Array | None


def _distinct(arm: ArmPlan, spread: Callable[[ArmPlan], Sequence[PkSpread]]) -> list[PkSpread]:
    """List what varies of everything an arm gives, once where a course is of a drug that is given anyway."""
    return list(dict.fromkeys(one for drug in arm.everything for one in spread(drug)))


def _scale(parameters: Array, ids: Sequence[str], factors: Mapping[str, float]) -> None:
    for name, factor in factors.items():
        parameters[:, ids.index(name)] *= factor


def _put(parameters: Array, ids: Sequence[str], values: Mapping[str, float | Array]) -> None:
    for name, value in values.items():
        parameters[:, ids.index(name)] = value
