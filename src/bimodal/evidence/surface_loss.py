"""Measured loss of receptor chains from the surface of YT-1 cells after a ligand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from itertools import groupby

import numpy as np
import numpy.typing as npt

from bimodal.files.csv_rows import csv_rows

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SurfaceLoss:
    """One time course.

    Attributes
    ----------
    chain
        ``beta`` (CD122) or ``gamma`` (CD132).
    cd25
        Whether the cells carry CD25.
    ligand
        ``il2`` or ``il15``.
    minutes, percent
        (T,) times, and what is left of the chain on the surface.
    """

    chain: str
    cd25: bool
    ligand: str
    concentration_nM: float  # noqa: N815
    minutes: FloatArray
    percent: FloatArray


def load_surface_loss() -> tuple[tuple[SurfaceLoss, ...], str]:
    """Read the shipped table; also return its SHA-256.

    Sources: Ring 2012 Nat Immunol (surface CD122) and Mitra 2015 Immunity (surface CD132), digitised in the repository
    meyer-lab/gc-cytokines (MIT).
    """
    text = (resources.files("bimodal.evidence") / "data" / "surface_loss.csv").read_text(encoding="utf-8")
    rows = csv_rows(text)
    found = []
    for (chain, cd25, ligand, nm), part in groupby(rows, lambda r: (r["chain"], r["cd25"], r["ligand"], r["nM"])):
        points = np.array([(float(row["minutes"]), float(row["percent"])) for row in part])
        found.append(SurfaceLoss(chain, cd25 == "yes", ligand, float(nm), points[:, 0], points[:, 1]))
    return tuple(found), hashlib.sha256(text.encode()).hexdigest()
