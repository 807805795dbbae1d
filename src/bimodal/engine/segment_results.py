"""What was read in the segments of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bimodal.engine.joined_segments import JoinedSegments
from bimodal.errors import EngineError

FloatArray = npt.NDArray[np.float64]

#: Names of what is read of every output in a segment; the last two only where there are levels.
STATISTICS = ("high", "high_time", "low", "low_time", "integral", "first", "last", "time_above", "area_above")
_WITH_TIME = frozenset({"high_time", "low_time", "integral", "time_above", "area_above"})


@dataclass(frozen=True, eq=False)
class SegmentResults:
    """Readings of O outputs in S segments for N patients, taken along the whole trajectory; NaN for a failed patient.

    All are at the accuracy of the solver's steps and do not depend on which times are saved. Memory is 56 bytes for
    each patient, segment and output, 72 with levels.

    Parameters
    ----------
    edges
        (S + 1,) in the model's unit.
    output_ids
        Names of the O outputs.
    high, low
        (N, S, O) highest and lowest value, both ends of the segment included.
    high_time, low_time
        (N, S, O) when they are first reached.
    integral
        (N, S, O) over time: the area under the curve.
    first
        (N, S, O) value at the beginning, after events there.
    last
        (N, S, O) value at the end, before events there: the trough of a dosing interval.
    time_above, area_above
        (N, S, O) time above the level of :class:`Segments` and area between curve and level in that time, or ``None``
        if no levels were given; NaN for an output without a level.
    """

    edges: FloatArray
    output_ids: tuple[str, ...]
    high: FloatArray
    high_time: FloatArray
    low: FloatArray
    low_time: FloatArray
    integral: FloatArray
    first: FloatArray
    last: FloatArray
    time_above: FloatArray | None = None
    area_above: FloatArray | None = None

    @property
    def durations(self) -> FloatArray:
        """(S,) length of each segment."""
        return np.diff(self.edges)

    @property
    def mean(self) -> FloatArray:
        """(N, S, O) mean over time."""
        return self.integral / self.durations[:, None]

    def picked(self, outputs: Sequence[str]) -> SegmentResults:
        """Return the readings of some of the outputs, in their order."""
        at = self.places(outputs)
        return self._each(tuple(outputs), lambda values, _: values[:, :, at])

    def places(self, outputs: Sequence[str]) -> list[int]:
        """Say where some outputs stand among those that were read.

        Raises
        ------
        EngineError
            One of them was not read.
        """
        unknown = [name for name in outputs if name not in self.output_ids]
        if unknown:
            raise EngineError(f"'{unknown[0]}' was not read in segments", fix="one of: " + ", ".join(self.output_ids))
        return [self.output_ids.index(name) for name in outputs]

    def rows(self, patients: npt.NDArray[np.int64] | slice) -> SegmentResults:
        """Return the readings of some of the patients, in their order."""
        return self._each(self.output_ids, lambda values, _: values[patients])

    def in_time_unit(self, factor: float) -> SegmentResults:
        """Return the same readings with time in another unit, `factor` of which make one of the present unit."""
        scaled = self._each(self.output_ids, lambda values, name: values * factor if name in _WITH_TIME else values)
        return replace(scaled, edges=self.edges * factor)

    def _each(self, outputs: tuple[str, ...], change: Callable[[FloatArray, str], FloatArray]) -> SegmentResults:
        arrays = {name: getattr(self, name) for name in STATISTICS}
        changed = {name: None if array is None else change(array, name) for name, array in arrays.items()}
        return replace(self, output_ids=outputs, **changed)

    def merged(self, edges: npt.ArrayLike) -> SegmentResults:
        """Return the readings of fewer, longer segments.

        Parameters
        ----------
        edges
            (R + 1,) ascending, each one of those the segments have: the first day, a dosing interval, a whole run.

        Raises
        ------
        EngineError
            An edge is not one the segments have.

        Examples
        --------
        >>> nothing = np.zeros((1, 3, 1))
        >>> area = np.array([[[4.0], [2.0], [1.0]]])
        >>> hours = np.array([0.0, 8.0, 16.0, 24.0])
        >>> three = SegmentResults(hours, ("plasma",), area, nothing, area, nothing, area, area, area)
        >>> day = three.merged([0.0, 24.0])
        >>> float(day.integral[0, 0, 0]), float(day.high[0, 0, 0]), float(day.last[0, 0, 0])
        (7.0, 4.0, 1.0)
        """
        joined = JoinedSegments(self, edges)
        return SegmentResults(joined.edges, self.output_ids, **{name: getattr(joined, name) for name in STATISTICS})
