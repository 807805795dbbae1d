"""Draws virtual patients from a cohort."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bimodal.cohort.cohort import Cohort
from bimodal.cohort.mixture import Mixture
from bimodal.cohort.population import Population
from bimodal.cohort.scaling import scale_by_size
from bimodal.cohort.streams import normal, patient_indices, uniform
from bimodal.cohort.table import Table
from bimodal.cohort.variability import vary
from bimodal.errors import CohortError
from bimodal.files.suggest import did_you_mean
from bimodal.units import bsa_m2

#: Beginnings of names of parts a model may lack: what a cohort says of a tumour means nothing to a model without one.
PARTS = ("tumour_", "tox_")


def sample(cohort: Cohort, patients: ArrayLike, seed: int, table: Table) -> Population:
    """Draw the virtual patients with the given global indices.

    A patient is the same person whatever else is drawn, in whatever order or chunk, and however many parameters the
    model has; so arms and chunks can be computed anywhere and compared patient by patient.

    Parameters of the cohort replace value and cv of the table; only those that differ from the table are given. Volume
    of distribution and clearance are multiplied by body-surface area over 1.85 m2. A number without spread goes
    together with nothing, and a factor or correlation of a parameter the table lacks has no effect. The kind of a
    mixture is a covariate of its name.

    Raises
    ------
    CohortError
        If the cohort gives a parameter the table lacks, or misspells one in a factor or correlation, or a spread or
        distribution is impossible.

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
    ['age_years', 'bsa_m2', 'egfr_ml_min', 'female', 'height_cm', 'weight_kg']

    References
    ----------
    Body surface area: R. D. Mosteller, N Engl J Med 1987;317:1098.
    """
    indices = patient_indices(patients)
    _check_names(cohort, {row.id for row in table.rows})
    scores = _Scores(cohort, indices, seed)
    covariates = _covariates(cohort, indices, seed)
    for name, quantity in cohort.covariates.items():
        covariates[name] = (
            vary(quantity.median, quantity.cv, quantity.distribution, scores.of(name))
            if quantity.cv
            else np.full(len(indices), quantity.median)
        )
    kinds = {
        name: mixture.draw(uniform(seed, indices, "mixture", name)[:, 0]) for name, mixture in cohort.mixtures.items()
    }
    covariates |= {name: kind.astype(np.float64) for name, kind in kinds.items()}
    mixed = {parameter: name for name, mixture in cohort.mixtures.items() for parameter in mixture.parameters}
    parameters: dict[str, NDArray[np.float64]] = {}
    for row in table.rows:
        own = cohort.parameters.get(row.id)
        factor = cohort.factors.get(row.id)
        if own is None:
            value, cv, distribution = row.value, row.cv or 0.0, row.distribution or "lognormal"
            value = value if factor is None else value * factor.median
        else:
            value, cv, distribution = own.median, own.cv, own.distribution
        if cv:
            try:
                parameters[row.id] = vary(value, cv, distribution, scores.of(row.id))
            except CohortError as error:
                raise CohortError(error.what, where=f"parameter {row.id}", fix=error.fix) from error
        elif own is not None or factor is not None or row.id in mixed:
            parameters[row.id] = np.full(len(indices), value)
        if row.id in mixed:
            name = mixed[row.id]
            _mix(parameters[row.id], row.id, cohort.mixtures[name], kinds[name], scores)
    values = {row.id: row.value for row in table.rows}
    return Population(
        patients=indices,
        covariates=covariates,
        parameters=scale_by_size(parameters, values, covariates["bsa_m2"]),
        weights=np.ones(len(indices)),
    )


def _mix(values: NDArray[np.float64], name: str, mixture: Mixture, kind: NDArray[np.int64], scores: _Scores) -> None:
    """Give the people of each kind the value of their kind; one score a person, whatever the kind."""
    z = scores.of(name)
    for place, one in enumerate(mixture.classes.values()):
        quantity = one.parameters.get(name)
        if quantity is not None:
            of_kind = kind == place
            values[of_kind] = (
                vary(quantity.median, quantity.cv, quantity.distribution, z[of_kind])
                if quantity.cv
                else quantity.median
            )


def _check_names(cohort: Cohort, known: set[str]) -> None:
    parts = {part for part in PARTS if not any(name.startswith(part) for name in known)}
    places = {name: f"parameters.{name}" for name in cohort.parameters}
    places |= {name: f"mixture.{key}" for key, mixture in cohort.mixtures.items() for name in mixture.parameters}
    missing = sorted(name for name in set(places) - known if not name.startswith(tuple(parts)))
    if missing:
        raise CohortError(
            "the cohort names parameters the model does not have",
            where=f"{cohort.origin}, key {places[missing[0]]}",
            fix="remove " + ", ".join(missing) + " or choose the model they belong to",
        )
    # A model may lack the mechanism a factor or correlation is about; a name one letter off is a mistake.
    ends = {name for pair in cohort.correlations.items() for name in (pair[0], pair[1].follows)}
    for key, names in (("factors", set(cohort.factors)), ("correlations", ends - set(cohort.covariates))):
        for name in sorted(names - known):
            near = did_you_mean(name, known, cutoff=0.85).strip()
            if near:
                raise CohortError(
                    f"the model has no parameter {name!r}",
                    where=f"{cohort.origin}, key {key}",
                    fix=near,
                )


class _Scores:
    """Normal scores of the patients by name; what follows another carries part of its score."""

    def __init__(self, cohort: Cohort, indices: NDArray[np.int64], seed: int) -> None:
        self._leaders, self._covariates = cohort.leaders, cohort.covariates
        self._indices, self._seed = indices, seed

    def of(self, name: str) -> NDArray[np.float64]:
        purpose = "covariate" if name in self._covariates else "parameter"
        own = normal(self._seed, self._indices, purpose, name)[:, 0]
        if name not in self._leaders:
            return own
        leader, r = self._leaders[name]
        return _correlated(r, self.of(leader), own)


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
