"""Equally good parameter sets of a model, each taken for one animal: what the numbers at hand do not tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

import numpy as np

from bimodal.cohort.population import Population
from bimodal.cohort.table import Table
from bimodal.errors import CohortError
from bimodal.files.csv_rows import csv_rows
from bimodal.units import KG_PER_M2

#: Columns of the animal itself. Others are parameters, or ``condition.parameter``: its own value under a condition.
_BODY = ("id", "weight_kg")
_ENDING = "-sets"


def list_parameter_sets() -> list[str]:
    """Name the built-in collections of parameter sets.

    Examples
    --------
    >>> list_parameter_sets()
    ['mouse-sets']
    """
    folder = resources.files("bimodal.cohort") / "data"
    return sorted(
        entry.name.removesuffix(".csv") for entry in folder.iterdir() if entry.name.endswith(f"{_ENDING}.csv")
    )


def read_parameter_sets(name: str, table: Table) -> Population:
    """Read a collection of parameter sets as a population: patient k is set k.

    Parameters
    ----------
    name
        One of :func:`list_parameter_sets`: the species, then ``-sets``.
    table
        The model's parameter table: columns of parameters it lacks are left out.

    Examples
    --------
    >>> from types import SimpleNamespace as Plain
    >>> read_parameter_sets("mouse-sets", Plain(rows=())).covariates["weight_kg"][0].item()
    0.025
    """
    if name not in list_parameter_sets():
        raise CohortError(f"there are no parameter sets '{name}'", fix=f"one of: {', '.join(list_parameter_sets())}")
    text = (resources.files("bimodal.cohort") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return _population(csv_rows(text), {row.id for row in table.rows}, KG_PER_M2[name.removesuffix(_ENDING)])


def _population(found: Sequence[dict[str, str]], known: set[str], kg_per_m2: float) -> Population:
    columns = {name: np.array([float(row[name]) for row in found]) for name in found[0] if name != "id"}
    weight = columns["weight_kg"]
    return Population(
        patients=np.arange(len(found), dtype=np.int64),
        covariates={"weight_kg": weight, "bsa_m2": weight / kg_per_m2},
        parameters={name: column for name, column in columns.items() if name in known},
        weights=np.ones(len(found)),
        labels=tuple(row["id"] for row in found),
        conditions={name: column for name, column in columns.items() if "." in name and name not in _BODY},
    )
