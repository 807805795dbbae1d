"""What is usually done instead: Lomb-Scargle and harmonic regression, for comparison and not as evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln

from bimodal.errors import TimingError
from bimodal.timing.hypotheses import Prior
from bimodal.timing.series import Series
from bimodal.timing.wording import COMPARISON_ONLY

_LEAST = 6


@dataclass(frozen=True)
class MethodComparison:
    """What one of the usual methods makes of a series.

    Parameters
    ----------
    period_days
        Period it likes most.
    strength
        Share of the variance that it explains, 0 to 1 (power in standard normalisation, or partial R squared).
    white_noise_p
        Chance of as much in white noise: what a reader of such a method is told, and wrong for CRP.
    """

    method: str
    period_days: float
    strength: float
    white_noise_p: float
    note: str


def compare_methods(series: Series, *, prior: Prior | None = None) -> tuple[MethodComparison, ...]:
    """Run the usual methods on a series, for comparison and not as evidence.

    Both take what is left over for white noise. CRP remembers for 27 h whatever feeds it, and these methods then call
    11 to 60 % of daily noise series a cycle; that is why they are shown beside the answer and never as one.

    The methods are the generalised Lomb-Scargle periodogram and harmonic regression with a trend; samples below the
    limit count at the limit. ``prior`` gives the range of periods.

    Raises
    ------
    TimingError
        Fewer than 6 samples, or all alike.

    Examples
    --------
    >>> from bimodal.timing.series import plain_series
    >>> days = np.arange(21.0)
    >>> made = compare_methods(plain_series(24 * days, np.exp(np.cos(2 * np.pi * days / 7))))
    >>> round(made[0].period_days, 1)
    7.0
    """
    days, values = series.days, series.log_values if series.n else np.zeros(0)
    if series.n < _LEAST or float(np.ptp(values)) == 0.0:
        raise TimingError(
            f"a periodogram needs at least {_LEAST} samples that differ", where=series.label, fix="sample more"
        )
    frequencies = (prior or Prior()).frequencies(series.span_days)
    power = lomb_scargle(days, values, frequencies)
    best = int(np.argmax(power))
    gain = harmonic_r_squared(days, values, frequencies)
    top = int(np.argmax(gain))
    return (
        MethodComparison(
            "generalised Lomb-Scargle",
            float(1.0 / frequencies[best]),
            float(power[best]),
            false_alarm(days, float(power[best]), float(frequencies[-1])),
            COMPARISON_ONLY,
        ),
        MethodComparison(
            "harmonic regression with a trend",
            float(1.0 / frequencies[top]),
            float(gain[top]),
            f_test(float(gain[top]), added=2, left=series.n - 4),
            f"{COMPARISON_ONLY} The p-value also passes over the search for the period.",
        ),
    )


def lomb_scargle(
    days: NDArray[np.float64], values: NDArray[np.float64], frequencies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the power of the generalised Lomb-Scargle periodogram (floating mean, standard normalisation).

    Each power, shape (F,), is the share of the sum of squares about the mean that a sinusoid of that frequency (1/d)
    takes away.

    Examples
    --------
    >>> days = np.arange(20.0)
    >>> bool(lomb_scargle(days, np.sin(days), np.array([1 / (2 * np.pi)]))[0] > 0.999999)
    True

    References
    ----------
    M. Zechmeister, M. Kuerster, "The generalised Lomb-Scargle periodogram", A&A 2009;496:577.
    """
    return _explained(days, values, frequencies, np.ones((len(days), 1)))


def harmonic_r_squared(
    days: NDArray[np.float64], values: NDArray[np.float64], frequencies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the share of what a straight line leaves that a sinusoid takes away, shape (F,).

    Examples
    --------
    >>> days = np.arange(20.0)
    >>> bool(harmonic_r_squared(days, days + np.sin(days), np.array([1 / (2 * np.pi)]))[0] > 0.999999)
    True
    """
    return _explained(days, values, frequencies, np.stack([np.ones(len(days)), days - days.mean()], axis=1))


def _explained(
    days: NDArray[np.float64],
    values: NDArray[np.float64],
    frequencies: NDArray[np.float64],
    plain: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Project the plain columns out of everything, then solve the two normal equations of the sinusoid."""
    basis = np.linalg.qr(plain)[0]
    angle = 2.0 * math.pi * days[:, None] * frequencies[None, :]
    c, s, y = (part - basis @ (basis.T @ part) for part in (np.cos(angle), np.sin(angle), values))
    cc, ss, cs = (c * c).sum(axis=0), (s * s).sum(axis=0), (c * s).sum(axis=0)
    cy, sy = c.T @ y, s.T @ y
    taken = (ss * cy * cy + cc * sy * sy - 2.0 * cs * cy * sy) / (cc * ss - cs * cs)
    return taken / float(y @ y)


def false_alarm(days: NDArray[np.float64], power: float, highest: float) -> float:
    """Give the chance that white noise reaches a power at any frequency up to the highest.

    An upper bound, tight where it is small; ``power`` is in standard normalisation, ``highest`` in 1/d.

    Examples
    --------
    >>> 0.0 < false_alarm(np.arange(21.0), 0.8, 0.25) < 1e-3
    True

    References
    ----------
    R. V. Baluev, "Assessing the statistical significance of periodogram peaks", MNRAS 2008;385:1279.
    """
    n = len(days)
    width = highest * math.sqrt(4.0 * math.pi * float(np.var(days)))
    gamma = math.sqrt(2.0 / (n - 1)) * math.exp(float(gammaln(0.5 * (n - 1)) - gammaln(0.5 * (n - 2))))
    left = max(0.0, 1.0 - power)
    single = left ** (0.5 * (n - 3))
    crossings = gamma * width * left ** (0.5 * (n - 4)) * math.sqrt(0.5 * (n - 1) * power)
    return 1.0 - (1.0 - single) * math.exp(-crossings)


def f_test(share: float, *, added: int, left: int) -> float:
    """Give the p-value of an F test from the share of variance that `added` columns take, with `left` degrees left.

    Examples
    --------
    >>> f_test(0.0, added=2, left=10)
    1.0
    """
    return float(betainc(0.5 * left, 0.5 * added, 1.0 - share))
