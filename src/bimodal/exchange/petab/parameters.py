"""The parameter table of a PEtab problem."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bimodal.errors import PetabError
from bimodal.exchange.petab.prior import PetabPrior, Scale
from bimodal.exchange.petab.tables import Row, a_number, identifier, parts, table_rows
from bimodal.files.faults import Faults
from bimodal.files.table import Place

_SCALES = ("lin", "log", "log10")
#: Priors of version 1: the distribution, and whether it is one of the value on its scale.
_VERSION_1 = {
    "normal": ("normal", False),
    "laplace": ("laplace", False),
    "uniform": ("uniform", False),
    "logNormal": ("log-normal", False),
    "logLaplace": ("log-laplace", False),
    "parameterScaleNormal": ("normal", True),
    "parameterScaleLaplace": ("laplace", True),
    "parameterScaleUniform": ("uniform", True),
}


@dataclass(frozen=True)
class PetabParameter:
    """One row of the parameter table; all numbers in natural units.

    Parameters
    ----------
    scale
        On which it is estimated; version 2 names none and has ``lin``.
    lower, upper
        Bounds, NaN where the table has none.
    nominal
        Its value, NaN where the table has none.
    estimate
        Whether it is fitted.
    prior
        What the posterior takes; ``None`` is a constant.
    place
        Where the row stands.
    """

    id: str
    scale: Scale
    lower: float
    upper: float
    nominal: float
    estimate: bool
    prior: PetabPrior | None
    place: Place


def read_parameters(paths: Sequence[Path], version: int) -> tuple[PetabParameter, ...]:
    """Read the parameter tables.

    Parameters
    ----------
    paths
        Files of the tables.
    version
        1 or 2.

    Raises
    ------
    PetabError
        A row cannot be read or an id stands twice; all faults are listed together.
    """
    found: dict[str, PetabParameter] = {}
    faults = Faults()
    needed = ("parameterId", "estimate") if version == 2 else ("parameterId", "parameterScale", "estimate")
    for row, place in table_rows(paths, needed=needed):
        with faults.kept():
            parameter = _parameter(row, place, version)
            if parameter.id in found:
                place.fail(
                    "parameterId", f"the parameter '{parameter.id}' stands twice", f"see {found[parameter.id].place}"
                )
            found[parameter.id] = parameter
    faults.raise_any()
    return tuple(found.values())


def _parameter(row: Row, place: Place, version: int) -> PetabParameter:
    name = identifier(row, "parameterId", place)
    estimate = _truth(row["estimate"], place)
    scale = row.get("parameterScale", "lin") if version == 1 else "lin"
    if scale not in _SCALES:
        place.fail("parameterScale", f"there is no scale '{scale[:40]}'", "lin, log or log10")
    numbers = {
        column: a_number(row[column], column, place, finite=version == 1) if row.get(column) else math.nan
        for column in ("lowerBound", "upperBound", "nominalValue")
    }
    lower, upper, nominal = numbers.values()
    if estimate:
        for column in ("lowerBound", "upperBound"):
            if math.isnan(numbers[column]):
                place.fail(column, f"'{name}' is to be estimated and has no bound")
        if lower > upper:
            place.fail("lowerBound", f"the lower bound {lower:g} of '{name}' is above the upper bound {upper:g}")
    elif math.isnan(nominal):
        place.fail("nominalValue", f"'{name}' is not estimated and has no value")
    if math.isinf(nominal):
        place.fail("nominalValue", f"the value of '{name}' is not a finite number")
    return PetabParameter(
        name,
        scale,
        lower,
        upper,
        nominal,
        estimate,
        _prior(row, place, version, estimate, (lower, upper)),
        place,
    )


def _truth(text: str, place: Place) -> bool:
    if text.lower() in ("1", "1.0", "true"):
        return True
    if text.lower() in ("0", "0.0", "false"):
        return False
    return place.fail("estimate", f"'{text[:40]}' does not say whether to estimate", "true or false")


def _prior(row: Row, place: Place, version: int, estimate: bool, bounds: tuple[float, float]) -> PetabPrior | None:
    columns = (
        ("priorDistribution", "priorParameters") if version == 2 else ("objectivePriorType", "objectivePriorParameters")
    )
    kind, said = row.get(columns[0], ""), row.get(columns[1], "")
    if not estimate:
        return None
    if not kind:
        # version 2 takes every value between the bounds for equally likely; version 1 adds a constant nobody counts
        if version == 2 and all(map(math.isfinite, bounds)) and bounds[0] < bounds[1]:
            return PetabPrior("uniform", bounds)
        return None
    values = [a_number(part, columns[1], place) for part in parts(said)]
    on_scale = False
    if version == 1:
        if kind not in _VERSION_1:
            place.fail(columns[0], f"there is no prior '{kind[:40]}'", f"one of {', '.join(_VERSION_1)}")
        kind, on_scale = _VERSION_1[kind]
        if not values and kind == "uniform":
            return None
    try:
        if on_scale:
            return PetabPrior(kind, tuple(values), cast(Scale, row["parameterScale"]))
        cut = bounds if version == 2 else (-math.inf, math.inf)
        return PetabPrior(kind, tuple(values), "lin", *cut)
    except PetabError as fault:
        place.fail(columns[0], fault.what, fault.fix)
