"""What is read of every patient along the whole trajectory, and how those numbers are laid out in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.engine import SegmentResults
from bimodal.engine.joined_segments import JoinedSegments
from bimodal.study.solver.solver import SegmentRequest

Array = npt.NDArray[np.float64]

#: Lowest, mean and highest value within a pixel of a figure.
ENVELOPE = ("low", "mean", "high")
#: Patients of an arm that figures over time are drawn of; more would only cost room.
MOST_DRAWN = 2_000
_AT_ONCE = 64  # patients laid out together: what is made on the way then stays in the cache
#: Everything the rules of pharmacokinetics ask for.
COURSE = ("high", "high_time", "low", "low_time", "integral", "first", "last", "time_above", "area_above")
#: What a span between two days is reduced from.
SPAN = ("high", "low", "integral")


@dataclass(frozen=True, eq=False)
class SegmentLayout:
    """One table of readings: rows are segments, columns are a statistic of an output.

    Parameters
    ----------
    name
        ``pk``, ``spans``, ``days`` or ``pixels``.
    edges_h
        (S + 1,) hours.
    outputs
        What is read.
    statistics
        Of each output, in this order.
    """

    name: str
    edges_h: Array
    outputs: tuple[str, ...]
    statistics: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Name of each column, outputs first."""
        return tuple(f"{output}.{statistic}" for output in self.outputs for statistic in self.statistics)

    @property
    def most(self) -> int | None:
        """Of how many patients of an arm, from the first on, it is kept: all (None), but an envelope is only drawn."""
        return MOST_DRAWN if self.single else None

    @property
    def single(self) -> bool:
        """Whether it is in single precision, as an envelope is, which is only drawn."""
        return self.statistics == ENVELOPE

    @property
    def above_start(self) -> frozenset[str]:
        """Outputs whose time and area above the start are read."""
        return frozenset(self.outputs if "area_above" in self.statistics else ())

    def pack(self, found: SegmentResults) -> npt.NDArray[np.floating]:
        """Lay out what was read, (N, S, columns), in single precision where it is stored so."""
        places = found.places(self.outputs)
        shape = (len(found.high), len(self.edges_h) - 1, len(self.outputs), len(self.statistics))
        values = np.empty(shape, np.float32 if self.single else np.float64)
        for start in range(0, len(values), _AT_ONCE):
            few = slice(start, start + _AT_ONCE)
            own = JoinedSegments(found.rows(few), self.edges_h, places)
            for place, statistic in enumerate(self.statistics):
                values[few, ..., place] = getattr(own, statistic)
        return values.reshape(*shape[:2], len(self.columns))

    def unpack(self, table: Array) -> SegmentResults:
        """Give back what was read from a table; NaN where a statistic is not in it."""
        values = table.reshape(*table.shape[:2], len(self.outputs), len(self.statistics))
        nothing = np.full(values.shape[:3], np.nan)
        known = {name: values[..., k] for k, name in enumerate(self.statistics)}
        return SegmentResults(self.edges_h, self.outputs, **{name: known.get(name, nothing) for name in COURSE})


def drawn_apart(start: int, stop: int) -> list[tuple[int, int]]:
    """Divide patients into those that figures over time are drawn of and the others.

    Examples
    --------
    >>> drawn_apart(0, 250), drawn_apart(1_900, 2_150)
    ([(0, 250)], [(1900, 2000), (2000, 2150)])
    """
    return [(start, MOST_DRAWN), (MOST_DRAWN, stop)] if start < MOST_DRAWN < stop else [(start, stop)]


def is_drawn(patient: int) -> bool:
    """Whether a patient of an arm is among those that figures over time are drawn of."""
    return patient < MOST_DRAWN


def united(layouts: Sequence[SegmentLayout]) -> SegmentRequest:
    """Ask for everything several tables need, so that one run gives it."""
    edges = np.unique(np.concatenate([layout.edges_h for layout in layouts]))
    outputs = dict.fromkeys(output for layout in layouts for output in layout.outputs)
    above = frozenset[str]().union(*(layout.above_start for layout in layouts))
    return SegmentRequest(edges, tuple(outputs), above)


def snapped(edges: Sequence[float], fixed: Array, end_h: float) -> Array:
    """Sort edges between 0 and the end, and put those a rounding error beside a fixed time onto it.

    Parameters
    ----------
    fixed
        (F,) ascending times that must keep their bits: doses, report days.

    Examples
    --------
    >>> snapped([0.0, 24.0000000001, 48.0], np.array([0.0, 24.0]), 30.0).tolist()
    [0.0, 24.0, 30.0]
    """
    near = 1e-9 * end_h
    found = np.unique([edge for edge in (0.0, *edges, end_h) if 0.0 <= edge <= end_h])
    if len(fixed):
        at = np.abs(fixed[None, :] - found[:, None]).argmin(axis=1)
        found = np.where(np.abs(fixed[at] - found) <= near, fixed[at], found)
    found = np.unique(found)
    return found[np.concatenate([[True], np.diff(found) > near])]
