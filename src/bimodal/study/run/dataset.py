"""A finished study as one array with named axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bimodal import INTENDED_USE
from bimodal.study.run.tables import in_time, once_each, people, refuse_too_large
from bimodal.study.store.store import distinct_columns

if TYPE_CHECKING:
    import xarray

    from bimodal.study.run.result import StudyResult


def dataset(result: StudyResult, observables: Sequence[str], arms: Sequence[str] | None) -> xarray.Dataset:
    """Put observables of all arms side by side, with units, labels and definitions as attributes."""
    import xarray

    which = list(arms if arms is not None else result.arms)
    names = list(observables or [*in_time(result), *once_each(result)])
    refuse_too_large(result, which, names, len(result.days))
    records = {arm["name"]: arm for arm in result.summary["arms"]}
    who = [people(result, arm) for arm in which]
    coordinates: dict[str, Any] = {
        "arm": ("arm", which),
        "patient": ("patient", who[0]["patient"]),
        "time": ("time", result.days, {"units": "day", "long_name": "elapsed days since the first scheduled dose"}),
        "drug": ("arm", [records[arm]["drug"] for arm in which]),
        "regimen": ("arm", [records[arm]["regimen"] for arm in which]),
        "failed": (("arm", "patient"), np.stack([columns["failed"] for columns in who])),
    }
    for name in who[0]:
        if name not in ("arm", "patient", "failed"):
            coordinates[name] = _covariate([columns.get(name) for columns in who])
    variables: dict[str, Any] = {}
    for variable, name in zip(distinct_columns(names, coordinates), names, strict=True):
        entry = result.registry[name]
        over = entry.per == "time"
        values = np.stack([result.values(arm, name) if over else result.course(arm, name) for arm in which])
        about = {"units": entry.unit, "long_name": entry.label, "description": entry.definition}
        variables[variable] = (("arm", "patient", "time") if over else ("arm", "patient"), values, about)
    attributes = {
        "study": result.spec.name,
        "seed": result.summary["seed"],
        "bimodal": result.summary["bimodal"],
        "intended_use": INTENDED_USE,
    }
    return xarray.Dataset(variables, coords=coordinates, attrs=attributes)


def _covariate(columns: list[Any]) -> Any:
    """Give a covariate along patients where the people are the same in every arm, else along arms and patients."""
    if all(column is not None and np.array_equal(column, columns[0]) for column in columns):
        return ("patient", columns[0])
    size = len(columns[0])
    return (("arm", "patient"), np.stack([np.full(size, np.nan) if c is None else c for c in columns]))
