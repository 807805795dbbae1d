"""Models: what lives. Biology is Antimony text with a parameter table; it knows no solver."""

from bimodal.model.assay import IL15, LIGAND, Assay, Subset, load_assay
from bimodal.model.model import Model, Port, list_models, load_model, model_text
from bimodal.model.network import Constant, Network
from bimodal.model.parameters import ParameterRow, ParameterTable
from bimodal.model.receptor_cell import ReceptorCell, load_receptor_cell

__all__ = [
    "IL15",
    "LIGAND",
    "Assay",
    "Constant",
    "Model",
    "Network",
    "ParameterRow",
    "ParameterTable",
    "Port",
    "ReceptorCell",
    "Subset",
    "list_models",
    "load_assay",
    "load_model",
    "load_receptor_cell",
    "model_text",
]
