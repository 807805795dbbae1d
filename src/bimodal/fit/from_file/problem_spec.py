"""What a problem file says beyond the study in it: which parameters are free, and where the measured values stand."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bimodal.fit.prior import ParameterPrior

Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PriorSpec(_Part):
    """What was known before: a median and a spread, with a source.

    Parameters
    ----------
    median
        In the unit of the parameter.
    sd_log
        Standard deviation of the natural logarithm; for parameters searched on the log scale.
    sd
        Standard deviation in the unit of the parameter; for parameters searched on the linear scale.

    Examples
    --------
    >>> PriorSpec(median=1.0, sd_log=0.5, source="A 2001").prior("log").mean
    0.0
    """

    median: Finite
    sd_log: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    sd: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    source: str = Field(min_length=1)

    def prior(self, scale: str) -> ParameterPrior:
        """Give the prior on the scale of the search."""
        if scale == "log":
            return ParameterPrior(mean=math.log(self.median), sd=self.sd_log or 0.0, source=self.source)
        return ParameterPrior(mean=self.median, sd=self.sd or 0.0, source=self.source)


class FreeParameter(_Part):
    """One parameter that is fitted.

    Parameters
    ----------
    lower, upper
        Bounds in its unit.
    start
        Where the search begins; the value of the table if nothing is said.
    scale
        ``log`` or ``linear``.

    Examples
    --------
    >>> FreeParameter(id="clearance", lower=1.0, upper=30.0).scale
    'log'
    """

    id: str = Field(min_length=1)
    lower: Finite
    upper: Finite
    start: Finite | None = None
    scale: Literal["log", "linear"] = "log"
    prior: PriorSpec | None = None

    @model_validator(mode="after")
    def _prior_fits_the_scale(self) -> FreeParameter:
        prior = self.prior
        if prior is not None:
            wanted, other = ("sd_log", "sd") if self.scale == "log" else ("sd", "sd_log")
            if getattr(prior, wanted) is None or getattr(prior, other) is not None:
                raise ValueError(f"'{self.id}' is searched on the {self.scale} scale: its prior gives '{wanted}'")
            if self.scale == "log" and prior.median <= 0.0:
                raise ValueError(f"the prior median of '{self.id}' has no logarithm")
        return self


class ProblemSpec(_Part):
    """The part of a problem file that is not the study."""

    data: str = Field(min_length=1)
    parameter: tuple[FreeParameter, ...] = Field(min_length=1, max_length=200)
