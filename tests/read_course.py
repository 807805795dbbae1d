"""Reads a curve given as a function as the engine reads trajectories: a dense grid in every segment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from bimodal.engine import SegmentResults

_POINTS = 513


def read_course(
    before: Callable[[np.ndarray], np.ndarray],
    edges: Sequence[float],
    *,
    after: Callable[[np.ndarray], np.ndarray] | None = None,
    name: str = "il2_plasma",
) -> SegmentResults:
    """Read (N, T) values of a curve; `after` gives them just after what happens at a time, where that differs."""
    after = after or before
    cuts = np.unique(edges)
    found = []
    for start, stop in pairwise(cuts.tolist()):
        times = np.linspace(start, stop, _POINTS)
        curve = np.hstack([after(times[:-1]), before(times[-1:])])
        rise = np.maximum(curve - before(np.zeros(1)), 0.0)
        found.append(
            [
                curve.max(axis=1), times[curve.argmax(axis=1)], curve.min(axis=1), times[curve.argmin(axis=1)],
                np.trapezoid(curve, times, axis=1), curve[:, 0], curve[:, -1],
                np.trapezoid((rise > 0.0).astype(float), times, axis=1), np.trapezoid(rise, times, axis=1),
            ]
        )  # fmt: skip
    arrays = [np.stack([segment[k] for segment in found], axis=1)[:, :, None] for k in range(9)]
    return SegmentResults(cuts, (name,), *arrays)
