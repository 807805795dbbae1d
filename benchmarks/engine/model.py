"""The 45-state benchmark model, read from its Antimony text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bimodal.engine import System
from bimodal.model.antimony_text import to_sbml
from bimodal.model.network import Network
from bimodal.model.sbml_reader import read_sbml

NAME = "trafficking"
FILE = Path(__file__).parents[1] / "models" / f"{NAME}.ant"
#: Ten quantities a study would keep; the other runs keep all 45 states.
TEN_OUTPUTS = (
    "plasma", "cells_treg", "cells_tconv", "cells_cd8", "cells_nk",
    "signal_treg", "signal_cd8", "alpha_treg", "tumour", "crp",
)  # fmt: skip
_SCALES = {"depot": 4e3, "la": 1e2, "labg": 1e2, "lb": 1e1, "lbg": 1e2, "inside": 1e2}


def text() -> str:
    """Return the Antimony text."""
    return FILE.read_text("utf-8")


def sbml_of(antimony: str) -> str:
    """Return the SBML of a variant of the model's text."""
    return to_sbml(antimony, NAME, file=FILE.name)


def network_of(sbml: str) -> Network:
    """Return the mathematics of the model; every constant is an input."""
    return read_sbml(sbml, file=FILE.name)


def scale(state: str) -> float:
    """Return the typical size of a state, for absolute tolerances."""
    return _SCALES.get(state.split("_")[0], 1.0)


def system_of(network: Network, outputs: Sequence[str] | None = None) -> System:
    """Return what the engine solves; all states are outputs unless named otherwise."""
    wanted = network.state_ids if outputs is None else outputs
    sizes = {state: scale(state) for state in network.state_ids}
    return network.system([(name, name) for name in wanted], settable=["infusion"], scales=sizes)


def defaults(network: Network) -> npt.NDArray[np.float64]:
    """Return the (P,) values of the constants in the file, in the order of ``System.parameter_ids``."""
    return np.array([constant.value for constant in network.constants])
