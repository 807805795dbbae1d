"""The molecules that come with the package, and those of files.

Examples
--------
>>> import bimodal as bm
>>> bm.drugs["aldesleukin"]
molecule aldesleukin: Aldesleukin (recombinant human IL-2); native, human; 2 sourced numbers: quantities()
>>> "n88d-fc" in bm.drugs
True
"""

from __future__ import annotations

from bimodal.api.listing import Listing
from bimodal.drugs import USUAL_SPECIES, Molecule, list_molecules, load_molecule, uses

__all__ = ["drugs"]


def _row(molecule: Molecule) -> tuple[str, ...]:
    ready = [use.what.removeprefix("simulate, ") for use in uses(molecule) if use.ready]
    kind = molecule.ligand if molecule.species == USUAL_SPECIES else molecule.species
    return kind, molecule.name, " ".join(what.removeprefix("doses in ") for what in ready) or "-"


drugs: Listing[Molecule] = Listing(
    "drugs", ("drug", "ligand", "name", "can be used for"), list_molecules, load_molecule, _row
)
"""Lists the molecules; ``drugs["aldesleukin"]`` is one, and ``drugs["mine.toml"]`` reads a file."""
