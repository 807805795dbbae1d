"""The pSTAT5 assay: cells of a model in a medium of constant IL-2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bimodal.engine import System
from bimodal.errors import ModelError
from bimodal.files.csv_rows import csv_rows
from bimodal.model.files import data_names, read_data
from bimodal.model.flat import flat_network
from bimodal.model.level import shipped
from bimodal.model.manifest import Manifest, read_manifest
from bimodal.model.network import Network
from bimodal.model.parameters import ParameterTable
from bimodal.model.short_form import PlainText, write_out

#: Event slot targets: setting one of them, in nM, starts the assay.
LIGAND = "ligand"
IL15 = "il15"
_CELLS = "cell_population.ant"
_AFFINITY = ("kd_alpha", "kd_betagamma", "k2", "efficacy")


@dataclass(frozen=True)
class Subset:
    """A cell subset as it was stained: receptors per cell, and the cell type whose other values it shares.

    Gamma matters only where receptors are in full mass action; None takes that of the cell type.
    """

    id: str
    cell: str
    alpha_rest: float
    beta_rest: float
    source: str
    gamma_rest: float | None = None


@dataclass(frozen=True, eq=False)
class Assay:
    """The dish: its mathematics, the parameter table it draws on, and the subsets of cells."""

    network: Network
    table: ParameterTable
    subsets: tuple[Subset, ...]

    @cached_property
    def system(self) -> System:
        """What the engine solves; outputs are pSTAT5 (share of maximum), occupancy and CD25 per cell."""
        outputs = [(name, name) for name in ("pstat5", "occupancy", "cd25")]
        ligands = [name for name in (LIGAND, IL15) if name == LIGAND or name in self.table.by_id]
        return self.network.system(outputs, settable=ligands)

    def parameters(
        self,
        subset: Subset,
        affinity: Mapping[str, float] | None = None,
        *,
        changed: Mapping[str, float] | None = None,
        times_native: Mapping[str, float] | None = None,
    ) -> dict[str, float]:
        """Return the constants of one subset.

        Parameters
        ----------
        subset
            Its receptor numbers replace those of its cell type.
        affinity
            ``kd_alpha`` and ``kd_betagamma`` in nM, ``k2`` in molecules per cell, ``efficacy``; what is left out is
            native IL-2's as the human parameter table has it.
        changed
            Rows of the human parameter table with other values than it has.
        times_native
            The same four numbers as multiples of native IL-2's, applied after `changed`.
        """
        known = {**self.table.values(), **(changed or {})}
        values = {constant.id: constant.value for constant in self.network.constants}
        for name in values:
            local = name.removeprefix("cell_")
            if name in known and name not in (LIGAND, IL15):
                values[name] = known[name]
            elif f"{subset.cell}_{local}" in known:
                values[name] = known[f"{subset.cell}_{local}"]
        for name in _AFFINITY:
            native = known[f"il2_{name}"] * (times_native or {}).get(name, 1.0)
            values[f"ligand_{name}"] = (affinity or {}).get(name, native)
        stained = {"alpha": subset.alpha_rest, "beta": subset.beta_rest, "gamma": subset.gamma_rest}
        receptors = {f"cell_{chain}_rest": number for chain, number in stained.items() if number is not None}
        return {**values, **{name: number for name, number in receptors.items() if name in values}}


def load_assay(model: str = "human") -> Assay:
    """Load the assay of a model.

    Parameters
    ----------
    model
        ``human``, or ``human_mass_action`` for the same cells with their receptors in full mass action; there is
        no IL-15 at that level, and the engine refuses to set it. ``mouse``: its cells, whose receptors are those of
        its table.

    Raises
    ------
    ModelError
        There is no such model, or it has no cells to put into a dish.

    Examples
    --------
    >>> len(load_assay("human_mass_action").network.state_ids) - len(load_assay().network.state_ids)
    30

    Sources: receptor numbers of man from Farhat 2021 Cell Rep (repository meyer-lab/gc-cytokines); everything else from
    the parameter table of the model.
    """
    manifest = read_manifest(model)
    if not has_assay(manifest):
        known = [name for name in data_names(".toml") if has_assay(read_manifest(name))]
        raise ModelError(f"the model '{model}' has no cells to put into a dish", fix=f"one of: {', '.join(known)}")
    network = flat_network(assay_text(manifest), "assay", file="assay.ant")
    table = manifest.table()
    if manifest.dish:
        return Assay(network, table, tuple(_of_table(subset, cell, table) for subset, cell in manifest.dish.items()))
    rows = csv_rows(read_data("assay_subsets.csv"))
    subsets = tuple(
        Subset(
            row["subset"],
            row["cell"],
            float(row["alpha_rest"]),
            float(row["beta_rest"]),
            row["source"],
            float(row["gamma_rest"]),
        )
        for row in rows
    )
    return Assay(network, table, subsets)


def _of_table(subset: str, cell: str, table: ParameterTable) -> Subset:
    alpha, beta = (table.by_id[f"{cell}_{chain}_rest"] for chain in ("alpha", "beta"))
    return Subset(subset, cell, alpha.value, beta.value, f"{alpha.source}; {beta.source}")


def has_assay(manifest: Manifest) -> bool:
    """Tell whether a model has cells to put into a dish."""
    return _CELLS in manifest.files


def assay_text(manifest: Manifest) -> PlainText:
    """Return the Antimony of the dish: the cells of a model in a medium."""
    # the module of receptors stands right before the cells; others of a larger model have no part in a dish
    cells = manifest.files.index(_CELLS)
    files = (*manifest.files[cells - 1 : cells + 1], "assay.ant")
    return write_out(manifest.level.sources(files, {"cell": "cell.r"}) if manifest.level else shipped(files))
