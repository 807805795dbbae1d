"""Molecules as data: masses, potency, affinities, efficacy and pharmacokinetics, each number with a source."""

from bimodal.drugs.load import list_molecules, load_molecule
from bimodal.drugs.molecule import Affinity, Conjugate, Molecule, Pharmacokinetics, Potency
from bimodal.drugs.quantity import Quantity

__all__ = [
    "Affinity",
    "Conjugate",
    "Molecule",
    "Pharmacokinetics",
    "Potency",
    "Quantity",
    "list_molecules",
    "load_molecule",
]
