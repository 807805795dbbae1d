"""How exactly, and within which limits, the engine integrates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bimodal.errors import EngineError


@dataclass(frozen=True)
class Settings:
    """Tolerances and limits of a run.

    Parameters
    ----------
    atol_factor
        Absolute tolerance of a state = ``rtol * atol_factor *`` its scale (its starting value, or the model's scale
        for a state that starts at zero).
    fallback
        Whether a patient the main solver gives up is tried again with SciPy's Radau.
    """

    rtol: float = 1e-6
    atol_factor: float = 1e-3
    max_steps: int = 2_000_000
    method: Literal["rodas5p", "rodas4"] = "rodas5p"
    fallback: bool = True

    def __post_init__(self) -> None:
        for name in ("rtol", "atol_factor", "max_steps"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise EngineError(f"'{name}' must be a positive number, not {value}")
        if self.method not in ("rodas5p", "rodas4"):
            raise EngineError(f"'{self.method}' is no method of the engine", fix="rodas5p or rodas4")

    @staticmethod
    def fast() -> Settings:
        """Return settings for maps and sliders: Rodas4 at 1e-5, about half the cost, errors near 1e-4.

        Examples
        --------
        >>> Settings.fast().method
        'rodas4'
        """
        return Settings(rtol=1e-5, method="rodas4")
