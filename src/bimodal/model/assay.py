"""The pSTAT5 assay: cells of the human model in a medium of constant IL-2."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cached_property

from bimodal.engine import System
from bimodal.model.antimony_text import to_sbml
from bimodal.model.files import read_data
from bimodal.model.network import Network
from bimodal.model.parameters import ParameterTable
from bimodal.model.sbml_reader import read_sbml

#: Event slot target: setting it starts the assay (the medium is 1 L, so nmol are nM).
LIGAND = "ligand_amount"


@dataclass(frozen=True)
class Subset:
    """A cell subset as it was stained: receptors per cell, and the cell type whose other values it shares."""

    id: str
    cell: str
    alpha_rest: float
    beta_rest: float
    source: str


@dataclass(frozen=True, eq=False)
class Assay:
    """The dish: its mathematics, the human parameter table it draws on, and the stained subsets."""

    network: Network
    table: ParameterTable
    subsets: tuple[Subset, ...]

    @cached_property
    def system(self) -> System:
        """What the engine solves; outputs are pSTAT5 (share of maximum), occupancy and CD25 per cell."""
        outputs = [(name, name) for name in ("pstat5", "occupancy", "cd25")]
        return self.network.system(outputs, settable=[LIGAND])

    def parameters(self, subset: Subset, affinity: dict[str, float] | None = None) -> dict[str, float]:
        """Return the constants of one subset.

        Parameters
        ----------
        subset
            Its receptor numbers replace those of its cell type.
        affinity
            ``kd_alpha`` and ``kd_betagamma`` in nM, ``k2`` in molecules per cell, ``efficacy``; default: native IL-2
            as the human parameter table has it.
        """
        known = self.table.values()
        values = {constant.id: constant.value for constant in self.network.constants}
        for name in values:
            local = name.removeprefix("cell_")
            if name in known:
                values[name] = known[name]
            elif f"{subset.cell}_{local}" in known:
                values[name] = known[f"{subset.cell}_{local}"]
        for name in ("kd_alpha", "kd_betagamma", "k2", "efficacy"):
            values[f"ligand_{name}"] = (affinity or {}).get(name, known[f"il2_{name}"])
        return {**values, "cell_alpha_rest": subset.alpha_rest, "cell_beta_rest": subset.beta_rest}


def load_assay() -> Assay:
    """Load the assay of the human model.

    Sources: receptor numbers from Farhat 2021 Cell Rep (repository meyer-lab/gc-cytokines); everything else from the
    human parameter table.
    """
    table = ParameterTable.read(read_data("human.csv"), "human.csv")
    text = "".join(read_data(name) for name in ("ligand.ant", "cell_population.ant", "assay.ant"))
    network = read_sbml(to_sbml(text, "assay", file="assay.ant"), file="assay.ant")
    rows = csv.DictReader(io.StringIO(read_data("assay_subsets.csv")))
    subsets = tuple(
        Subset(row["subset"], row["cell"], float(row["alpha_rest"]), float(row["beta_rest"]), row["source"])
        for row in rows
    )
    return Assay(network, table, subsets)
