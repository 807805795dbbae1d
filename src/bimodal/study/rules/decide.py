"""Decides about the doses of every patient of a visit at once, by the rules of the arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import uniform
from bimodal.dosing import (
    AtMost,
    Condition,
    GiveDose,
    GiveOnly,
    Hold,
    Leveller,
    Rule,
    Skip,
    Start,
    Stop,
    StopAfter,
    StopAtRandom,
    ThresholdTest,
    Titrate,
    condition_of,
)
from bimodal.dosing.rule import Scope
from bimodal.engine import Actions, Visit
from bimodal.study.rules.departures import NOBODY_LEAVES, Departures, departures
from bimodal.study.rules.memory import COURSE, CYCLE, GIVEN, HELD_COURSE, HELD_CYCLE, HOLDING, LEFT, MemoryLayout
from bimodal.study.rules.seen import Seen
from bimodal.study.rules.sizes import move_levels, size_doses
from bimodal.study.rules.visits import VisitPlan
from bimodal.study.spec.visits import VisitsSpec

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# names of the streams of chance: ending a cycle and ending the course are independent of one another
_STREAMS: dict[Scope, str] = {"cycle": "visit", "course": "visit, course"}


@dataclass(frozen=True, eq=False)
class Decider:
    """The rules of an arm as one pure function of what is seen.

    Every step works element by element, so a patient's decision is the same in any company.

    Parameters
    ----------
    draws
        Of each scope that ends at random, (N, V) numbers between 0 and 1.
    departures
        When patients die or leave, which ends their course.
    noise
        Seed and global indices (N,) where rules read with measurement noise; None where they read exactly.
    hours
        (N, V) when each patient is really seen; None where all come as planned. Rules count days as planned.
    lasts_h
        How long a course goes on, by the number of the rule that begins it.
    begun
        Of each such rule, (N, times) visit at which the course began; -1 for none. Written at visits, which a patient
        passes once.
    """

    plan: VisitPlan
    draws: Mapping[Scope, Array]
    departures: Departures = NOBODY_LEAVES
    noise: tuple[int, npt.NDArray[np.int64]] | None = None
    hours: Array | None = None
    lasts_h: Mapping[int, float] = field(default_factory=dict[int, float])
    begun: Mapping[int, npt.NDArray[np.int64]] = field(default_factory=dict[int, npt.NDArray[np.int64]])

    @cached_property
    def layout(self) -> MemoryLayout:
        """Where each number that is remembered stands."""
        return MemoryLayout.of(self.plan)

    @property
    def memory(self) -> tuple[float, ...]:
        """What is remembered of a patient before the first visit."""
        return self.layout.start

    @property
    def words(self) -> tuple[str, ...]:
        """Every reason in words, by its number."""
        return (*self.plan.rules.words, *self.departures.words)

    def __call__(self, visit: Visit) -> Actions:
        """Decide about the doses due at a visit.

        Returns
        -------
        Actions
            Factor on their doses, what to remember, and the number of the rule that decided.
        """
        return _AtVisit(self, visit).actions()


class _AtVisit:
    """One visit of M patients, worked through in order."""

    def __init__(self, decider: Decider, visit: Visit) -> None:
        self.decider, self.plan, self.visit = decider, decider.plan, visit
        self.memory, self.layout = visit.memory.copy(), decider.layout
        self.rules = list(enumerate(self.plan.rules.rules, start=1))
        columns = [self.plan.observables.index(name) for name in self.plan.needed]
        if visit.number == 0:
            self.memory[:, self.layout.base] = visit.outputs[:, columns]
        at_start, now = self.memory[:, self.layout.base].T, visit.outputs[:, columns].T
        values = dict(zip(self.plan.needed, zip(at_start, now, strict=True), strict=True))
        noise = decider.noise
        own = None if noise is None else (noise[0], noise[1][visit.patients])
        self.seen = Seen(self.plan, values, float(self.plan.times_h[visit.number]), own)
        self.hours: float | Array = self.seen.hours
        if decider.hours is not None:
            self.hours = decider.hours[visit.patients, visit.number]
        self.found: dict[int, Flags] = {}
        self.lowest: dict[int, dict[ThresholdTest, Array]] = {}

    def actions(self) -> Actions:
        memory, plan = self.memory, self.plan
        due = plan.doses[self.visit.number] > 0
        self._note_lowest()
        if due and plan.first[self.visit.number]:
            memory[:, [CYCLE, HOLDING, LEFT, HELD_CYCLE, GIVEN]] = 0.0
        for code in self.layout.conditions:
            if due or isinstance(plan.rules.rules[code - 1], Start):
                self._remember(code)
        gone = self.decider.departures.codes(self.visit, self.hours)
        memory[:, COURSE] = np.where(gone > 0, len(self.rules) + gone, memory[:, COURSE])
        self._begin(gone == 0)
        if not due:
            return Actions(np.ones(len(memory)), memory, np.zeros(len(memory), np.int64))
        for scope in (COURSE, CYCLE):
            for code, rule in self.rules:
                if _scope(rule) == scope:
                    hit = self._ends(code, rule) & (memory[:, scope] == 0.0)
                    memory[hit, scope] = code
        running = (memory[:, COURSE] == 0.0) & (memory[:, CYCLE] == 0.0)
        held = self._hold(running)
        skipped = self._skip(running & ~held)
        given = running & ~held & (skipped == 0.0)
        move_levels(memory, given, self.rules, self._looked, self.seen)
        factor, reason = size_doses(memory, given, self.rules, self._true)
        reason = np.where(skipped > 0.0, skipped, reason)
        reason = np.where(held, memory[:, HOLDING], reason)
        reason = np.where(memory[:, CYCLE] > 0.0, memory[:, CYCLE], reason)
        reason = np.where(memory[:, COURSE] > 0.0, memory[:, COURSE], reason)
        memory[:, GIVEN] += np.where(factor > 0.0, float(plan.doses[self.visit.number]), 0.0)
        self._count_holds(held)
        return Actions(factor, memory, reason.astype(np.int64))

    def _true(self, code: int, rule: Rule) -> Flags:
        """Say for whom the condition of a rule holds; judged once a visit."""
        if code not in self.found:
            condition = condition_of(rule)
            assert condition is not None
            self.found[code] = self.seen.true(condition.alternatives, self.lowest.get(code, {}))
        return self.found[code]

    def _note_lowest(self) -> None:
        """Keep the lowest value that each rule has seen where it compares with it."""
        memory = self.memory
        for (code, place), column in self.layout.lowest.items():
            rule = self.plan.rules.rules[code - 1]
            condition = condition_of(rule)
            assert condition is not None
            one = condition.of_lowest[place]
            if self.plan.judges(rule, self.visit.number):
                memory[:, column] = np.fmin(memory[:, column], self.seen.value(one.observable))
            self.lowest.setdefault(code, {})[one] = memory[:, column]

    def _remember(self, code: int) -> None:
        """Judge a condition that looks back, goes on, or counts on some days only."""
        rule, column = self.plan.rules.rules[code - 1], self.layout.conditions[code]
        condition = condition_of(rule)
        assert condition is not None
        inside = self.plan.inside(condition.window, self.visit.number)
        if self.plan.judges(rule, self.visit.number):
            self.memory[:, [column, column + 1]] = _judged(
                condition, self.seen, self.memory[:, column:], inside, self.lowest.get(code, {})
            )
        self.found[code] = (self.memory[:, column] > 0.0) & inside

    def _begin(self, there: Flags) -> None:
        """Begin courses, and end the first drug where one stands in its place."""
        memory = self.memory
        for code, rule in self.plan.starts:
            if not self.plan.judges(rule, self.visit.number):
                continue
            often, until = self.layout.starts[code], self.layout.starts[code] + 1
            hit = self._true(code, rule) & there & (memory[:, often] < rule.times) & (memory[:, until] <= self.hours)
            rows = self.visit.patients[hit]
            self.decider.begun[code][rows, memory[hit, often].astype(np.int64)] = self.visit.number
            memory[:, often] += hit
            memory[:, until] = np.where(hit, self.hours + self.decider.lasts_h[code], memory[:, until])
            if rule.instead:
                memory[hit & (memory[:, COURSE] == 0.0), COURSE] = code

    def _looked(self, code: int, rule: Leveller) -> Flags | None:
        """Say for whom a step is due; None at a visit where the rule is not looked at."""
        window, number = rule.when.window, self.visit.number
        if not (self.plan.looks(window, number) and self.plan.inside(window, number)):
            return None
        return np.ones(len(self.memory), np.bool_) if isinstance(rule, Titrate) else self._true(code, rule)

    def _ends(self, code: int, rule: Rule) -> Flags:
        """Say for whom a rule ends the cycle or the course before the dose that is due."""
        visit = self.visit
        if isinstance(rule, Stop):
            return self._true(code, rule)
        if isinstance(rule, StopAtRandom):
            return self.decider.draws[rule.scope][visit.patients, self.plan.due[visit.number]] < rule.percent / 100.0
        if isinstance(rule, AtMost):
            return self.memory[:, GIVEN] >= rule.doses
        now = self.plan.first[visit.number]
        if isinstance(rule, GiveOnly) and now and rule.concerns(int(self.plan.cycles[visit.number])):
            return ~self._true(code, rule)
        return np.zeros(len(self.memory), np.bool_)

    def _hold(self, running: Flags) -> Flags:
        """Hold what a rule holds now, or still holds since an earlier visit."""
        memory = self.memory
        for code, rule in self.rules:
            if isinstance(rule, Hold):
                longer = running & self._true(code, rule) & (rule.doses > memory[:, LEFT])
                memory[longer, HOLDING] = code
                memory[longer, LEFT] = rule.doses
        held = running & (memory[:, LEFT] > 0.0)
        memory[held, LEFT] -= 1.0
        return held

    def _skip(self, due: Flags) -> Array:
        """Give the first rule that leaves the dose out, 0 where none does."""
        by = np.zeros(len(due))
        for code, rule in self.rules:
            if isinstance(rule, Skip | GiveDose):
                leaves_out = self._true(code, rule) if isinstance(rule, Skip) else ~self._true(code, rule)
                by[due & leaves_out & (by == 0.0)] = code
        return by

    def _count_holds(self, held: Flags) -> None:
        """Count a held dose, and end what so many held doses end, from the next dose on."""
        memory = self.memory
        for scope, counter in ((COURSE, HELD_COURSE), (CYCLE, HELD_CYCLE)):
            memory[held, counter] += 1.0
            for code, rule in self.rules:
                if isinstance(rule, StopAfter) and _scope(rule) == scope:
                    over = held & (memory[:, counter] >= rule.holds) & (memory[:, scope] == 0.0)
                    memory[over, scope] = code


def make_decider(
    plan: VisitPlan,
    seed: int,
    patients: npt.NDArray[np.int64],
    conduct: VisitsSpec | None = None,
    *,
    diseased: bool = False,
    hours: Array | None = None,
    lasts_h: Mapping[int, float] | None = None,
) -> Decider:
    """Make the rules of an arm ready for some patients.

    Parameters
    ----------
    patients
        (N,) global indices; chance belongs to a patient and a visit, whatever the arm and the company.
    conduct
        How visits go; None is without noise and dropout.
    diseased
        Whether the patients have the tumour that the model follows.
    hours
        (N, V) when they are really seen; None as planned.
    lasts_h
        How long a course goes on, by the number of the rule that begins it.
    """
    how = conduct or VisitsSpec()
    rules = plan.rules.rules if len(plan.times_h) else ()
    scopes: set[Scope] = {rule.scope for rule in rules if isinstance(rule, StopAtRandom)}
    return Decider(
        plan,
        {scope: uniform(seed, patients, "discontinuation", _STREAMS[scope], int(plan.due[-1]) + 1) for scope in scopes},
        departures(plan.observables, seed, patients, how, diseased=diseased),
        (seed, patients) if how.noise else None,
        hours,
        lasts_h or {},
        {code: np.full((len(patients), rule.times), -1, np.int64) for code, rule in plan.starts},
    )


def _judged(
    condition: Condition, seen: Seen, before: Array, inside: bool, lowest: Mapping[ThresholdTest, Array]
) -> Array:
    """Give whether a condition holds and at which of the last visits its comparisons did, (M, 2).

    The visits are the binary digits of a whole number, the present one the lowest.
    """
    window = condition.window
    now = seen.true(condition.alternatives, lowest) & inside
    visits = (before[:, 1].astype(np.int64) << 1 | now) & ((1 << window.of) - 1)
    times = np.zeros(len(visits), np.int64)
    for back in range(window.of):
        times += (visits >> back) & 1
    holds = times >= window.least
    if condition.until:
        holds |= (before[:, 0] > 0.0) & ~seen.true(condition.until, lowest)
    return np.stack([holds.astype(np.float64), visits.astype(np.float64)], axis=1)


def _scope(rule: Rule) -> int | None:
    """Say what a rule can end."""
    if isinstance(rule, Stop | StopAfter | StopAtRandom):
        return COURSE if rule.scope == "course" else CYCLE
    return CYCLE if isinstance(rule, AtMost | GiveOnly) else None
