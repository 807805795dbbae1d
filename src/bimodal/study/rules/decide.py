"""Decides about the doses of every patient of a visit at once, by the rules of the arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import uniform
from bimodal.dosing import AtMost, Condition, GiveOnly, Hold, Reduce, Rule, Stop, StopAfter, StopAtRandom
from bimodal.dosing.rule import Scope
from bimodal.engine import Actions, Visit
from bimodal.study.endpoints.derive import derive
from bimodal.study.rules.visits import VisitPlan

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# What is remembered of a patient: the rule (its number, 0 none) that stopped the course, the cycle, and that holds now;
# doses still to be held; doses held in the course and in the cycle; doses given in the cycle. Then the day-0 values.
_COURSE, _CYCLE, _HOLDING, _LEFT, _HELD_COURSE, _HELD_CYCLE, _GIVEN, _BASE = range(8)

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
    """

    plan: VisitPlan
    draws: Mapping[Scope, Array]

    @property
    def memory(self) -> tuple[float, ...]:
        """What is remembered of a patient before the first visit."""
        return (0.0,) * (_BASE + len(self.plan.needed))

    def __call__(self, visit: Visit) -> Actions:
        """Decide about the doses due at a visit.

        Returns
        -------
        Actions
            Factor on their doses, what to remember, and the number of the rule that decided.
        """
        plan, memory = self.plan, visit.memory.copy()
        columns = [plan.observables.index(name) for name in plan.needed]
        if visit.number == 0:
            memory[:, _BASE:] = visit.outputs[:, columns]
        if plan.first[visit.number]:
            memory[:, [_CYCLE, _HOLDING, _LEFT, _HELD_CYCLE, _GIVEN]] = 0.0
        numbered = list(enumerate(plan.rules.rules, start=1))
        at_start, now = memory[:, _BASE:].T, visit.outputs[:, columns].T
        seen = _Seen(plan, dict(zip(plan.needed, zip(at_start, now, strict=True), strict=True)))
        for scope in (_COURSE, _CYCLE):
            for code, rule in numbered:
                if _scope(rule) == scope:
                    hit = self._ends(rule, visit, memory, seen) & (memory[:, scope] == 0.0)
                    memory[hit, scope] = code
        running = (memory[:, _COURSE] == 0.0) & (memory[:, _CYCLE] == 0.0)
        held = _hold(memory, running, seen, [(c, r) for c, r in numbered if isinstance(r, Hold)])
        factor, reason = _reduce(running & ~held, seen, [(c, r) for c, r in numbered if isinstance(r, Reduce)])
        reason = np.where(held, memory[:, _HOLDING], reason)
        reason = np.where(memory[:, _CYCLE] > 0.0, memory[:, _CYCLE], reason)
        reason = np.where(memory[:, _COURSE] > 0.0, memory[:, _COURSE], reason)
        memory[:, _GIVEN] += np.where(factor > 0.0, float(plan.doses[visit.number]), 0.0)
        self._count_holds(memory, held)
        return Actions(factor, memory, reason.astype(np.int64))

    def _ends(self, rule: Rule, visit: Visit, memory: Array, seen: _Seen) -> Flags:
        """Say for whom a rule ends the cycle or the course before the dose that is due."""
        if isinstance(rule, Stop):
            return seen.true(rule.when)
        if isinstance(rule, StopAtRandom):
            return self.draws[rule.scope][visit.patients, visit.number] < rule.percent / 100.0
        if isinstance(rule, AtMost):
            return memory[:, _GIVEN] >= rule.doses
        now = self.plan.first[visit.number]
        if isinstance(rule, GiveOnly) and now and rule.concerns(int(self.plan.cycles[visit.number])):
            return ~seen.true(rule.when)
        return np.zeros(len(memory), np.bool_)

    def _count_holds(self, memory: Array, held: Flags) -> None:
        """Count a held dose, and end what so many held doses end, from the next dose on."""
        for scope, counter in ((_COURSE, _HELD_COURSE), (_CYCLE, _HELD_CYCLE)):
            memory[held, counter] += 1.0
            for code, rule in enumerate(self.plan.rules.rules, start=1):
                if isinstance(rule, StopAfter) and _scope(rule) == scope:
                    over = held & (memory[:, counter] >= rule.holds) & (memory[:, scope] == 0.0)
                    memory[over, scope] = code


@dataclass(frozen=True, eq=False)
class _Seen:
    """Day-0 and present values of M patients."""

    plan: VisitPlan
    values: dict[str, tuple[Array, Array]]

    def true(self, condition: Condition) -> Flags:
        """Say for whom a condition holds; what cannot be said (0/0) fulfils no comparison."""
        made: Flags | None = None
        for together in condition.alternatives:
            both: Flags | None = None
            for one in together:
                value, level = self._value(one.observable), self.plan.levels[one]
                found = {
                    ">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less,
                }[one.relation](value, level)  # fmt: skip
                both = found if both is None else both & found
            assert both is not None
            made = both if made is None else made | both
        assert made is not None
        return made

    def _value(self, name: str) -> Array:
        if name in self.values:
            return self.values[name][1]
        return derive(name, lambda part: np.stack(self.values[part], axis=1), 0)[:, 1]


def make_decider(plan: VisitPlan, seed: int, patients: npt.NDArray[np.int64]) -> Decider:
    """Make the rules of an arm ready for some patients.

    Parameters
    ----------
    patients
        (N,) global indices; chance belongs to a patient and a visit, whatever the arm and the company.
    """
    rules = plan.rules.rules if len(plan.times_h) else ()
    scopes: set[Scope] = {rule.scope for rule in rules if isinstance(rule, StopAtRandom)}
    return Decider(
        plan,
        {scope: uniform(seed, patients, "discontinuation", _STREAMS[scope], len(plan.times_h)) for scope in scopes},
    )


def _scope(rule: Rule) -> int | None:
    """Say what a rule can end."""
    if isinstance(rule, Stop | StopAfter | StopAtRandom):
        return _COURSE if rule.scope == "course" else _CYCLE
    return _CYCLE if isinstance(rule, AtMost | GiveOnly) else None


def _hold(memory: Array, running: Flags, seen: _Seen, rules: list[tuple[int, Hold]]) -> Flags:
    """Hold what a rule holds now, or still holds since an earlier visit."""
    for code, rule in rules:
        hit = running & seen.true(rule.when)
        longer = hit & (rule.doses > memory[:, _LEFT])
        memory[longer, _HOLDING] = code
        memory[longer, _LEFT] = rule.doses
    held = running & (memory[:, _LEFT] > 0.0)
    memory[held, _LEFT] -= 1.0
    return held


def _reduce(given: Flags, seen: _Seen, rules: list[tuple[int, Reduce]]) -> tuple[Array, Array]:
    """Give the factor of every dose and the rule behind it; of several reductions the largest counts."""
    factor, reason = np.where(given, 1.0, 0.0), np.zeros(len(given))
    for code, rule in rules:
        hit = given & seen.true(rule.when) & (rule.factor < factor)
        factor[hit], reason[hit] = rule.factor, code
    return factor, reason
