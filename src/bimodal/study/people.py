"""The people of a study: virtual patients of a cohort, or the subjects of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.cohort import Cohort, Population, load_cohort, read_subjects, sample
from bimodal.errors import StudyError
from bimodal.study.fingerprint import json_sha256
from bimodal.study.spec import PopulationSpec

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class People:
    """Who is treated; the same people are in every arm.

    Parameters
    ----------
    count
        How many.
    seed
        Seed of the cohort's random streams.
    table
        Parameter table of the model.
    cohort
        Where virtual patients come from; None for given subjects.
    subjects
        Given subjects; None for virtual patients.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> spec = PopulationSpec(cohort="healthy", patients=3)
    >>> gather(spec, patients=None, seed=1, table=SimpleNamespace(rows=())).count
    3
    """

    count: int
    seed: int
    table: Any
    cohort: Cohort | None
    subjects: Population | None

    @property
    def name(self) -> str:
        """Name of the cohort, or ``subjects``."""
        return self.cohort.name if self.cohort is not None else "subjects"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the cohort file, or of the subjects' numbers."""
        if self.cohort is not None:
            return self.cohort.sha256
        assert self.subjects is not None
        columns = {**self.subjects.covariates, **self.subjects.parameters}
        return json_sha256([list(self.subjects.labels), {name: column.tolist() for name, column in columns.items()}])

    def part(self, start: int, stop: int) -> Population:
        """Give the people with indices `start` to `stop` (half-open).

        Parameters
        ----------
        start, stop
            Global patient indices.

        Returns
        -------
        Population
            In the order of the indices, the same whatever part they are asked for in.

        Raises
        ------
        CohortError
            When the cohort does not fit the model.
        """
        if self.cohort is not None:
            return sample(self.cohort, np.arange(start, stop, dtype=np.int64), self.seed, self.table)
        assert self.subjects is not None
        given = self.subjects
        return Population(
            patients=given.patients[start:stop],
            covariates={name: column[start:stop] for name, column in given.covariates.items()},
            parameters={name: column[start:stop] for name, column in given.parameters.items()},
            weights=given.weights[start:stop],
            labels=given.labels[start:stop],
        )


def gather(spec: PopulationSpec, *, patients: int | None, seed: int, table: Any) -> People:
    """Open the cohort or the subject table of a study.

    Parameters
    ----------
    spec
        What the study file says.
    patients
        Number asked for in its place; None keeps it.
    seed
        Seed of the run.
    table
        Parameter table of the model.

    Returns
    -------
    People
        Ready to be asked for parts.

    Raises
    ------
    CohortError
        Unknown cohort, wrong file.
    StudyError
        A number of patients was asked for although subjects are given.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> gather(PopulationSpec(cohort="healthy"), patients=7, seed=1, table=SimpleNamespace(rows=())).name
    'healthy'
    """
    if spec.subjects is None:
        assert spec.cohort is not None
        return People(patients or spec.patients, seed, table, load_cohort(spec.cohort), None)
    subjects = read_subjects(spec.subjects, table)
    if patients is not None and patients != len(subjects):
        raise StudyError(
            f"{patients} patients were asked for, but the subject table has {len(subjects)}",
            fix="leave the number of patients out",
        )
    return People(len(subjects), seed, table, None, subjects)
