"""Muteins predicted from their affinities alone: nothing in here is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from bimodal.drugs import Kd, load_molecule
from bimodal.errors import EvidenceError
from bimodal.evidence import load_curves
from bimodal.evidence.mutein_skill import MuteinSkill
from bimodal.fit.receptors.assay_curves import AssayCurves, ec50
from bimodal.fit.receptors.receptors import MINUTES, SAME_AS, ReceptorData

FloatArray = npt.NDArray[np.float64]

#: Three readings of the published constants; the first is what the molecule files say.
CONVENTIONS = {
    "as shipped": "alpha against the wild type fused at the same end, beta-gamma against the authors' row of IL-2",
    "against wild type": "both against the wild type fused at the same end",
    "as they stand": "the published nM taken for the model's own",
}


@dataclass(frozen=True, eq=False)
class MuteinScores:
    """Predicted against measured EC50 of muteins.

    Attributes
    ----------
    measured_nM, predicted_nM
        (subsets, ligands, times); measured is NaN where a curve does not cross its half-way level exactly once.
    """

    subsets: tuple[str, ...]
    ligands: tuple[str, ...]
    measured_nM: FloatArray  # noqa: N815
    predicted_nM: FloatArray  # noqa: N815

    @cached_property
    def readable(self) -> npt.NDArray[np.bool_]:
        """Where an EC50 could be read."""
        return np.isfinite(self.measured_nM)

    def spearman(self, time: int) -> float:
        """Rank correlation over subset x ligand at one time."""
        seen = self.readable[..., time]
        predicted, measured = self.predicted_nM[..., time][seen], self.measured_nM[..., time][seen]
        return float(np.corrcoef(rankdata(predicted), rankdata(measured))[0, 1])

    def median_fold(self, time: int, ligand: str | None = None) -> float:
        """Median factor between predicted and measured at one time, of one ligand or all."""
        seen = self.readable[..., time].copy()
        if ligand is not None:
            seen &= np.array([name == ligand for name in self.ligands])[None]
        ratio = np.log(self.predicted_nM[..., time][seen] / self.measured_nM[..., time][seen])
        return float(np.exp(np.median(np.abs(ratio))))

    def skill(self, time: int = 0) -> tuple[MuteinSkill, ...]:
        """Set the error beside that of a constant, for each sort of cell (the part of a subset's name before ``_``)."""
        sorts = np.array([subset.split("_")[0] for subset in self.subsets])
        found = []
        for sort in dict.fromkeys(sorts.tolist()):
            seen = self.readable[sorts == sort][..., time]
            predicted, measured = (
                np.log(values[sorts == sort][..., time][seen]) for values in (self.predicted_nM, self.measured_nM)
            )
            off, spread = np.sqrt(np.mean((predicted - measured) ** 2)), np.std(measured)
            rank = np.corrcoef(rankdata(predicted), rankdata(measured))[0, 1]
            found.append(MuteinSkill(sort, int(seen.sum()), float(rank), float(np.exp(off)), float(np.exp(spread))))
        return tuple(found)


def predict_muteins(data: ReceptorData, values: dict[str, float], *, convention: str = "as shipped") -> MuteinScores:
    """Predict the EC50 of six monomeric IL-2-Fc muteins on eight subsets from binding constants.

    Measured and simulated curves are read by the same rule at the same twelve concentrations, so a curve that has no
    plateau within the plate is read alike in both.

    Parameters
    ----------
    values
        Rows of the human parameter table that differ from it, such as those of a fit.
    """
    table = load_curves("pstat5_muteins")
    subsets = tuple(name for name in data.curves.subsets if name in set(table.subset))
    ligands = tuple(sorted(set(table.ligand)))
    curves = AssayCurves(data.curves.assay, subsets, MINUTES, table.concentrations_nM)
    changed = {**values, **{row: values[name] for row, name in SAME_AS.items() if name in values}}
    measured, predicted = [], []
    for ligand in ligands:
        raw = table.cube(ligand, subsets, MINUTES)[0]
        found = ec50(table.concentrations_nM, raw)
        measured.append(np.where(crosses_once(raw), found, np.nan))
        row = np.array([list(changed.values())])
        affinity = _times_native(ligand, convention, data)
        simulated = curves.simulate(tuple(changed), row, affinity=affinity)[0]
        predicted.append(ec50(table.concentrations_nM, simulated))
    return MuteinScores(subsets, ligands, np.stack(measured, 1), np.stack(predicted, 1))


def crosses_once(curves: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell whether curves (..., C) cross the level half-way between their ends exactly once, so that they have an EC50.

    Examples
    --------
    >>> crosses_once(np.array([[0.0, 0.2, 0.9, 1.0], [0.0, 1.0, 0.2, 1.0]])).tolist()
    [True, False]
    """
    level = (curves.min(axis=-1, keepdims=True) + curves.max(axis=-1, keepdims=True)) / 2.0
    above = (curves >= level).astype(int)
    return np.abs(np.diff(above, axis=-1)).sum(axis=-1) == 1


def _times_native(ligand: str, convention: str, data: ReceptorData) -> dict[str, float]:
    alpha, betagamma = _constants(_FILES.get(ligand, ligand))
    _, wild = _constants("wt-fc-c" if ligand.endswith("-c") else "wt-fc-n")
    native = data.curves.assay.table.values()
    references = {
        "as shipped": (alpha.native or native["il2_kd_alpha"], betagamma.native or native["il2_kd_betagamma"]),
        "against wild type": (alpha.native or 1.0, wild.value),
        "as they stand": (native["il2_kd_alpha"], native["il2_kd_betagamma"]),
    }
    of_alpha, of_betagamma = references[convention]
    second = betagamma.value / of_betagamma
    return {"kd_alpha": alpha.value / of_alpha, "kd_betagamma": second, "k2": second}


def _constants(name: str) -> tuple[Kd, Kd]:
    affinity = load_molecule(name).affinity
    if affinity is None or affinity.ka_nM is None or affinity.kbg_nM is None:
        raise EvidenceError(f"'{name}' has no two binding constants", where=f"molecule '{name}'")
    return affinity.ka_nM, affinity.kbg_nM


#: Names of the plates whose molecule files are called otherwise.
_FILES = {"v91k-fc-c": "v91k-fc", "n88d-fc-c": "n88d-fc"}
