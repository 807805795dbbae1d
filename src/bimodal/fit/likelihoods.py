"""Weighted residuals of the usual measurements; half the sum of their squares is a negative log-likelihood.

Every function is pure and broadcasts. A simulated value the formula has no answer for gives NaN, which the optimiser
steps back from; impossible data or spreads are refused. Constants that no parameter moves are left out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError

FloatArray = npt.NDArray[np.float64]

_NEAR = 1e-5  # relative distance below which a difference of logarithms is all rounding


def normal_residual(simulated: npt.ArrayLike, observed: npt.ArrayLike, sd: npt.ArrayLike) -> FloatArray:
    """Return ``(simulated - observed) / sd``: additive normal error.

    Parameters
    ----------
    simulated, observed
        Values in one unit.
    sd
        Standard deviation of the observation in the same unit, above 0.

    Examples
    --------
    >>> float(normal_residual(3.0, 1.0, 2.0))
    1.0
    """
    data, spread = _data(observed), _spread(sd)
    return np.asarray((np.asarray(simulated, np.float64) - data) / spread)


def log_normal_residual(simulated: npt.ArrayLike, observed: npt.ArrayLike, sd_log: npt.ArrayLike) -> FloatArray:
    """Return ``(ln simulated - ln observed) / sd_log``: multiplicative log-normal error.

    Parameters
    ----------
    simulated, observed
        Values in one unit; NaN where ``simulated`` is not positive.
    sd_log
        Standard deviation of the natural logarithm, above 0; 0.3 is about 30 per cent.

    Examples
    --------
    >>> float(log_normal_residual(np.e, 1.0, 0.5))
    2.0
    """
    data, spread = _positive(observed, "observed value"), _spread(sd_log)
    return np.asarray((_log(simulated) - np.log(data)) / spread)


def proportion_residual(
    simulated: npt.ArrayLike, events: npt.ArrayLike, people: npt.ArrayLike, *, floor: float = 1e-6
) -> FloatArray:
    """Return the signed root of the binomial deviance: ``k`` of ``n`` people against a simulated proportion ``p``.

    ``r = sign(p - k/n) sqrt(2 [k ln(k / (n p)) + (n - k) ln((n - k) / (n (1 - p)))])``, with ``0 ln 0 = 0``, so that
    half its square is the negative binomial log-likelihood less that of ``p = k/n``.

    Parameters
    ----------
    simulated
        Proportion; NaN outside 0 to 1.
    events, people
        ``k`` and ``n``, with ``0 <= k <= n`` and ``n >= 1``.
    floor
        The simulated proportion is kept this far from 0 and 1: a finite sample cannot show that an event never
        happens.

    Examples
    --------
    >>> proportion_residual([0.5, 0.2], 5, 10).round(3)
    array([ 0.   , -2.113])
    """
    k, n = np.broadcast_arrays(_data(events), _data(people))
    if not (0.0 < floor < 0.5):
        raise BimodalError(f"a floor of {floor} for a proportion", fix="between 0 and 0.5")
    if (n < 1).any() or (k < 0).any() or (k > n).any():
        raise BimodalError("a proportion needs 0 <= events <= people and at least one person")
    share = k / n
    p = np.asarray(simulated, np.float64)
    p = np.where((p >= 0.0) & (p <= 1.0), np.clip(p, floor, 1.0 - floor), np.nan)
    apart, variance = p - share, share * (1.0 - share)
    with np.errstate(all="ignore"):
        events_part = np.where(k > 0, k * np.log(share / p), 0.0)
        others_part = np.where(k < n, (n - k) * np.log((1.0 - share) / (1.0 - p)), 0.0)
        exact = np.sign(apart) * np.sqrt(np.maximum(2.0 * (events_part + others_part), 0.0))
        skew = 1.0 - 2.0 * (1.0 - 2.0 * share) * apart / (3.0 * variance)
        near = apart * np.sqrt(n / variance * skew)
        return np.where(np.abs(apart) < _NEAR * variance, near, exact)


def band_residual(
    simulated: npt.ArrayLike, lower: npt.ArrayLike | None, upper: npt.ArrayLike | None, sd_log: npt.ArrayLike
) -> FloatArray:
    """Return 0 inside a published band and the log distance to it outside: an interval or a one-sided statement.

    ``r = min(ln simulated - ln lower, 0) / sd_log + max(ln simulated - ln upper, 0) / sd_log``; the square has a
    continuous slope at the edges.

    Parameters
    ----------
    simulated
        Values. One that is not above 0, as before a dose, lies below any upper edge; below a lower edge its
        distance is NaN.
    lower, upper
        Edges, above 0, in the same unit; None for the side nothing was said about, not both.
    sd_log
        Standard deviation of the natural logarithm with which an edge is held, above 0.

    Examples
    --------
    >>> band_residual([0.5, 2.0, 8.0], 1.0, 4.0, np.log(2.0)).round(6)
    array([-1.,  0.,  1.])
    """
    if lower is None and upper is None:
        raise BimodalError("a band without any edge says nothing", fix="give lower, upper or both")
    value, spread = _log(simulated), _spread(sd_log)
    low = -np.inf if lower is None else np.log(_positive(lower, "lower edge"))
    high = np.inf if upper is None else np.log(_positive(upper, "upper edge"))
    if np.any(np.asarray(low) > np.asarray(high)):
        raise BimodalError("the lower edge of a band lies above the upper one")
    below = 0.0 if lower is None else np.minimum(value - low, 0.0)
    above = 0.0 if upper is None else np.where(np.asarray(simulated) <= 0.0, 0.0, np.maximum(value - high, 0.0))
    return np.asarray((below + above) / spread)


def _log(values: npt.ArrayLike) -> FloatArray:
    numbers = np.asarray(values, np.float64)
    return np.log(np.where(numbers > 0.0, numbers, np.nan))


def _data(values: npt.ArrayLike) -> FloatArray:
    numbers = np.asarray(values, np.float64)
    if not np.isfinite(numbers).all():
        raise BimodalError("an observed value is missing or not finite", fix="leave the row out, or give the number")
    return numbers


def _positive(values: npt.ArrayLike, what: str) -> FloatArray:
    numbers = _data(values)
    if (numbers <= 0.0).any():
        raise BimodalError(f"the {what} {numbers.min():g} has no logarithm", fix="give numbers above 0")
    return numbers


def _spread(values: npt.ArrayLike) -> FloatArray:
    numbers = np.asarray(values, np.float64)
    if not (np.isfinite(numbers).all() and (numbers > 0.0).all()):
        raise BimodalError("a standard deviation must be a finite number above 0")
    return numbers
