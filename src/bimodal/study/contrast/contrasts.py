"""The contrasts of a finished run: arms set against each other, endpoint by endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.contrast.above import share_above
from bimodal.study.contrast.change import Sides
from bimodal.study.contrast.contrast_row import RULE, continuous_row, trial_row
from bimodal.study.contrast.dosing_phase import phase_warning
from bimodal.study.endpoints import Observable
from bimodal.study.endpoints.trial import TrialStatistic
from bimodal.study.endpoints.trial.hybrid import hybrid_interval
from bimodal.study.endpoints.trial.paired_rates import paired_rates
from bimodal.study.endpoints.trial.statistics import times_of
from bimodal.study.endpoints.trial.survival_contrast import INDEPENDENT, survival_contrast
from bimodal.study.endpoints.weighted import Weights, effective_size, of_those, share
from bimodal.study.plan.plan import Plan
from bimodal.study.readings.trial import TrialReader
from bimodal.study.solver.solver import FIRST_FAILURE
from bimodal.study.spec.contrast import ContrastSpec, threshold

Array = npt.NDArray[np.float64]
_OTHERS = "of different cohorts: medians and rates are compared"
_INDEPENDENT = "95 % from both arms' intervals (Monte-Carlo, arms as independent)"


def contrasts(plan: Plan, trial: TrialReader) -> dict[str, Any]:
    """Give the block ``contrasts`` of ``summary.json``, or nothing for a study that compares no two arms."""
    found = [_contrast(asked, plan, trial) for asked in plan.spec.contrasts if plan.spec.endpoint]
    return {"contrasts": found} if found else {}


def _contrast(asked: ContrastSpec, plan: Plan, trial: TrialReader) -> dict[str, Any]:
    one, other = asked.arms
    failed = [trial.readings.status[arm] >= FIRST_FAILURE for arm in asked.arms]
    paired = plan.who[one].fingerprint == plan.who[other].fingerprint
    weights = trial.readings.weights
    out = failed[0] | failed[1] if weights is None else weights == 0.0
    left = int((~out).sum()) if paired else int(min((~lost).sum() for lost in failed))
    pair = _Pair(asked, plan, trial, paired=paired, people=left)
    wanted = asked.endpoints or [endpoint.id for endpoint in plan.spec.endpoint]
    return {
        "arms": [one, other],
        "asked": bool(plan.spec.contrast),
        "paired": paired,
        "n": left,
        **({} if weights is None else {"effective_n": effective_size(weights)}),
        "failed": [int(lost.sum()) for lost in failed],
        "dropped": int(out.sum()) if paired else int(failed[0].sum() + failed[1].sum()),
        "rule": RULE,
        "note": "" if paired else _OTHERS,
        "endpoints": [
            row
            for endpoint in plan.spec.endpoint
            if endpoint.id in wanted
            for row in pair.rows(endpoint.id, endpoint.days)
        ],
        **({"survival": [_survival(name, asked, trial) for name in asked.survival]} if asked.survival else {}),
    }


def _survival(name: str, asked: ContrastSpec, trial: TrialReader) -> dict[str, Any]:
    one, other = (times_of(name, trial.outcomes(arm)) for arm in asked.arms)
    weights = (trial.readings.weights, trial.readings.weights)
    found = survival_contrast(one, other, months=asked.rmst_months, weights=weights)
    return {"id": name, **found, "rule": INDEPENDENT}


class _Pair:
    """Two arms of a run."""

    def __init__(self, asked: ContrastSpec, plan: Plan, trial: TrialReader, *, paired: bool, people: int) -> None:
        self.asked, self.trial, self.paired, self.people = asked, trial, paired, people
        arms = {arm.name: arm for arm in plan.arms}
        given = [
            (arm.molecule, arm.regimen, arm.set, arm.scale, arm.extras, [drug.molecule for drug in arm.everything])
            for arm in (arms[name] for name in asked.arms)
        ]
        self.same = paired and given[0] == given[1]

    def rows(self, name: str, days: tuple[float, ...] | None) -> Iterator[dict[str, Any]]:
        entry = self.trial.readings.registry[name]
        if entry.per == "trial":
            yield {"id": name, "day": None, "unit": entry.unit, **self._trial(entry), "phase": ""}
            return
        for day in [None] if entry.per == "course" else sorted(days or ()):
            yield {
                "id": name,
                "day": day,
                "unit": entry.unit,
                **self._continuous(entry, day),
                "phase": self._phase(day),
            }

    def _continuous(self, entry: Observable, day: float | None) -> dict[str, Any]:
        first, second = (self._values(entry, arm, day) for arm in self.asked.arms)
        sides = Sides(first, second, paired=self.paired, weights=self.trial.readings.weights)
        row = continuous_row(sides, fold=entry.kind == "fold", measure=self.asked.measure)
        if 0 < sides.n < self.people:
            row["note"] = "; ".join([*filter(None, [row["note"]]), f"{self.people - sides.n} people have no value"])
        if self.asked.above is None:
            return row
        unit = "1" if self.asked.measure == "ratio" else entry.unit
        return {**row, "above": share_above(sides, threshold(self.asked.above, unit), unit, self.asked.measure)}

    def _values(self, entry: Observable, arm: str, day: float | None) -> Array:
        if day is None:
            return self.trial.readings.course(arm, entry.id)
        if entry.per == "scan":
            return self.trial.measured(entry.id, arm, day)
        return self.trial.readings.on_day(arm, entry.id, day)

    def _trial(self, entry: Observable) -> dict[str, Any]:
        one, other = (self.trial.events(entry.id, arm) if self.paired else None for arm in self.asked.arms)
        if one is None or other is None:
            first, second = (self.trial.statistic(entry.id, [arm]) for arm in self.asked.arms)
            return trial_row(first, second, _independent(first, second), same=self.same)
        both, weights = one[0] & other[0], self.trial.readings.weights
        if weights is not None:
            both = both & (weights > 0.0)
        flags, by = (one[1][both], other[1][both]), of_those(weights, both)
        first, second = (TrialStatistic("proportion", _share(own, by), None, None, "", len(own)) for own in flags)
        return trial_row(first, second, paired_rates(*flags, by), same=self.same)

    def _phase(self, day: float | None) -> str:
        if day is None:
            return ""
        dosing = [self.trial.readings.dosing[arm] for arm in self.asked.arms]
        return phase_warning(dosing[0], dosing[1], day, ("A", "B"))


def _share(flags: npt.NDArray[np.bool_], weights: Weights) -> float | None:
    return share(flags, weights) if len(flags) else None


def _independent(first: TrialStatistic, second: TrialStatistic) -> TrialStatistic:
    n = min(first.n, second.n)
    worth = None if first.effective is None else min(first.size, second.size)
    if first.value is None or second.value is None:
        return TrialStatistic("value", None, None, None, _INDEPENDENT, n, effective=worth)
    value = first.value - second.value
    sides: list[tuple[float, float, float]] = []
    for side in (first, second):
        if side.value is None or side.lower is None or side.upper is None or side.lower == side.upper:
            note = "no interval: that of an arm has no ends"
            return TrialStatistic("value", value, None, None, "none", n, note=note, effective=worth)
        sides.append((side.value, side.lower, side.upper))
    a, b = sides
    return TrialStatistic("value", value, *hybrid_interval(a, b), _INDEPENDENT, n, effective=worth)
