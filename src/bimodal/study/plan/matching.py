"""What the patients of a study are weighted by: whether it is there, and what each of them has of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bimodal.cohort import Population
from bimodal.errors import StudyError
from bimodal.files.faults import Faults
from bimodal.files.suggest import suggest_names
from bimodal.study.plan.population import StudyPopulation
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.match import MatchSpec, observable_faults
from bimodal.study.spec.spec import StudySpec

_COLUMN = "weight"
_UNITS = {"weight_kg": "kg", "height_cm": "cm", "bsa_m2": "m2", "female": "1"}
_PART = 5_000  # a patient has some 200 numbers, of which a few are wanted
_CYCLE = "cycle_gain"  # a parameter of every model with an immune cycle


def check_match(spec: StudySpec, solver: Solver, population: StudyPopulation) -> None:
    """Refuse numbers that no weights of these patients can have, because they lack the quantity.

    Raises
    ------
    StudyError
        An unknown quantity, another unit, parameter sets in place of people, or a model with an immune cycle.
    """
    if not spec.population.match:
        return
    if population.sets:
        raise StudyError(
            f"'{population.sets}' are parameter sets, and only people are weighted",
            where=_where(0),
            fix="leave 'match' out, or name a cohort",
        )
    if not spec.model_is_file and _CYCLE in solver.defaults:
        raise StudyError(
            "aimed against random starts of a cycle are not weighted yet",
            where=_where(0),
            fix="leave 'match' out, or take a model without a cycle",
        )
    faults, one = Faults(), population.part(0, 1)
    arms = [arm.name for arm in spec.arm]
    if _COLUMN in one.covariates:
        raise StudyError(
            f"a covariate of these patients is called '{_COLUMN}', as their weights are in every table",
            where="population.cohort",
            fix="give the covariate another name",
        )
    for place, row in enumerate(spec.population.match):
        with faults.kept():
            if row.is_observable:
                _check_observable(row, spec, solver, arms, place)
            else:
                _check_covariate(row, solver, population, one, place)
    faults.raise_any()


def drawn(population: StudyPopulation, names: Sequence[str]) -> dict[str, npt.NDArray[np.float64]]:
    """Give covariates of all patients, or parameters that vary between them, each (N,); drawn a part at a time."""
    found: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in names}
    for start in range(0, population.count if found else 0, _PART):
        people = population.part(start, min(start + _PART, population.count))
        for name, parts in found.items():
            parts.append(people.covariates[name] if name in people.covariates else people.parameters[name])
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _check_observable(row: MatchSpec, spec: StudySpec, solver: Solver, arms: list[str], place: int) -> None:
    for key, what in observable_faults(row, solver.registry, arms):
        raise StudyError(what, where=f"{_where(place)}, key '{key}'")
    lacking = [name for name in solver.registry.primitives([row.id]) if name not in solver.observables]
    if lacking:
        raise StudyError(f"the model '{spec.model}' does not give '{lacking[0]}'", where=_where(place))


def _check_covariate(row: MatchSpec, solver: Solver, population: StudyPopulation, one: Population, place: int) -> None:
    names = [*one.covariates, *one.parameters]
    if row.id not in names:
        observable = row.id in solver.registry
        raise StudyError(
            f"these patients have no covariate '{row.id}'",
            where=_where(place),
            fix="say on which 'day', and in which 'arm', it is read" if observable else suggest_names(row.id, names),
        )
    if row.unit is None:
        return
    own = (
        {name: covariate.unit for name, covariate in population.cohort.covariates.items()} if population.cohort else {}
    )
    units = {**{one.id: getattr(one, "unit", None) for one in solver.rows}, **own, **_UNITS}
    unit = units.get(row.id)
    if unit is not None and unit != row.unit:
        raise StudyError(
            f"'{row.id}' has the unit '{unit}', not '{row.unit}'", where=_where(place), fix="convert the number"
        )


def _where(place: int) -> str:
    return f"population.match, number {place + 1}"
