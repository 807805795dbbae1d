"""What a solver must offer to be compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from engine.regimens import Regimen

FloatArray = npt.NDArray[np.float64]


class UnavailableError(Exception):
    """A solver is not installed on this computer; the message names it."""


@dataclass(frozen=True)
class Setting:
    """Tolerances: ``atol`` is one number, or ``None`` for one per state by its size; a method if there are several."""

    rtol: float
    atol: float | None = None
    method: Literal["rodas5p", "rodas4"] | None = None

    @property
    def words(self) -> str:
        """Return what tables print."""
        tolerances = f"rtol {self.rtol:g}, atol " + ("scaled" if self.atol is None else f"{self.atol:g}")
        return f"{self.method}, {tolerances}" if self.method else tolerances


@dataclass(frozen=True)
class Run:
    """Values (N, T, n) of all states, and the time N patients took on one core."""

    values: FloatArray
    cpu_s: float
    wall_s: float


class Peer(Protocol):
    """A solver with its settings worth trying.

    ``checked`` patients are compared with the reference, ``timed`` patients run in every round.
    """

    name: str
    version: str
    settings: tuple[Setting, ...]
    checked: int
    timed: int

    def run(self, setting: Setting, regimen: Regimen, parameters: FloatArray) -> Run:
        """Solve (N, P) patients."""
        ...

    def close(self) -> None:
        """Let go of processes and files."""
        ...


def timed_run(work: Callable[[], FloatArray]) -> Run:
    """Run something and note processor and wall time."""
    cpu, wall = time.process_time(), time.perf_counter()
    values = work()
    return Run(values, time.process_time() - cpu, time.perf_counter() - wall)
