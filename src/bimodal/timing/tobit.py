"""Samples below the detection limit: known to lie under it, and no more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from bimodal.timing.likelihood import LOG_TWO_PI

_SWEEPS = 20
_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class CensoredFit:
    """What is known of the samples below the limit under each covariance.

    ``log_probability``, shape (C,), is ln P(all of them lie below their limits).

    Parameters
    ----------
    precision, shift
        Each censored sample acts as if it had been seen at shift / precision with variance 1 / precision, (C, m).

    Examples
    --------
    >>> one = below_limits(np.zeros((1, 1)), np.ones((1, 1, 1)))
    >>> round(float(np.exp(one.log_probability[0])), 6)
    0.5
    """

    log_probability: NDArray[np.float64]
    precision: NDArray[np.float64]
    shift: NDArray[np.float64]


def below_limits(limits: NDArray[np.float64], covariance: NDArray[np.float64]) -> CensoredFit:
    """Give the probability that Gaussian values of mean 0 all lie below their limits, by expectation propagation.

    Exact for one value. For several, ln P is off by about 0.01 (two), a few hundredths (four) and up to a tenth (eight
    values), which moves a Bayes factor by a tenth at most (`benchmarks/timing_oracles.py`); no random number is drawn.

    Limits are less the mean, shape (C, m); covariances (C, m, m).

    References
    ----------
    J. P. Cunningham, P. Hennig, S. Lacoste-Julien, "Gaussian probabilities and expectation propagation",
    arXiv:1111.6832, 2011.
    """
    count, m = limits.shape
    spread, centre = covariance.copy(), np.zeros((count, m))
    precision, shift = np.zeros((count, m)), np.zeros((count, m))
    log_z, log_volume = np.zeros((count, m)), np.zeros(count)
    before = total = np.full(count, -np.inf)
    for _ in range(_SWEEPS):
        for i in range(m):
            own, mean = spread[:, i, i], centre[:, i]
            cavity = 1.0 / (1.0 / own - precision[:, i])
            at = cavity * (mean / own - shift[:, i])
            root = np.sqrt(cavity)
            edge = (limits[:, i] - at) / root
            log_z[:, i] = log_ndtr(edge)
            slope = np.exp(-0.5 * edge * edge - 0.5 * LOG_TWO_PI - log_z[:, i])
            narrower = np.maximum(cavity * (1.0 - edge * slope - slope * slope), 1e-10 * cavity)
            tau = np.maximum(1.0 / narrower - 1.0 / cavity, 1e-10 / cavity)
            nu = (at - root * slope) * (tau + 1.0 / cavity) - at / cavity
            d_tau, d_nu = tau - precision[:, i], nu - shift[:, i]
            precision[:, i], shift[:, i] = tau, nu
            scale = 1.0 + d_tau * own
            column = spread[:, :, i].copy()
            centre += ((d_nu - d_tau * mean) / scale)[:, None] * column
            spread -= (d_tau / scale)[:, None, None] * column[:, :, None] * column[:, None, :]
            log_volume -= np.log(scale)
        total = _log_z(limits, spread, centre, precision, shift) + 0.5 * log_volume + 0.5 * (shift * centre).sum(axis=1)
        if m == 1 or np.max(np.abs(total - before)) < _TOLERANCE:
            break
        before = total
    return CensoredFit(total, precision, shift)


def _log_z(
    limits: NDArray[np.float64],
    spread: NDArray[np.float64],
    centre: NDArray[np.float64],
    precision: NDArray[np.float64],
    shift: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give the part of the normalising constant that the stand-in observations bring, all at once."""
    own = np.diagonal(spread, axis1=1, axis2=2)
    cavity = 1.0 / (1.0 / own - precision)
    at = cavity * (centre / own - shift)
    each = log_ndtr((limits - at) / np.sqrt(cavity))
    each += 0.5 * (at * at / cavity - centre * centre / own + np.log(cavity) - np.log(own))
    return each.sum(axis=1)


def censored_log_likelihoods(
    covariance: NDArray[np.float64], values: NDArray[np.float64], censored: NDArray[np.bool_], *, first: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give ln p of one series with samples below a limit, under each covariance, and of its first part.

    Covariances, shape (C, n, n), include assay noise; values are ln CRP less its mean, the limit where censored.

    Examples
    --------
    >>> whole, part = censored_log_likelihoods(np.eye(1)[None], np.zeros(1), np.array([True]), first=1)
    >>> round(float(whole[0, 0]), 6) == round(float(np.log(0.5)), 6)
    True
    """
    whole = _one(covariance, values, censored)
    return whole, _one(covariance[:, :first, :first], values[:first], censored[:first])


def _one(
    covariance: NDArray[np.float64], values: NDArray[np.float64], censored: NDArray[np.bool_]
) -> NDArray[np.float64]:
    known, limits, rest = given_seen(covariance, values, censored)
    if not censored.any():
        return known[:, None]
    return (known + below_limits(limits, rest).log_probability)[:, None]


def given_seen(
    covariance: NDArray[np.float64], values: NDArray[np.float64], censored: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Condition the censored samples on the seen ones.

    Gives ln p of the seen, shape (C,); limits less the conditional mean, (C, m); conditional covariance, (C, m, m).
    """
    count, seen = len(covariance), ~censored
    if not seen.any():
        return np.zeros(count), np.broadcast_to(values, (count, len(values))), covariance
    factor = np.linalg.cholesky(covariance[:, seen][:, :, seen])
    right = np.concatenate(
        [np.broadcast_to(values[seen, None], (count, int(seen.sum()), 1)), covariance[:, seen][:, :, censored]], axis=2
    )
    white = np.linalg.solve(factor, right)
    y, cross = white[:, :, 0], white[:, :, 1:]
    known = -0.5 * (y * y).sum(axis=1) - 0.5 * int(seen.sum()) * LOG_TWO_PI
    known -= np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    mean = (cross * y[:, :, None]).sum(axis=1)
    rest = covariance[:, censored][:, :, censored] - np.swapaxes(cross, 1, 2) @ cross
    return known, values[censored][None] - mean, rest
