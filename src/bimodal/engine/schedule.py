"""What happens to each patient and when, as flat arrays the solver walks through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.errors import EngineError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Relative closeness at which a save time and an event count as one instant (they reach us through unit conversions).
TIME_TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class Schedule:
    """Events of N patients: at a time, a slot of the system receives a value.

    Slots come from :meth:`System.slot_add`, :meth:`System.slot_set_state` and :meth:`System.slot_set`. Events of one
    patient at the same time happen in the order they are listed.

    ``offsets``, shape (N + 1,), say where each patient's events begin and end in the arrays of shape (E,).
    """

    offsets: IntArray
    times: FloatArray
    slots: IntArray
    values: FloatArray

    def __post_init__(self) -> None:
        if not len(self.times) == len(self.slots) == len(self.values) == self.offsets[-1]:
            raise EngineError("the arrays of a schedule differ in length")
        if self.offsets[0] != 0 or (np.diff(self.offsets) < 0).any():
            raise EngineError("the offsets of a schedule do not divide its events")
        if not (np.isfinite(self.times).all() and np.isfinite(self.values).all()):
            raise EngineError("an event has a time or value that is not a finite number")
        falls = np.flatnonzero(np.diff(self.times) < 0) + 1
        if not np.isin(falls, self.offsets).all():
            raise EngineError("the events of a patient are not in order of time")

    @property
    def patients(self) -> int:
        """Number of patients."""
        return len(self.offsets) - 1

    @staticmethod
    def shared(times: npt.ArrayLike, slots: npt.ArrayLike, values: npt.ArrayLike) -> Schedule:
        """Build a schedule whose (E,) ascending times and slots are the same for everybody, for values of shape (N, E).

        Examples
        --------
        >>> Schedule.shared([0.0, 24.0], [0, 0], [[1.0, 1.0], [2.0, 2.0]]).patients
        2
        """
        when, where = np.asarray(times, np.float64), np.asarray(slots, np.int64)
        amounts = np.atleast_2d(np.asarray(values, np.float64))
        n, e = amounts.shape
        if e != len(when):
            raise EngineError(f"{e} values a patient were given for {len(when)} events")
        return Schedule(np.arange(n + 1) * e, np.tile(when, n), np.tile(where, n), amounts.ravel())

    @staticmethod
    def none(patients: int) -> Schedule:
        """Return the schedule in which nothing happens."""
        return Schedule(np.zeros(patients + 1, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0))

    @staticmethod
    def build(events: Sequence[Sequence[tuple[float, int, float]]]) -> Schedule:
        """Build a schedule from a list of ``(time, slot, value)`` per patient; a stable sort puts times in order."""
        ordered = [sorted(own, key=lambda event: event[0]) for own in events]
        flat = [event for own in ordered for event in own]
        offsets = np.concatenate([[0], np.cumsum([len(own) for own in ordered])]).astype(np.int64)
        columns = list(zip(*flat, strict=True)) if flat else [(), (), ()]
        return Schedule(
            offsets,
            np.asarray(columns[0], np.float64),
            np.asarray(columns[1], np.int64),
            np.asarray(columns[2], np.float64),
        )

    def part(self, start: int, stop: int) -> Schedule:
        """Return the schedule of patients ``start`` to ``stop`` (half-open)."""
        low, high = self.offsets[start], self.offsets[stop]
        return Schedule(
            self.offsets[start : stop + 1] - low, self.times[low:high], self.slots[low:high], self.values[low:high]
        )
