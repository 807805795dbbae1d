"""Dose-response of pSTAT5 in a dish, per cell subset: what a concentration means to each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.drugs import USUAL_SPECIES, Molecule
from bimodal.errors import StudyError
from bimodal.model import Assay, Subset, load_assay
from bimodal.response.cells import CellPopulation
from bimodal.response.common import REFERENCES
from bimodal.response.curves import Response
from bimodal.response.dish import Dish, chosen_cells
from bimodal.response.reading import crossing
from bimodal.response.spread import load_receptor_spread
from bimodal.response.wells import Wells, solve_wells
from bimodal.study.solver.molecule import binding

FloatArray = npt.NDArray[np.float64]

#: Tested concentrations in pM, from far below any response to past the top of the published assay (84 nM).
CONCENTRATIONS_PM: FloatArray = np.logspace(-2, 5, 141)

__all__ = [
    "CONCENTRATIONS_PM",
    "Response",
    "crossing",
    "responses_json",
    "simulate_response",
    "simulate_responses",
]


def simulate_response(molecule: Molecule, *, minutes: float = 30.0) -> Response:
    """Simulate the pSTAT5 assay with one molecule on every stained subset.

    Parameters
    ----------
    molecule
        The drug; a native one binds as the human parameter table says.
    minutes
        Time with the ligand, more than 0 and at most a day.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> simulate_response(load_molecule("aldesleukin")).drug
    'aldesleukin'
    """
    return simulate_responses([molecule], Dish(minutes=(float(minutes),)))[0][0]


def simulate_responses(
    molecules: Sequence[Molecule],
    dish: Dish | None = None,
    *,
    cells: Sequence[str] = (),
    heterogeneity: bool = False,
    workers: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[list[Response]]:
    """Simulate the pSTAT5 assay with several molecules, at several times, in one batch.

    Parameters
    ----------
    dish
        What else is in the medium, and the times; native conditions at 30 minutes where left out.
    cells
        Subsets whose cells may vary; none means all. Typical cells of all are always there, as maxima and ratios to
        Treg need them.
    heterogeneity
        Whether to simulate, beside the typical cell, cells that differ in CD25 and CD122.
    workers
        Threads; change no figure.
    progress
        Called with molecules done, molecules in all and a text.

    Returns
    -------
    list of list of Response
        One list per molecule, with a response for each time.

    Raises
    ------
    StudyError
        No molecule or one twice, a molecule that is not one of human IL-2, an unknown subset, or a parameter that has
        no part in the assay.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> found = simulate_responses([load_molecule("aldesleukin")], Dish(minutes=(30.0, 60.0)))
    >>> [response.minutes for response in found[0]]
    [30.0, 60.0]
    """
    twice = [name for name, count in Counter(molecule.id for molecule in molecules).items() if count > 1]
    if twice or not molecules:
        raise StudyError(f"'{twice[0]}' is named twice" if twice else "no molecule was given", where="--drug")
    medium = dish or Dish()
    if heterogeneity and medium.species != USUAL_SPECIES:
        raise StudyError(
            f"nobody counted receptors on single cells of a {medium.species}", fix="leave heterogeneity out"
        )
    assay = load_assay(medium.species)
    subsets = medium.subsets(assay)
    native = {**assay.table.values(), **medium.parameters}
    bound = [binding(molecule, native, species=medium.species) for molecule in molecules]
    chosen = chosen_cells(cells, assay)
    # native IL-2 of the species is the measure of every molecule, asked for or not; it binds as the table says: {}
    solved = bound if {} in bound else [*bound, {}]
    wells = solve_wells(
        assay,
        medium,
        [(subset, own) for own in solved for subset in subsets],
        concentrations=CONCENTRATIONS_PM,
        workers=workers,
    )
    measure = slice(solved.index({}) * len(subsets), (solved.index({}) + 1) * len(subsets))
    found: list[list[Response]] = []
    for index, molecule in enumerate(molecules):
        part = slice(index * len(subsets), (index + 1) * len(subsets))
        typical = [
            _response(molecule.id, medium, subsets, wells, (part, measure), at) for at in range(len(medium.minutes))
        ]
        if heterogeneity:
            varied = _populations(assay, medium, [s for s in subsets if s.id in chosen], bound[index], workers)
            typical = [replace(one, populations=varied[at]) for at, one in enumerate(typical)]
        found.append(typical)
        if progress is not None:
            progress(index + 1, len(molecules), molecule.id)
    return found


def responses_json(found: Sequence[Sequence[Response]], dish: Dish, *, cells: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of ``bimodal response --json``.

    Parameters
    ----------
    dish
        The conditions; said where they are not the plain ones.
    cells
        Subsets to give; none means all.

    Returns
    -------
    dict
        One object for a single molecule, ``{"drugs": [object, ...]}`` for several. With several times an object is of
        the first and has all under ``"time_course"``.
    """
    objects = [_one(times, dish, cells) for times in found]
    return objects[0] if len(objects) == 1 else {"drugs": objects}


def _one(times: Sequence[Response], dish: Dish, cells: Sequence[str]) -> dict[str, Any]:
    each = [response.to_json(cells) for response in times]
    said: dict[str, Any] = {} if dish.plain else {"conditions": dish.to_json()}
    if len(each) > 1:
        said["time_course"] = [{key: one[key] for key in ("minutes", "cells", "selectivity")} for one in each]
    return {**each[0], **said}


def _response(
    drug: str, dish: Dish, subsets: Sequence[Subset], wells: Wells, parts: tuple[slice, slice], at: int
) -> Response:
    def by_subset(values: FloatArray, rows: slice = parts[0]) -> dict[str, FloatArray]:
        return {subset.id: curve for subset, curve in zip(subsets, values[rows, 0, at], strict=True)}

    return Response(
        drug,
        dish.minutes[at],
        CONCENTRATIONS_PM,
        by_subset(wells.pstat5),
        by_subset(wells.occupancy),
        by_subset(wells.cd25),
        reference=by_subset(wells.pstat5, parts[1]),
        measure=REFERENCES[dish.species],
    )


def _populations(
    assay: Assay, dish: Dish, subsets: Sequence[Subset], bound: Mapping[str, float], workers: int
) -> list[dict[str, CellPopulation]]:
    """Simulate the unlike cells of each subset under one molecule; one dict for each time."""
    spreads = load_receptor_spread()
    wells = solve_wells(
        assay,
        dish,
        [(subset, bound) for subset in subsets],
        concentrations=CONCENTRATIONS_PM,
        factors=np.stack([spreads[subset.cell].factors() for subset in subsets]),
        workers=workers,
    )
    return [
        {
            subset.id: CellPopulation.of(spreads[subset.cell], wells.pstat5[row, :, at])
            for row, subset in enumerate(subsets)
        }
        for at in range(len(dish.minutes))
    ]
