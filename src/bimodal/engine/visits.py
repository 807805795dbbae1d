"""Visits: the moments at which a rule looks at the patients and decides about their coming events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.engine.schedule import Schedule
from bimodal.errors import EngineError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Visit:
    """What a rule sees: M patients at one visit, before any event of that moment.

    Parameters
    ----------
    time
        Of all, or of each of them (M,) where people come at times of their own.
    patients
        (M,) their indices in the run.
    outputs
        (M, O) the system's outputs.
    memory
        (M, K) what the rule kept from earlier visits.
    given
        (M,) sum of the values of events that have happened, dose events in the first place.
    """

    number: int
    time: float | FloatArray
    patients: IntArray
    outputs: FloatArray
    memory: FloatArray
    given: FloatArray


@dataclass(frozen=True, eq=False)
class Actions:
    """What a rule decides for the M patients of a visit.

    Parameters
    ----------
    factor
        (M,) multiplies the planned value of every governed event from this visit until the next: 1 as planned, 0 held.
    memory
        (M, K) what to keep for the next visit.
    reason
        (M,) a number of the rule's own, for the ledger.
    """

    factor: FloatArray
    memory: FloatArray
    reason: IntArray


@dataclass(frozen=True, eq=False)
class Visits:
    """When patients are seen and by which rule.

    Parameters
    ----------
    times
        (V,) ascending, in the model's unit, none before the start; (N, V) where every patient has times of their own.
    decide
        A pure function of arrays, called once per visit for all patients; ``None`` only stops there, as a replay does.
    memory
        K numbers each patient's rule state begins with.
    slots
        Slots whose events the rule governs; ``None``: all. Events of other slots happen as planned.
    governed
        (E,) which events of the schedule the rule governs, where slots do not tell; it stands in place of `slots`.

    Examples
    --------
    >>> def hold_if_high(visit):
    ...     factor = np.where(visit.outputs[:, 0] > 1.0, 0.0, 1.0)
    ...     return Actions(factor, visit.memory, (factor == 0.0).astype(np.int64))
    >>> Visits(np.array([24.0, 48.0]), hold_if_high).times.tolist()
    [24.0, 48.0]
    """

    times: FloatArray
    decide: Callable[[Visit], Actions] | None = None
    memory: tuple[float, ...] = ()
    slots: frozenset[int] | None = None
    governed: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if not np.isfinite(self.times).all() or (np.diff(self.times, axis=-1) <= 0).any():
            raise EngineError("visit times must be finite and ascending, each once")

    @property
    def count(self) -> int:
        """How many visits each patient has."""
        return self.times.shape[-1]


@dataclass(frozen=True, eq=False)
class Ledger:
    """Every visit and every scheduled event: planned, given, why.

    Parameters
    ----------
    times
        (V,) or (N, V) of the visits.
    factor, reason
        (N, V) what was decided; NaN and -1 where a patient was not seen any more.
    planned, given
        (E,) value of every event of the schedule, in its order.
    """

    times: FloatArray
    factor: FloatArray
    reason: IntArray
    planned: FloatArray
    given: FloatArray

    def replay(self, schedule: Schedule) -> tuple[Schedule, Visits]:
        """Return the schedule as given with the same stops: solving it repeats the trajectories to the bit."""
        given = Schedule(schedule.offsets, schedule.times, schedule.slots, self.given)
        return given, Visits(self.times)
