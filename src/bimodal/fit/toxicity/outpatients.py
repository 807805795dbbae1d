"""Low and intermediate doses over weeks: how high the toxicity index goes in people treated at home."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.study import RunOptions, StudySpec, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import EngineSolver
from bimodal.study.spec.adhoc import simulate_spec

FloatArray = npt.NDArray[np.float64]

#: A dose is tolerated if less than a third of people are stopped by it, as in dose escalations.
BORNE = 2.0 / 3.0
_LOOK_H, _AFTER_DAYS, _WIDEST = 4.0, 10.0, 30.0


@dataclass(frozen=True)
class OutpatientArm:
    """A regimen given at home.

    Attributes
    ----------
    tolerated
        Whether it was.
    fitted
        Whether a number of the fit comes from it.
    """

    cohort: str
    regimen: str
    tolerated: bool
    source: str
    fitted: bool = False


#: What was tolerated over days, weeks and months, and what was not.
OUTPATIENTS: Mapping[str, OutpatientArm] = MappingProxyType(
    {
        "1.25 MIU/m2 SC daily": OutpatientArm("cancer", "1.25 MIU/m2 SC daily for 90 days", True, "F42", True),
        "1.75 MIU/m2 SC daily": OutpatientArm("cancer", "1.75 MIU/m2 SC daily for 90 days", False, "F42", True),
        "7.5 MIU SC bid x5": OutpatientArm("hiv", "7.5 MIU SC bid for 5 days, off 51 days, x2", True, "H17", True),
        "1 MIU/m2 SC daily": OutpatientArm("cgvhd", "1 MIU/m2 SC daily for 56 days", True, "B02"),
        "3 MIU/m2 SC daily": OutpatientArm("cgvhd", "3 MIU/m2 SC daily for 56 days", False, "B02"),
        "40 ug/m2/d by infusion": OutpatientArm("cancer", "40 ug/m2/day CIV for 90 days", True, "H08, given 90 days"),
        "4.5 MIU SC bid x5": OutpatientArm("hiv-cd4-200", "4.5 MIU SC bid for 5 days, off 51 days, x2", True, "H16"),
        "15 MIU SC daily x5": OutpatientArm("hiv", "15 MIU SC daily for 5 days", True, "H24, validation"),
        "18 MIU SC daily x5": OutpatientArm("hiv", "18 MIU SC daily for 5 days", False, "H24, validation"),
    }
)


@dataclass(frozen=True)
class Outpatients:
    """Virtual patients treated at home, with given weights of the two parts of the index.

    Attributes
    ----------
    solver
        ``human_oncology``.
    """

    solver: EngineSolver
    patients: int
    seed: int
    workers: int

    def borne(self, arm: OutpatientArm, fast: float, late: float) -> float:
        """Give the largest index that two thirds of the patients of an arm stay below."""
        return _borne(self._index(self._spec(arm), fast, late)[1])

    def ratio(self) -> tuple[float, float]:
        """Find the weight of the delayed part over the fast one, and the limit of outpatients if the fast weight is 1.

        The limit lies between the tolerated dose and the next of months of daily doses (F42), at the geometric mean;
        the weight is that at which five days of the large doses of H17 just keep below it.
        """
        low, high, large = (
            [self._index(self._spec(arm), *weights)[1] for weights in ((1.0, 0.0), (0.0, 1.0))]
            for arm in OUTPATIENTS.values()
            if arm.fitted
        )

        def limit(late: float) -> float:
            return math.sqrt(_borne(low[0] + late * low[1]) * _borne(high[0] + late * high[1]))

        def over(log: float) -> float:
            late = math.exp(log)
            return math.log(_borne(large[0] + late * large[1]) / limit(late))

        widest = math.log(_WIDEST)
        if not over(-widest) > 0.0 > over(widest):
            raise BimodalError(
                "no weight of the delayed part makes five days of 7.5 MIU twice a day just tolerated (H17)"
            )
        from scipy.optimize import brentq

        late = math.exp(cast(float, brentq(over, -widest, widest, xtol=1e-6)))
        return late, limit(late)

    def deaths(self, study: str, *, fast: float, late: float, rate: float, slope: float) -> float:
        """Give the share of the first arm of a built-in study that die of the treatment."""
        spec = load_study(study)
        spec = spec.model_copy(
            update={
                "model": "human_oncology",
                "arm": spec.arm[:1],
                "endpoint": (),
                "scans": None,
                "horizon": None,
                "publication": None,
                "follow_up_days": _AFTER_DAYS,
            }
        )
        hours, index = self._index(spec, fast, late)
        return float(-np.expm1(-rate * np.trapezoid(index**slope, hours, axis=1)).mean())

    def _spec(self, arm: OutpatientArm) -> StudySpec:
        spec = simulate_spec(
            ["aldesleukin"], [arm.regimen], cohort=arm.cohort, model="human_oncology", follow_up_days=_AFTER_DAYS
        )
        return spec.model_copy(update={"endpoint": ()})

    def _index(self, spec: StudySpec, fast: float, late: float) -> tuple[FloatArray, FloatArray]:
        plan = make_plan(
            spec.model_copy(update={"set": {"tox_fast_weight": fast, "tox_late_weight": late}}),
            RunOptions(patients=self.patients, seed=self.seed, workers=self.workers, chunk=self.patients),
            self.solver,
        )
        plan = replace(plan, times_h=np.arange(0.0, plan.times_h[-1] + _LOOK_H, _LOOK_H))
        solved = plan.solve(0, 0, plan.population.count, drawn=False)
        if solved.failed.any():
            raise BimodalError("a patient of the toxicity fit could not be solved")
        return plan.times_h, solved.values[:, :, plan.solver.observables.index("tox_index")]


def _borne(index: FloatArray) -> float:
    return float(np.quantile(index.max(axis=1), BORNE))
