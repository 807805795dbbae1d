"""What was known about a parameter before the data of a fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bimodal.errors import BimodalError


@dataclass(frozen=True)
class ParameterPrior:
    """A normal distribution on the scale a parameter is fitted on; it enters the fit as one more residual.

    Parameters
    ----------
    mean
        Centre on the fitting scale: the natural logarithm of the value for a log-scale parameter, else the value.
    sd
        Standard deviation on the same scale, above 0; 0.1 on the log scale is about 10 per cent.

    Examples
    --------
    >>> ParameterPrior(mean=math.log(0.5), sd=0.3, source="A Book, p. 3").sd
    0.3
    """

    mean: float
    sd: float
    source: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd > 0.0):
            raise BimodalError(
                f"a prior of mean {self.mean} and sd {self.sd} is impossible",
                fix="give a finite mean and an sd above 0",
            )
        if not self.source.strip():
            raise BimodalError("a prior without a source", fix="say where it comes from; 'assumed: why' is an answer")
