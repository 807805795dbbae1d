"""What the commands of this room answer, as the JSON that they write: the desk and the page ask for it here."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bimodal.errors import TimingError
from bimodal.timing.operating import Progress
from bimodal.timing.plan import PlanAnswer, SamplingPlan, plan_sampling
from bimodal.timing.result import Assessment
from bimodal.timing.trial import TrialAnswer, TrialDesign, simulate_trial
from bimodal.timing.trial_cosinor import PhaseRandomised, phase_randomised
from bimodal.timing.wording import SAFETY

_AMPLITUDES = (0.5, 1.0, 1.5)


def assess_json(answers: Sequence[Assessment]) -> str:
    """Write the answers about a file: one alone, or those of several patients together."""
    if len(answers) == 1:
        return answers[0].to_json()
    both = {"safety": SAFETY, "series": [answer.to_dict() for answer in answers]}
    return json.dumps(both, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def plans_plain(answers: Sequence[PlanAnswer], *, series: int, seed: int) -> dict[str, Any]:
    """Give what sampling plans could find."""
    return {"safety": SAFETY, "seed": seed, "series": series, "plans": [answer.to_dict() for answer in answers]}


@dataclass(frozen=True, kw_only=True)
class TrialQuestion:
    """A design as it is believed, and how patients are monitored, if they are.

    Parameters
    ----------
    believed
        Before anything is known of monitoring.
    monitoring
        Only patients in whom it finds a cycle are timed; None times all.
    series
        Simulated series of monitoring.

    Examples
    --------
    >>> TrialQuestion(believed=TrialDesign(cyclers=0.5)).design(None).width_d
    2.0
    """

    believed: TrialDesign
    monitoring: SamplingPlan | None = None
    series: int = 200
    seed: int = 1

    def design(self, monitored: PlanAnswer | None) -> TrialDesign:
        """Give the design, with what monitoring finds."""
        if monitored is None:
            return self.believed
        return replace(
            self.believed,
            detected=monitored.windowed.value or 0.0,
            misses_d=monitored.misses_d or (0.0,),
            monitoring_days=monitored.plan.span_d,
        )

    def check(self) -> None:
        """Say what is wrong before the wait."""
        simulate_trial(self.believed, seed=self.seed, patients=10, repeats=1)


@dataclass(frozen=True)
class TrialReply:
    """What a trial would need, and the designs beside it."""

    question: TrialQuestion
    trial: TrialAnswer
    monitored: PlanAnswer | None
    randomised: tuple[PhaseRandomised, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it; the desk adds its tests of other data."""
        return {
            "safety": SAFETY,
            "seed": self.question.seed,
            "trial": self.trial.to_dict(),
            "monitoring": None if self.monitored is None else self.monitored.to_dict(),
            "phase_randomised": [asdict(one) for one in self.randomised],
            "retreatment": None,
            "rayleigh": None,
            "tables": None,
        }


def answer_trial(question: TrialQuestion, *, progress: Progress | None = None) -> TrialReply:
    """Work out a trial, and the monitoring before it."""
    question.check()
    seed, monitored = question.seed, None
    if question.monitoring is not None:
        monitored = plan_sampling(
            question.monitoring, series=question.series, seed=seed, nulls=False, progress=progress
        )
    answer, believed = simulate_trial(question.design(monitored), seed=seed), question.believed
    beside = (phase_randomised(b, p_mean=believed.p_mean, period_d=believed.period_d, seed=seed) for b in _AMPLITUDES)
    return TrialReply(question, answer, monitored, tuple(beside))


def days(text: str) -> float:
    """Read a time between samples, such as ``1d`` or ``36h``.

    Examples
    --------
    >>> days("36h"), days("2d")
    (1.5, 2.0)
    """
    number, unit = text.strip()[:-1], text.strip()[-1:]
    try:
        found = float(number) / {"d": 1.0, "h": 24.0}[unit]
    except (ValueError, KeyError):
        found = math.nan
    if not math.isfinite(found):
        raise TimingError(f"'{text}' is no time between samples", where="every", fix="for example 1d or 36h")
    return found
