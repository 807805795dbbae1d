"""Measured dose-response curves of pSTAT5 in human blood cells."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from importlib import resources

import numpy as np
import numpy.typing as npt

from bimodal.errors import EvidenceError

FloatArray = npt.NDArray[np.float64]

#: The shipped tables: native IL-2 and IL-15 on ten subsets, and monomeric IL-2-Fc muteins on eight.
TABLES = ("pstat5_pbmc", "pstat5_muteins")


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves of one experiment, one per subset, ligand, plate and time.

    Parameters
    ----------
    replicate
        (K,) number of the plate.
    minutes
        (K,) time with the ligand.
    concentrations_nM
        (C,) ascending.
    rfu
        (K, C) median fluorescence of phosphorylated STAT5; NaN where there is no well.

    Examples
    --------
    >>> load_curves("pstat5_pbmc").rfu.shape
    (144, 12)
    """

    subset: tuple[str, ...]
    ligand: tuple[str, ...]
    replicate: npt.NDArray[np.int64]
    minutes: FloatArray
    concentrations_nM: FloatArray  # noqa: N815
    rfu: FloatArray
    sha256: str

    def cube(self, ligand: str, subsets: tuple[str, ...], minutes: tuple[float, ...]) -> FloatArray:
        """Lay out one ligand's curves as (plates, subsets, times, concentrations); NaN where there is none."""
        plates = sorted(set(self.replicate.tolist()))
        out = np.full((len(plates), len(subsets), len(minutes), len(self.concentrations_nM)), np.nan)
        for row in range(len(self.subset)):
            if self.ligand[row] == ligand and self.subset[row] in subsets and self.minutes[row] in minutes:
                where = plates.index(int(self.replicate[row])), subsets.index(self.subset[row])
                out[(*where, minutes.index(float(self.minutes[row])))] = self.rfu[row]
        return out


def load_curves(name: str) -> Curves:
    """Read one of the shipped tables of curves.

    Source: Farhat 2021, Cell Reports; repository meyer-lab/gc-cytokines (MIT).
    ``benchmarks/receptor_tables.py`` laid it out.

    Parameters
    ----------
    name
        ``"pstat5_pbmc"`` or ``"pstat5_muteins"``.

    Examples
    --------
    >>> sorted(set(load_curves("pstat5_muteins").ligand))[:2]
    ['f42q-fc-n', 'n88d-fc-c']
    """
    if name not in TABLES:
        raise EvidenceError(f"there is no table of curves '{name}'", fix=f"one of: {', '.join(TABLES)}")
    text = (resources.files("bimodal.evidence") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    header, *rows = list(csv.reader(io.StringIO(text)))
    values = [[float(cell) if cell else np.nan for cell in row[4:]] for row in rows]
    return Curves(
        subset=tuple(row[0] for row in rows),
        ligand=tuple(row[1] for row in rows),
        replicate=np.array([int(row[2]) for row in rows]),
        minutes=np.array([float(row[3]) for row in rows]),
        concentrations_nM=np.array([float(dose) for dose in header[4:]]),
        rfu=np.array(values),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
