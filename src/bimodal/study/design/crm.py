"""The continual reassessment method with a model of one parameter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from bimodal.study.design.escalated import Escalated
from bimodal.study.design.ward import Ward

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
_LEAST = 3
_INTERCEPT = 3.0
PRIOR_SD = math.sqrt(1.34)
HALF_WIDTH = 0.05


@dataclass(frozen=True)
class Crm:
    """A CRM design.

    Parameters
    ----------
    target
        Aimed at probability of a dose-limiting toxicity.
    skeleton
        First guess of the probability at each dose, rising.
    model
        ``power``: skeleton to the power exp(a); ``logistic``: 3 + exp(a) times a dose that gives the skeleton at a = 0.
    prior_sd
        Of a, normal around 0.
    cohort, most, stop_at
        Patients treated together, in all, and at one dose when the next cohort would get it again.
    eliminate_above
        A trial ends without a dose when the posterior probability that the lowest is above the target is larger.

    Notes
    -----
    The model is read at the posterior mean of a. A trial begins at the lowest dose, passes over no dose on the way up,
    and does not go up after a cohort whose rate is above the target. A dose nobody was given is not selected.

    Examples
    --------
    >>> nobody = np.zeros((1, 6), np.int64)
    >>> Crm(0.2, (0.05, 0.10, 0.20, 0.35, 0.50, 0.70)).fitted(nobody, nobody).round(2).tolist()
    [[0.05, 0.1, 0.2, 0.35, 0.5, 0.7]]

    References
    ----------
    J. O'Quigley, M. Pepe, L. Fisher, Biometrics 1990;46:33; S. N. Goodman et al., Stat Med 1995;14:1149 (start and
    steps); Y. K. Cheung, Dose Finding by the Continual Reassessment Method, 2011 (prior, coherence).
    """

    target: float
    skeleton: tuple[float, ...]
    model: Literal["power", "logistic"] = "power"
    prior_sd: float = PRIOR_SD
    cohort: int = 3
    most: int = 30
    stop_at: int | None = None
    eliminate_above: float = 0.95

    @cached_property
    def _grid(self) -> Array:
        return np.linspace(-6.0 * self.prior_sd, 6.0 * self.prior_sd, 241)

    def curve(self, a: Array) -> Array:
        """Give the probabilities at each dose, (A, D), for values of the parameter (A,)."""
        own = np.asarray(self.skeleton)
        if self.model == "power":
            return own ** np.exp(a)[:, None]
        scaled = np.log(own / (1.0 - own)) - _INTERCEPT
        return np.asarray(expit(_INTERCEPT + np.exp(a)[:, None] * scaled), np.float64)

    def posterior(self, patients: Counts, dlts: Counts) -> Array:
        """Give the posterior of the parameter on its grid, (T, A), summing to 1."""
        curve = np.clip(self.curve(self._grid), 1e-300, 1.0 - 1e-16)
        log = dlts @ np.log(curve).T + (patients - dlts) @ np.log1p(-curve).T - 0.5 * (self._grid / self.prior_sd) ** 2
        dense = np.exp(log - log.max(axis=1, keepdims=True))
        return dense / dense.sum(axis=1, keepdims=True)

    def fitted(self, patients: Counts, dlts: Counts) -> Array:
        """Give the probability at each dose, (T, D), at the posterior mean of the parameter."""
        return self.curve(self.posterior(patients, dlts) @ self._grid)

    def run(self, luck: Array, truth: Array) -> Escalated:
        """Run many trials; `luck` and `truth` as :func:`three_plus_three` takes them."""
        ward = Ward(luck, truth)
        trials = len(luck)
        dose, going = np.zeros(trials, np.int64), np.ones(trials, np.bool_)
        none = np.zeros(trials, np.bool_)
        high = self.curve(self._grid)[:, 0] > self.target
        for start in range(0, self.most, self.cohort):
            if not going.any():
                break
            size = min(self.cohort, self.most - start)
            seen = ward.treat(dose, np.where(going, size, 0))
            posterior = self.posterior(ward.patients, ward.dlts)
            toxic = (posterior[:, high].sum(axis=1) > self.eliminate_above) & (ward.patients[:, 0] >= _LEAST)
            none |= going & toxic
            going &= ~toxic
            wanted = np.argmin(np.abs(self.curve(posterior @ self._grid) - self.target), axis=1)
            held = seen > self.target * size
            move = np.minimum(wanted, np.where(held, dose, dose + 1))
            if self.stop_at is not None:
                going &= ~((ward.at(move)[0] >= self.stop_at) & (move == dose))
            dose = np.where(going, move, dose)
        away = np.abs(self.fitted(ward.patients, ward.dlts) - self.target)
        nearest = np.argmin(np.where(ward.patients > 0, away, np.inf), axis=1)
        return ward.ended(np.where(none, -1, nearest))


def default_skeleton(target: float, doses: int, half_width: float = HALF_WIDTH) -> tuple[float, ...]:
    """Give first guesses with the middle dose at the target, neighbours told apart by half an indifference interval.

    Examples
    --------
    >>> [round(one, 2) for one in default_skeleton(0.25, 5, 0.05)]
    [0.08, 0.16, 0.25, 0.35, 0.46]

    References
    ----------
    S. M. Lee, Y. K. Cheung, Clin Trials 2009;6:227, for the power model.
    """
    width = min(half_width, 0.9 * target, 0.9 * (1.0 - target))
    step = math.log(target + width) / math.log(target - width)
    middle = (doses - 1) // 2
    return tuple(math.exp(math.log(target) * step ** (k - middle)) for k in range(doses))
