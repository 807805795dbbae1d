"""Which events lie between one visit and the next, so that no visit looks at all events."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bimodal.engine.schedule import TIME_TOLERANCE, Schedule

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class VisitWindows:
    """The events of a schedule, sorted into the windows between visits.

    Parameters
    ----------
    schedule
        Events of N patients.
    times
        (V,) of the visits, ascending, or (N, V) of each patient.
    whole
        Length of the run.

    Attributes
    ----------
    times
        (V,) or (N, V), the same; a visit that differs from an event by rounding lies on it, and so comes before it.
    owner
        (E,) patient of each event.

    Examples
    --------
    >>> windows = VisitWindows(Schedule.shared([0.0, 8.0, 24.0], [0, 0, 0], [[1.0, 1.0, 1.0]]), np.array([8.0]), 48.0)
    >>> windows.before(0).tolist(), windows.before(1).tolist()
    ([0], [1, 2])
    """

    def __init__(self, schedule: Schedule, times: FloatArray, whole: float) -> None:
        self.owner = np.repeat(np.arange(schedule.patients), np.diff(schedule.offsets))
        if times.ndim == 1:
            self.times = _on_events(times, np.unique(schedule.times), whole)
            window = np.searchsorted(self.times, schedule.times, side="right")
        else:
            self.times, window = _own_windows(schedule, times, whole)
        self._order = np.argsort(window, kind="stable")
        self._bounds = np.searchsorted(window[self._order], np.arange(times.shape[-1] + 2))

    def before(self, visit: int) -> IntArray:
        """Return the events before a visit and not before the last one, in order; those after the last visit too."""
        return self._order[self._bounds[visit] : self._bounds[visit + 1]]


def _own_windows(schedule: Schedule, times: FloatArray, whole: float) -> tuple[FloatArray, IntArray]:
    """Sort the events of patients who are seen at times of their own."""
    moved, window = times.copy(), np.zeros(len(schedule.times), np.int64)
    for who in range(schedule.patients):
        own = slice(schedule.offsets[who], schedule.offsets[who + 1])
        moved[who] = _on_events(times[who], np.unique(schedule.times[own]), whole)
        window[own] = np.searchsorted(moved[who], schedule.times[own], side="right")
    return moved, window


def _on_events(times: FloatArray, events: FloatArray, whole: float) -> FloatArray:
    """Put visits that differ from an event by rounding on that event."""
    room = TIME_TOLERANCE * np.maximum(np.abs(times), whole)
    low, high = np.searchsorted(events, times - 2.0 * room), np.searchsorted(events, times + 2.0 * room)
    moved = times.copy()
    for i in np.flatnonzero(low < high).tolist():
        near = events[low[i] : high[i]]
        close = near[np.abs(near - times[i]) <= room[i]]
        moved[i] = min(times[i], close[0]) if len(close) else times[i]
    return moved
