"""The readings of one run while they are made: what each open segment holds, and what closed ones held."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bimodal.engine.compiled import sampler
from bimodal.engine.kernel import Kernel
from bimodal.engine.sampler import (
    AREA_ABOVE,
    FIRST,
    HIGH,
    HIGH_TIME,
    INTEGRAL,
    LAST,
    LOW,
    LOW_TIME,
    NODES,
    READINGS,
    TIME_ABOVE,
)
from bimodal.engine.schedule import TIME_TOLERANCE
from bimodal.engine.segment_memory import HALVINGS, Pad, Read
from bimodal.engine.segment_results import SegmentResults
from bimodal.engine.segments import Segments

FloatArray = npt.NDArray[np.float64]


class Tally:
    """Arrays the loop fills, and the same reading of a solution by another solver.

    Parameters
    ----------
    segments
        What to read; ``None`` reads nothing.
    kernel
        The system, compiled.
    patients
        How many.
    start, whole
        When the run begins, and how long it is.
    rtol
        Relative tolerance.
    """

    def __init__(
        self, segments: Segments | None, kernel: Kernel, patients: int, *, start: float, whole: float, rtol: float
    ) -> None:
        self.segments, self.kernel, self.rtol = segments, kernel, rtol
        count, outputs, rows = 0, 0, READINGS
        self.code, self.needs = np.zeros(3, np.int64), np.zeros(0, np.int64)
        self.edges, self.levels = np.zeros(0), np.zeros((0, 0))
        if segments is not None:
            count, outputs = segments.count, len(segments.outputs)
            levels = segments.levels is not None
            rows = READINGS if levels else TIME_ABOVE
            own = sampler(kernel, segments.positions(kernel.system), levels=levels)
            self.code, self.needs = own.addresses, own.needs
            self.edges, self.levels = segments.edges, segments.levels_of(patients)
        people = patients if count else 0
        self.found: FloatArray = np.full((people, count, rows, outputs), np.nan)
        self.carry: FloatArray = np.zeros((people, READINGS, outputs))
        self.opened = np.zeros((people, 2), np.int64)
        if count and self.edges[0] <= start + TIME_TOLERANCE * max(abs(start), whole):
            self.opened[:] = 1  # the first segment waits to begin

    @property
    def read(self) -> Read:
        """What all threads share."""
        observe, sample, gather = self.code
        return Read(observe, sample, gather, self.edges, self.needs, self.levels, self.found, self.carry, self.opened)

    def pad(self, width: int, rows: int) -> Pad:
        """Return the working memory of one thread.

        Parameters
        ----------
        width
            Lanes.
        rows
            Of the dense output.
        """
        from bimodal.engine.march import side_by_side

        o, m = self.found.shape[3], len(self.needs)
        shapes = [
            *((rows * m, width), (len(NODES) * o, width), (o, width), (READINGS * o, width), (o, width), (o, width)),
            *[(width,)] * 4,
            *((m,), (1,), (o,), (o,), (o,), (o,), (5, o), (5, o), (HALVINGS + 1, 5, o), (HALVINGS + 1, 2)),
        ]
        return Pad(*side_by_side(shapes))

    def results(self, failed: npt.NDArray[np.bool_]) -> SegmentResults | None:
        """Return what was read; failed patients (N,) are NaN."""
        if self.segments is None:
            return None
        found = self.found
        found[failed] = np.nan
        above = found.shape[2] == READINGS
        for row in (TIME_ABOVE, AREA_ABOVE) if above else ():
            found[:, :, row][np.broadcast_to(np.isinf(self.levels)[:, None], found[:, :, row].shape)] = np.nan
        return SegmentResults(
            edges=self.edges,
            output_ids=self.segments.outputs,
            high=found[:, :, HIGH],
            high_time=found[:, :, HIGH_TIME],
            low=found[:, :, LOW],
            low_time=found[:, :, LOW_TIME],
            integral=found[:, :, INTEGRAL],
            first=found[:, :, FIRST],
            last=found[:, :, LAST],
            time_above=found[:, :, TIME_ABOVE] if above else None,
            area_above=found[:, :, AREA_ABOVE] if above else None,
        )
