"""Reads the segments of one patient from a solution by SciPy, step by step as the loop does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bimodal.engine.native import Native
from bimodal.engine.sampler import NODES
from bimodal.engine.tally import Tally

FloatArray = npt.NDArray[np.float64]

_load, _store, _stand, _look = (
    Native("bimodal.engine.open_segment", name) for name in ("load", "store", "stand", "look")
)
_follow = Native("bimodal.engine.accumulate", "follow")


class SolutionReader:
    """The reading of one patient, from where the loop left it.

    Parameters
    ----------
    tally
        Readings of the run.
    who
        The patient.
    """

    def __init__(self, tally: Tally, who: int) -> None:
        self.who, self.rtol = who, tally.rtol
        self._read, self._pad = tally.read, tally.pad(1, 2)
        self._edge, self._waits = _load(0, who, self._read, self._pad)

    def stand(self, time: float, y: FloatArray, p: FloatArray) -> None:
        """Take note of the state after the events of a moment."""
        _stand(0, self._edge, self._waits, time, y[:, None], p[None], self._read, self._pad)
        self._waits = False

    def follow(
        self, path: Callable[[float], FloatArray], begin: float, end: float, arrives: float, p: FloatArray, snap: float
    ) -> None:
        """Read a step from its dense output, up to where it is taken.

        Parameters
        ----------
        path
            States at a time of the step, a cubic.
        begin, end, arrives
            The step, and where it is left, at its end or before.
        p
            (P',) full parameters.
        snap
            How close to where it is left an edge counts as on it, if something may happen there; otherwise 0.
        """
        read, pad, outputs, h = self._read, self._pad, len(self._pad.seen), end - begin
        if self._edge >= len(read.edges):
            return
        y, u = path(begin)[:, None], path(end)[:, None]
        # the cubic as the loop's dense output writes it, from two points inside
        third, more = (
            (path(begin + share * h)[:, None] - (1.0 - share) * y - share * u) / (share * (1.0 - share))
            for share in (1.0 / 3.0, 2.0 / 3.0)
        )
        bend = np.stack([2.0 * third - more, 3.0 * (more - third)])
        pad.bend[:] = bend[:, read.needs].reshape(-1, 1)
        for i, share in enumerate(NODES):
            seen = pad.nodes[i * outputs : (i + 1) * outputs, 0]
            _look(share, 0, begin, h, y, u, p[None], read.observe, read.needs, pad.bend, pad.x, pad.one, seen)
        pad.lands[0], share = arrives, 1.0 if arrives == end else (arrives - begin) / h
        self._edge, self._waits = _follow(
            0, self.who, self._edge, begin, h, share, snap, self.rtol, y, u, p[None], read, pad
        )

    def commit(self) -> None:
        """Let the loop go on from here."""
        _store(0, self.who, self._edge, self._waits, self._read, self._pad)
