"""Infusions that overlap: a rate then belongs to several doses, each of which a rule can hold or change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.dosing import DoseSchedule

Array = npt.NDArray[np.float64]
_ROUNDING_H = 1e-9


@dataclass(frozen=True, eq=False)
class Overlap:
    """Where the rate of overlapping infusions changes, and which doses run from there on.

    The solver stops at every such moment, so that between two stops one factor on the planned rate is enough.

    Parameters
    ----------
    times_h
        (B,) hours, ascending: every start and end of an infusion.
    starting, running
        Of each moment the doses that begin there, and those that run after it.
    hours
        (D,) how long each dose runs.
    """

    times_h: Array
    starting: tuple[tuple[int, ...], ...]
    running: tuple[tuple[int, ...], ...]
    hours: Array

    @property
    def moment_of_dose(self) -> npt.NDArray[np.int64]:
        """(D,) moment at which each dose begins."""
        found = np.zeros(len(self.hours), np.int64)
        for moment, doses in enumerate(self.starting):
            found[list(doses)] = moment
        return found

    def factor(self, moment: int, amounts: Array, factors: Array) -> Array:
        """Give what the planned rate is multiplied by from a moment on, (M,).

        Parameters
        ----------
        amounts, factors
            (M, D) planned amount of each dose and what it is multiplied by.
        """
        wanted, planned = np.zeros(len(amounts)), np.zeros(len(amounts))
        for dose in self.running[moment]:
            rate = amounts[:, dose] / self.hours[dose]
            wanted, planned = wanted + rate * factors[:, dose], planned + rate
        return np.divide(wanted, planned, out=np.ones(len(amounts)), where=planned > 0.0)

    def all_factors(self, amounts: Array, factors: Array) -> Array:
        """Give the factors of every moment, (M, B), as a replay needs them."""
        return np.stack([self.factor(k, amounts, factors) for k in range(len(self.times_h))], axis=1)


def overlap_of(schedule: DoseSchedule) -> Overlap | None:
    """Lay out the infusions of a schedule if some overlap; None if none do.

    Examples
    --------
    >>> from bimodal.dosing import expand, parse_regimen
    >>> overlap_of(expand(parse_regimen("1 MIU IV over 6 h q4h x3"))).running
    ((0,), (0, 1), (1,), (1, 2), (2,), ())
    """
    starts = np.array([dose.time_h for dose in schedule.doses if dose.duration_h > 0.0])
    ends = np.array([dose.end_h for dose in schedule.doses if dose.duration_h > 0.0])
    if len(starts) < 2 or not (starts[1:] < np.maximum.accumulate(ends)[:-1] - _ROUNDING_H).any():
        return None
    points = np.unique(np.concatenate([starts, ends]))
    times = points[np.concatenate([[True], np.diff(points) > _ROUNDING_H])]
    first, last = (np.searchsorted(times, ends_of + _ROUNDING_H, side="right") - 1 for ends_of in (starts, ends))
    moments = range(len(times))
    return Overlap(
        times,
        tuple(tuple(np.flatnonzero(first == k).tolist()) for k in moments),
        tuple(tuple(np.flatnonzero((first <= k) & (k < last)).tolist()) for k in moments),
        np.array([dose.duration_h for dose in schedule.doses]),
    )
