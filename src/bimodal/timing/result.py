"""The answer about one series."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bimodal import INTENDED_USE, __version__
from bimodal.timing.hypotheses import Prior
from bimodal.timing.level import Level
from bimodal.timing.phase import PHASE_BINS, PhasePosterior, circular_mean
from bimodal.timing.posterior import PeriodPosterior, Posterior
from bimodal.timing.quality import Quality
from bimodal.timing.sensitivity import Sensitivity
from bimodal.timing.series import Series
from bimodal.timing.status import Status
from bimodal.timing.wording import LEVEL_CONFOUNDS, SAFETY

SCHEMA = 1
_DIGITS = 9


@dataclass(frozen=True)
class PhaseAhead:
    """One rib of the phase fan.

    Parameters
    ----------
    days_after_last
        Days after the last sample.
    hours_from_peak
        Median time since the nearest peak of CRP (negative before it), h.
    lower_80, upper_80, lower_95, upper_95
        Interval of it, h.
    concentration
        Length of the mean direction: 0 knows nothing, 1 everything.
    """

    days_after_last: float
    hours: float
    hours_from_peak: float
    lower_80: float
    upper_80: float
    lower_95: float
    upper_95: float
    concentration: float


@dataclass(frozen=True, eq=False)
class Assessment:
    """What one series says about a cycle.

    Parameters
    ----------
    series
        The samples that were used (before the first dose or disturbance).
    whole
        The series as read.
    posterior
        Numbers of the comparison; None with INSUFFICIENT_DATA.
    sensitivity
        P(H1) under other priors; None with INSUFFICIENT_DATA.
    warnings
        Everything a reader must know, quality first.
    """

    series: Series
    whole: Series
    quality: Quality
    status: Status
    sentence: str
    posterior: Posterior | None
    prior: Prior
    sensitivity: Sensitivity | None
    level: Level
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{self.status.value}: {self.sentence}"

    @property
    def p_h0(self) -> float | None:
        """P(noise)."""
        return None if self.posterior is None else self.posterior.probabilities[0]

    @property
    def p_hq(self) -> float | None:
        """P(rhythm without memory)."""
        return None if self.posterior is None else self.posterior.probabilities[1]

    @property
    def p_h1(self) -> float | None:
        """P(persistent cycle)."""
        return None if self.posterior is None else self.posterior.probabilities[2]

    @property
    def bayes_factor(self) -> float | None:
        """H1 against H0 and Hq."""
        return None if self.posterior is None else self.posterior.bayes_factor

    @property
    def log_evidence(self) -> dict[str, float] | None:
        """Ln p(samples | hypothesis), by hypothesis."""
        if self.posterior is None:
            return None
        return dict(zip(("h0", "hq", "h1"), self.posterior.log_evidence, strict=True))

    @property
    def period(self) -> PeriodPosterior | None:
        """Period, given H1."""
        return None if self.posterior is None else self.posterior.period

    @property
    def phase(self) -> PhasePosterior | None:
        """Phase, given H1."""
        return None if self.posterior is None else self.posterior.phase

    def phase_at(self, hours: ArrayLike) -> NDArray[np.float64]:
        """Give the weights of the phase grid (`phase.grid`) at these hours after the first sample, given H1.

        Shape (H, B); even weights where the data do not suffice.
        """
        if self.posterior is None:
            return np.full((len(np.atleast_1d(np.asarray(hours))), PHASE_BINS), 1.0 / PHASE_BINS)
        return self.posterior.phase.at(hours)

    def fan(self, days_after_last: ArrayLike = (1, 2, 3, 4, 5, 6, 7, 8, 9)) -> tuple[PhaseAhead, ...]:
        """Say where CRP would be in its cycle on the days after the last sample, given H1; empty without numbers."""
        if self.posterior is None:
            return ()
        phase, ribs = self.posterior.phase, []
        for day in np.atleast_1d(np.asarray(days_after_last, dtype=np.float64)):
            hours = float(self.series.hours[-1]) + 24.0 * float(day)
            weights = phase.at(hours)[0]
            low95, low80, middle, high80, high95 = phase.hours_from_peak(weights, (0.025, 0.1, 0.5, 0.9, 0.975))
            towards = circular_mean(phase.grid, weights)
            length = float(weights @ np.cos(phase.grid - towards))
            ribs.append(PhaseAhead(float(day), hours, middle, low80, high80, low95, high95, length))
        return tuple(ribs)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data; numbers keep nine digits, so that the bytes do not hang on the last bit."""
        found = self.posterior
        plain: dict[str, Any] = {
            "schema": SCHEMA,
            "bimodal": __version__,
            "safety": SAFETY,
            "intended_use": INTENDED_USE,
            "series": self.series.label,
            "file_sha256": self.whole.sha256,
            "status": self.status.value,
            "sentence": self.sentence,
            "samples": self.series.n,
            "span_days": self.series.span_days,
            "level": vars(self.level) | {"note": LEVEL_CONFOUNDS},
            "quality": self.quality.to_dict(),
            "warnings": list(self.warnings),
            "prior": self.prior.to_dict(),
            "p_h0": self.p_h0,
            "p_hq": self.p_hq,
            "p_h1": self.p_h1,
            "bayes_factor": self.bayes_factor,
            "log_evidence": self.log_evidence,
            "replication": None,
            "period": None,
            "phase": None,
            "sensitivity": None,
        }
        if found is not None and self.sensitivity is not None:
            low, middle, high = found.period.quantiles()
            plain["replication"] = {
                "bayes_factor_first": found.bayes_factor_first,
                "bayes_factor_rest": found.bayes_factor_rest,
            }
            plain["period"] = {
                "given": "H1",
                "median_days": middle,
                "lower_90_days": low,
                "upper_90_days": high,
                "mode_days": found.period.mode_days,
                "grid_days": found.period.days.tolist(),
                "weights": found.period.weights.tolist(),
                "prior": found.period.prior.tolist(),
            }
            plain["phase"] = {
                "given": "H1",
                "zero": "peak of the cycle in CRP",
                "fan": [vars(rib) for rib in self.fan()],
            }
            plain["sensitivity"] = self.sensitivity.to_dict()
        return _rounded(plain)

    def to_json(self) -> str:
        """Give `to_dict` as text; the same series and version give the same bytes."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{float(value):.{_DIGITS}g}") + 0.0
    return value
