"""Reads what was published of an arm at its visits, with measurement noise, in place of along the whole trajectory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.evidence import Target
from bimodal.evidence.measurement_noise import load_measurement_noise
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.noise import log_noise, read_as
from bimodal.study.endpoints.reduced import SpanReadings, reduced
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.targets import when_of
from bimodal.study.readings.readings import Readings

Array = npt.NDArray[np.float64]
_AT_VISITS = ("peak", "min", "rise", "fall", "change", "ratio", "percent")


@dataclass(frozen=True)
class Visits:
    """When patients are seen, and in which arms their readings carry the noise of the assay and of the day.

    Parameters
    ----------
    arms
        Names; the other arms are read exactly.
    days
        Of each observable its report days, ascending.

    Examples
    --------
    >>> Visits(seed=1, arms=frozenset(), days={}).arms
    frozenset()
    """

    seed: int
    arms: frozenset[str]
    days: Mapping[str, tuple[float, ...]]

    def take(self, target: Target, arm: str) -> bool:
        """Say whether a target is read at visits in an arm: of what lies between two days, where noise is known."""
        if arm not in self.arms or target.endpoint is None or target.time is None:
            return False
        return read_as(target.endpoint) in load_measurement_noise() and when_of(target).get("reduce") in _AT_VISITS

    def read(self, target: Target, arm: str, readings: Readings) -> Array:
        """Read a target in each patient of an arm from what was measured at the visits, (N,).

        The numbers of a visit belong to the patient, the observable and the day: neither other visits nor other
        patients change them, and a fold has the same as its level.
        """
        assert target.endpoint is not None
        when, observable = when_of(target), target.endpoint
        first, last = when["from"], when["to"]
        between = [day for day in self.days.get(observable, ()) if first < day < last]
        seen = [self._seen(observable, arm, day, readings) for day in (first, *between, last)]
        every = np.stack(seen)
        # exposure between visits is not measured, so no reduction that needs it is read here
        area = np.full(len(seen[0]), np.nan)
        span = SpanReadings(seen[0], seen[-1], every.max(axis=0), every.min(axis=0), area, np.nan)
        return reduced(when["reduce"], span)

    def _seen(self, observable: str, arm: str, day: float, readings: Readings) -> Array:
        true, level = readings.on_day(arm, observable, day), read_as(observable)
        people = np.arange(len(true))
        noise = log_noise(self.seed, people, level, day)
        return true * np.exp(noise if level == observable else noise - log_noise(self.seed, people, level, 0.0))


def visits_of(plan: Plan, *, treated: bool = False) -> Visits:
    """Lay out the visits of a run.

    Parameters
    ----------
    treated
        Whether arms with doses are read with noise too.

    Returns
    -------
    Visits
        On the report days of the study. No arm of a model file is read with noise: its quantities are not ours.
    """
    if plan.spec.model_is_file or plan.registry is not load_registry():
        return Visits(plan.options.seed, frozenset(), {})
    idle = {arm.name for arm in plan.arms if arm.subjects is None and not any(d.schedule.doses for d in arm.drugs)}
    return Visits(
        plan.options.seed,
        frozenset(arm.name for arm in plan.arms if treated or arm.name in idle),
        {endpoint.id: tuple(sorted(endpoint.days or ())) for endpoint in plan.spec.endpoint},
    )
