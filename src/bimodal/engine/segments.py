"""What is to be read from a trajectory between times: highest, lowest and integral of outputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.engine.schedule import TIME_TOLERANCE
from bimodal.engine.system import System
from bimodal.errors import EngineError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Segments:
    """Pieces of a run, the same for all patients, in which chosen outputs are read along the whole trajectory.

    Segment i is half-open, from edge i to edge i + 1. An event on an edge belongs to the segment it begins: the end of
    the segment before is the value just before the event.

    Parameters
    ----------
    edges
        (S + 1,) ascending times in the model's unit: dose times, ends of an observation, pixels of a figure.
    outputs
        Names of the O outputs to read.
    levels
        (O,) or (N, O) levels above which time and area are wanted as well; NaN where they are not.

    Raises
    ------
    EngineError
        Edges do not rise, an output is named twice or none is.

    Examples
    --------
    >>> Segments(np.array([0.0, 8.0, 24.0]), ("plasma",)).count
    2
    """

    edges: FloatArray
    outputs: tuple[str, ...]
    levels: FloatArray | None = None

    def __post_init__(self) -> None:
        edges = np.array(self.edges, np.float64)
        if edges.ndim != 1 or len(edges) < 2 or not np.isfinite(edges).all():
            raise EngineError("segments need at least two edges, all finite")
        if (np.diff(edges) <= 0.0).any():
            first = float(edges[:-1][np.diff(edges) <= 0.0][0])
            raise EngineError(f"a segment beginning at {first:g} has no length", fix="each edge once, in rising order")
        if not self.outputs or len(set(self.outputs)) != len(self.outputs):
            raise EngineError("segments need at least one output, and each only once")
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "outputs", tuple(self.outputs))
        if self.levels is not None:
            object.__setattr__(self, "levels", np.array(self.levels, np.float64))

    @property
    def count(self) -> int:
        """Number of segments."""
        return len(self.edges) - 1

    def positions(self, system: System) -> tuple[int, ...]:
        """Return where each output stands among those of a system."""
        unknown = [name for name in self.outputs if name not in system.output_ids]
        if unknown:
            raise EngineError(f"the model has no output called '{unknown[0]}'", where="segments")
        return tuple(system.output_ids.index(name) for name in self.outputs)

    def levels_of(self, patients: int) -> FloatArray:
        """Return (N, O) levels, infinite where there is none."""
        wanted = np.asarray(np.nan if self.levels is None else self.levels)
        shape = (patients, len(self.outputs))
        if wanted.shape not in ((), shape, shape[1:]):
            raise EngineError(f"levels of shape {wanted.shape} do not fit {patients} patients and {shape[1]} outputs")
        return np.ascontiguousarray(np.broadcast_to(np.where(np.isnan(wanted), np.inf, wanted), shape))

    def check(self, start: float, end: float) -> None:
        """Refuse edges before the start of a run, and segments that are one instant beside its length."""
        edges = self.edges
        if edges[0] < start:
            raise EngineError(f"a segment begins at {edges[0]:g}, before the start of the run at {start:g}")
        instant = 4.0 * TIME_TOLERANCE * np.maximum(np.abs(edges[1:]), end - start)
        if (short := np.flatnonzero(np.diff(edges) <= instant)).size:
            raise EngineError(f"the segment beginning at {edges[short[0]]:g} is too short for the clock of the run")
