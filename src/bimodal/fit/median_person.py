"""The median person of a planned study: a fit searches on that one, which is a thousand times cheaper than a crowd."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

from bimodal.cohort import Cohort
from bimodal.errors import BimodalError
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.population import StudyPopulation


def median_person(plan: Plan) -> Plan:
    """Give a plan whose only patient has the median of every parameter and of body size, the sexes averaged."""
    if plan.population.subjects is not None:
        raise BimodalError("given subjects have no median person", where=f"study '{plan.spec.name}'")
    rows = tuple(SimpleNamespace(id=r.id, value=r.value, cv=None, distribution=None) for r in plan.solver.table.rows)
    table = SimpleNamespace(rows=rows)
    others = {name: _person(other, table) for name, other in plan.others.items()}
    return replace(plan, population=_person(plan.population, table), others=others)


def _person(population: StudyPopulation, table: SimpleNamespace) -> StudyPopulation:
    if population.cohort is None:
        return replace(population, count=1, spread={})
    return StudyPopulation(1, 1, table, _without_spread(population.cohort), None, median=True)


def _without_spread(cohort: Cohort) -> Cohort:
    weight, height = (
        men.model_copy(update={"median": math.sqrt(men.median * women.median), "cv": 0.0})
        for men, women in (
            (cohort.male.weight_kg, cohort.female.weight_kg),
            (cohort.male.height_cm, cohort.female.height_cm),
        )
    )
    body = replace(cohort.male, weight_kg=weight, height_cm=height)
    parameters = {name: quantity.model_copy(update={"cv": 0.0}) for name, quantity in cohort.parameters.items()}
    return replace(cohort, male=body, female=body, parameters=parameters)
