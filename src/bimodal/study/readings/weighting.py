"""The weights of the patients of a run, under which they have the published numbers a study asks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.cohort.max_entropy import max_entropy
from bimodal.cohort.reachable import reachable
from bimodal.errors import StudyError
from bimodal.study.endpoints.weighted import effective_size, known, mean, quantiles
from bimodal.study.plan.matching import drawn
from bimodal.study.plan.plan import Plan
from bimodal.study.readings.moments import Wanted, moment
from bimodal.study.readings.readings import Readings
from bimodal.study.solver.solver import FIRST_FAILURE
from bimodal.study.spec.match import MatchSpec

Array = npt.NDArray[np.float64]
METHOD = "maximum entropy: the least Kullback-Leibler distance from even weights that has the asked values"
RULE = (
    "a patient has one weight, in every arm; a share, a rate or a curve has the interval of as many patients as the "
    "effective sample size (Kish), and the weights are taken as given"
)
_FEW_SHARE, _FEW, _FEW_BEYOND, _COVERED = 0.5, 30.0, 0.05, 0.95
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Weighting:
    """Weights found, and what is said of them.

    Parameters
    ----------
    weights
        (N,) of mean 1 over the patients who have one; 0 for a patient who failed in any arm.
    block
        The block ``weights`` of ``summary.json``.
    """

    weights: Array
    block: dict[str, Any]


def with_weights(plan: Plan, readings: Readings) -> Readings:
    """Weigh the patients of a run where the study asks for it; all arms must be there.

    Raises
    ------
    StudyError
        Nobody has a quantity, or no weights of these patients have the asked values.
    """
    if not plan.spec.population.match:
        return readings
    failed = np.any([readings.status[arm] >= FIRST_FAILURE for arm in readings.arms], axis=0)
    rows = plan.spec.population.match
    own = drawn(plan.population, [row.id for row in rows if not row.is_observable])
    wanted = [_read(row, readings) if row.is_observable else Wanted(row, own[row.id]) for row in rows]
    found = weigh(wanted, ~failed)
    return replace(readings, weights=found.weights, weighting=found.block)


def refuse_out_of_reach(plan: Plan) -> None:
    """Refuse, before anything is computed, what the patients cannot have by who they are."""
    rows = [row for row in plan.spec.population.match if not row.is_observable]
    if rows:
        own = drawn(plan.population, [row.id for row in rows])
        weigh([Wanted(row, own[row.id]) for row in rows], np.ones(plan.population.count, np.bool_))


def weigh(wanted: Sequence[Wanted], there: npt.NDArray[np.bool_]) -> Weighting:
    """Find the weights of patients under which they have some published numbers.

    Parameters
    ----------
    wanted
        What each patient has of every number.
    there
        (N,) who has a result in every arm; the others get no weight.

    Examples
    --------
    >>> young = MatchSpec(id="age_years", statistic="mean", value=40.0, source="made up")
    >>> found = weigh([Wanted(young, np.array([30.0, 50.0, 60.0]))], np.ones(3, bool))
    >>> round(found.block["targets"][0]["reached"], 9), found.weights.round(2).tolist()
    (40.0, [1.75, 0.76, 0.5])
    """
    count = int(there.sum())
    if not count:
        raise StudyError("no patient has a result in every arm, so none can be weighted", where="population.match")
    means = {one.row.of: one.row.value for one in wanted if one.row.statistic == "mean"}
    own = [replace(one, values=one.values[there], middle=means.get(one.row.of)) for one in wanted]
    columns = [moment(one) for one in own]
    for place, (one, column) in enumerate(zip(own, columns, strict=True)):
        _check_alone(one, column, place)
    moments = np.stack(columns, axis=1)
    found = max_entropy(moments)
    if not found.reached:
        _refuse(own, moments)
    weights = np.zeros(len(there))
    weights[there] = found.weights
    return Weighting(weights, _block(own, columns, found.weights, len(there)))


def _read(row: MatchSpec, readings: Readings) -> Wanted:
    arms = readings.arms if row.arm is None else [row.arm]
    each = [readings.course(a, row.id) if row.day is None else readings.on_day(a, row.id, row.day) for a in arms]
    values = each[0]
    for other in each[1:]:
        # who failed in one of the arms counts in none
        both = np.isfinite(values) & np.isfinite(other)
        if not np.allclose(values[both], other[both], rtol=_SAME, atol=0.0):
            raise StudyError(
                f"the {row.said} is not the same in every arm", where="population.match", fix="say in which 'arm' it is"
            )
    return Wanted(row, np.where(np.isfinite(values), values, np.nan))


def _check_alone(one: Wanted, column: Array, place: int) -> None:
    where, said = f"population.match, number {place + 1}", one.row.said
    own = one.values[np.isfinite(one.values)]
    if not len(own):
        raise StudyError(f"no patient has a value for the {said}", where=where)
    if column.any() and not (column.min() < 0.0 < column.max()):
        low, high = float(own.min()), float(own.max())
        raise StudyError(
            f"no weights of these patients give a {said} of {one.row.value:g}: what they have lies between {low:.6g} "
            f"and {high:.6g}",
            where=where,
            fix="see whether number and unit are right, take more patients, or a cohort that reaches farther",
        )


def _refuse(own: Sequence[Wanted], moments: Array) -> None:
    for last in range(2, len(own) + 1):
        if reachable(moments[:, :last]):
            continue
        before = " and ".join(f"a {one.row.said} of {one.row.value:g}" for one in own[: last - 1])
        raise StudyError(
            f"no weights of these patients give a {own[last - 1].row.said} of {own[last - 1].row.value:g} together "
            f"with {before}",
            where=f"population.match, number {last}",
            fix="see whether the numbers are of the same people, take more patients, or leave one out",
        )
    raise StudyError(
        "the numbers asked for lie at the edge of what these patients have: only leaving some of them out reaches them",
        where="population.match",
        fix="take more patients, or a cohort that reaches farther",
    )


def _block(own: Sequence[Wanted], columns: Sequence[Array], weights: Array, patients: int) -> dict[str, Any]:
    count, effective = len(weights), effective_size(weights)
    largest = float(weights.max())
    worth = f"weighted population: effective sample size {effective:.1f} of {patients:,}"
    said = [f"{worth}: every number is weighted"]
    if effective < _FEW_SHARE * count or effective < _FEW:
        said = [
            f"{worth}, largest weight {largest:.3g} times an even one: few patients carry every number; a cohort "
            "closer to the asked values, or more patients, makes them surer"
        ]
    if count < patients:
        said.append(
            f"{patients - count} of {patients:,} patients failed in an arm and have no weight in any: every arm has "
            "the same weighted population"
        )
    for one, column in zip(own, columns, strict=True):
        has = int(np.isfinite(one.values).sum())
        if has < _COVERED * count:
            said.append(
                f"the {one.row.said} is that of {has:,} of {count:,} patients: the others have no value, and their "
                "weight follows from the other numbers alone"
            )
        beyond = int(min((column > 0.0).sum(), (column < 0.0).sum()))
        if column.any() and beyond < _FEW_BEYOND * has:
            said.append(
                f"the {one.row.said} of {one.row.value:g} lies near the edge of what the patients have: {beyond:,} of "
                f"{has:,} lie on one side of it"
            )
    return {
        "method": METHOD,
        "rule": RULE,
        "patients": patients,
        "weighted": count,
        "effective": effective,
        "effective_share": effective / count,
        "largest": largest,
        "targets": [_target(one, weights) for one in own],
        "warnings": said,
    }


def _target(one: Wanted, weights: Array) -> dict[str, Any]:
    row, even = one.row, np.ones(len(weights))
    return {
        "id": row.id,
        "arm": row.arm,
        "day": row.day,
        "statistic": row.statistic,
        **({} if row.level is None else {"level": row.level}),
        **({} if row.quantile is None else {"quantile": row.quantile}),
        "asked": row.value,
        "unweighted": _statistic(one, even),
        "reached": _statistic(one, weights),
        "n": int(np.isfinite(one.values).sum()),
        "source": row.source,
    }


def _statistic(one: Wanted, weights: Array) -> float:
    row = one.row
    if row.statistic == "mean":
        return mean(one.values, weights)
    if row.statistic == "sd":
        own, by = known(one.values, weights)
        middle = mean(own, by)
        return math.sqrt(mean((own - middle) ** 2, by))
    if row.level is not None:
        own, by = known(one.values, weights)
        return mean((own > row.level if row.statistic == "above" else own < row.level).astype(np.float64), by)
    return float(quantiles(one.values, [row.quantile or 0.5], weights)[0])
