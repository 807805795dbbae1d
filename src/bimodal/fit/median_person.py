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
    cohort = plan.population.cohort
    if cohort is None:
        raise BimodalError("a study without a cohort has no median person", where=f"study '{plan.spec.name}'")
    rows = tuple(SimpleNamespace(id=r.id, value=r.value, cv=None, distribution=None) for r in plan.solver.table.rows)
    person = StudyPopulation(1, 1, SimpleNamespace(rows=rows), _without_spread(cohort), None)
    return replace(plan, population=person)


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
