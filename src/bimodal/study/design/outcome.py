"""What a trial would measure of a virtual patient: the endpoint of a design, arm by arm, with or without noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.evidence.measurement_noise import load_measurement_noise
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.noise import read_as
from bimodal.study.endpoints.weighted import effective_size
from bimodal.study.plan.plan import Plan
from bimodal.study.readings.trial import TrialReader

Array = npt.NDArray[np.float64]
_TIMES = {"os_months": ("os_days", "os_event"), "pfs_months": ("pfs_days", "pfs_event")}
_LOST = "{} of {} virtual patients have no {} in every arm and are drawn for no trial: failed, not measured or gone"
_USUAL = {"value": "wilcoxon", "rate": "fisher", "time": "log-rank"}


@dataclass(frozen=True, eq=False)
class Outcome:
    """An endpoint of the virtual patients that can be drawn from: those with a result in every arm.

    Parameters
    ----------
    kind
        ``value``; ``rate``, 0 or 1; ``time``, days, below 0 where censored on that day.
    values
        Of each arm (people, readings): person k is the same in every arm of one cohort.
    log_sd
        Noise of one reading, SD of its logarithm; 0 reads exactly.
    fold
        Whether a reading is over one of day 0, which has noise too.
    reduce, above
        How readings become one number, and the threshold that makes a responder.
    weights
        (people,) how likely each is drawn, of mean 1; None draws all alike.
    """

    kind: Literal["value", "rate", "time"]
    label: str
    values: Mapping[str, Array]
    log_sd: float = 0.0
    fold: bool = False
    reduce: str | None = None
    above: float | None = None
    weights: Array | None = None

    @property
    def people(self) -> int:
        """How many virtual patients there are to draw from."""
        return len(next(iter(self.values.values())))

    @property
    def even_weights(self) -> Array:
        """How likely each virtual patient is drawn, (people,), of mean 1."""
        return np.ones(self.people) if self.weights is None else self.weights / float(np.mean(self.weights))

    @property
    def usual_test(self) -> str:
        """The test that is taken if nothing is said."""
        return _USUAL[self.kind]

    def readings(self, arm: str, who: npt.NDArray[np.int64], noise: np.random.Generator) -> Array:
        """Read people as a trial would, (*who, readings).

        Parameters
        ----------
        noise
            Where the noise of the readings comes from: one normal number for each, and one for day 0 of a fold.
        """
        found = self.values[arm][who]
        if self.log_sd == 0.0:
            return found
        drawn = self.log_sd * noise.standard_normal((*found.shape[:-1], found.shape[-1] + 1))
        return found * np.exp(drawn[..., 1:] - (drawn[..., :1] if self.fold else 0.0))

    def read(self, arm: str, who: npt.NDArray[np.int64], noise: np.random.Generator) -> Array:
        """Give the one number of each person that a trial compares, in the shape of `who`."""
        return self._number(self.readings(arm, who, noise))

    def exact(self, arm: str) -> Array:
        """Give the one number of every virtual patient, read without noise, (people,)."""
        return self._number(self.values[arm])

    def _number(self, readings: Array) -> Array:
        made = _REDUCED[self.reduce](readings) if self.reduce else readings[..., -1]
        return made if self.above is None else (made > self.above).astype(np.float64)


_REDUCED: Mapping[str, Callable[[Array], Array]] = {
    "mean": lambda v: v.mean(axis=-1),
    "peak": lambda v: v.max(axis=-1),
    "min": lambda v: v.min(axis=-1),
    "change": lambda v: v[..., -1] - v[..., 0],
    "ratio": lambda v: v[..., -1] / v[..., 0],
}


def read_outcome(plan: Plan, trial: TrialReader, arms: Sequence[str]) -> tuple[Outcome, list[str]]:
    """Read the endpoint of a design off a finished run.

    Returns
    -------
    outcome, notes
        And what a reader must know of it.
    """
    asked = plan.spec.design
    assert asked is not None
    assert asked.endpoint is not None
    entry = trial.readings.registry[asked.endpoint]
    if entry.per == "trial":
        return _of_trial(entry.id, entry.label, trial, arms)
    own = next(endpoint for endpoint in plan.spec.endpoint if endpoint.id == entry.id)
    days = sorted(asked.days or own.days or ())
    each = {arm: _readings(trial, entry.id, entry.per, arm, days) for arm in arms}
    values, weights, lost = _with_result(each, trial.readings.weights)
    log_sd, notes = _noise(plan, entry.id) if asked.noise is not False else (0.0, [])
    if lost:
        notes.append(_LOST.format(lost, values[arms[0]].shape[0] + lost, "value"))
    notes += _dead(trial, arms, days)
    when = " and ".join(f"day {day:g}" for day in days)
    words = " ".join(part for part in (entry.label, asked.reduce and f"({asked.reduce})", when) if part)
    if asked.above is not None:
        words += f" above {asked.above:g}"
    kind = "value" if asked.above is None else "rate"
    fold = entry.kind == "fold"
    return Outcome(kind, words, values, log_sd, fold, asked.reduce, asked.above, weights), [*notes, *_drawn(weights)]


def _readings(trial: TrialReader, name: str, per: str, arm: str, days: Sequence[float]) -> Array:
    if per == "course":
        return trial.readings.course(arm, name)[:, None]
    if per == "scan":
        return np.stack([trial.measured(name, arm, day) for day in days], axis=1)
    return np.stack([trial.readings.on_day(arm, name, day) for day in days], axis=1)


def _of_trial(name: str, label: str, trial: TrialReader, arms: Sequence[str]) -> tuple[Outcome, list[str]]:
    each: dict[str, Array] = {}
    for arm in arms:
        if name in _TIMES:
            out = trial.outcomes(arm)
            days, event = (getattr(out, part) for part in _TIMES[name])
            each[arm] = np.where(event, days, -np.maximum(days, 0.0))[:, None]
            continue
        found = trial.events(name, arm)
        if found is None:
            raise StudyError(
                f"'{name}' is no rate of all patients here: somebody is lost to follow-up before it can be said",
                where="[design]",
                fix="follow longer, or compare os_months or pfs_months",
            )
        each[arm] = np.where(found[0], found[1].astype(np.float64), np.nan)[:, None]
    values, weights, lost = _with_result(each, trial.readings.weights)
    notes = [_LOST.format(lost, values[arms[0]].shape[0] + lost, "result")] if lost else []
    if name in _TIMES:
        notes.append("every patient of a trial is followed as long as the simulation, without drop-out")
    kind = "time" if name in _TIMES else "rate"
    return Outcome(kind, label, values, weights=weights), [*notes, *_drawn(weights)]


def _dead(trial: TrialReader, arms: Sequence[str], days: Sequence[float]) -> list[str]:
    """Say how many are dead when they are read: the simulation goes on in them."""
    if not days or "death_hazard_integral" not in trial.readings.observables:
        return []
    dead = {arm: int((trial.outcomes(arm).death_day <= max(days)).sum()) for arm in arms}
    if not any(dead.values()):
        return []
    each = ", ".join(f"{count} in '{arm}'" for arm, count in dead.items())
    return [f"virtual patients who die by day {max(days):g} ({each}) are read as if they lived"]


def _drawn(weights: Array | None) -> list[str]:
    if weights is None:
        return []
    size = effective_size(weights)
    return [
        f"people are drawn in proportion to their weights: effective sample size {size:.1f} of {len(weights):,} "
        "virtual patients"
    ]


def _with_result(each: Mapping[str, Array], weights: Array | None) -> tuple[dict[str, Array], Array | None, int]:
    whole = np.all([np.isfinite(values).all(axis=1) for values in each.values()], axis=0)
    if weights is not None:
        whole &= weights > 0.0
    if int(whole.sum()) < 2:
        raise StudyError(
            f"{int(whole.sum())} of {len(whole)} virtual patients have a value in every arm: no trial can be drawn",
            where="[design]",
            fix="read the endpoint on a day when patients are measured, or simulate more patients",
        )
    own = None if weights is None else weights[whole]
    return {arm: values[whole] for arm, values in each.items()}, own, int((~whole).sum())


def _noise(plan: Plan, name: str) -> tuple[float, list[str]]:
    known = load_measurement_noise()
    if plan.spec.model_is_file or plan.registry is not load_registry() or read_as(name) not in known:
        return 0.0, [f"'{name}' is read without measurement noise: how large it is, is not known"]
    row = known[read_as(name)]
    return row.log_sd, [f"readings have a noise of {100.0 * row.cv:.3g} % (assay and day to day, {row.status})"]
