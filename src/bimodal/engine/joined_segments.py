"""Readings of fewer, longer segments, of the outputs and statistics that are asked for alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bimodal.engine.schedule import TIME_TOLERANCE
from bimodal.errors import EngineError

if TYPE_CHECKING:
    from bimodal.engine.segment_results import SegmentResults

FloatArray = npt.NDArray[np.float64]
_FEW = 8  # numpy adds the rest of a longer run in pairs


class JoinedSegments:
    """Segments that were read, joined to longer ones; a statistic is made when it is asked for.

    Parameters
    ----------
    found
        What was read, NaN for a failed patient.
    edges
        (R + 1,) ascending, each one of those the segments have.
    outputs
        Positions of the outputs that are wanted; None is all.

    Raises
    ------
    EngineError
        An edge is not one the segments have.
    """

    def __init__(self, found: SegmentResults, edges: npt.ArrayLike, outputs: list[int] | None = None) -> None:
        wanted = np.array(edges, np.float64)
        at = np.abs(found.edges[None, :] - wanted[:, None]).argmin(axis=1)
        slack = TIME_TOLERANCE * max(float(np.abs(found.edges).max()), float(np.ptp(found.edges)))
        if len(wanted) < 2 or (np.diff(at) <= 0).any() or (np.abs(found.edges[at] - wanted) > slack).any():
            raise EngineError("segments can only be joined at edges they have, in rising order")
        self._found, self._at = found, at
        self._outputs = _as_slice(range(len(found.output_ids)) if outputs is None else outputs)
        self.edges = found.edges[at]

    @cached_property
    def high(self) -> FloatArray:
        """(N, R, O) highest value."""
        return _extreme(np.maximum, self._of("high"), self._at)

    @cached_property
    def low(self) -> FloatArray:
        """(N, R, O) lowest value."""
        return _extreme(np.minimum, self._of("low"), self._at)

    @cached_property
    def high_time(self) -> FloatArray:
        """(N, R, O) when the highest value is first reached."""
        return self._first_time(self._of("high"), self.high, "high_time")

    @cached_property
    def low_time(self) -> FloatArray:
        """(N, R, O) when the lowest value is first reached."""
        return self._first_time(self._of("low"), self.low, "low_time")

    @cached_property
    def integral(self) -> FloatArray:
        """(N, R, O) over time."""
        return _summed(self._of("integral"), self._at)

    @property
    def mean(self) -> FloatArray:
        """(N, R, O) over time."""
        return self.integral / np.diff(self.edges)[:, None]

    @property
    def first(self) -> FloatArray:
        """(N, R, O) value at the beginning."""
        return self._of("first")[:, self._at[:-1]]

    @property
    def last(self) -> FloatArray:
        """(N, R, O) value at the end."""
        return self._of("last")[:, self._at[1:] - 1]

    @property
    def time_above(self) -> FloatArray | None:
        """(N, R, O) time above the level, or None where no levels were given."""
        return None if self._found.time_above is None else _summed(self._of("time_above"), self._at)

    @property
    def area_above(self) -> FloatArray | None:
        """(N, R, O) area between curve and level in that time, or None where no levels were given."""
        return None if self._found.area_above is None else _summed(self._of("area_above"), self._at)

    def _of(self, statistic: str) -> FloatArray:
        return getattr(self._found, statistic)[:, :, self._outputs]

    def _first_time(self, values: FloatArray, reached: FloatArray, times: str) -> FloatArray:
        inside, starts, counts = slice(self._at[0], self._at[-1]), self._at[:-1] - self._at[0], np.diff(self._at)
        here = values[:, inside] == np.repeat(reached, counts, axis=1)
        first = np.minimum.reduceat(np.where(here, self._of(times)[:, inside], np.inf), starts, axis=1)
        return np.where(np.isfinite(first), first, np.nan)


def _as_slice(positions: range | list[int]) -> slice | list[int]:
    start, count = positions[0] if len(positions) else 0, len(positions)
    # a slice is a view, and most often the outputs that belong together lie side by side
    return slice(start, start + count) if list(positions) == [*range(start, start + count)] else list(positions)


def _extreme(of: np.ufunc, values: FloatArray, at: npt.NDArray[np.int64]) -> FloatArray:
    # most often a few segments make one: whole arrays at once are several times faster than numpy's `reduceat`
    starts, counts = at[:-1], np.diff(at)
    found = values[:, starts]
    for place, longer in _few(counts, 1):
        found[:, longer] = of(found[:, longer], values[:, starts[longer] + place])
    for one in np.flatnonzero(counts > _FEW).tolist():
        found[:, one] = of.reduce(values[:, at[one] : at[one + 1]], axis=1)
    return found


def _summed(values: FloatArray, at: npt.NDArray[np.int64]) -> FloatArray:
    """Add up as ``numpy.add.reduceat`` does, to the bit: the first number and the sum of the others."""
    starts, counts = at[:-1], np.diff(at)
    found = values[:, starts]
    several = np.flatnonzero((counts > 1) & (counts <= _FEW))
    if len(several):
        rest = values[:, starts[several] + 1]
        for place, longer in _few(counts[several], 2):
            rest[:, longer] += values[:, starts[several[longer]] + place]
        found[:, several] += rest
    for one in np.flatnonzero(counts > _FEW).tolist():
        found[:, one] = np.add.reduceat(values[:, at[one] : at[one + 1]], [0], axis=1)[:, 0]
    return found


def _few(counts: npt.NDArray[np.int64], first: int) -> Iterator[tuple[int, npt.NDArray[np.intp]]]:
    """Give each place from `first` on in joined segments of at most a few, and which of them have it."""
    short = np.where(counts <= _FEW, counts, 0)
    for place in range(first, int(short.max(initial=0))):
        yield place, np.flatnonzero(short > place)
