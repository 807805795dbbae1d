"""Some patients of an arm with visit rules: solved, put into a ledger, and solved again from the ledger.

A course that a rule begins is given by solving again whoever begins one, now with its doses as events. What comes
before is the same to the bit, because no step looks beyond the next stop, so the same rule begins it at the same visit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bimodal.engine.segment_results import STATISTICS
from bimodal.study.endpoints.trial.death import deaths
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.course import Course, course_hours, due_h
from bimodal.study.plan.course_ledger import with_courses_begun
from bimodal.study.plan.grid import DAY_H, saved_among, trial_days
from bimodal.study.plan.replay import given_events
from bimodal.study.rules.decide import Decider, make_decider
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.rules.overlap import overlap_of
from bimodal.study.rules.overlap_decider import OverlapDecider, stops_h
from bimodal.study.rules.rules import ArmRules
from bimodal.study.rules.stays import Stays
from bimodal.study.rules.visits import VisitPlan
from bimodal.study.solver.events import Events
from bimodal.study.solver.own_times import moved_events, some_patients, with_courses
from bimodal.study.solver.solver import Decisions, DoseVisits, SegmentRequest, Solved

if TYPE_CHECKING:
    from bimodal.study.plan.plan import People, Plan

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
_HAZARDS = ("death_hazard_integral", "tox_hazard_integral")


@dataclass(frozen=True, eq=False)
class RuledArm:
    """Patients `start` to `stop` (half-open) of an arm with visit rules."""

    plan: Plan
    arm: int
    rules: ArmRules
    start: int
    stop: int

    @cached_property
    def visits(self) -> VisitPlan:
        """Visits of the arm."""
        return self.plan.visits(self.arm, self.rules)

    @cached_property
    def people(self) -> People:
        """What the solver is told of them."""
        return self.plan.people(self.arm, self.start, self.stop)

    @cached_property
    def who(self) -> Rows:
        """(N,) their global indices."""
        return np.arange(self.start, self.stop, dtype=np.int64)

    @cached_property
    def stays(self) -> Stays | None:
        """What they come for as one."""
        return self.plan.stays(self.arm)

    @cached_property
    def late_h(self) -> Array | None:
        """(N, S) by how many hours each comes late for each stay; None where all come as planned."""
        if self.stays is None:
            return None
        return DAY_H * self.stays.days(self.plan.options.seed, self.who).astype(np.float64)

    def own_h(self, times_h: Array) -> Array:
        """Say when each patient really has what is planned at some times: (T,) for all, or (N, T)."""
        if self.stays is None or self.late_h is None:
            return times_h
        return times_h + self.late_h[:, self.stays.of(times_h)]

    @cached_property
    def stops_h(self) -> Array:
        """(V,) planned hours at which the solver stops."""
        overlap = overlap_of(self.plan.arms[self.arm].schedule)
        times = self.visits.times_h
        return times if overlap is None else stops_h(times[self.visits.doses == 0], overlap)

    @cached_property
    def own_stops_h(self) -> Array:
        """(V,) or (N, V) hours at which the solver stops: of each where their events differ.

        A stop that differs from an event by rounding moves onto it, and must not for an event of somebody else.
        """
        stops = self.own_h(self.stops_h)
        return np.tile(stops, (len(self.who), 1)) if self.courses and stops.ndim == 1 else stops

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """What rules can begin."""
        arm = self.plan.arms[self.arm]
        named = {drug.course: drug for drug in arm.courses}
        covariates = self.plan.treated(self.arm).part(self.start, self.stop).covariates
        found: list[Course] = []
        for code, rule in self.visits.starts:
            drug = named[rule.name]
            amounts = drug.amounts(covariates, len(self.who))
            ports = dict(self.plan.solver.ports(drug.molecule, place=drug.place))
            found.append(Course(code, rule.times, drug, amounts, ports))
        return tuple(found)

    def solve(self, request: SegmentRequest | None) -> Solved:
        """Compute trajectories and ledger."""
        n = len(self.who)
        starts = [np.full((n, course.times), np.nan) for course in self.courses]
        given = [np.ones((n, course.times, len(course.doses_h)), np.bool_) for course in self.courses]
        decide = self._decider(self.who)
        doses, rows = np.ones(self.people.amounts.shape), np.arange(n)
        whole = found = self._run(rows, decide, doses, starts, given, request)
        while self.courses and len(rows):
            again = self._news(found, rows, decide, starts, given)
            rows = rows[again]
            if len(rows):
                decide = self._decider(self.who[rows])
                some = np.ones_like(doses[rows])
                found = self._run(rows, decide, some, starts, given, request)
                whole = _put(whole, rows, found)
                doses[rows] = some
        return replace(whole, ledger=self._ledger(whole, decide.words, doses, starts, given))

    def _news(
        self, found: Solved, rows: Rows, decide: Decider, starts: Sequence[Array], given: Sequence[Flags]
    ) -> Flags:
        """Write down what a run says of courses that it was not solved with, and say whose it is, (n,)."""
        moved, dies = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
        last_h = self._last_h(rows)[:, None, None]
        for course, start, own in zip(self.courses, starts, given, strict=True):
            hours = self._hours(rows, decide.begun[course.code])
            same = (hours == start[rows]) | (np.isnan(hours) & np.isnan(start[rows]))
            moved |= ~same.all(axis=1)
            start[rows] = hours
            own[rows] &= ~(due_h([course], [hours])[0] >= last_h)
        died_h = np.where(moved, np.inf, self._died_h(found, rows))[:, None, None]  # a new course may save a life
        for course, start, own in zip(self.courses, starts, given, strict=True):
            dead = due_h([course], [start[rows]])[0] >= died_h
            dies |= (own[rows] & dead).any(axis=(1, 2))
            own[rows] &= ~dead
        return moved | dies

    def replay(self, ledger: DoseLedger) -> Solved:
        """Give what a ledger says, at the same stops and with no rule at work."""
        overlap = overlap_of(self.plan.arms[self.arm].schedule)
        planned = slice(0, ledger.planned_doses)
        own = replace(
            ledger,
            times_h=ledger.times_h[planned],
            planned=ledger.planned[:, planned],
            factor=ledger.factor[:, planned],
            courses=(),
        )
        events = given_events(self.people.events, own, self.plan.governed(self.arm), overlap)
        starts: list[Array] = []
        given: list[Flags] = []
        first = ledger.planned_doses
        for course in self.courses:
            shape = (len(self.who), course.times, len(course.doses_h))
            last = first + shape[1] * shape[2]
            starts.append(ledger.due_h[:, first:last].reshape(shape)[:, :, 0])
            given.append(ledger.factor[:, first:last].reshape(shape) > 0.0)
            first = last
        stops = DoseVisits(self.own_stops_h, self.plan.governed(self.arm))
        people = self.people
        solved = self.plan.solver.solve(
            people.parameters,
            self._events(events, starts, given),
            self.plan.times_h,
            self.plan.options.workers,
            stops,
            body=people.body,
        )
        solved.values[solved.failed | ledger.failed] = np.nan
        return solved

    def _decider(self, who: Rows) -> Decider:
        plan = self.plan
        diseased = plan.treated(self.arm).brings_tumour or plan.spec.model_is_file
        hours = self.own_h(self.visits.times_h)
        return make_decider(
            self.visits,
            plan.options.seed,
            who,
            plan.conduct,
            diseased=diseased,
            hours=None if hours.ndim == 1 else hours[who - self.start],
            lasts_h={course.code: course_hours(course.drug) for course in self.courses},
        )

    def _run(
        self,
        rows: Rows,
        decide: Decider,
        doses: Array,
        starts: Sequence[Array],
        given: Sequence[Flags],
        request: SegmentRequest | None,
    ) -> Solved:
        """Solve some of the patients, and write into `doses` what was given of overlapping infusions."""
        plan, people = self.plan, self.people
        overlap = overlap_of(plan.arms[self.arm].schedule)
        every = len(rows) == len(self.who)
        stops = self.own_stops_h if self.own_stops_h.ndim == 1 else self.own_stops_h[rows]
        governed = DoseVisits(stops, plan.governed(self.arm), decide, decide.memory)
        if overlap is not None:
            amounts = people.amounts if every else people.amounts[rows]
            governed = replace(governed, decide=OverlapDecider(decide, overlap, amounts, doses))
        events = self._events(people.events, starts, given)
        return plan.solver.solve(
            people.parameters if every else people.parameters[rows],
            events if every else some_patients(events, rows),
            plan.times_h,
            plan.options.workers,
            governed,
            request,
            people.body if every or people.body is None else people.body[rows],
        )

    def _events(self, events: Events, starts: Sequence[Array], given: Sequence[Flags]) -> Events:
        if self.late_h is not None:
            events = moved_events(events, self.own_h(events.times_h) - events.times_h)
        begun = [
            one
            for course, start, own in zip(self.courses, starts, given, strict=True)
            for k, one in enumerate(course.events(start, own))
            if np.isfinite(start[:, k]).any()
        ]
        return with_courses(events, begun)

    def _hours(self, rows: Rows, begun: Rows) -> Array:
        """Say when the visits were at which courses began, (n, times) hours; NaN for none."""
        hours = np.broadcast_to(self.own_h(self.visits.times_h), (len(self.who), len(self.visits.times_h)))[rows]
        found = np.take_along_axis(hours, np.maximum(begun, 0), axis=1)
        return np.where(begun >= 0, found, np.nan)

    def _last_h(self, rows: Rows) -> Array:
        """Say from which hour on nothing is given to each patient, whatever happens: leaving, or the end, (n,)."""
        end = np.full(len(rows), float(self.plan.times_h[-1]))
        return end if self.plan.left_h is None else np.minimum(end, self.plan.left_h[self.who[rows]])

    def _died_h(self, solved: Solved, rows: Rows) -> Array:
        """Read when each patient dies as a trial does, (n,) hours; infinite for who does not."""
        plan = self.plan
        known = plan.solver.observables
        if not all(name in known for name in _HAZARDS):
            return np.full(len(rows), np.inf)
        last = float(plan.times_h[-1]) / DAY_H
        dosing = plan.dosing[plan.arms[self.arm].name]
        saved = saved_among(plan.times_h, trial_days(dosing.times_h, plan.spec.scans or ScanPlan(), last))
        disease, treatment = (solved.values[:, saved, known.index(name)] for name in _HAZARDS)
        if not (plan.treated(self.arm).brings_tumour or plan.spec.model_is_file):
            disease = np.zeros_like(disease)
        found = deaths(
            plan.options.seed, self.who[rows], plan.times_h[saved] / DAY_H, disease=disease, treatment=treatment
        )
        return DAY_H * found.day

    def _ledger(
        self, solved: Solved, words: tuple[str, ...], doses: Array, starts: Sequence[Array], given: Sequence[Flags]
    ) -> DoseLedger:
        arm, visits, n = self.plan.arms[self.arm], self.visits, len(self.who)
        overlap = overlap_of(arm.schedule)
        decided = solved.decided or Decisions(np.ones((n, 0)), np.zeros((n, 0), np.int64))
        times = np.array([dose.time_h for dose in arm.schedule.doses])
        at = visits.visit_of_dose
        if overlap is not None:
            at = np.searchsorted(self.stops_h, overlap.times_h[overlap.moment_of_dose])
        reason = decided.reason[:, at]
        factor = decided.factor[:, at] if overlap is None else doses
        factor[solved.failed], reason[solved.failed] = np.nan, -1
        ledger = DoseLedger(times, visits.cycles[visits.visit_of_dose], self.people.amounts, factor, reason, words)
        if self.late_h is not None:
            ledger = replace(ledger, at_h=self.own_h(times))
        if not self.courses:
            return ledger
        died_h, end_h = self._died_h(solved, np.arange(n)), float(self.plan.times_h[-1])
        return with_courses_begun(ledger, self.courses, starts, given, failed=solved.failed, died_h=died_h, end_h=end_h)


def _put(whole: Solved, rows: Rows, part: Solved) -> Solved:
    """Put patients who were solved again in their places."""
    whole.values[rows], whole.status[rows] = part.values, part.status
    if whole.decided is not None and part.decided is not None:
        whole.decided.factor[rows], whole.decided.reason[rows] = part.decided.factor, part.decided.reason
    if whole.segments is not None and part.segments is not None:
        for name in STATISTICS:
            into, values = getattr(whole.segments, name), getattr(part.segments, name)
            if into is not None:
                into[rows] = values
    others = {who: text for who, text in whole.reasons.items() if who not in rows}
    return replace(whole, reasons=others | {int(rows[who]): text for who, text in part.reasons.items()})
