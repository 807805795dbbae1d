"""Simulates one candidate and reads its goals over the population."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.files.fingerprint import json_sha256
from bimodal.search.candidate import Candidate
from bimodal.search.goal import REDUCTIONS, Goal
from bimodal.search.spec import SearchSpec
from bimodal.study import RunOptions, StudySpec, load_registry
from bimodal.study.contrast.median_interval import ORDER, median_interval
from bimodal.study.endpoints.segment_output import segment_output
from bimodal.study.plan.grid import DAY_H
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.watched_span import WatchedSpan
from bimodal.study.readings.trial import TrialReader
from bimodal.study.run.ensemble import Ensemble, with_set
from bimodal.study.run.in_memory import read_in_memory
from bimodal.study.run.runner import shipped_solver
from bimodal.study.spec.load import check_study
from bimodal.study.verdict.outside import outside_warnings

Array = npt.NDArray[np.float64]
_ARM = "candidate"


@dataclass(frozen=True)
class Evaluator:
    """How the candidates of a search are simulated.

    Parameters
    ----------
    ensemble
        Parameter sets that fit about as well; each candidate is simulated with all of them too.
    """

    spec: SearchSpec
    options: RunOptions
    ensemble: Ensemble | None = None

    def plan(self, candidate: Candidate) -> Plan:
        """Lay out a candidate, and refuse one that cannot be run; nothing is simulated."""
        spec = self.study(candidate)
        plan = make_plan(spec, self.options, shipped_solver(spec))
        spans = tuple(dict.fromkeys(_span(goal, self.spec.days) for goal in self.spec.read_goals if goal.over))
        return replace(plan, watched=spans)

    def study(self, candidate: Candidate) -> StudySpec:
        """Write a candidate as a study of one arm."""
        days: dict[str, list[float]] = {}
        for goal in self.spec.read_goals:
            timed = load_registry()[goal.observable].per == "time"
            days.setdefault(goal.observable, []).extend([goal.day if goal.day is not None else self.spec.days] * timed)
        raw: dict[str, Any] = {
            "name": self.spec.name,
            "model": self.spec.model,
            "population": {"cohort": self.spec.cohort, "patients": self.spec.patients},
            "arm": [{"name": _ARM, "drug": candidate.drug, "regimen": candidate.regimen}],
            "endpoint": [{"id": name, **({"days": sorted(set(own))} if own else {})} for name, own in days.items()],
            "horizon": self.spec.days,
            "set": dict(self.spec.set),
        }
        return check_study(raw, where=f"the candidate '{candidate.drug}: {candidate.regimen}'")

    def key(self, plan: Plan) -> str:
        """Fingerprint of everything that decides the result of a candidate."""
        sets = None if self.ensemble is None else [self.ensemble.sha256, self.ensemble.patients]
        return json_sha256([plan.run, list(map(str, self.spec.read_goals)), sets])

    def evaluate(self, candidate: Candidate, plan: Plan, check: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Simulate a candidate.

        Parameters
        ----------
        check
            Called between parts; it may raise to stop.

        Returns
        -------
        dict
            ``drug``, ``dose``, ``unit``, ``schedule``, ``regimen``, ``goals`` in the order of the search, ``failed``
            patients, ``outside`` (warnings where the candidate leaves what was calibrated).
        """
        trial = TrialReader.of(plan.spec, read_in_memory(plan, progress=lambda *_: check()), plan.options.seed)
        found = [_row(goal, trial, self.spec.days) for goal in self.spec.read_goals]
        if self.ensemble is not None:
            found = self._with_range(found, plan, check)
        return {
            "drug": candidate.drug,
            "dose": candidate.dose,
            "unit": candidate.unit,
            "schedule": candidate.schedule,
            "regimen": candidate.regimen,
            "goals": found,
            "failed": trial.readings.failed(_ARM),
            "patients": plan.population.count,
            "outside": [text.removeprefix(f"arm '{_ARM}': ") for text in outside_warnings(plan)],
        }

    def _with_range(self, found: list[dict[str, Any]], plan: Plan, check: Callable[[], None]) -> list[dict[str, Any]]:
        assert self.ensemble is not None
        seen: list[list[float]] = [[] for _ in found]
        count = self.ensemble.patients or plan.population.count
        small = replace(plan, population=replace(plan.population, count=min(count, plan.population.count)))
        for index in range(self.ensemble.size):
            readings = read_in_memory(with_set(small, self.ensemble, index), progress=lambda *_: check())
            trial = TrialReader.of(plan.spec, readings, plan.options.seed)
            for place, goal in enumerate(self.spec.read_goals):
                value = _row(goal, trial, self.spec.days)["value"]
                if value is not None:
                    seen[place].append(value)
        ends = [(min(own), max(own)) if own else (None, None) for own in seen]
        words = self.ensemble.words
        return [
            {**row, "ensemble_lower": low, "ensemble_upper": high, "ensemble": words}
            for row, (low, high) in zip(found, ends, strict=True)
        ]


def _span(goal: Goal, days: float) -> WatchedSpan:
    output = segment_output(load_registry(), goal.observable)
    if output is None:
        raise StudyError(
            f"'{goal.observable}' is not read along the whole course", where=f"goal '{goal}'", fix="read it on a day"
        )
    return WatchedSpan(output[0], 0.0, DAY_H * days)


def _row(goal: Goal, trial: TrialReader, days: float) -> dict[str, Any]:
    readings = trial.readings
    entry = readings.registry[goal.observable]
    about: Mapping[str, Any] = {"goal": str(goal), "id": entry.id, "unit": entry.unit}
    if entry.per == "trial":
        found = trial.statistic(entry.id, [_ARM])
        ends = {"lower": found.lower, "upper": found.upper, "interval": found.interval}
        return {**about, "statistic": found.statistic, "value": found.value, **ends}
    if entry.per == "course":
        values = readings.course(_ARM, entry.id)
    elif goal.over is not None:
        values = readings.window(_ARM, entry.id, REDUCTIONS[goal.over], first=0.0, last=days)
    else:
        values = readings.on_day(_ARM, entry.id, goal.day if goal.day is not None else days)
    own: Array = values[np.isfinite(values)]
    middle = float(np.median(own)) if len(own) else math.nan
    low, high = median_interval(own) or (None, None)
    people = [float(one) for one in np.quantile(own, [0.05, 0.95])] if len(own) else [None, None]
    return {
        **about,
        "statistic": "median",
        "value": middle if len(own) else None,
        "lower": low,
        "upper": high,
        "interval": ORDER,
        "people_lower": people[0],
        "people_upper": people[1],
    }
