"""Equal exposure: by what factor a regimen must be scaled so that the median patient meets as much free ligand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.cohort import Population
from bimodal.dosing import Regimen, parse_regimen
from bimodal.drugs import Molecule
from bimodal.errors import BimodalError, StudyError
from bimodal.study.endpoints.pk import area_above_start
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.population import StudyPopulation
from bimodal.study.plan.segment_planner import LEVEL
from bimodal.study.solver.events import Events
from bimodal.study.solver.solver import SegmentRequest

Array = npt.NDArray[np.float64]

_DECADES = 4
_PER_DECADE = 4
_TOLERANCE = 1e-6  # of the factor
_DIGITS = 6
_PM_PER_NM = 1000.0
DRUG = "drug_free"
#: So many virtual people of a cohort say what its median patient is.
_MEDIAN_OF = 1000


@dataclass(frozen=True)
class Scaling:
    """A regimen scaled to the exposure of another.

    Parameters
    ----------
    regimen
        The scaled regimen in words, doses rounded to six digits; this text is what is simulated.
    exposure_pM_h, reference_pM_h
        Area under the free ligand of the median patient over the window under the scaled regimen and the reference.
    """

    factor: float
    regimen: str
    exposure_pM_h: float  # noqa: N815
    reference_pM_h: float  # noqa: N815


def median_patient(population: StudyPopulation) -> StudyPopulation:
    """Give one person with every covariate and every parameter at the median of the people of a study.

    Parameters
    ----------
    population
        Virtual patients of a cohort (1,000 of them are asked, whatever number is treated) or given subjects.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from bimodal.study.plan.population import open_population
    >>> from bimodal.study.spec.spec import PopulationSpec
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> many = open_population(PopulationSpec(cohort="healthy"), patients=5, seed=1, table=load_solver("human").table)
    >>> median_patient(many).count
    1
    """
    known = population.part(0, population.count if population.cohort is None else max(population.count, _MEDIAN_OF))

    def middle(columns: Mapping[str, Array]) -> dict[str, Array]:
        return {name: np.array([np.median(values)]) for name, values in columns.items()}

    one = Population(
        patients=np.zeros(1, np.int64),
        covariates=middle(known.covariates),
        parameters=middle(known.parameters),
        weights=np.ones(1),
        labels=("median patient",),
    )
    return StudyPopulation(1, population.seed, population.table, None, one)


def followed_level(molecule: Molecule, outputs: Collection[str]) -> tuple[str, float]:
    """Say which output is the free given molecule, and how many pM its unit is.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> followed_level(load_molecule("aldesleukin"), ["il2_plasma", "drug_free"])
    ('il2_plasma', 1.0)
    """
    if molecule.ligand == "engineered" and DRUG in outputs:
        return DRUG, _PM_PER_NM
    return LEVEL, 1.0


def scale_regimen(regimen: Regimen, factor: float) -> Regimen:
    """Multiply every dose of a regimen, rounded to six digits so that its text stays readable.

    Examples
    --------
    >>> str(scale_regimen(parse_regimen("1 MIU SC daily for 5 days"), 0.3))
    '0.3 MIU SC daily for 5 days'
    """
    return Regimen(
        tuple(
            replace(phase, amount=float(f"{phase.amount * factor:.{_DIGITS}g}"))  # as it will be printed
            for phase in regimen.phases
        )
    )


def exposures(plan: Plan, arm: int, factors: Array, window_h: float) -> Array:
    """Compute the exposure of the one person of a plan under an arm's regimen times each of some factors.

    Parameters
    ----------
    plan
        Of one person.
    factors
        (F,) above 0.

    Returns
    -------
    ndarray (F,)
        Area under the free ligand from 0 to `window_h`, pM.h; NaN where the solver failed.
    """
    laid = plan.arms[arm]
    assert laid.molecule is not None
    parameters, events = plan.inputs(arm, 0, 1)
    level, factor = followed_level(laid.molecule, plan.solver.segment_outputs)
    many = Events(events.times_h, events.ports, factors[:, None] * events.values)
    request = SegmentRequest(np.array([0.0, window_h]), (level,), frozenset([level]))
    solved = plan.solver.solve(
        np.repeat(parameters, len(factors), axis=0),
        many,
        np.array([0.0, window_h]),
        plan.options.workers,
        segments=request,
    )
    assert solved.segments is not None
    return np.where(solved.failed, np.nan, factor * area_above_start(solved.segments, 0.0, window_h))


def equal_exposure(plan: Plan, arm: int, reference: int, window_h: float) -> Scaling:
    """Find the factor on an arm's doses at which the median patient is exposed as in the reference arm.

    Exposure need not be proportional to dose (receptors take up what they bind), so it is found by simulation: on a
    grid over eight decades, then by Brent's method between the two neighbours.

    Parameters
    ----------
    plan
        Of the median patient.
    window_h
        Hours over which the areas are taken.

    Returns
    -------
    Scaling
        The factor nearest to 1 where several would do.
    """
    from scipy.optimize import brentq

    goal = float(exposures(plan, reference, np.ones(1), window_h)[0])
    name, other = plan.arms[arm].name, plan.arms[reference].name
    if not goal > 0.0:
        raise StudyError(
            f"the median patient of '{other}' has no exposure to make equal", where="equal exposure", fix="--equal dose"
        )
    logs = np.linspace(-_DECADES, _DECADES, 2 * _DECADES * _PER_DECADE + 1)
    areas = exposures(plan, arm, 10.0**logs, window_h)
    known = np.isfinite(areas) & (areas > 0.0)
    logs, gaps = logs[known], np.log(areas[known] / goal)
    crossings = np.flatnonzero(gaps[:-1] * gaps[1:] <= 0.0)
    if len(crossings) == 0:
        reach = f"{areas[known].min():.3g} to {areas[known].max():.3g} pM.h" if known.any() else "none at all"
        raise StudyError(
            f"no dose of '{name}' from 1/10,000 to 10,000 times the given one exposes the median patient as "
            f"'{other}' does ({goal:.3g} pM.h; reached: {reach})",
            where="equal exposure",
            fix="give another dose, or compare at the doses given: --equal dose",
        )
    nearest = min(crossings.tolist(), key=lambda k: abs(logs[k] + logs[k + 1]))

    def gap(log: float) -> float:
        area = float(exposures(plan, arm, np.array([10.0**log]), window_h)[0])
        if not area > 0.0:
            raise StudyError(f"the median patient of '{name}' could not be computed", where="equal exposure")
        return float(np.log(area / goal))

    found: Any = brentq(gap, logs[nearest], logs[nearest + 1], xtol=_TOLERANCE / np.log(10.0))
    return _rounded(plan, arm, 10.0 ** float(found), goal, window_h)


def _rounded(plan: Plan, arm: int, factor: float, goal: float, window_h: float) -> Scaling:
    regimen = parse_regimen(plan.arms[arm].regimen)
    try:
        scaled = scale_regimen(regimen, factor)
    except BimodalError as fault:
        raise StudyError(f"the dose of equal exposure is impossible: {fault.what}", where=plan.arms[arm].name) from None
    area = float(exposures(plan, arm, np.array([factor]), window_h)[0])
    return Scaling(factor, str(scaled), area, goal)
