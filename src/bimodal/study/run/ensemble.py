"""Equally good parameter sets: what data cannot tell apart, put into cohorts in place of the best set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bimodal.cohort import Cohort
from bimodal.cohort.mixture import Mixture, MixtureClass
from bimodal.cohort.quantity import Quantity
from bimodal.errors import StudyError
from bimodal.files.fingerprint import json_sha256
from bimodal.files.suggest import suggest_names
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.population import StudyPopulation

_SOURCE = "one of the equally good parameter sets of a fit"


@dataclass(frozen=True)
class ParameterSet:
    """One set of values that fits about as well as the best, in the terms of a cohort.

    Parameters
    ----------
    values
        Parameter id to its median and coefficient of variation between patients.
    shares
        Share of each class of the cohort's mixture that has these classes.

    Examples
    --------
    >>> ParameterSet({"tumour_treg_half": (0.4, 0.0)}, {}).data()
    {'values': {'tumour_treg_half': [0.4, 0.0]}, 'shares': {}}
    """

    values: Mapping[str, tuple[float, float]]
    shares: Mapping[str, float]

    def data(self) -> dict[str, Any]:
        """Give it as plain data, to be stored and hashed."""
        return {"values": {name: list(pair) for name, pair in self.values.items()}, "shares": dict(self.shares)}


@dataclass(frozen=True)
class Ensemble:
    """All sets of a fit, by cohort, and how many patients each is simulated with.

    Parameters
    ----------
    sets
        Name of a cohort to its sets; every cohort has as many, and the k-th sets belong together.
    source
        Command that makes them.
    patients
        Virtual patients per arm and set, the first of the run; None is all of them, so the best set repeats the run.

    Examples
    --------
    >>> Ensemble({"melanoma": (ParameterSet({}, {}),)}, "bimodal fit oncology").words
    'parameter: range over 1 equally good sets'
    """

    sets: Mapping[str, tuple[ParameterSet, ...]]
    source: str
    patients: int | None = None

    @property
    def size(self) -> int:
        """How many sets there are."""
        return min((len(sets) for sets in self.sets.values()), default=0)

    @property
    def words(self) -> str:
        """What the range of an endpoint over the sets is called."""
        return f"parameter: range over {self.size} equally good sets"

    @property
    def sha256(self) -> str:
        """Fingerprint of every number."""
        return json_sha256(self.data()["values"])

    def data(self) -> dict[str, Any]:
        """Give words and sets as plain data, to be stored."""
        return {
            "words": self.words,
            "values": {name: [one.data() for one in sets] for name, sets in self.sets.items()},
        }


def apply_set(cohort: Cohort, one: ParameterSet, table: Any) -> Cohort:
    """Put a parameter set in place of what a cohort says of the same parameters and classes.

    Who the people are, and each one's random numbers, stay: two sets differ patient by patient by their values alone.
    A value that a class of people holds fixed, such as no killing of a tumour that is not recognised, stays fixed.

    Examples
    --------
    >>> from types import SimpleNamespace as Plain
    >>> from bimodal.cohort import load_cohort
    >>> table = Plain(rows=(Plain(id="clearance", unit="L/h"),))
    >>> slow = ParameterSet({"clearance": (7.0, 0.0)}, {})
    >>> apply_set(load_cohort("healthy"), slow, table).parameters["clearance"].median
    7.0
    """
    units = {row.id: row.unit for row in table.rows}
    for name in one.values:
        if name not in units:
            raise StudyError(
                f"a parameter set names '{name}', which the model does not have",
                where=f"cohort '{cohort.name}'",
                fix=suggest_names(name, units),
            )
    mixtures = {
        name: Mixture(classes={kind: _class(old, kind, one) for kind, old in mixture.classes.items()})
        if set(one.shares) == set(mixture.classes)
        else mixture
        for name, mixture in cohort.mixtures.items()
    }
    if one.shares and not any(set(one.shares) == set(mixture.classes) for mixture in cohort.mixtures.values()):
        raise StudyError(
            f"a parameter set gives shares of the classes {', '.join(sorted(one.shares))}, which the cohort lacks",
            where=f"cohort '{cohort.name}'",
        )
    of_classes = {name for mixture in cohort.mixtures.values() for name in mixture.parameters}
    own = {
        name: _quantity(cohort.parameters.get(name), name, one, units[name])
        for name in one.values
        if name not in of_classes
    }
    return replace(
        cohort,
        parameters={**cohort.parameters, **own},
        mixtures=mixtures,
        sha256=json_sha256([cohort.sha256, one.data()]),
    )


def with_set(plan: Plan, ensemble: Ensemble, index: int) -> Plan:
    """Give a planned study the values of one parameter set."""

    def changed(population: StudyPopulation) -> StudyPopulation:
        if population.cohort is None or population.cohort.name not in ensemble.sets:
            raise StudyError(
                f"there are no parameter sets for the people '{population.name}'",
                where=f"study '{plan.spec.name}'",
                fix="take a cohort that has them: " + ", ".join(sorted(ensemble.sets)),
            )
        one = ensemble.sets[population.cohort.name][index]
        return replace(population, cohort=apply_set(population.cohort, one, population.table))

    return replace(
        plan,
        population=changed(plan.population),
        others={name: changed(population) for name, population in plan.others.items()},
    )


def _class(old: MixtureClass, kind: str, one: ParameterSet) -> MixtureClass:
    parameters = {
        name: quantity
        if name not in one.values or quantity.distribution == "fixed"
        else _quantity(quantity, name, one, quantity.unit)
        for name, quantity in old.parameters.items()
    }
    return old.model_copy(update={"proportion": one.shares[kind], "parameters": parameters})


def _quantity(old: Quantity | None, name: str, one: ParameterSet, unit: str) -> Quantity:
    median, cv = one.values[name]
    kept = "lognormal" if old is None or old.distribution == "fixed" else old.distribution
    said = (
        {"source": _SOURCE, "where_in_source": "see the set", "status": "fitted"} if old is None else old.model_dump()
    )
    own = {"median": median, "cv": cv, "unit": unit, "distribution": kept if cv else "fixed"}
    return Quantity.model_validate({**said, **own})
