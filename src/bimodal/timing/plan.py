"""What a sampling plan could find, before anybody is bled."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bimodal.errors import TimingError
from bimodal.timing.hypotheses import CRP_MEMORY_DAYS
from bimodal.timing.kernels import noise_on_blood
from bimodal.timing.operating import WINDOW_H, Operating, Progress, operate
from bimodal.timing.quality import LEAST_SAMPLES, LEAST_SPAN_DAYS
from bimodal.timing.series import ASSAY_SD, plain_series
from bimodal.timing.simulate_series import SimulatedSeries, sample_days, simulate_series
from bimodal.timing.streams import stream
from bimodal.timing.trial import PROGRESSION_FREE_DAYS

NULLS_OF_A_PLAN = ("OU 27 h", "OU 3 d", "filtered", "pseudo-cycle")
"""Noise series that a plan is held against; the last two pass for cycles most often."""

_LEVEL = math.log(20.0)
_MOST_SERIES = 10_000


@dataclass(frozen=True)
class SamplingPlan:
    """How often, how many, and what is believed about the cycle.

    Parameters
    ----------
    every_d
        Days between them; each is taken up to 3.6 h early or late.
    amplitude
        Half of peak to trough in ln units: a ratio of exp(2 A).
    noise_sd
        Biological noise in ln units, with the memory of CRP in blood; 0.4 is a within-person CV of 42 %.
    """

    samples: int
    every_d: float
    amplitude: float = 0.75
    noise_sd: float = 0.4

    def __post_init__(self) -> None:
        limits = {
            "samples": (self.samples, 3, 150),
            "every": (self.every_d, 0.25, 30.0),
            "amplitude": (self.amplitude, 0.0, 3.0),
            "noise": (self.noise_sd, 0.01, 3.0),
            "span": (self.span_d, 0.0, 200.0),
        }
        for name, (value, low, high) in limits.items():
            if not low <= value <= high:
                raise TimingError(f"{name} is out of range", where=f"{value:g}", fix=f"{low:g} to {high:g}")

    @property
    def span_d(self) -> float:
        """Days from the first sample to the last."""
        return (self.samples - 1) * self.every_d

    @property
    def ratio(self) -> float:
        """Peak over trough of CRP."""
        return math.exp(2.0 * self.amplitude)

    @property
    def sufficient(self) -> bool:
        """Whether the checks would let such a series be asked at all."""
        return self.samples >= LEAST_SAMPLES and self.span_d >= LEAST_SPAN_DAYS


@dataclass(frozen=True)
class Share:
    """A share of simulated series, with its count and Monte-Carlo error.

    Examples
    --------
    >>> Share.of(np.array([True, False, True, True])).text
    '75 % (3 of 4, SE 22)'
    """

    count: int
    of_all: int

    @classmethod
    def of(cls, hits: NDArray[np.bool_]) -> Share:
        """Count."""
        return cls(int(hits.sum()), len(hits))

    @property
    def value(self) -> float | None:
        """Share, None of none."""
        return self.count / self.of_all if self.of_all else None

    @property
    def standard_error(self) -> float | None:
        """Monte-Carlo error."""
        p = self.value
        return None if p is None else math.sqrt(p * (1 - p) / self.of_all)

    @property
    def text(self) -> str:
        """In percent with its count."""
        p, error = self.value, self.standard_error
        if p is None or error is None:
            return "none"
        return f"{100 * p:.0f} % ({self.count} of {self.of_all}, SE {100 * error:.0f})"

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {"value": self.value, "standard_error": self.standard_error, "count": self.count, "of": self.of_all}


@dataclass(frozen=True)
class PlanAnswer:
    """What a plan could find.

    Parameters
    ----------
    found, found_strongly
        Share of true cycles with a Bayes factor above 3 and 10.
    windowed, hits
        Share of true cycles given a window of 48 h, and share of those windows that are right.
    chance
        Share a random hour would hit.
    phase_error_h
        Median error of the phase three days ahead, over all true cycles, hours; a quarter of a period by chance.
    false_alarms
        Share of noise series with a Bayes factor above 10, by kind of noise.
    false_windows
        Share of noise series given a window, by kind.
    progressing
        Share of patients expected to progress while they are sampled.
    misses_d
        Days from each given slot to the nearest true peak: what a simulated trial takes.

    Examples
    --------
    >>> plan_sampling(SamplingPlan(7, 2.0), series=5).sentence[:10]
    'Such a pla'
    """

    plan: SamplingPlan
    found: Share
    found_strongly: Share
    windowed: Share
    hits: Share
    chance: float
    phase_error_h: float
    false_alarms: dict[str, Share]
    false_windows: dict[str, Share]
    progressing: float
    misses_d: tuple[float, ...]

    @property
    def sentence(self) -> str:
        """The answer in plain words."""
        if not self.plan.sufficient:
            return (
                f"Such a plan cannot answer: with fewer than {LEAST_SAMPLES} samples or less than {LEAST_SPAN_DAYS:g} "
                "days every "
                "series ends as INSUFFICIENT_DATA."
            )
        share = self.found_strongly.value or 0.0
        strength = "mostly misses" if share < 0.5 else "often finds" if share < 0.8 else "mostly finds"
        return (
            f"Such a plan {strength} a real, steady cycle of peak to trough {self.plan.ratio:.1f}: "
            f"{self.found_strongly.text} pass a Bayes factor of 10."
        )

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        shares = {name: getattr(self, name).to_dict() for name in ("found", "found_strongly", "windowed", "hits")}
        return {
            "plan": asdict(self.plan) | {"span_d": self.plan.span_d, "ratio": self.plan.ratio},
            "sufficient": self.plan.sufficient,
            "sentence": self.sentence,
            **shares,
            "window_h": WINDOW_H,
            "chance": self.chance,
            "phase_error_h": self.phase_error_h,
            "false_alarms": {name: share.to_dict() for name, share in self.false_alarms.items()},
            "false_windows": {name: share.to_dict() for name, share in self.false_windows.items()},
            "progressing": self.progressing,
        }


def plan_sampling(
    plan: SamplingPlan, *, series: int = 200, seed: int = 1, nulls: bool = True, progress: Progress | None = None
) -> PlanAnswer:
    """Simulate a sampling plan on true cycles and on noise.

    ``series`` true cycles are simulated, and as many of each kind of noise if ``nulls``.
    """
    if not 1 <= series <= _MOST_SERIES:
        raise TimingError("series is out of range", where=f"{series}", fix=f"1 to {_MOST_SERIES}")
    days = sample_days(f"{plan.samples} every {plan.every_d:g} d", seed)
    kinds = NULLS_OF_A_PLAN if nulls else ()
    total = series * (1 + len(kinds))

    def tell(start: int, what: str) -> Progress | None:
        if progress is None:
            return None
        report = progress
        return lambda done, _all, _what: report(start + done, total, what)

    true = operate([_cycle(plan, days, seed, k) for k in range(series)], progress=tell(0, "true cycles"))
    noise: dict[str, Operating] = {}
    for turn, kind in enumerate(kinds, 1):
        made = [simulate_series(kind, days, seed=seed, index=k) for k in range(series)]
        noise[kind] = operate(made, progress=tell(turn * series, kind))
    hits = true.hit[np.isfinite(true.hit)]
    # the mean of 1/period over periods that are even in ln period from 5 to 9 days
    chance = WINDOW_H / 24.0 * (1 / 5.0 - 1 / 9.0) / math.log(9.0 / 5.0)
    return PlanAnswer(
        plan=plan,
        found=Share.of(true.bayes_factor > 3),
        found_strongly=Share.of(true.bayes_factor > 10),
        windowed=Share.of(true.given),
        hits=Share.of(hits > 0),
        chance=chance,
        phase_error_h=float(np.median(np.abs(true.phase_error_h))),
        false_alarms={kind: Share.of(one.bayes_factor > 10) for kind, one in noise.items()},
        false_windows={kind: Share.of(one.given) for kind, one in noise.items()},
        progressing=1.0 - 2.0 ** (-plan.span_d / PROGRESSION_FREE_DAYS),
        misses_d=tuple(true.miss_d[np.isfinite(true.miss_d)].tolist()),
    )


def _cycle(plan: SamplingPlan, days: NDArray[np.float64], seed: int, index: int) -> SimulatedSeries:
    """Make one series with a steady cycle of this plan's amplitude in this plan's noise."""
    draw = stream(seed, "plan", plan.amplitude, plan.noise_sd, index)
    period = math.exp(draw.uniform(math.log(5.0), math.log(9.0)))
    start = draw.uniform(0.0, 2.0 * math.pi)
    trend = draw.normal(0.0, 0.02)
    angle = 2.0 * math.pi * days / period - start
    gap = np.abs(days[:, None] - days[None, :])
    factor = np.linalg.cholesky(noise_on_blood(gap, [CRP_MEMORY_DAYS])[0] + 1e-12 * np.eye(len(days)))
    values = _LEVEL + trend * (days - days.mean()) + plan.amplitude * np.cos(angle)
    values = values + plan.noise_sd * (factor @ draw.standard_normal(len(days)))
    values = values + ASSAY_SD * draw.standard_normal(len(days))
    made = plain_series(days * 24.0, np.exp(values), label=f"simulated series {index}")
    return SimulatedSeries(made, "plan", period, float(angle[-1]) % (2.0 * math.pi))
