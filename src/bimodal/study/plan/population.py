"""The people of a study: virtual patients of a cohort, the subjects of a table, or copies of a model file that vary."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.cohort import Cohort, Population, load_cohort, read_subjects, sample
from bimodal.cohort.parameter_sets import list_parameter_sets, read_parameter_sets
from bimodal.cohort.streams import normal
from bimodal.cohort.variability import vary
from bimodal.errors import StudyError
from bimodal.files.fingerprint import json_sha256
from bimodal.files.suggest import suggest_names
from bimodal.study.spec.spec import PopulationSpec

Array = npt.NDArray[np.float64]
_TUMOUR = "tumour_"


@dataclass(frozen=True, eq=False)
class StudyPopulation:
    """Who is treated; the same people are in every arm.

    Parameters
    ----------
    cohort
        Where virtual patients come from; None for given subjects and for a model file.
    subjects
        Given subjects, or parameter sets in their place; None for virtual patients.
    spread
        Without both: constants of a model file that vary, with their coefficients of variation.
    sets
        Name of the parameter sets that `subjects` are; empty for people.
    median
        Whether it is the median person, in whom no number of a drug is drawn either.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> spec = PopulationSpec(cohort="healthy", patients=3)
    >>> open_population(spec, patients=None, seed=1, table=SimpleNamespace(rows=())).count
    3
    """

    count: int
    seed: int
    table: Any
    cohort: Cohort | None
    subjects: Population | None
    spread: Mapping[str, float] = field(default_factory=dict[str, float])
    sets: str = ""
    median: bool = False

    @property
    def brings_tumour(self) -> bool:
        """Whether the cohort says what tumour its patients have; a model that has one gives it to others as well."""
        return self.cohort is not None and any(name.startswith(_TUMOUR) for name in self.cohort.parameters)

    @property
    def name(self) -> str:
        """Name of the cohort or of the parameter sets, ``subjects``, or ``none`` for a model file."""
        if self.cohort is not None:
            return self.cohort.name
        return self.sets or ("none" if self.subjects is None else "subjects")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the cohort file, of the subjects' numbers, or of the spread."""
        if self.cohort is not None:
            return self.cohort.sha256
        if self.subjects is None:
            return json_sha256({"spread": dict(self.spread)})
        columns = {**self.subjects.covariates, **self.subjects.parameters, **self.subjects.conditions}
        return json_sha256([list(self.subjects.labels), {name: column.tolist() for name, column in columns.items()}])

    def part(self, start: int, stop: int) -> Population:
        """Give the people with indices `start` to `stop` (half-open).

        Returns
        -------
        Population
            In the order of the indices, the same whatever part they are asked for in.
        """
        if self.cohort is not None:
            return _drawn(self, start, stop)
        if self.subjects is None:
            return self._copies(np.arange(start, stop, dtype=np.int64))
        given = self.subjects
        return Population(
            patients=given.patients[start:stop],
            covariates={name: column[start:stop] for name, column in given.covariates.items()},
            parameters={name: column[start:stop] for name, column in given.parameters.items()},
            weights=given.weights[start:stop],
            labels=given.labels[start:stop],
            conditions={name: column[start:stop] for name, column in given.conditions.items()},
        )

    def _copies(self, patients: npt.NDArray[np.int64]) -> Population:
        medians = {row.id: row.value for row in self.table.rows}
        varied = {
            name: vary(medians[name], cv, "lognormal", normal(self.seed, patients, "parameter", name)[:, 0])
            for name, cv in self.spread.items()
        }
        return Population(patients, covariates={}, parameters=varied, weights=np.ones(len(patients)))


@lru_cache(maxsize=1)
def _drawn(population: StudyPopulation, start: int, stop: int) -> Population:
    # a small run asks for the same people when it is planned, when it is solved, and once more for every arm
    assert population.cohort is not None
    drawn = sample(population.cohort, np.arange(start, stop, dtype=np.int64), population.seed, population.table)
    for column in (*drawn.covariates.values(), *drawn.parameters.values()):
        column.setflags(write=False)
    return drawn


def open_population(spec: PopulationSpec, *, patients: int | None, seed: int, table: Any) -> StudyPopulation:
    """Open the cohort or the subject table of a study.

    Parameters
    ----------
    patients
        Number asked for in its place; None keeps it.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> open_population(PopulationSpec(cohort="healthy"), patients=7, seed=1, table=SimpleNamespace(rows=())).name
    'healthy'
    """
    if spec.cohort is not None and spec.cohort in list_parameter_sets():
        return _sets(spec.cohort, patients, seed, table)
    if spec.cohort is not None:
        return StudyPopulation(patients or spec.patients, seed, table, load_cohort(spec.cohort), None)
    if spec.subjects is None:
        _check_spread(spec.spread, {row.id: row.value for row in table.rows})
        return StudyPopulation(patients or spec.patients, seed, table, None, None, spec.spread)
    subjects = read_subjects(spec.subjects, table)
    if patients is not None and patients != len(subjects):
        raise StudyError(
            f"{patients} patients were asked for, but the subject table has {len(subjects)}",
            fix="leave the number of patients out",
        )
    return StudyPopulation(len(subjects), seed, table, None, subjects)


def _sets(name: str, patients: int | None, seed: int, table: Any) -> StudyPopulation:
    """Take every parameter set once, or the first of them."""
    sets = read_parameter_sets(name, table)
    if patients is not None and patients > len(sets):
        raise StudyError(
            f"{patients} patients were asked for, and '{name}' has {len(sets)} parameter sets, one for each",
            fix="leave the number of patients out",
        )
    return StudyPopulation(patients or len(sets), seed, table, None, sets, sets=name)


def _check_spread(spread: Mapping[str, float], medians: Mapping[str, float]) -> None:
    for name in spread:
        if name not in medians:
            raise StudyError(
                f"the model has no parameter '{name}'", where="population.spread", fix=suggest_names(name, medians)
            )
        if not (math.isfinite(medians[name]) and medians[name] > 0.0):
            raise StudyError(
                f"'{name}' has the value {medians[name]:g}: only a number above 0 can vary log-normally",
                where="population.spread",
                fix=f"leave '{name}' out",
            )
