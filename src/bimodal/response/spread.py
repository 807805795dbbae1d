"""How receptor numbers differ between the cells of one type and donor."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from bimodal.files.csv_rows import csv_rows
from bimodal.study.endpoints import load_registry

FloatArray = npt.NDArray[np.float64]

CELLS = 256
"""Quasi-random cells of each subset."""

MOST_CV = 3.0
"""A larger coefficient of variation is scatter of the background: those cells hardly carry the receptor."""


@dataclass(frozen=True)
class ReceptorSpread:
    """Coefficients of variation between cells of one type.

    Parameters
    ----------
    cd25, cd122
        Standard deviation over mean; None where the measurement is of the background and cannot be used, then the
        receptor is taken to be the same on every cell.
    """

    cd25: float | None
    cd122: float | None

    def factors(self) -> FloatArray:
        """Return by how much each cell's CD25 and CD122 differ from the typical cell's, shape (256, 2).

        The number in the table is taken to be the mean of the cells, so the cells have as many receptors in all as as
        many typical ones: on Treg the table's CD25 is 0.84 to 0.96 of the single-cell means, a median would be 0.72.
        CD25 and CD122 vary independently: in the covariances of the source their correlation on Treg is 0.02 to 0.04.
        """
        widths = [np.sqrt(np.log1p((cv or 0.0) ** 2)) for cv in (self.cd25, self.cd122)]
        factors = np.exp(_scores() * widths)
        return factors / factors.mean(axis=0)


def load_receptor_spread() -> dict[str, ReceptorSpread]:
    """Read the shipped table, by cell type of the human model.

    Source: single-cell moments of repository meyer-lab/gcSolver.jl (MIT), see ``evidence/data/SOURCES.md``. The common
    gamma chain, in excess in the model, is not used; its scatter is that of the background too.

    Examples
    --------
    >>> load_receptor_spread()["cd8"].cd25 is None
    True
    """
    text = (resources.files("bimodal.evidence") / "data" / "receptor_spread.csv").read_text(encoding="utf-8")
    found = {(row["cell"], row["receptor"]): float(row["cv"]) for row in csv_rows(text)}

    def usable(name: str, receptor: str) -> float | None:
        cv = found[name, receptor]
        return cv if cv <= MOST_CV else None

    return {
        cell.id: ReceptorSpread(usable(cell.spread, "CD25"), usable(cell.spread, "CD122"))
        for cell in load_registry().cells.values()
        if "human" in cell.species
    }


def _scores() -> FloatArray:
    """Return normal quantiles (256, 2) of a lattice of midpoints, every one once in each column.

    Step and shift are those of the lattice with the widest spacing that leave the columns uncorrelated (1e-5).
    """
    normal = NormalDist()
    quantiles = np.array([normal.inv_cdf((i + 0.5) / CELLS) for i in range(CELLS)])
    return np.stack([quantiles, quantiles[(np.arange(CELLS) * 71 + 89) % CELLS]], axis=1)
