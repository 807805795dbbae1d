"""The continual reassessment method with a model of one parameter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from bimodal.study.design.clock import Clock
from bimodal.study.design.crm_look import CrmLook
from bimodal.study.design.escalated import Escalated
from bimodal.study.design.ward import Ward

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_LEAST = 3
_SHARPEST = 3.2  # information on the parameter from one patient, at most: of the power model 0.65, of the logistic 3.1
_FAR = 10.0  # standard deviations of the prior
_FINE = 0.7  # steps of the grid, of the smallest standard deviation that the posterior can have
_INTERCEPT = 3.0
PRIOR_SD = math.sqrt(1.34)


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
        sharpest = 1.0 / math.sqrt(_SHARPEST * self.most + 1.0 / self.prior_sd**2)
        half = math.ceil(_FAR * self.prior_sd / min(0.05 * self.prior_sd, _FINE * sharpest))
        return np.linspace(-_FAR * self.prior_sd, _FAR * self.prior_sd, 2 * half + 1)

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

    def mean(self, patients: Counts, dlts: Counts) -> Array:
        """Give the posterior mean of the parameter, (T,)."""
        return self.posterior(patients, dlts) @ self._grid

    def fitted(self, patients: Counts, dlts: Counts) -> Array:
        """Give the probability at each dose, (T, D), at the posterior mean of the parameter."""
        return self.curve(self.mean(patients, dlts))

    def too_toxic(self, patients: Counts, dlts: Counts) -> Array:
        """Give the posterior probability that the lowest dose is above the target, (T,)."""
        own = self.skeleton[0]
        if self.model == "power":
            edge = math.log(math.log(self.target) / math.log(own))
        else:
            far = (math.log(self.target / (1.0 - self.target)) - _INTERCEPT) / (
                math.log(own / (1.0 - own)) - _INTERCEPT
            )
            edge = math.log(far) if far > 0.0 else -math.inf
        # a smaller parameter is a higher curve; a point of the grid stands for half a step on either side
        step = self._grid[1] - self._grid[0]
        share = np.clip((edge - self._grid) / step + 0.5, 0.0, 1.0)
        return self.posterior(patients, dlts) @ share

    def next(self, patients: Counts, dlts: Counts, dose: Counts, seen: Counts, size: int) -> CrmLook:
        """Decide after a cohort: the dose that comes next, and whether the trial ends because the lowest is too toxic.

        Parameters
        ----------
        patients, dlts
            So far at each dose, (T, D).
        dose, seen, size
            Of the cohort: its dose, its toxicities (T,) and its patients.
        """
        toxic = (self.too_toxic(patients, dlts) > self.eliminate_above) & (patients[:, 0] >= _LEAST)
        fitted = self.fitted(patients, dlts)
        wanted = np.argmin(np.abs(fitted - self.target), axis=1)
        held = seen > self.target * size
        return CrmLook(dose, fitted, wanted, held, toxic, np.minimum(wanted, np.where(held, dose, dose + 1)))

    def run(self, luck: Array, truth: Array, clock: Clock | None = None) -> Escalated:
        """Run many trials; `luck`, `truth` and `clock` as :func:`three_plus_three` takes them."""
        ward = Ward(luck, truth, clock)
        trials, doses = len(luck), len(truth)
        dose, going = np.zeros(trials, np.int64), np.ones(trials, np.bool_)
        none = np.zeros(trials, np.bool_)
        for start in range(0, self.most, self.cohort):
            if not going.any():
                break
            active, size = going, min(self.cohort, self.most - start)
            seen = ward.treat(dose, np.where(going, size, 0))
            # where the same was seen the same is decided: it is worked out once
            states = np.column_stack([ward.patients, ward.dlts, dose, seen])
            states, place = np.unique(states, axis=0, return_inverse=True)
            treated, toxicities = states[:, :doses], states[:, doses : 2 * doses]
            look = self.next(treated, toxicities, states[:, -2], states[:, -1], size)
            look = look.of(np.ravel(place))
            none |= going & look.toxic
            going = going & ~look.toxic
            if self.stop_at is not None:
                going = going & ~((ward.at(look.move)[0] >= self.stop_at) & (look.move == dose))
            last = start + self.cohort >= self.most
            ward.decided(active, dose, look.move, going & (not last), partial(self._why, look, going, last=last))
            dose = np.where(going, look.move, dose)
        away = np.abs(self.fitted(ward.patients, ward.dlts) - self.target)
        nearest = np.argmin(np.where(ward.patients > 0, away, np.inf), axis=1)
        return ward.ended(np.where(none, -1, nearest))

    def _why(self, look: CrmLook, going: Flags, k: int, *, last: bool) -> str:
        if look.toxic[k]:
            return f"P(lowest dose above {100 * self.target:g} %) is above {self.eliminate_above:g}"
        wanted, dose = int(look.wanted[k]), int(look.dose[k])
        # its place among them: a dose may be called by another number
        which = f"dose {wanted + 1} of {len(self.skeleton)}"
        said = f"the estimate of {which} is nearest to {self.target:g}: {look.fitted[k, wanted]:.2f}"
        if wanted > dose and look.held[k]:
            said += "; not up after a cohort above the target"
        elif wanted > dose + 1:
            said += "; one dose at a time"
        if not going[k]:
            return said + f"; {self.stop_at} are treated there"
        return said + (f"; {self.most} are treated" if last else "")
