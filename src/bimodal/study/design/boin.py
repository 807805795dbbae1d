"""The Bayesian optimal interval design, with or without backfill."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from bimodal.study.design.clock import Clock
from bimodal.study.design.escalated import Escalated
from bimodal.study.design.isotonic import isotonic
from bimodal.study.design.ward import Ward

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_LEAST = 3  # patients before a dose can be called too toxic
BACKFILL_CAP = 12


@dataclass(frozen=True)
class Boin:
    """A BOIN design.

    Parameters
    ----------
    target
        Aimed at probability of a dose-limiting toxicity.
    cohort, most
        Patients treated together, and in all.
    stop_at
        A trial ends when so many were treated at a dose and the decision is to stay there; None: at `most` alone.
    eliminate_above
        A dose and those above it are given up when the posterior probability that it is above the target is larger.
    backfill
        Patients treated at the highest tried lower dose while a cohort is observed; at most 12 at one dose, and none
        where the observed rate is at the de-escalation boundary or above.

    Examples
    --------
    >>> [round(one, 3) for one in Boin(0.3).interval]
    [0.236, 0.359]

    References
    ----------
    S. Liu, Y. Yuan, J R Stat Soc C 2015;64:507: boundaries for 0.6 and 1.4 times the target, and selection by isotonic
    regression. Y. Zhao et al., Clin Cancer Res 2024;30:673 for backfill, of which this is a simpler form: it knows no
    responses and no arrival times.
    """

    target: float
    cohort: int = 3
    most: int = 30
    stop_at: int | None = None
    eliminate_above: float = 0.95
    backfill: int = 0

    @property
    def interval(self) -> tuple[float, float]:
        """Observed rates at or below which a trial escalates, and at or above which it goes down."""
        phi, low, high = self.target, 0.6 * self.target, 1.4 * self.target
        up = math.log((1 - low) / (1 - phi)) / math.log(phi * (1 - low) / (low * (1 - phi)))
        down = math.log((1 - phi) / (1 - high)) / math.log(high * (1 - phi) / (phi * (1 - high)))
        return up, down

    def too_toxic(self, patients: Counts, dlts: Counts) -> Flags:
        """Say where a dose is given up (uniform prior)."""
        above = 1.0 - betainc(dlts + 1.0, patients - dlts + 1.0, self.target)
        return (patients >= _LEAST) & (above > self.eliminate_above)

    def run(self, luck: Array, truth: Array, clock: Clock | None = None) -> Escalated:
        """Run many trials; `luck`, `truth` and `clock` as :func:`three_plus_three` takes them."""
        ward = Ward(luck, truth, clock)
        trials, doses = len(luck), len(truth)
        dose, going = np.zeros(trials, np.int64), np.ones(trials, np.bool_)
        gone = np.zeros((trials, doses), np.bool_)
        up, down = self.interval
        for start in range(0, self.most, self.cohort):
            if not going.any():
                break
            active, given = going, dose
            ward.treat(dose, np.where(going, min(self.cohort, self.most - start), 0))
            if self.backfill:
                self._fill(ward, dose, going, down)
            gone = gone | np.logical_or.accumulate(self.too_toxic(ward.patients, ward.dlts), axis=1)
            going = going & ~gone[:, 0]
            n, y = ward.at(dose)
            # a hair of room: 0.3 * 10 is 3
            rise, fall = y <= up * n + 1e-9, y >= down * n - 1e-9
            above = np.minimum(dose + 1, doses - 1)
            can_rise = (dose < doses - 1) & ~gone[ward.all, above]
            lost = gone[ward.all, dose]
            move = np.where(rise & can_rise & ~lost, 1, np.where((fall | lost) & (dose > 0), -1, 0))
            enough = np.zeros(trials, np.bool_) if self.stop_at is None else (n >= self.stop_at) & (move == 0)
            going = going & ~enough
            dose = np.where(going, dose + move, dose)
            # with backfill several doses may go at once: down to what is left
            left = np.maximum((~gone).sum(axis=1) - 1, 0)
            dose = np.where(going, np.minimum(dose, left), dose)
            last = start + self.cohort >= self.most
            ward.decided(
                active, given, dose, going & (not last), partial(self._why, ward, given, gone, enough, last=last)
            )
        return ward.ended(self.selected(ward.patients, ward.dlts))

    def _why(self, ward: Ward, dose: Counts, gone: Flags, enough: Flags, k: int, *, last: bool) -> str:
        n, y = int(ward.patients[k, dose[k]]), int(ward.dlts[k, dose[k]])
        up, down = self.interval
        said = f"{y} of {n}: {y / n:.2f} "
        if y <= up * n + 1e-9:
            said += f"is not above {up:.3f}"
            top = dose[k] == len(ward.truth) - 1
            if top or gone[k, dose[k] + 1]:
                said += ", there is no higher dose" if top else ", the higher dose was given up"
        else:
            said += f"is not below {down:.3f}" if y >= down * n - 1e-9 else f"is between {up:.3f} and {down:.3f}"
        if gone[k, dose[k]]:
            said += f"; P(above {100 * self.target:g} %) is above {self.eliminate_above:g}: this dose is given up"
        elif y >= down * n - 1e-9 and dose[k] == 0:
            said += ", there is no lower dose"
        if gone[k, 0]:
            return said + "; no dose is left"
        if enough[k]:
            return said + f"; {self.stop_at} are treated"
        return said + (f"; {self.most} are treated" if last else "")

    def _fill(self, ward: Ward, dose: Counts, going: Flags, down: float) -> None:
        for _ in range(self.backfill):
            rate = np.divide(ward.dlts, ward.patients, out=np.ones(ward.dlts.shape), where=ward.patients > 0)
            lower = np.arange(rate.shape[1])[None, :] < dose[:, None]
            open_to = lower & (ward.patients > 0) & (ward.patients < BACKFILL_CAP) & (rate < down)
            highest = rate.shape[1] - 1 - np.argmax(open_to[:, ::-1], axis=1)
            some = open_to.any(axis=1) & going
            ward.fill(np.where(some, highest, 0), some)

    def selected(self, patients: Counts, dlts: Counts) -> Counts:
        """Select the dose whose isotonic estimate is nearest to the target, among those tried and not given up.

        Returns
        -------
        ndarray (T,)
            -1 where the lowest dose is given up. Of equal estimates below the target the highest dose, above it the
            lowest.
        """
        gone = np.logical_or.accumulate(self.too_toxic(patients, dlts), axis=1)
        tried = (patients > 0) & ~gone
        rate = (dlts + 0.05) / (patients + 0.1)
        variance = (dlts + 0.05) * (patients - dlts + 0.05) / ((patients + 0.1) ** 2 * (patients + 1.1))
        fitted = isotonic(rate, np.where(tried, 1.0 / variance, 0.0)) + 1e-10 * np.arange(1, rate.shape[1] + 1)
        away = np.where(tried, np.abs(fitted - self.target), np.inf)
        return np.where(gone[:, 0] | ~tried.any(axis=1), -1, np.argmin(away, axis=1))
