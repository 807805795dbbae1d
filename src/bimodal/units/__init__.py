"""Dose and concentration units: international units, mass and moles, of IL-2 or of conjugate, per body size or flat.

Activity units never enter a model. They become nmol of IL-2 here, through the potency that a molecule declares.
"""

from bimodal.units.amounts import CETUS_UNIT_IU, nmol_per_unit
from bimodal.units.concentrations import concentration
from bimodal.units.conversion import convert
from bimodal.units.dose import bsa_m2, dose_amount, dose_nmol
from bimodal.units.dose_unit import DoseUnit, parse_dose_unit, scan_per, scan_symbol
from bimodal.units.kg_per_m2 import KG_PER_M2
from bimodal.units.substance import Substance

__all__ = [
    "CETUS_UNIT_IU",
    "KG_PER_M2",
    "DoseUnit",
    "Substance",
    "bsa_m2",
    "concentration",
    "convert",
    "dose_amount",
    "dose_nmol",
    "nmol_per_unit",
    "parse_dose_unit",
    "scan_per",
    "scan_symbol",
]
