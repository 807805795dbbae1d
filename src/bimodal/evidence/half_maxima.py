"""Measured EC50 of pSTAT5 of bivalent IL-2-Fc molecules in human blood cells."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources

import numpy as np
import numpy.typing as npt

from bimodal.files.csv_rows import csv_rows

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HalfMaxima:
    """EC50 read off single curves, one per subset, ligand, plate and time.

    Attributes
    ----------
    minutes, ec50_nM
        (K,) time with the ligand, and nM of IL-2, of which a molecule carries two; NaN where a curve does not cross
        its half-way level exactly once.
    concentrations_nM
        (C,) those the curves were measured at: an EC50 near either end is a bound, not a value.
    """

    subset: tuple[str, ...]
    ligand: tuple[str, ...]
    plate: tuple[str, ...]
    minutes: FloatArray
    ec50_nM: FloatArray  # noqa: N815
    concentrations_nM: FloatArray  # noqa: N815
    sha256: str

    def plates(self, ligand: str, subset: str, minutes: float) -> FloatArray:
        """Give the readable EC50 of one subset, ligand and time, one per plate."""
        rows = [
            i
            for i in range(len(self.subset))
            if (self.ligand[i], self.subset[i], float(self.minutes[i])) == (ligand, subset, minutes)
        ]
        found = self.ec50_nM[rows]
        return found[np.isfinite(found)]

    def mean(self, ligand: str, subset: str, minutes: float) -> float:
        """Give their geometric mean; NaN where no plate could be read."""
        found = self.plates(ligand, subset, minutes)
        return float(np.exp(np.mean(np.log(found)))) if len(found) else float("nan")


#: Twelve concentrations, threefold apart, of the plates (nM of IL-2).
_CONCENTRATIONS: FloatArray = np.array([84.0 / 3.0**step for step in range(11, -1, -1)])


def load_half_maxima() -> HalfMaxima:
    """Read the shipped EC50 of four bivalent molecules on eight subsets.

    Source: repository meyer-lab/gcSolver.jl (MIT), commit b074e92, ``data/2019-07-mutein-timecourse.csv``.
    ``benchmarks/receptor_tables.py`` read the curves.

    Examples
    --------
    >>> found = load_half_maxima()
    >>> sorted(set(found.ligand))[0], round(found.mean("wt-fc-n-bivalent", "treg", 30.0), 3)
    ('h16n-fc-n-bivalent', 0.064)
    """
    text = (resources.files("bimodal.evidence") / "data" / "ec50_bivalent.csv").read_text(encoding="utf-8")
    rows = csv_rows(text)
    return HalfMaxima(
        subset=tuple(row["subset"] for row in rows),
        ligand=tuple(row["ligand"] for row in rows),
        plate=tuple(row["plate"] for row in rows),
        minutes=np.array([float(row["minutes"]) for row in rows]),
        ec50_nM=np.array([float(row["ec50_nM"]) if row["ec50_nM"] else np.nan for row in rows]),
        concentrations_nM=_CONCENTRATIONS,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
