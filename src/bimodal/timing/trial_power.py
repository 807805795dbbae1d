"""Power of a two-arm trial by simulation, beside the closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import fisher_exact

from bimodal.timing.streams import stream
from bimodal.timing.trial_rates import ALPHA, patients_per_arm

_FISHER_UP_TO = 3000


@dataclass(frozen=True)
class TwoArmPower:
    """Patients per arm in closed form, and the power simulated at that number.

    Parameters
    ----------
    per_arm
        None where the arms do not differ or more than ten million would be needed.
    z_test, fisher
        Share of simulated trials with p < 0.05 by the pooled z-test and by Fisher's exact test; None if not run
        (Fisher is run up to 3,000 per arm).

    Examples
    --------
    >>> two_arm_power(0.07, 0.07).per_arm is None
    True
    """

    per_arm: int | None
    z_test: float | None
    fisher: float | None
    standard_error: float | None
    repeats: int


def two_arm_power(p1: float, p2: float, *, repeats: int = 2000, seed: int = 1) -> TwoArmPower:
    """Simulate two-arm trials of the size that the closed form asks for.

    Examples
    --------
    >>> answer = two_arm_power(0.07, 0.158, repeats=500)
    >>> answer.per_arm, 0.74 < answer.z_test < 0.86
    (204, True)
    """
    n = patients_per_arm(p1, p2)
    if n is None or n > 10_000_000:
        return TwoArmPower(None, None, None, None, 0)
    random = stream(seed, "two arms", p1, p2, n)
    a, b = random.binomial(n, p1, repeats), random.binomial(n, p2, repeats)
    power = float(_z_rejects(a, b, n).mean())
    fisher = float(_fisher_rejects(a, b, n).mean()) if n <= _FISHER_UP_TO else None
    return TwoArmPower(n, power, fisher, math.sqrt(power * (1 - power) / repeats), repeats)


def _z_rejects(a: NDArray[np.int64], b: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    pooled = (a + b) / (2 * n)
    spread = np.sqrt(np.maximum(2 * pooled * (1 - pooled) / n, 1e-300))
    return np.abs(a - b) / n > float(ndtri(1 - ALPHA / 2)) * spread


def _fisher_rejects(a: NDArray[np.int64], b: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    pairs, place = np.unique(np.stack([a, b], axis=1), axis=0, return_inverse=True)
    small = [_fisher(x, y, n) < ALPHA for x, y in pairs.tolist()]
    return np.asarray(small)[np.ravel(place)]


def _fisher(x: int, y: int, n: int) -> float:
    answer: Any = fisher_exact([[x, n - x], [y, n - y]])
    return float(answer.pvalue)
