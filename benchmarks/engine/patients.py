"""The sampled patients every solver is given: 20 of the 72 constants vary, lognormal with sigma 0.3."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import normal
from engine import model

SIGMA = 0.3
VARIED = (
    "k_absorb", "v_plasma", "bioavailable", "k_clear", "k_out", "secretion", "on_alpha", "k_internal",
    "make_alpha_treg", "make_beta_treg", "make_beta_cd8", "make_beta_nk", "grow_treg", "grow_cd8",
    "rest_treg", "rest_cd8", "kill", "tumour_grow", "eaten", "memory_top",
)  # fmt: skip


def sample(network: model.Network, count: int, seed: int) -> npt.NDArray[np.float64]:
    """Return the (count, P) constants of patients 0, 1, ...; a patient is the same in any count."""
    values = np.tile(model.defaults(network), (count, 1))
    who = np.arange(count)
    for name in VARIED:
        column = network.constant_ids.index(name)
        values[:, column] *= np.exp(SIGMA * normal(seed, who, "benchmark", name)[:, 0])
    return values
