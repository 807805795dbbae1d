"""A problem as the optimiser sees it: residuals and priors on the fitting scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.fit.problem import Problem

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Surface:
    """Translates between natural units and the fitting scale, and appends one residual for each prior.

    Examples
    --------
    >>> from bimodal.fit import FitParameter
    >>> problem = Problem(name="k", parameters=(FitParameter("k", start=1.0, lower=0.1, upper=9.0),), groups=("a",),
    ...     data={"made up": "0" * 64}, residuals=lambda v: np.array([v["k"] - 3.0]))
    >>> Surface(problem).residuals(np.array([0.0]))
    array([-2.])
    """

    problem: Problem

    @cached_property
    def start(self) -> FloatArray:
        """(P,) declared start."""
        return self.to_fit([parameter.start for parameter in self.problem.parameters])

    @cached_property
    def lower(self) -> FloatArray:
        """(P,) lower bounds."""
        return self.to_fit([parameter.lower for parameter in self.problem.parameters])

    @cached_property
    def upper(self) -> FloatArray:
        """(P,) upper bounds."""
        return self.to_fit([parameter.upper for parameter in self.problem.parameters])

    @cached_property
    def logarithmic(self) -> npt.NDArray[np.bool_]:
        """(P,) which parameters are fitted on the log scale."""
        return np.array([parameter.scale == "log" for parameter in self.problem.parameters])

    @cached_property
    def prior_rows(self) -> FloatArray:
        """(Q, P) derivatives of the Q prior residuals: 1/sd at the parameter of the prior."""
        sds = [parameter.prior.sd if parameter.prior else np.inf for parameter in self.problem.parameters]
        return np.diag(1.0 / np.array(sds))[np.isfinite(sds)]

    @cached_property
    def _prior_means(self) -> FloatArray:
        return np.array([parameter.prior.mean if parameter.prior else 0.0 for parameter in self.problem.parameters])

    def to_fit(self, values: npt.ArrayLike) -> FloatArray:
        """Return natural values (..., P) on the fitting scale."""
        natural = np.asarray(values, np.float64)
        return np.where(self.logarithmic, np.log(np.where(self.logarithmic, natural, 1.0)), natural)

    def to_natural(self, x: FloatArray) -> FloatArray:
        """Return values on the fitting scale (..., P) in natural units, never outside the bounds by rounding."""
        natural = np.where(self.logarithmic, np.exp(np.where(self.logarithmic, x, 0.0)), x)
        low = [parameter.lower for parameter in self.problem.parameters]
        high = [parameter.upper for parameter in self.problem.parameters]
        return np.clip(natural, low, high)

    def values(self, x: FloatArray) -> dict[str, float]:
        """Return natural values by id."""
        return dict(zip(self.problem.ids, self.to_natural(x).tolist(), strict=True))

    def data_residuals(self, x: FloatArray) -> FloatArray:
        """Return the residuals of the data, (K, P) -> (K, R)."""
        return self.problem.evaluate(self.to_natural(x))

    def prior_residuals(self, x: FloatArray) -> FloatArray:
        """Return the residuals of the priors, (..., P) -> (..., Q)."""
        return (x - self._prior_means) @ self.prior_rows.T

    def residuals(self, x: FloatArray) -> FloatArray:
        """Return all residuals of one parameter set, (P,) -> (R + Q,)."""
        return np.concatenate([self.data_residuals(x[None])[0], self.prior_residuals(x)])
