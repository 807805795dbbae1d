"""How far the answer hangs on what was believed before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bimodal.timing.grid import Design, GridLikelihood
from bimodal.timing.posterior import bayes_factor, hypothesis_probabilities
from bimodal.timing.weigh import GridWeights, default_weights, log_evidences


@dataclass(frozen=True)
class SensitivityRow:
    """P(H1) under one other prior.

    ``odds`` says that only the odds of the hypotheses before the data differ.
    """

    prior: str
    p_h1: float
    bayes_factor: float
    odds: bool = False


@dataclass(frozen=True)
class Sensitivity:
    """P(H1) under a set of other priors; the first is the default.

    Examples
    --------
    >>> made = Sensitivity((SensitivityRow("default", 0.6, 1.5), SensitivityRow("quiet noise", 0.4, 0.67)))
    >>> made.low, made.high
    (0.4, 0.6)
    """

    rows: tuple[SensitivityRow, ...]

    @property
    def low(self) -> float:
        """Smallest P(H1)."""
        return min(row.p_h1 for row in self.rows)

    @property
    def high(self) -> float:
        """Largest P(H1)."""
        return max(row.p_h1 for row in self.rows)

    @property
    def spread(self) -> float:
        """Largest less smallest P(H1) at the same odds before the data: what hangs on the grids alone."""
        same = [row.p_h1 for row in self.rows if not row.odds]
        return max(same) - min(same)

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {"p_h1_low": self.low, "p_h1_high": self.high, "rows": [vars(row) for row in self.rows]}


def other_priors(design: Design, likelihood: GridLikelihood) -> tuple[SensitivityRow, ...]:
    """Weigh the likelihoods of one series by other priors, the default first; no likelihood is worked out again.

    Examples
    --------
    >>> from bimodal.timing.grid import grid_likelihood
    >>> from bimodal.timing.hypotheses import Prior
    >>> design = Design(np.arange(10.0), Prior(), 0.07)
    >>> rows = other_priors(design, grid_likelihood(design, np.zeros((10, 1)), first=10)[0])
    >>> rows[0].prior
    'default'
    """
    usual, prior = default_weights(design), design.prior
    tau, sd = np.asarray(prior.noise_memory), np.asarray(prior.noise_sd)
    size, memory = np.asarray(prior.amplitude), np.asarray(prior.memory)
    days = 1.0 / design.frequencies
    variants: list[tuple[str, GridWeights]] = [
        ("default", usual),
        ("quiet noise likelier (weight 1/SD)", replace(usual, noise_sd=_tilt(usual.noise_sd, 1.0 / sd))),
        ("loud noise likelier (weight SD)", replace(usual, noise_sd=_tilt(usual.noise_sd, sd))),
        ("short noise memory (under 3 days)", replace(usual, noise_memory=_tilt(usual.noise_memory, tau < 3.0))),
        ("long noise memory (over 2 days)", replace(usual, noise_memory=_tilt(usual.noise_memory, tau > 2.0))),
        (
            "all sizes and memories of noise equally likely",
            replace(usual, noise_sd=np.full(len(sd), 1 / len(sd)), noise_memory=np.full(len(tau), 1 / len(tau))),
        ),
        ("noise on blood only", replace(usual, kind=np.array([1.0, 0.0]))),
        ("noise through clearance only", replace(usual, kind=np.array([0.0, 1.0]))),
        ("small cycles (SD up to 0.3)", replace(usual, amplitude=_tilt(usual.amplitude, size < 0.45))),
        ("large cycles (SD from 0.6)", replace(usual, amplitude=_tilt(usual.amplitude, size > 0.45))),
        ("cycles that keep time for good", replace(usual, memory=_tilt(usual.memory, memory == memory.max()))),
        ("period of 5 to 9 days", replace(usual, frequency=_tilt(usual.frequency, (days >= 5.0) & (days <= 9.0)))),
    ]
    rows = [_row(name, weights, design, likelihood) for name, weights in variants]
    evidence = _evidence(likelihood, usual)
    for name, other in (
        ("P(cycle) 0.2 before the data", replace(prior, cycle=0.2)),
        ("noise and memoryless rhythm equally likely", replace(prior, memoryless_share=0.5)),
    ):
        rows.append(
            SensitivityRow(name, hypothesis_probabilities(evidence, other)[2], bayes_factor(evidence, other), odds=True)
        )
    return tuple(rows)


def _row(name: str, weights: GridWeights, design: Design, likelihood: GridLikelihood) -> SensitivityRow:
    evidence = _evidence(likelihood, weights)
    return SensitivityRow(
        name, hypothesis_probabilities(evidence, design.prior)[2], bayes_factor(evidence, design.prior)
    )


def _evidence(likelihood: GridLikelihood, weights: GridWeights) -> tuple[float, float, float]:
    h0, hq, h1 = log_evidences(likelihood, weights)[:, 0]
    return float(h0), float(hq), float(h1)


def _tilt(weights: NDArray[np.float64], by: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
    """Multiply weights and make them sum to 1; a restriction that leaves nothing changes nothing."""
    tilted = weights * by
    total = float(tilted.sum())
    return tilted / total if total > 0.0 else weights
