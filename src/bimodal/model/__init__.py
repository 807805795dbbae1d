"""Models: what lives. Biology is Antimony text with a parameter table; it knows no solver."""

from bimodal.model.assay import LIGAND, Assay, Subset, load_assay
from bimodal.model.model import Model, Port, list_models, load_model, model_text
from bimodal.model.network import Constant, Network
from bimodal.model.parameters import ParameterRow, ParameterTable

__all__ = [
    "LIGAND",
    "Assay",
    "Constant",
    "Model",
    "Network",
    "ParameterRow",
    "ParameterTable",
    "Port",
    "Subset",
    "list_models",
    "load_assay",
    "load_model",
    "model_text",
]
