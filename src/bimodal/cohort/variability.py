"""From a median, a coefficient of variation and a normal number to a patient's value."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bimodal.errors import CohortError

DISTRIBUTIONS = ("lognormal", "logitnormal", "uniform")
#: Kill rates of tumours in one equally good parameter set vary by 15, a standard deviation of ln of 2.3.
LARGEST_CV = 50.0


def vary(median: float, cv: float, distribution: str, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give values whose median is ``median`` and whose spread is ``cv``.

    Log-normal keeps amounts and rates positive; logit-normal keeps fractions between 0 and 1; uniform is for what
    nobody knows between two ends, such as where in a turn something starts.

    Parameters
    ----------
    cv
        Coefficient of variation between patients, 0.3 for 30 %. For ``lognormal`` it is exact; for ``logitnormal``
        the spread on the logit scale is ``cv / (1 - median)``, which has this cv to first order. ``uniform`` runs from
        ``median (1 - sqrt(3) cv)`` to ``median (1 + sqrt(3) cv)``, which has this cv exactly.
    distribution
        ``"lognormal"``, ``"logitnormal"`` or ``"uniform"``.

    Examples
    --------
    >>> import numpy as np
    >>> vary(50.0, 0.4, "lognormal", np.array([0.0])).tolist()
    [50.0]
    >>> round(float(vary(0.25, 0.3, "logitnormal", np.array([0.0]))[0]), 12)
    0.25
    """
    if not (math.isfinite(median) and median > 0):
        raise CohortError(f"a median must be a number above 0, not {median!r}")
    if not 0 <= cv <= LARGEST_CV:
        raise CohortError(f"a coefficient of variation must lie between 0 and {LARGEST_CV:g}, not {cv!r}")
    if distribution == "lognormal":
        return median * np.exp(math.sqrt(math.log1p(cv * cv)) * z)
    if distribution == "logitnormal":
        if not median < 1:
            raise CohortError(f"the median of a logit-normal fraction must be below 1, not {median!r}")
        from scipy.special import expit

        logit = math.log(median) - math.log1p(-median)
        return np.asarray(expit(logit + cv / (1.0 - median) * z), dtype=np.float64)
    if distribution == "uniform":
        if math.sqrt(3.0) * cv > 1.0:
            raise CohortError(
                f"a uniform quantity with a cv of {cv!r} would fall below 0",
                fix="a cv of 0.577 runs from 0 to twice the median",
            )
        from scipy.special import ndtr

        return np.asarray(median * (1.0 + math.sqrt(3.0) * cv * (2.0 * ndtr(z) - 1.0)), dtype=np.float64)
    raise CohortError(
        f"unknown distribution {distribution!r}", fix="use one of " + ", ".join(DISTRIBUTIONS) + ", or a cv of 0"
    )
