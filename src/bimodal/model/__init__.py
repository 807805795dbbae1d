"""Models: what lives. Biology is Antimony text with a parameter table; it knows no solver."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bimodal.model.assay import IL15, LIGAND, Assay, Subset, load_assay
    from bimodal.model.manifest import list_models
    from bimodal.model.model import Model, Port, load_model, model_text
    from bimodal.model.network import Constant, Network
    from bimodal.model.parameters import ParameterRow, ParameterTable
    from bimodal.model.receptor_cell import ReceptorCell, load_receptor_cell

_HOMES = {
    "IL15": "assay",
    "LIGAND": "assay",
    "Assay": "assay",
    "Constant": "network",
    "Model": "model",
    "Network": "network",
    "ParameterRow": "parameters",
    "ParameterTable": "parameters",
    "Port": "model",
    "ReceptorCell": "receptor_cell",
    "Subset": "assay",
    "list_models": "manifest",
    "load_assay": "assay",
    "load_model": "model",
    "load_receptor_cell": "receptor_cell",
    "model_text": "model",
}

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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bimodal.model' has no attribute '{name}'")
    return getattr(import_module(f"bimodal.model.{_HOMES[name]}"), name)
