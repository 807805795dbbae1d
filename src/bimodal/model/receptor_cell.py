"""One cell in a dish with all receptor states: the reference level, in the authors' constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bimodal.engine import System
from bimodal.errors import ModelError
from bimodal.files.csv_rows import csv_rows
from bimodal.model.files import read_data
from bimodal.model.flat import flat_network
from bimodal.model.manifest import read_manifest
from bimodal.model.network import Network
from bimodal.model.parameters import ParameterTable

_NAME = "receptor_cell"
_LIGANDS = ("il2", "il15")
#: What a run reports beside the states: complexes, receptors of the surface, molecules per cell and hour.
_SEEN = (
    *("active", "surface_alpha", "surface_beta"),
    *(f"{ligand}_{what}" for ligand in _LIGANDS for what in ("active", "uptake", "carried")),
)


@dataclass(frozen=True, eq=False)
class ReceptorCell:
    """The dish: its mathematics, its parameter table, and the receptors of each stained cell type.

    Unlike the built-in model of the same name it has every constant as an input, starting values included
    (``with_il2_la_start``, ``free_alpha_shift``, ...: differences from the ligand-free steady state).

    Parameters
    ----------
    network
        The mathematics.
    table
        Constants with their sources; receptor numbers of a Treg.
    cells
        Cell type -> receptors per cell that replace those of the table.
    """

    network: Network
    table: ParameterTable
    cells: Mapping[str, Mapping[str, float]]

    @cached_property
    def system(self) -> System:
        """What the engine solves; outputs are all states, then complexes, surface receptors and uptake."""
        names = (*self.network.state_ids, *_SEEN)
        return self.network.system(
            [(name, name) for name in names], settable=_LIGANDS, nonnegative=self.network.state_ids
        )

    def parameters(self, cell: str, changes: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return the constants of one cell type, in the order of the system.

        Parameters
        ----------
        cell
            One of ``cells``.
        changes
            Constants that differ, for example ``{"il2": 1.0}`` for 1 nM of IL-2 from the start.

        Raises
        ------
        ModelError
            There is no such cell type or constant.

        Examples
        --------
        >>> load_receptor_cell().parameters("nk", {"il2": 1.0})["beta_rest"]
        8502.940450747097
        """
        if cell not in self.cells:
            raise ModelError(f"there is no cell type '{cell}'", fix=f"one of: {', '.join(self.cells)}")
        values = {constant.id: constant.value for constant in self.network.constants}
        values |= self.table.values() | dict(self.cells[cell])
        for name, value in (changes or {}).items():
            if name not in values:
                raise ModelError(f"the receptor model has no constant '{name}'", fix="bimodal show model receptor_cell")
            values[name] = float(value)
        return values


def load_receptor_cell() -> ReceptorCell:
    """Load the receptor level L2 of one cell with IL-2 and IL-15.

    It is the yardstick of the equilibrium level: with the authors' constants it repeats their compiled model.

    Raises
    ------
    ModelError
        A shipped file is broken.

    Examples
    --------
    >>> len(load_receptor_cell().network.state_ids)
    42

    Notes
    -----
    Farhat et al. 2021, Cell Reports: posterior medians, and receptors per cell as geometric mean of four stainings
    (repositories meyer-lab/gcSolver and meyer-lab/gc-cytokines, MIT).
    """
    network = flat_network(read_manifest(_NAME).plain(), _NAME, file=f"{_NAME}.ant")
    table = ParameterTable.read(read_data(f"{_NAME}.csv"), f"{_NAME}.csv")
    rows = csv_rows(read_data("receptor_cell_types.csv"))
    cells = {row["cell"]: {key: float(row[key]) for key in row if key.endswith("_rest")} for row in rows}
    return ReceptorCell(network, table, cells)
