"""Trial outcomes of the arms of a run, made when they are first asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.endpoints.adverse_events import LABEL
from bimodal.study.endpoints.trial import (
    Outcomes,
    ScanPlan,
    TrialStatistic,
    contrast,
    trial_outcomes,
    trial_statistic,
)
from bimodal.study.endpoints.trial.statistics import event_of, proportion
from bimodal.study.endpoints.weighted import Weights
from bimodal.study.plan.grid import DAY_H, saved_among, trial_days
from bimodal.study.readings.readings import Readings
from bimodal.study.readings.responders import responders
from bimodal.study.spec.responder import ResponderRule
from bimodal.study.spec.spec import StudySpec

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_SERIES = ("tumour_cells", "death_hazard_integral", "tox_hazard_integral")
_TOXICITY = "tox_index"
_SAME_DAY = 1e-7
_ADVERSE = "ae_rate_"


@dataclass(frozen=True, eq=False)
class TrialReader:
    """Reads the arms of a run as a trial would.

    Parameters
    ----------
    rules
        Who responds, by the id of the endpoint that counts them.
    """

    @classmethod
    def of(cls, spec: StudySpec, readings: Readings, seed: int) -> TrialReader:
        """Read the arms as a study says it."""
        rules = {endpoint.id: endpoint.rule for endpoint in spec.endpoint if endpoint.rule is not None}
        return cls(readings, spec.scans or ScanPlan(), seed, rules)

    readings: Readings
    plan: ScanPlan
    seed: int
    rules: Mapping[str, ResponderRule] = field(default_factory=dict[str, ResponderRule])
    _made: dict[str, Outcomes] = field(default_factory=dict[str, Outcomes], init=False, repr=False)

    def outcomes(self, arm: str) -> Outcomes:
        """Give the outcomes of one arm, patient by patient.

        Returns
        -------
        Outcomes
            A bounded number of patients is read at once; what stays is a few numbers per scan.
        """
        if arm not in self._made:
            times, start = self._times(arm), 0
            days = self.readings.days[times]
            toxic = _TOXICITY in self.readings.observables
            last = min(self.plan.dlt_days, float(self.readings.days[-1]))
            peak = self.readings.highest(arm, _TOXICITY, last) if toxic else None
            left = None if self.readings.left_h is None else self.readings.left_h / DAY_H
            parts: list[Outcomes] = []
            for piece in self.readings.pieces(arm, _SERIES):
                stop = start + len(piece[_SERIES[0]])
                parts.append(
                    trial_outcomes(
                        days,
                        **{name: piece[name][:, times] for name in _SERIES},
                        patients=np.arange(start, stop),
                        seed=self.seed,
                        plan=self.plan,
                        tox_peak=None if peak is None else peak[start:stop],
                        left_days=None if left is None else left[start:stop],
                    )
                )
                start = stop
            self._made[arm] = replace(Outcomes.pooled(parts), weights=self.readings.weights)
        return self._made[arm]

    def _times(self, arm: str) -> npt.NDArray[np.int64]:
        """Find the saved times a trial is read at: the same ones whatever else is saved."""
        days = self.readings.days
        wanted = trial_days(self.readings.dosing[arm].times_h, self.plan, float(days[-1]))
        return saved_among(self.readings.times_h, wanted)

    def statistic(self, name: str, arms: Sequence[str]) -> TrialStatistic:
        """Compute a trial endpoint of the patients of some arms, or of two arms set against each other.

        Parameters
        ----------
        arms
            Names; pooled, or first and second of a ratio or difference.
        """
        entry = self.readings.registry[name]
        if name.startswith(_ADVERSE):
            return self._adverse_events(entry.of, int(name[-1]), arms)
        if entry.by_rule:
            found = [self._responders(name, arm) for arm in arms]
            parts = [np.concatenate([one[k] for one in found]) for k in (1, 0)]
            return proportion(parts[0], parts[1], self.weights(arms))
        if entry.contrast is None or entry.rate is None:
            return trial_statistic(name, Outcomes.pooled([self.outcomes(arm) for arm in arms]))
        if len(arms) != 2:
            raise StudyError(f"'{name}' sets two arms against each other", where=f"{len(arms)} arms")
        first, second = (trial_statistic(entry.rate, self.outcomes(arm)) for arm in arms)
        return contrast(entry.contrast, first, second)

    def weights(self, arms: Sequence[str]) -> Weights:
        """Give the weights of the patients of some arms, one arm after the other; None where all count the same."""
        own = self.readings.weights
        return None if own is None else np.tile(own, len(arms))

    def events(self, name: str, arm: str) -> tuple[Flags, Flags] | None:
        """Say of each patient of an arm whether there is a result, and the event of a rate.

        Returns
        -------
        tuple of ndarray (N,), or None
            None for an endpoint that is no rate of all patients: a median, or a share of responders.
        """
        if name.startswith(_ADVERSE):
            worst = self.worst(arm, self.readings.registry[name].of)
            return ~np.isnan(worst), worst >= int(name[-1])
        if self.readings.registry[name].by_rule:
            return self._responders(name, arm)
        outcomes = self.outcomes(arm)
        event = event_of(name, outcomes)
        return None if event is None else (outcomes.evaluated, event)

    def worst(self, arm: str, grades: Sequence[str]) -> Array:
        """Give the worst grade of each patient over the whole course, of any of some terms, (N,)."""
        return np.max([self.readings.highest(arm, one) for one in grades], axis=0)

    def _responders(self, name: str, arm: str) -> tuple[Flags, Flags]:
        if name not in self.rules:
            raise StudyError(f"'{name}' has no rule that says who responds", fix="give the endpoint a 'when'")
        return responders(self.rules[name], self.readings, arm)

    def _adverse_events(self, grades: Sequence[str], at_least: int, arms: Sequence[str]) -> TrialStatistic:
        worst = np.concatenate([self.worst(arm, grades) for arm in arms])
        found = proportion(worst >= at_least, ~np.isnan(worst), self.weights(arms))
        return replace(found, note="; ".join(filter(None, [found.note, LABEL])))

    def measured(self, name: str, arm: str, day: float) -> Array:
        """Give what was measured at the scan on one day, (N,); NaN for patients without that scan."""
        outcomes = self.outcomes(arm)
        near = np.flatnonzero(np.abs(outcomes.scan_days - day) < _SAME_DAY)
        if not len(near):
            raise StudyError(f"'{name}' is not measured on day {day:g}", fix="[scans] says when patients are scanned")
        return outcomes.sld[:, near[0]]
