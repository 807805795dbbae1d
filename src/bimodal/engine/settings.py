"""How exactly, and within which limits, the engine integrates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bimodal.errors import EngineError

#: Absolute tolerance, in relative ones of the largest size, where less cannot be had.
LOOSE = 1e-3
_SLACK = 1e3  # fixed absolute tolerances
_LEAST = 1e-290  # far enough above the smallest numbers for arithmetic to work


@dataclass(frozen=True)
class Settings:
    """Tolerances and limits of a run.

    Parameters
    ----------
    atol_factor
        Absolute tolerance of a state = ``rtol * atol_factor *`` the largest size it has had so far (the model's scale
        for a state that starts at zero): a state that falls by less than this factor stays known to ``rtol``.
    atol
        The same absolute tolerance for every state, in its own unit, instead.
    max_steps
        Step attempts per patient before giving up.
    method
        ``rodas5p`` (order 5) or ``rodas4`` (order 4, cheaper steps).
    fallback
        Whether a patient the main solver gives up is tried again with SciPy's Radau.
    """

    rtol: float = 1e-6
    atol_factor: float = 1e-24
    atol: float | None = None
    max_steps: int = 2_000_000
    method: Literal["rodas5p", "rodas4"] = "rodas5p"
    fallback: bool = True

    def __post_init__(self) -> None:
        for name in ("rtol", "atol_factor", "atol", "max_steps"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise EngineError(f"'{name}' must be a positive number, not {value}")
        if self.method not in ("rodas5p", "rodas4"):
            raise EngineError(f"'{self.method}' is no method of the engine", fix="rodas5p or rodas4")

    @property
    def share(self) -> float:
        """The absolute tolerance of a state as a share of its largest size; 0 where it is fixed."""
        return self.rtol * self.atol_factor if self.atol is None else 0.0

    @property
    def slack(self) -> float:
        """How far below zero a state that must not be negative may go: what errors leave.

        In relative tolerances of its largest size, or in absolute tolerances where they are fixed.
        """
        return 1.0 if self.atol is None else _SLACK

    def tolerances(self, scales: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the absolute tolerances to begin with, for states of these sizes."""
        return np.maximum(self.share * scales, _LEAST if self.atol is None else self.atol)

    @staticmethod
    def fast() -> Settings:
        """Return settings for maps and sliders: a third to a half of the default's cost, errors near 5e-5.

        Rodas5P at 1e-4. Rodas4 takes 1.1 to 1.7 times as long at the same tolerance, and is less exact there.

        Examples
        --------
        >>> Settings.fast().rtol
        0.0001
        """
        return Settings(rtol=1e-4)
