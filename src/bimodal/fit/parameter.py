"""A number to be fitted, with its range and the scale it is fitted on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bimodal.errors import BimodalError
from bimodal.fit.prior import ParameterPrior

Scale = Literal["log", "linear"]


@dataclass(frozen=True)
class FitParameter:
    """One parameter of a fit; values are in natural units, the search runs on the fitting scale.

    Parameters
    ----------
    id
        Name, as in the parameter table it may be written back to.
    start
        Where the search begins, inside the bounds.
    lower, upper
        Bounds, finite, ``lower < upper``; above 0 on the log scale.
    scale
        ``"log"`` (natural logarithm) or ``"linear"``.
    prior
        What was known before, on the fitting scale, or None.

    Examples
    --------
    >>> rate = FitParameter("rate", start=1.0, lower=0.01, upper=100.0)
    >>> round(rate.to_fit(10.0), 3), round(rate.to_natural(0.0), 3)
    (2.303, 1.0)
    """

    id: str
    start: float
    lower: float
    upper: float
    scale: Scale = "log"
    prior: ParameterPrior | None = None

    def __post_init__(self) -> None:
        where = f"parameter '{self.id}'"
        if not self.id.strip():
            raise BimodalError("a parameter to be fitted has no name")
        if self.scale not in ("log", "linear"):
            raise BimodalError(f"'{self.scale}' is no scale", where=where, fix="log or linear")
        if not all(math.isfinite(number) for number in (self.start, self.lower, self.upper)):
            raise BimodalError("the start or a bound is not a finite number", where=where)
        if self.lower >= self.upper:
            raise BimodalError(
                f"the lower bound {self.lower:g} is not below the upper bound {self.upper:g}",
                where=where,
                fix="leave the parameter out of the fit to keep it fixed",
            )
        if self.scale == "log" and self.lower <= 0.0:
            raise BimodalError(
                f"the lower bound {self.lower:g} has no logarithm",
                where=where,
                fix="a bound above 0, or scale 'linear'",
            )
        if not self.lower <= self.start <= self.upper:
            raise BimodalError(
                f"the start {self.start:g} lies outside the bounds {self.lower:g} to {self.upper:g}", where=where
            )

    def to_fit(self, value: float) -> float:
        """Return a natural value on the fitting scale."""
        return math.log(value) if self.scale == "log" else value

    def to_natural(self, x: float) -> float:
        """Return a value on the fitting scale in natural units."""
        return math.exp(x) if self.scale == "log" else x

    @property
    def width(self) -> float:
        """Length of the allowed range on the fitting scale."""
        return self.to_fit(self.upper) - self.to_fit(self.lower)
