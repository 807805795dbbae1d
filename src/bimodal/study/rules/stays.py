"""Visits that are early or late: which doses and looks move together, and by how many days for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import uniform

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]
_DAY_H = 24.0
_ROUNDING_H = 1e-6


@dataclass(frozen=True, eq=False)
class Stays:
    """What a person comes for as one: doses and looks that lie closer together than people may come early and late.

    The first one, with the first dose, is when it is planned: it makes day 0. Of two stays next to each other the
    second never comes before the first has ended.

    Parameters
    ----------
    jitter_days
        So many whole days early or late at most, each as likely as the others.
    starts_h, ends_h
        (S,) planned hours, ascending.
    last_start_h
        (S,) when the last dose or look of each begins.
    until_h
        End of the study: nobody comes so late that a dose would be due then or after it.
    """

    jitter_days: int
    starts_h: Array
    ends_h: Array
    last_start_h: Array
    until_h: float

    def of(self, times_h: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Find the stay that each time lies in or after, from 0."""
        return np.maximum(np.searchsorted(self.starts_h, np.asarray(times_h) + _ROUNDING_H, side="right") - 1, 0)

    def days(self, seed: int, patients: npt.NDArray[np.int64]) -> Days:
        """Draw by how many days each patient comes late (early where negative) for each stay, (N, S)."""
        found = np.zeros((len(patients), len(self.starts_h)), np.int64)
        for k in range(1, len(self.starts_h)):
            room = int(np.ceil((self.until_h - self.last_start_h[k]) / _DAY_H - _ROUNDING_H)) - 1
            found[:, k] = np.minimum(_drawn(seed, patients, self.starts_h[k], self.jitter_days), max(room, 0))
        return found

    def own_h(self, seed: int, patients: npt.NDArray[np.int64], times_h: Array) -> Array:
        """Say when each patient really has what is planned at some times (T,), (N, T) hours."""
        return times_h + _DAY_H * self.days(seed, patients)[:, self.of(times_h)]

    @property
    def moves(self) -> bool:
        """Whether anything moves: the first stay never does."""
        return len(self.starts_h) > 1

    def read_days(self, seed: int, patients: npt.NDArray[np.int64], day: float) -> Days:
        """Say by how many days each patient is read late on a day, (N,): with a stay that moves, else by themselves.

        Never on day 0 or before it, and never after the end.
        """
        time = _DAY_H * day
        stay = int(self.of([time])[0]) if len(self.starts_h) else 0
        if stay > 0 and time <= self.ends_h[stay] + _ROUNDING_H:
            return self.days(seed, patients)[:, stay]
        if time <= 0.0:
            return np.zeros(len(patients), np.int64)
        early, late = int(np.ceil(day)) - 1, int((self.until_h - time) / _DAY_H + _ROUNDING_H)
        return np.clip(_drawn(seed, patients, time, self.jitter_days), -max(early, 0), max(late, 0))


def stays_of(spans_h: Iterable[tuple[float, float]], jitter_days: int, until_h: float) -> Stays:
    """Find what people come for as one.

    Parameters
    ----------
    spans_h
        Beginning and end of every dose and look, hours.

    Examples
    --------
    >>> weekly = stays_of([(24.0 * day, 24.0 * day) for day in (0, 2, 4, 7, 9, 11)], 1, 1000.0)
    >>> weekly.starts_h.tolist(), weekly.ends_h.tolist()
    ([0.0, 168.0], [96.0, 264.0])
    >>> weekly.of([0.0, 96.0, 168.0, 264.0]).tolist()
    [0, 0, 1, 1]
    >>> weekly.days(1, np.arange(3)).shape
    (3, 2)
    """
    starts: list[float] = []
    ends: list[float] = []
    lasts: list[float] = []
    for start, end in sorted(spans_h):
        if starts and start - ends[-1] <= 2.0 * _DAY_H * jitter_days + _ROUNDING_H:
            ends[-1], lasts[-1] = max(ends[-1], end), start
        else:
            starts.append(start)
            ends.append(end)
            lasts.append(start)
    return Stays(jitter_days, np.array(starts), np.array(ends), np.array(lasts), until_h)


def _drawn(seed: int, patients: npt.NDArray[np.int64], time_h: float, most: int) -> Days:
    """Draw whole days from -most to most, which belong to the patient and the planned day."""
    chance = uniform(seed, patients, "visit jitter", f"day {time_h / _DAY_H:.6g}")[:, 0]
    return np.floor(chance * (2 * most + 1)).astype(np.int64) - most
