"""The patients of a simulation, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bimodal.errors import CohortError


@dataclass(frozen=True)
class Population:
    """Virtual or given patients: who they are and which of their parameters differ from the table.

    Attributes
    ----------
    patients
        Global patient indices, shape (N,), int64.
    covariates
        ``weight_kg`` (kg), ``height_cm`` (cm), ``bsa_m2`` (m2), each of shape (N,); sampled populations also have
        ``female``, 1 for women and 0 for men, and the covariates of their cohort, such as ``age_years``.
    parameters
        Parameter id to values of shape (N,), in the unit of the table; ids that are missing keep the table's value.
    conditions
        ``condition.parameter`` to the value (N,) each has of it under that condition of the model.

    Examples
    --------
    >>> import numpy as np
    >>> one = Population(np.array([0]), {}, {"clearance": np.array([6.0])}, np.ones(1))
    >>> one.matrix(["v_plasma", "clearance"], {"v_plasma": 2.85, "clearance": 7.7}).tolist()
    [[2.85, 6.0]]
    """

    patients: NDArray[np.int64]
    covariates: Mapping[str, NDArray[np.float64]]
    parameters: Mapping[str, NDArray[np.float64]]
    weights: NDArray[np.float64]
    labels: tuple[str, ...] = ()
    conditions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict[str, NDArray[np.float64]])

    def __len__(self) -> int:
        return len(self.patients)

    def matrix(self, ids: Sequence[str], defaults: Mapping[str, float]) -> NDArray[np.float64]:
        """Give parameters of shape (N, P) in the order of ``ids``; ``defaults`` fill what has no own column."""
        unknown = sorted(set(self.parameters) - set(ids))
        if unknown:
            raise CohortError("the population has parameters the model lacks", where=", ".join(unknown))
        values = np.empty((len(self), len(ids)))
        for column, name in enumerate(ids):
            if name in self.parameters:
                values[:, column] = self.parameters[name]
            elif name in defaults:
                values[:, column] = defaults[name]
            else:
                raise CohortError("a parameter has no value", where=name)
        return values
