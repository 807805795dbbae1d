"""Molecules as data: masses, potency, affinities, efficacy and pharmacokinetics, each number with a source."""

from bimodal.drugs.affinity import Affinity, Avidity, Exchange, Kd
from bimodal.drugs.load import list_molecules, load_molecule, molecule_template
from bimodal.drugs.molecule import USUAL_SPECIES, Conjugate, Molecule, Potency
from bimodal.drugs.partner import Block, Inhibit
from bimodal.drugs.pharmacokinetics import Pharmacokinetics
from bimodal.drugs.quantity import Quantity
from bimodal.drugs.release import Release
from bimodal.drugs.uses import Use, lacking, uses

__all__ = [
    "USUAL_SPECIES",
    "Affinity",
    "Avidity",
    "Block",
    "Conjugate",
    "Exchange",
    "Inhibit",
    "Kd",
    "Molecule",
    "Pharmacokinetics",
    "Potency",
    "Quantity",
    "Release",
    "Use",
    "lacking",
    "list_molecules",
    "load_molecule",
    "molecule_template",
    "uses",
]
