"""What the samples say about the three hypotheses, the period and the phase."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bimodal.timing.hypotheses import Prior
from bimodal.timing.phase import PhasePosterior


@dataclass(frozen=True, eq=False)
class PeriodPosterior:
    """The period of a persistent cycle, given that there is one.

    Periods of the grid ascend, shape (F,); both weights sum to 1.

    Examples
    --------
    >>> PeriodPosterior(np.array([6.0, 7.0, 8.0]), np.array([0.1, 0.8, 0.1]), np.ones(3) / 3).mode_days
    7.0
    """

    days: NDArray[np.float64]
    weights: NDArray[np.float64]
    prior: NDArray[np.float64]

    @property
    def mode_days(self) -> float:
        """Period of the greatest density over ln period, d."""
        return float(self.days[np.argmax(self.weights / self.prior)])

    def quantiles(self, probability: ArrayLike = (0.05, 0.5, 0.95)) -> NDArray[np.float64]:
        """Give quantiles of the period, d; half of a point's weight lies below it."""
        steps = np.cumsum(self.weights) - 0.5 * self.weights
        return np.interp(np.asarray(probability, dtype=np.float64), steps, self.days)


@dataclass(frozen=True, eq=False)
class Posterior:
    """The comparison of the three hypotheses for one series, before any rule about what may be said.

    Parameters
    ----------
    log_evidence
        ln p(samples | H0), ln p(samples | Hq) and ln p(samples | H1).
    log_evidence_first
        The same for the first part of the series (see `Replication`); None where the series was not split.

    Examples
    --------
    >>> from bimodal.timing.posterior import bayes_factor
    >>> round(bayes_factor((0.0, 0.0, math.log(10.0)), Prior()), 6)
    10.0
    """

    log_evidence: tuple[float, float, float]
    log_evidence_first: tuple[float, float, float] | None
    prior: Prior
    period: PeriodPosterior
    phase: PhasePosterior

    @property
    def probabilities(self) -> tuple[float, float, float]:
        """P(H0), P(Hq) and P(H1)."""
        return hypothesis_probabilities(self.log_evidence, self.prior)

    @property
    def p_h1(self) -> float:
        """P(H1): a persistent cycle."""
        return self.probabilities[2]

    @property
    def bayes_factor(self) -> float:
        """p(samples | H1) over p(samples | H0 or Hq)."""
        return bayes_factor(self.log_evidence, self.prior)

    @property
    def bayes_factor_first(self) -> float | None:
        """The Bayes factor of the first part alone."""
        return None if self.log_evidence_first is None else bayes_factor(self.log_evidence_first, self.prior)

    @property
    def bayes_factor_rest(self) -> float | None:
        """The Bayes factor of the rest, predicted from the first part."""
        first = self.bayes_factor_first
        return None if first is None else self.bayes_factor / first


def hypothesis_probabilities(log_evidence: tuple[float, float, float], prior: Prior) -> tuple[float, float, float]:
    """Give P(H0), P(Hq), P(H1) from ln evidences and the prior."""
    top = max(log_evidence)
    joint = [
        math.exp(value - top) * weight for value, weight in zip(log_evidence, prior.hypothesis_weights(), strict=True)
    ]
    total = sum(joint)
    return joint[0] / total, joint[1] / total, joint[2] / total


def bayes_factor(log_evidence: tuple[float, float, float], prior: Prior) -> float:
    """Give p(samples | H1) over the mean of p(samples | H0) and p(samples | Hq) in their prior shares."""
    share = prior.memoryless_share
    top = max(log_evidence[0], log_evidence[1])
    rest = (1.0 - share) * math.exp(log_evidence[0] - top) + share * math.exp(log_evidence[1] - top)
    return math.exp(min(700.0, log_evidence[2] - top - math.log(rest)))
