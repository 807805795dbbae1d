"""Draws virtual patients from a cohort."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bimodal.cohort.cohort import Cohort
from bimodal.cohort.population import Population
from bimodal.cohort.scaling import scale_by_size
from bimodal.cohort.streams import normal, patient_indices, uniform
from bimodal.cohort.table import Table
from bimodal.cohort.variability import vary
from bimodal.errors import CohortError
from bimodal.units import bsa_m2


def sample(cohort: Cohort, patients: ArrayLike, seed: int, table: Table) -> Population:
    """Draw the virtual patients with the given global indices.

    A patient is the same person whatever else is drawn, in whatever order or chunk, and however many parameters the
    model has; so arms and chunks can be computed anywhere and compared patient by patient.

    Parameters
    ----------
    cohort
        Whom to draw; its parameters replace the value and cv of the table.
    patients
        Global patient indices, shape (N,), integers from 0.
    seed
        Seed of the study.
    table
        The model's parameter table; rows with a cv above 0 vary between patients.

    Returns
    -------
    Population
        Covariates and the parameters that differ from the table. Volume of distribution and clearance are multiplied
        by body-surface area over 1.85 m2.

    Raises
    ------
    CohortError
        If the cohort names a parameter the table lacks, or a spread or distribution is impossible.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from bimodal.cohort import load_cohort
    >>> @dataclass
    ... class Empty:
    ...     rows: tuple = ()
    >>> cohort = load_cohort("healthy")
    >>> cohort = type(cohort)(**{**vars(cohort), "parameters": {}})
    >>> sorted(sample(cohort, [0, 1], 1, Empty()).covariates)
    ['bsa_m2', 'female', 'height_cm', 'weight_kg']

    References
    ----------
    Body surface area: R. D. Mosteller, N Engl J Med 1987;317:1098.
    """
    indices = patient_indices(patients)
    known = {row.id for row in table.rows}
    missing = sorted(set(cohort.parameters) - known)
    if missing:
        raise CohortError(
            "the cohort names parameters the model does not have",
            where=f"{cohort.origin}, key parameters.{missing[0]}",
            fix="remove " + ", ".join(missing) + " or choose the model they belong to",
        )
    covariates = _covariates(cohort, indices, seed)
    parameters: dict[str, NDArray[np.float64]] = {}
    for row in table.rows:
        own = cohort.parameters.get(row.id)
        if own is None:
            value, cv, distribution = row.value, row.cv or 0.0, row.distribution or "lognormal"
        else:
            value, cv, distribution = own.median, own.cv, own.distribution
        if cv:
            z = normal(seed, indices, "parameter", row.id)[:, 0]
            if own is not None and own.follows:
                z = _correlated(own.log_correlation, normal(seed, indices, "parameter", own.follows)[:, 0], z)
            try:
                parameters[row.id] = vary(value, cv, distribution, z)
            except CohortError as error:
                raise CohortError(error.what, where=f"parameter {row.id}", fix=error.fix) from error
        elif own is not None:
            parameters[row.id] = np.full(len(indices), value)
    values = {row.id: row.value for row in table.rows}
    return Population(
        patients=indices,
        covariates=covariates,
        parameters=scale_by_size(parameters, values, covariates["bsa_m2"]),
        weights=np.ones(len(indices)),
    )


def _covariates(cohort: Cohort, indices: NDArray[np.int64], seed: int) -> dict[str, NDArray[np.float64]]:
    female = uniform(seed, indices, "covariate", "sex")[:, 0] < cohort.female_fraction.median
    z_weight = normal(seed, indices, "covariate", "weight_kg")[:, 0]
    z_height = normal(seed, indices, "covariate", "height_cm")[:, 0]
    weight, height = np.empty(len(indices)), np.empty(len(indices))
    for body, chosen in ((cohort.female, female), (cohort.male, ~female)):
        correlated = _correlated(body.log_correlation.median, z_weight[chosen], z_height[chosen])
        weight[chosen] = vary(body.weight_kg.median, body.weight_kg.cv, "lognormal", z_weight[chosen])
        height[chosen] = vary(body.height_cm.median, body.height_cm.cv, "lognormal", correlated)
    return {
        "weight_kg": weight,
        "height_cm": height,
        "bsa_m2": np.asarray(bsa_m2(weight, height), dtype=np.float64),
        "female": female.astype(np.float64),
    }


def _correlated(r: float, leader: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray[np.float64]:
    return r * leader + math.sqrt(1.0 - r * r) * own
