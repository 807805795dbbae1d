"""The visits of an arm laid out: one before every dose, and what each rule reads there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.dosing import DoseSchedule, Rule, Start, ThresholdTest, Window, condition_of
from bimodal.errors import BimodalError, StudyError
from bimodal.study.endpoints import Observable, Registry
from bimodal.study.rules.rules import ArmRules, ThresholdValue
from bimodal.study.spec.rule_faults import unknown_observable
from bimodal.units import Substance, concentration

_ROUNDING_H = 1e-9
_DAY_H = 24.0
_MOST_LOOKS = 5000
_OF_THE_DRUG = frozenset({"il2_plasma", "drug_free", "drug_total"})


@dataclass(frozen=True, eq=False)
class VisitPlan:
    """When an arm is seen, which doses each visit is about, and what its rules compare.

    Parameters
    ----------
    times_h
        (V,) hours, ascending: every time a dose is due, and the looks of rules that begin a course.
    cycles
        (V,) cycle of the visit, from 1; 0 before any dose.
    first
        (V,) whether it is the first of its cycle.
    doses
        (V,) how many doses are due; 0 at a look.
    visit_of_dose
        (D,) visit before each dose.
    observables
        What the model gives, in the order of its outputs.
    needed
        Model observables the rules are made from.
    levels
        Number of every comparison, in the unit of its observable.
    """

    rules: ArmRules
    times_h: npt.NDArray[np.float64]
    cycles: npt.NDArray[np.int64]
    first: npt.NDArray[np.bool_]
    doses: npt.NDArray[np.int64]
    visit_of_dose: npt.NDArray[np.int64]
    observables: tuple[str, ...]
    needed: tuple[str, ...]
    levels: dict[ThresholdTest, float]

    @cached_property
    def due(self) -> npt.NDArray[np.int64]:
        """(V,) number of the visit among those at which a dose is due; looks in between count for nobody's chance."""
        return np.maximum(np.cumsum(self.doses > 0) - 1, 0)

    @cached_property
    def starts(self) -> tuple[tuple[int, Start], ...]:
        """Rules that begin a course, each with its number."""
        return tuple((k, rule) for k, rule in enumerate(self.rules.rules, start=1) if isinstance(rule, Start))

    def judges(self, rule: Rule, visit: int) -> bool:
        """Whether a rule looks at patients at a visit: one about doses where a dose is due, as one without looks."""
        if isinstance(rule, Start) and rule.when.window.every_days is not None:
            return self._looks(rule.when.window, visit, self.times_h[visit - 1] if visit else 0.0)
        if self.doses[visit] == 0:
            return False
        condition = condition_of(rule)
        return condition is None or self.looks(condition.window, visit)

    def inside(self, window: Window, visit: int) -> bool:
        """Whether a visit lies between the days of a window."""
        day, first, last = self.times_h[visit] / _DAY_H, window.first_day, window.last_day
        return (first is None or day >= first - _ROUNDING_H) and (last is None or day <= last + _ROUNDING_H)

    def looks(self, window: Window, visit: int) -> bool:
        """Whether a condition is judged at a visit: the first one on or after each multiple of some days."""
        if window.every_days is None:
            return True
        earlier = self.times_h[:visit][self.doses[:visit] > 0]
        return self._looks(window, visit, earlier[-1] if len(earlier) else 0.0)

    def _looks(self, window: Window, visit: int, before: float) -> bool:
        period = _DAY_H * (window.every_days or np.inf)
        now, then = (np.floor((time + _ROUNDING_H) / period) for time in (self.times_h[visit], before))
        return bool(now > then)


def plan_visits(
    rules: ArmRules,
    schedule: DoseSchedule,
    *,
    observables: Sequence[str],
    registry: Registry,
    model: str,
    substance: Substance | None = None,
    until_h: float | None = None,
) -> VisitPlan:
    """Lay out the visits of an arm, and refuse what the model cannot decide.

    Parameters
    ----------
    observables
        What the model gives, in the order of its outputs.
    substance
        The IL-2 that is given, for levels of it in units of activity or mass; None where none is.
    until_h
        End of the study, hours, for looks after the last dose; None makes none.

    Examples
    --------
    >>> from bimodal.dosing import expand, parse_regimen, parse_rule
    >>> from bimodal.study.endpoints import load_registry
    >>> plan_visits(ArmRules((parse_rule("hold if treg_fold > 3"),)), expand(parse_regimen("1 MIU SC qd x3")),
    ...             observables=["treg_count"], registry=load_registry(), model="m").times_h.tolist()
    [0.0, 24.0, 48.0]
    """
    given = frozenset(observables)
    levels: dict[ThresholdTest, float] = {}
    for rule in rules.rules:
        condition = condition_of(rule)
        for one in condition.comparisons if condition is not None else ():
            entry = _entry(one.observable, given, registry, f"rule '{rule}'", model)
            # only the drug has the molar mass and the potency of the drug
            own = substance if registry.listing is None or entry.id in _OF_THE_DRUG else None
            levels[one] = _level(_found(one, rules), entry, own, f"rule '{rule}'")
    _refuse_overlaps(schedule)
    due = np.array([dose.time_h for dose in schedule.doses])
    times = np.unique(np.concatenate([due, _looks_h(rules, due, until_h)]))
    visit_of_dose = np.searchsorted(times, due)
    cycles = np.zeros(len(times), np.int64)
    np.maximum.at(cycles, visit_of_dose, np.array([dose.cycle + 1 for dose in schedule.doses], np.int64))
    cycles = np.maximum.accumulate(cycles)
    first = np.concatenate([[True], np.diff(cycles) != 0])[: len(times)]
    return VisitPlan(
        rules=rules,
        times_h=times,
        cycles=cycles,
        first=first,
        doses=np.bincount(visit_of_dose, minlength=len(times)).astype(np.int64),
        visit_of_dose=visit_of_dose.astype(np.int64),
        observables=tuple(observables),
        needed=registry.primitives(rules.observables),
        levels=levels,
    )


def _looks_h(rules: ArmRules, due: npt.NDArray[np.float64], until_h: float | None) -> npt.NDArray[np.float64]:
    """List when patients are seen for rules that begin a course, besides their doses."""
    every = [rule.when.window for rule in rules.rules if isinstance(rule, Start) and rule.when.window.every_days]
    if until_h is None or not every:
        return np.zeros(0)
    found = [0.0]
    for window in every:
        period = _DAY_H * (window.every_days or np.inf)
        count = int((until_h - _ROUNDING_H) / period)
        if count > _MOST_LOOKS:
            raise StudyError(
                f"a rule looks every {window.every_days:g} days: {count} times, over {_MOST_LOOKS}",
                fix="look less often, or shorten the horizon",
            )
        found += [period * k for k in range(1, count + 1)]
    looks = np.unique(found)
    apart = np.concatenate([[True], np.diff(looks) > _ROUNDING_H])
    near = np.abs(looks[:, None] - due[None, :]).min(axis=1, initial=np.inf) <= _ROUNDING_H
    return looks[apart & ~near]


def _found(one: ThresholdTest, rules: ArmRules) -> ThresholdValue:
    return rules.thresholds[one.level] if isinstance(one.level, str) else ThresholdValue(one.level, one.unit)


def _entry(name: str, given: frozenset[str], registry: Registry, where: str, model: str) -> Observable:
    entry = registry.get(name)
    if entry is not None and entry.per == "time":
        lacking = [part for part in registry.primitives([name]) if part not in given]
        if not lacking:
            return entry
        raise StudyError(
            f"the model '{model}' does not give '{lacking[0]}', which a visit rule reads",
            where=where,
            fix="use a model that gives it, or another rule",
        )
    if entry is not None:
        raise StudyError(f"'{name}' is known only when the run is over, so no rule can read it", where=where)
    raise unknown_observable(name, registry, model, where)


def _level(level: ThresholdValue, entry: Observable, substance: Substance | None, where: str) -> float:
    if level.unit == "%" and entry.unit == "1":
        return level.value / 100.0
    if level.unit in ("", entry.unit):
        return level.value
    try:
        light, heavy = (
            float(concentration(level.value, level.unit, entry.unit, Substance("any", molar_mass=mass)))
            for mass in (1.0, 2.0)
        )
    except BimodalError:
        light, heavy = 0.0, 1.0
    if light == heavy:  # a factor of ten or so, whatever it is of
        return light
    fix = f"give the level in {entry.unit}"
    if substance is None:
        raise StudyError(
            f"'{entry.id}' is in {entry.unit}, and {level.value:g} {level.unit} cannot be compared with it: "
            + _why_not(level, entry),
            where=where,
            fix=fix,
        )
    try:
        return float(concentration(level.value, level.unit, entry.unit, substance))
    except BimodalError as fault:
        raise StudyError(
            f"'{entry.id}' is in {entry.unit}, and {level.value:g} {level.unit} cannot be compared with it: "
            f"{fault.what}",
            where=where,
            fix=fix,
        ) from None


def _why_not(level: ThresholdValue, entry: Observable) -> str:
    try:
        concentration(level.value, level.unit, entry.unit, Substance("any", 1.0, potency=1.0, potency_source="any"))
    except BimodalError as fault:
        return fault.what
    return "that takes a molar mass or a potency, and the one of the drug is not that of this"


def _refuse_overlaps(schedule: DoseSchedule) -> None:
    """Refuse infusions that overlap beside injections, which would need a factor of their own at one moment."""
    running_until = -np.inf
    mixed = any(dose.duration_h == 0.0 for dose in schedule.doses)
    for dose in schedule.doses if mixed else ():
        if dose.duration_h > 0.0:
            if dose.time_h < running_until - _ROUNDING_H:
                raise StudyError(
                    "visit rules cannot hold infusions that overlap beside injections of the same drug, as on day "
                    f"{dose.time_h / _DAY_H:g}",
                    fix="make infusions end before the next begins, or give all doses as infusions",
                )
            running_until = max(running_until, dose.end_h)
