"""The design of a study, tried on its finished run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.design.adaptive import adaptive
from bimodal.study.design.crossover import crossover
from bimodal.study.design.dlt_curve import dlt_curve
from bimodal.study.design.escalation import escalation
from bimodal.study.design.factorial import factorial
from bimodal.study.design.found import Found
from bimodal.study.design.group_sequential import group_sequential
from bimodal.study.design.outcome import Outcome, read_outcome
from bimodal.study.design.parallel import parallel
from bimodal.study.design.phase_randomised import phase_randomised
from bimodal.study.plan.plan import Plan
from bimodal.study.readings.trial import TrialReader
from bimodal.study.spec.design import DesignSpec

Array = npt.NDArray[np.float64]
_SIDE_BY_SIDE = {
    "parallel": parallel,
    "group-sequential": group_sequential,
    "factorial": factorial,
    "adaptive": adaptive,
}


def design_block(plan: Plan, trial: TrialReader) -> dict[str, Any]:
    """Give the block ``design`` of ``summary.json`` for a study that has a design."""
    asked = plan.spec.design
    assert asked is not None
    found = _escalated(plan, trial) if asked.escalates else _compared(plan, trial)
    return found.to_dict(asked.kind)


def _escalated(plan: Plan, trial: TrialReader) -> Found:
    asked = plan.spec.design
    assert asked is not None
    doses = list(asked.doses or [arm.name for arm in plan.arms])
    return escalation(asked, dlt_curve(plan, trial, doses), doses, plan.options.seed)


def _compared(plan: Plan, trial: TrialReader) -> Found:
    asked = plan.spec.design
    assert asked is not None
    arms = list(asked.arms or [arm.name for arm in plan.arms])
    outcome, notes = read_outcome(plan, trial, arms)
    seed = plan.options.seed
    if asked.kind == "crossover":
        found = crossover(asked, outcome, arms, seed, _rest(trial, asked.endpoint or "", arms, asked.washout_day))
    elif asked.kind == "phase-randomised":
        found = phase_randomised(asked, outcome, arms[0], seed)
    else:
        found = _SIDE_BY_SIDE[asked.kind](asked, outcome, arms, seed)
    return Found(found.facts, found.interval, found.tables, [*notes, *_drawn_twice(asked, outcome), *found.notes])


def _drawn_twice(asked: DesignSpec, outcome: Outcome) -> list[str]:
    sizes = [n for n in asked.per_arm or () if n > outcome.people]
    if not sizes:
        return []
    return [
        f"trials of {sizes[0]} and more per arm are drawn from {outcome.people} virtual patients, who are in them more "
        "than once: simulate more patients"
    ]


def _rest(trial: TrialReader, name: str, arms: Sequence[str], day: float | None) -> dict[str, Array] | None:
    if day is None:
        return None
    return {arm: trial.readings.on_day(arm, name, day) / trial.readings.on_day(arm, name, 0.0) for arm in arms}
