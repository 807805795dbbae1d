"""Priors that are not normal as residuals: half the square is how much less likely a value is than the likeliest."""

from __future__ import annotations

import math

from bimodal.exchange.petab.parameters import PetabParameter
from bimodal.exchange.petab.prior import PetabPrior

#: Distributions with a corner at their middle, where a residual would have an infinite slope.
_CORNERED = ("laplace", "log-laplace")


def prior_residual(parameter: PetabParameter, value: float) -> float:
    """Return the signed root of twice the drop of the log density below its largest within the bounds.

    Parameters
    ----------
    parameter
        With a prior.
    value
        In natural units; NaN is returned for one whose density is 0.

    Raises
    ------
    PetabError
        The density has a corner, or no largest value within the bounds.
    """
    prior = parameter.prior
    assert prior is not None  # the caller leaves the others out
    if prior.distribution in _CORNERED:
        parameter.place.fail(None, f"the prior '{prior.distribution}' of '{parameter.id}' is not supported in a fit")
    mode = min(max(_mode(prior), parameter.lower), parameter.upper)
    most = prior.log_density(mode)
    if not math.isfinite(most):
        parameter.place.fail(None, f"the prior of '{parameter.id}' has no largest density within the bounds")
    drop = most - prior.log_density(value)
    return math.copysign(math.sqrt(2.0 * max(drop, 0.0)), value - mode) if math.isfinite(drop) else math.nan


def _mode(prior: PetabPrior) -> float:
    a, b = prior.parameters[0], prior.parameters[-1]
    unit = {"lin": lambda x: x, "log": math.exp, "log10": lambda x: 10.0**x}[prior.scale]
    modes = {
        "normal": a,
        "cauchy": a,
        "chisquare": max(a - 2.0, 0.0),
        "exponential": 0.0,
        "gamma": max((a - 1.0) * b, 0.0),
        "rayleigh": a,
        "log-uniform": a,
        "uniform": a,
    }
    return math.exp(a - b * b) if prior.distribution == "log-normal" else unit(modes[prior.distribution])
