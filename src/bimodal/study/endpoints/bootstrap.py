"""A bootstrap interval of a median over patients."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.weighted import Weights, known, median

#: More patients need no bootstrap: the interval is narrow, and resampling them would take minutes.
MOST = 20_000
BOOTSTRAP = "95 % of the median (bootstrap, percentiles; Monte-Carlo: more patients narrow it)"
_NUMBERS = 4_000_000


def bootstrap_median(
    values: npt.NDArray[np.float64], resamples: int, seed: int, weights: Weights = None
) -> dict[str, Any]:
    """Give the percentile bootstrap interval of the median of the patients that have a value.

    Parameters
    ----------
    values
        (N,), NaN for none; sorted first, so that their order changes no bit.
    weights
        (N,) for how many patients each stands; a patient who is drawn brings the weight along.

    Returns
    -------
    dict
        ``lower`` and ``upper`` (None for fewer than 2 or more than 20,000 patients), ``resamples`` and ``interval``.

    Examples
    --------
    >>> found = bootstrap_median(np.arange(1.0, 100.0), 1000, 1)
    >>> 30.0 < found["lower"] < 50.0 < found["upper"] < 70.0
    True

    References
    ----------
    B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993; computed by SciPy.
    """
    own, by = known(values, weights)
    about = {"resamples": resamples, "interval": BOOTSTRAP}
    if not 2 <= len(own) <= MOST:
        return {"lower": None, "upper": None, **about}
    if by is not None:
        drawn = np.random.Generator(np.random.Philox(key=seed))
        each = (drawn.integers(0, len(own), len(own)) for _ in range(resamples))
        low, high = np.quantile([median(own[who], by[who]) for who in each], [0.025, 0.975])
        return {"lower": float(low), "upper": float(high), **about}
    from scipy.stats import bootstrap

    found = bootstrap(
        (own,),
        np.median,
        n_resamples=resamples,
        batch=max(1, _NUMBERS // len(own)),
        method="percentile",
        rng=np.random.Generator(np.random.Philox(key=seed)),
    ).confidence_interval
    return {"lower": float(found.low), "upper": float(found.high), **about}
