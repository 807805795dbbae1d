"""What aiming the start of a course at a phase does to responses, with an immune cycle in the model and without."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.trial import Outcomes, Response
from bimodal.study.plan.arm import ArmPlan
from bimodal.study.plan.plan import Plan
from bimodal.study.readings.trial import TrialReader

HYPOTHESIS = (
    "H1 is a hypothesis put into the model: an immune cycle that persists, has the stated size, and is aimed at with "
    "the stated error. H0 is the same model without it. No figure of H1 may be read without the one of H0 beside it, "
    "and none says that there is a cycle."
)
INTERVAL = "95 % Monte-Carlo, the same patients in both arms"
_GAIN = "cycle_gain"  # a parameter of every model with an immune cycle
_AIM = ("cycle_aim", "cycle_aim_lead", "cycle_aim_error")
_RATES = {"orr": Response.PR, "cr_rate": Response.CR}
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class TimingDifference:
    """A response rate with the start aimed at a phase, less the rate with a start that falls anywhere.

    Parameters
    ----------
    endpoint
        ``orr`` or ``cr_rate``.
    hypothesis
        ``H1`` with a cycle that persists, ``H0`` without.
    n
        Patients with a result in both arms; without any there are no rates.
    only_aimed, only_random
        Patients who respond in one of the two arms only.
    difference, lower, upper
        Aimed less random, with the interval that the number of virtual patients leaves.

    Examples
    --------
    >>> paired("orr", np.array([True, False]), np.array([False, False]))["difference"]
    0.5
    """

    endpoint: str
    hypothesis: str
    regimen: str
    aimed_arm: str
    random_arm: str
    n: int
    aimed: float | None
    random: float | None
    only_aimed: int
    only_random: int
    difference: float | None
    lower: float | None
    upper: float | None


def timing_cautions(plan: Plan) -> tuple[str, ...]:
    """Give the first words of every output of the model with a cycle; nothing for another model.

    Returns
    -------
    tuple of str
        Safety wording, what H1 is, and where the null is missing.

    Examples
    --------
    >>> from bimodal.study import RunOptions, load_study
    >>> from bimodal.study.plan.make_plan import make_plan
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> timing_cautions(make_plan(load_study("koreth-2011"), RunOptions(), load_solver("human")))
    ()
    """
    if not _has_cycle(plan):
        return ()
    texts = (_safety(), HYPOTHESIS)
    alone = [arm.name for arm in plan.arms if _swings(plan, arm) and not _null_of(plan, arm)]
    if alone:
        named = ", ".join(f"'{name}'" for name in alone)
        texts += (f"{named}: no arm without the cycle stands beside (the same arm with cycle_gain = 0)",)
    return texts


def timing_summary(plan: Plan, trial: TrialReader) -> dict[str, Any]:
    """Give what `summary.json` says of aimed against random starts; nothing for another model."""
    if not _has_cycle(plan):
        return {}
    rates = [endpoint.id for endpoint in plan.spec.endpoint if endpoint.id in _RATES]
    found = [asdict(_difference(plan, rate, random, aimed, trial)) for random, aimed in _pairs(plan) for rate in rates]
    return {"timing": {"safety": _safety(), "hypothesis": HYPOTHESIS, "interval": INTERVAL, "differences": found}}


def paired(endpoint: str, aimed: npt.NDArray[np.bool_], random: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Compare two arms of the same patients.

    Parameters
    ----------
    aimed, random
        (N,) who responds.

    Returns
    -------
    dict
        The rates, who responds in one arm only, and the difference with its interval (Wald for paired proportions);
        a difference of exactly 0 in every patient has no Monte-Carlo error.

    Examples
    --------
    >>> found = paired("orr", np.ones(4, bool), np.zeros(4, bool))
    >>> found["only_aimed"], found["only_random"], found["difference"]
    (4, 0, 1.0)
    """
    n = len(aimed)
    gained, lost = int((aimed & ~random).sum()), int((random & ~aimed).sum())
    if not n:
        nothing = dict.fromkeys(("aimed", "random", "difference", "lower", "upper"))
        return {"endpoint": endpoint, "n": 0, "only_aimed": 0, "only_random": 0, **nothing}
    difference = (gained - lost) / n
    half = _NORMAL_95 * math.sqrt(max(gained + lost - (gained - lost) ** 2 / n, 0.0)) / n
    return {
        "endpoint": endpoint,
        "n": n,
        "aimed": float(aimed.mean()),
        "random": float(random.mean()),
        "only_aimed": gained,
        "only_random": lost,
        "difference": difference,
        "lower": difference - half,
        "upper": difference + half,
    }


def _difference(plan: Plan, rate: str, random: ArmPlan, aimed: ArmPlan, trial: TrialReader) -> TimingDifference:
    first, second = trial.outcomes(aimed.name), trial.outcomes(random.name)
    both = first.evaluated & second.evaluated
    found = paired(rate, *(_responds(out, rate)[both] for out in (first, second)))
    kind = "H1" if _swings(plan, random) else "H0"
    return TimingDifference(
        hypothesis=kind, regimen=random.regimen, aimed_arm=aimed.name, random_arm=random.name, **found
    )


def _responds(out: Outcomes, rate: str) -> npt.NDArray[np.bool_]:
    return np.asarray(out.best >= _RATES[rate], dtype=np.bool_)


def _pairs(plan: Plan) -> Iterator[tuple[ArmPlan, ArmPlan]]:
    """Give arms that differ in the aim of their start alone: random, aimed."""
    for random in plan.arms:
        for aimed in plan.arms:
            aims = [_value(plan, arm, "cycle_aim") for arm in (random, aimed)]
            if aims == [0.0, 1.0] and _same(random, aimed, _AIM):
                yield random, aimed


def _same(one: ArmPlan, other: ArmPlan, but: Sequence[str]) -> bool:
    def rest(arm: ArmPlan) -> Mapping[str, float]:
        return {name: value for name, value in arm.set.items() if name not in but}

    drugs = [(arm.molecule and arm.molecule.id, arm.regimen, arm.extras) for arm in (one, other)]
    return rest(one) == rest(other) and drugs[0] == drugs[1]


def _null_of(plan: Plan, arm: ArmPlan) -> bool:
    loop = (_GAIN, "cycle_depth", "cycle_il6_swing", *_AIM)
    return any(not _swings(plan, other) and _same(arm, other, loop) for other in plan.arms)


def _has_cycle(plan: Plan) -> bool:
    return not plan.spec.model_is_file and _GAIN in plan.solver.defaults


def _swings(plan: Plan, arm: ArmPlan) -> bool:
    return _value(plan, arm, _GAIN) > 1.0


def _value(plan: Plan, arm: ArmPlan, name: str) -> float:
    return float({**plan.solver.defaults, **plan.spec.set, **arm.set}[name])


def _safety() -> str:
    # the room of this wording loads SciPy, a quarter of a second of every start that most runs do not need
    from bimodal.timing.wording import SAFETY

    return SAFETY
