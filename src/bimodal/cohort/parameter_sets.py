"""Equally good parameter sets of a model, each taken for one animal: what the numbers at hand do not tell apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from importlib import resources

import numpy as np

from bimodal.cohort.population import Population
from bimodal.cohort.table import Table
from bimodal.errors import CohortError

#: Columns of the animal itself. Others are parameters, or ``condition.parameter``: its own value under a condition.
_BODY = ("id", "weight_kg")
#: Body weight over surface of a mouse, kg/m2 (FDA 2005, estimating the maximum safe starting dose: Km).
KG_PER_M2 = 3.0


def list_parameter_sets() -> list[str]:
    """Name the built-in collections of parameter sets.

    Examples
    --------
    >>> list_parameter_sets()
    ['mouse-sets']
    """
    folder = resources.files("bimodal.cohort") / "data"
    return sorted(entry.name.removesuffix(".csv") for entry in folder.iterdir() if entry.name.endswith("-sets.csv"))


def read_parameter_sets(name: str, table: Table) -> Population:
    """Read a collection of parameter sets as a population: patient k is set k.

    Parameters
    ----------
    name
        One of :func:`list_parameter_sets`.
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
    return _population(csv.DictReader(io.StringIO(text)), {row.id for row in table.rows})


def _population(rows: Iterable[dict[str, str]], known: set[str]) -> Population:
    found = list(rows)
    columns = {name: np.array([float(row[name]) for row in found]) for name in found[0] if name != "id"}
    weight = columns["weight_kg"]
    return Population(
        patients=np.arange(len(found), dtype=np.int64),
        covariates={"weight_kg": weight, "bsa_m2": weight / KG_PER_M2},
        parameters={name: column for name, column in columns.items() if name in known},
        weights=np.ones(len(found)),
        labels=tuple(row["id"] for row in found),
        conditions={name: column for name, column in columns.items() if "." in name and name not in _BODY},
    )
