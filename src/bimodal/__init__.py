"""Simulates interleukin-2 therapy from dose to receptor to cell to patient to trial.

Research and protocol simulation only: nothing here diagnoses, doses or times the treatment of an individual.

The names of ``__all__`` are public and stay; each is loaded when it is first used. All other modules are private.

Examples
--------
>>> import bimodal as bm
>>> bm.response("aldesleukin", cells=["treg", "cd8"])
pSTAT5 dose-response after 30 min
  aldesleukin: treg EC50 40.3 pM, cd8 EC50 2.69e+03 pM
>>> bm.load_study("koreth-2011")
study koreth-2011: model human, cgvhd, 8 endpoints; arms: 0.3 MIU/m2, 1 MIU/m2, 3 MIU/m2
>>> bm.load_model("human").table.by_id["sc_bioavailability"].unit
'1'
>>> bm.INTENDED_USE.startswith("Research"), bm.__version__.count(".")
(True, 2)
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bimodal.api.rooms import FunctionRoom, ListingRoom

if TYPE_CHECKING:
    import bimodal.timing as timing
    from bimodal.api.cohorts import cohorts
    from bimodal.api.compare import compare
    from bimodal.api.drugs import drugs
    from bimodal.api.fit import fit
    from bimodal.api.plot import plot
    from bimodal.api.response import response
    from bimodal.api.run_study import run_study
    from bimodal.api.simulate import simulate
    from bimodal.api.studies import studies
    from bimodal.api.version import __version__
    from bimodal.model.model import load_model
    from bimodal.study.spec.load import load_study

INTENDED_USE = (
    "Research and protocol simulation. Not for diagnosis, dosing or timing the treatment of an individual; "
    "does not support first-in-human dose selection."
)

__all__ = [
    "INTENDED_USE",
    "__version__",
    "cohorts",
    "compare",
    "drugs",
    "fit",
    "load_model",
    "load_study",
    "plot",
    "response",
    "run_study",
    "simulate",
    "studies",
    "timing",
]

_HOMES = {
    "__version__": "api.version",
    "cohorts": "api.cohorts",
    "load_model": "model.model",
    "load_study": "study.spec.load",
    "plot": "api.plot",
    "run_study": "api.run_study",
    "simulate": "api.simulate",
    "studies": "api.studies",
}
_ROOMS = {"compare": FunctionRoom, "drugs": ListingRoom, "fit": FunctionRoom, "response": FunctionRoom}


class _Face(ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:
        # the import system sets every package it has loaded, whoever asked for it
        if name in _ROOMS and isinstance(value, ModuleType):
            value.__class__ = _ROOMS[name]
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"bimodal.{_HOMES[name]}"), name)
    if name in __all__:
        return import_module(f"bimodal.{name}")
    raise AttributeError(f"module 'bimodal' has no attribute '{name}'")


def __dir__() -> list[str]:
    return list(__all__)
