"""Courses of high-dose IL-2 under a hold threshold: doses delivered and toxicity, patient by patient."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.study import RunOptions
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.rules.rules import ThresholdValue
from bimodal.study.solver.engine_solver import EngineSolver
from bimodal.study.spec.adhoc import simulate_spec

FloatArray = npt.NDArray[np.float64]

#: Whose rules are taken; eras differ in the threshold only.
_ERA = "registration-1990"
#: Hours between looks at the index, and days looked at after the last dose was due.
_LOOK_H, _AFTER_DAYS = 2.0, 10.0


@dataclass(frozen=True, eq=False)
class ToxicityCourse:
    """One course of N patients.

    Attributes
    ----------
    doses
        (N, C) doses delivered in each cycle.
    hours
        (T,) when the index was looked at.
    index
        (N, T) toxicity index.
    eosinophils
        (N,) largest count, per uL.
    """

    doses: FloatArray
    hours: FloatArray
    index: FloatArray
    eosinophils: FloatArray

    @property
    def peak(self) -> FloatArray:
        """(N,) largest index of the course."""
        return self.index.max(axis=1)

    def gathered(self, slope: float) -> FloatArray:
        """Give (N,) the integral of the index to a power, in hours."""
        return np.asarray(np.trapezoid(self.index**slope, self.hours, axis=1), np.float64)


def plan_course(
    solver: EngineSolver, regimen: str, *, cohort: str, patients: int, seed: int, workers: int, late: float = 1.0
) -> Plan:
    """Lay out a course of aldesleukin whose doses are held by the index, with the weight of its fast part at 1.

    Parameters
    ----------
    solver
        ``human_oncology``.
    patients, seed, workers
        How many, of which seed, on how many threads.
    late
        Weight of the delayed part.

    Returns
    -------
    Plan
        Its one arm has the rules of the registration trials.
    """
    spec = simulate_spec(
        ["aldesleukin"],
        [regimen],
        cohort=cohort,
        patients=patients,
        parameters={"tox_fast_weight": 1.0, "tox_late_weight": late},
        model="human_oncology",
        follow_up_days=_AFTER_DAYS,
    )
    arm = spec.arm[0].model_copy(update={"era": _ERA})
    plan = make_plan(
        spec.model_copy(update={"arm": (arm,), "endpoint": ()}),
        RunOptions(patients=patients, seed=seed, workers=workers, chunk=patients),
        solver,
    )
    return replace(plan, times_h=np.arange(0.0, plan.times_h[-1] + _LOOK_H, _LOOK_H))


def deliver(plan: Plan, threshold: float) -> ToxicityCourse:
    """Treat the people of a plan, holding doses at a threshold.

    Parameters
    ----------
    threshold
        Level of the index, with the weight of its fast part at 1, at which a dose is held.
    """
    arm = plan.arms[0]
    if arm.rules is None:
        raise BimodalError("a course of the toxicity fit needs visit rules")
    levels = {"hold_threshold": ThresholdValue(threshold)}
    ready = replace(plan, arms=(replace(arm, rules=replace(arm.rules, thresholds=levels)),))
    solved = ready.solve(0, 0, plan.population.count, drawn=False)
    if solved.failed.any() or solved.ledger is None:
        raise BimodalError("a patient of the toxicity fit could not be solved")
    cycles = np.unique(solved.ledger.cycles)
    given = solved.ledger.factor > 0.0
    outputs = plan.solver.observables
    return ToxicityCourse(
        doses=np.column_stack([given[:, solved.ledger.cycles == cycle].sum(axis=1) for cycle in cycles]).astype(float),
        hours=plan.times_h,
        index=solved.values[:, :, outputs.index("tox_index")],
        eosinophils=solved.values[:, :, outputs.index("eosinophils")].max(axis=1),
    )


def middle(values: FloatArray) -> float:
    """Give the mean of the middle fifth of the patients: a median of whole numbers that changes smoothly."""
    ordered = np.sort(values)
    low, high = int(0.4 * len(ordered)), max(int(0.6 * len(ordered)), int(0.4 * len(ordered)) + 1)
    return float(ordered[low:high].mean())
