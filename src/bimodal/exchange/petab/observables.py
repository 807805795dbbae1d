"""The observable table of a PEtab problem."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from bimodal.exchange.petab.entities import Entities
from bimodal.exchange.petab.tables import Row, identifier, parts, table_rows
from bimodal.expr import Node
from bimodal.files.faults import Faults
from bimodal.files.table import Place

#: Distribution and transformation by the words of version 2.
_VERSION_2 = {
    "normal": ("normal", "lin"),
    "laplace": ("laplace", "lin"),
    "log-normal": ("normal", "log"),
    "log-laplace": ("laplace", "log"),
}


@dataclass(frozen=True)
class PetabObservable:
    """What is observed and how it scatters.

    Parameters
    ----------
    formula, noise
        Expressions of model, parameters and placeholders; the noise is a standard deviation, or the width of a Laplace
        distribution, on the scale of `transformation`.
    transformation
        Scale on which the distribution holds: ``lin``, ``log`` or ``log10``.
    distribution
        ``normal`` or ``laplace``.
    placeholders, noise_placeholders
        Names that each measurement gives a meaning, in the order of its cells.
    """

    id: str
    formula: Node
    noise: Node
    transformation: Literal["lin", "log", "log10"]
    distribution: Literal["normal", "laplace"]
    placeholders: tuple[str, ...]
    noise_placeholders: tuple[str, ...]


def observable_texts(paths: Sequence[Path]) -> dict[str, tuple[Row, Place]]:
    """Return the rows of the observable tables by id, formulas not read yet.

    Raises
    ------
    PetabError
        A row cannot be read, or an id stands twice.
    """
    found: dict[str, tuple[Row, Place]] = {}
    faults = Faults()
    for row, place in table_rows(paths, needed=("observableId", "observableFormula", "noiseFormula")):
        with faults.kept():
            name = identifier(row, "observableId", place)
            if name in found:
                place.fail("observableId", f"the observable '{name}' stands twice", f"see {found[name][1]}")
            for column in ("observableFormula", "noiseFormula"):
                if not row[column]:
                    place.fail(column, f"'{name}' has no {'formula' if column[0] == 'o' else 'noise'}")
            found[name] = row, place
    faults.raise_any()
    return found


def read_observables(
    rows: dict[str, tuple[Row, Place]], entities: Entities, version: int
) -> tuple[PetabObservable, ...]:
    """Read the formulas of observables.

    Raises
    ------
    PetabError
        A formula cannot be read, or a distribution or transformation is unknown.
    """
    found: list[PetabObservable] = []
    faults = Faults()
    for name, (row, place) in rows.items():
        with faults.kept():
            found.append(_observable(name, row, place, entities, version))
    faults.raise_any()
    return tuple(found)


def _observable(name: str, row: Row, place: Place, entities: Entities, version: int) -> PetabObservable:
    said = row.get("noiseDistribution", "") or "normal"
    if version == 2:
        if said not in _VERSION_2:
            place.fail(
                "noiseDistribution", f"there is no distribution '{said[:40]}'", f"one of {', '.join(_VERSION_2)}"
            )
        distribution, transformation = _VERSION_2[said]
        own = tuple(parts(row.get("observablePlaceholders", "")))
        of_noise = tuple(parts(row.get("noisePlaceholders", "")))
    else:
        distribution, transformation = said, row.get("observableTransformation", "") or "lin"
        if distribution not in ("normal", "laplace"):
            place.fail("noiseDistribution", f"there is no distribution '{said[:40]}'", "normal or laplace")
        if transformation not in ("lin", "log", "log10"):
            place.fail("observableTransformation", f"there is no '{transformation[:40]}'", "lin, log or log10")
        own, of_noise = (_numbered(kind, name, row, place) for kind in ("observable", "noise"))
    everything = (*own, *of_noise)
    return PetabObservable(
        id=name,
        formula=entities.read(row["observableFormula"], place, "observableFormula", everything),
        noise=entities.read(row["noiseFormula"], place, "noiseFormula", everything),
        transformation=cast(Literal["lin", "log", "log10"], transformation),
        distribution=cast(Literal["normal", "laplace"], distribution),
        placeholders=own,
        noise_placeholders=of_noise,
    )


def _numbered(kind: str, name: str, row: Row, place: Place) -> tuple[str, ...]:
    """Return the placeholders of version 1, which have a number and the observable in their names."""
    text = f"{row['observableFormula']} {row['noiseFormula']}"
    numbers = {int(n) for n in re.findall(rf"\b{kind}Parameter(\d{{1,4}})_{re.escape(name)}\b", text)}
    most = max(numbers, default=0)
    if numbers != set(range(1, most + 1)):
        place.fail(None, f"the placeholders of '{name}' are not numbered from 1 without gaps")
    return tuple(f"{kind}Parameter{n}_{name}" for n in range(1, most + 1))
