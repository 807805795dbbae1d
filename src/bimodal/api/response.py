"""pSTAT5 dose-response of every cell subset in a dish."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bimodal.api.workers import default_workers
from bimodal.drugs import Molecule, load_molecule
from bimodal.response.dish import Dish
from bimodal.response.dose_responses import DoseResponses
from bimodal.response.partner import parse_partner
from bimodal.response.response import simulate_responses


def response(
    drug: str | Molecule | Sequence[str | Molecule] = "aldesleukin",
    *,
    minutes: float | Sequence[float] = 30.0,
    cells: Sequence[str] = (),
    partner: str | None = None,
    tcr: float = 0.0,
    alpha_masked: float = 0.0,
    set: Mapping[str, float] | None = None,  # noqa: A002
    species: str = "human",
    heterogeneity: bool = False,
    workers: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> DoseResponses:
    """Simulate the pSTAT5 assay with one or several molecules: EC50, slope, maximum, occupancy, selectivity.

    Parameters
    ----------
    drug
        Molecule, or path of a drug file; several are simulated side by side.
    minutes
        Time with the ligand, or several times.
    cells
        Subsets to give; none means all.
    partner
        A partner drug in the medium, such as ``"tofacitinib=100nM"``.
    tcr
        Engaged T-cell receptors per T cell.
    alpha_masked
        Share of CD25 that something else occupies, 0 to 1.
    set
        Other values of rows of the table, by id.
    species
        Whose cells: ``human`` or ``mouse``.
    heterogeneity
        Also average over cells that differ in CD25 and CD122.
    workers
        Threads; None takes every processor. They change no figure.
    progress
        Called with (molecules done, molecules in all, molecule).

    Raises
    ------
    BimodalError
        A molecule, subset, partner, time or parameter is wrong.

    Examples
    --------
    >>> import bimodal as bm
    >>> found = bm.response(["aldesleukin", "n88d-fc"], cells=["treg", "nk"])
    >>> found.to_pandas()[["drug", "cell"]].values.tolist()
    [['aldesleukin', 'treg'], ['aldesleukin', 'nk'], ['n88d-fc', 'treg'], ['n88d-fc', 'nk']]
    """
    named = [drug] if isinstance(drug, str | Molecule) else drug
    molecules = [one if isinstance(one, Molecule) else load_molecule(one) for one in named]
    dish = Dish(
        minutes=tuple(map(float, [minutes] if isinstance(minutes, int | float) else minutes)),
        partner=parse_partner(partner) if partner is not None else None,
        tcr_engaged=tcr,
        alpha_masked=alpha_masked,
        parameters=set or {},
        species=species,
    )
    found = simulate_responses(
        molecules,
        dish,
        cells=cells,
        heterogeneity=heterogeneity,
        workers=workers or default_workers(),
        progress=progress,
    )
    return DoseResponses(tuple(molecules), dish, tuple(cells), tuple(map(tuple, found)))
