"""Solves the wells of the assay: every molecule, subset, cell and concentration in one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, System, solve
from bimodal.errors import StudyError
from bimodal.model import LIGAND, Assay, Subset
from bimodal.response.dish import Dish

FloatArray = npt.NDArray[np.float64]

_TCR = "cell_tcr_engaged"


@dataclass(frozen=True, eq=False)
class Wells:
    """What was measured in a batch of wells.

    Parameters
    ----------
    pstat5, occupancy, cd25
        (rows, cells, T, C): share of full signal, share of CD122 in complexes, CD25 per cell.
    """

    pstat5: FloatArray
    occupancy: FloatArray
    cd25: FloatArray


def solve_wells(
    assay: Assay,
    dish: Dish,
    rows: Sequence[tuple[Subset, Mapping[str, float]]],
    *,
    concentrations: FloatArray,
    factors: FloatArray | None = None,
    workers: int = 1,
) -> Wells:
    """Solve every row at every concentration.

    Parameters
    ----------
    assay, dish
        The mathematics, and what is in the medium.
    rows
        Subset and binding (empty: native IL-2) of each row.
    concentrations
        (C,) pM.
    factors
        (rows, cells, 2): multiples of CD25 and CD122 of single cells; one typical cell where left out.
    workers
        Threads; change no figure.
    """
    system = assay.network.system([(name, name) for name in assay.system.output_ids], settable=[LIGAND, _TCR])
    cells = np.ones((len(rows), 1, 2)) if factors is None else factors
    each, count = cells.shape[1], len(concentrations)
    base = [_row(assay, system, dish, subset, bound) for subset, bound in rows]
    parameters = np.repeat(np.array(base), each, axis=0)
    flat = cells.reshape(-1, 2)
    for column, factor in (("cell_alpha_rest", flat[:, 0]), ("cell_beta_rest", flat[:, 1])):
        parameters[:, system.parameter_ids.index(column)] *= factor
    # the model counts complexes per resting CD122 of the cell; here they count per that of the typical cell
    parameters[:, system.parameter_ids.index("ligand_efficacy")] *= flat[:, 1]
    tcr = np.repeat([dish.tcr_of(subset) for subset, _ in rows], each * count)
    doses = np.tile(concentrations / 1000.0, len(parameters))
    schedule = Schedule.shared(
        [0.0, 0.0], [system.slot_set(LIGAND), system.slot_set(_TCR)], np.stack([doses, tcr], axis=1)
    )
    times = np.array(dish.minutes) / 60.0
    run = solve(system, np.repeat(parameters, count, axis=0), schedule, times, workers=workers)
    if run.failed:
        raise StudyError(f"{run.failed} of {len(doses)} assay wells could not be computed")
    shape = (len(rows), each, count, len(times))
    return Wells(*(np.swapaxes(run[name].reshape(shape), 2, 3) for name in ("pstat5", "occupancy", "cd25")))


def _row(assay: Assay, system: System, dish: Dish, subset: Subset, bound: Mapping[str, float]) -> list[float]:
    values = assay.parameters(subset, bound, changed=dish.constants)
    return [values[name] for name in system.parameter_ids]
