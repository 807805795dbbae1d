"""The fit of what a second head adds on a cell: one factor on the second step, to EC50 of Treg and helper cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.drugs import load_molecule
from bimodal.evidence.half_maxima import HalfMaxima, load_half_maxima
from bimodal.fit.parameter import FitParameter
from bimodal.fit.problem import Problem
from bimodal.fit.receptors.assay_curves import AssayCurves, ec50
from bimodal.model import load_assay
from bimodal.study.solver.molecule import binding

FloatArray = npt.NDArray[np.float64]

#: How the fit is run again; stands in every molecule file that has its value.
COMMAND = "bimodal fit bivalent"
#: The key of a molecule file that is fitted.
FACTOR = "avidity.k2"
#: Fitted time, as every EC50 of this package, and one that is only predicted.
MINUTES = (30.0, 60.0)
#: What is fitted, and what is only predicted: cells without CD25 have no second step.
FITTED = ("treg", "treg_memory", "treg_naive", "tconv", "tconv_memory", "tconv_naive")
PREDICTED = ("cd8", "nk")
#: Standard deviation of ln EC50: the two plates of a molecule differ by about a factor of two.
EC50_SD = float(np.log(2.0))


@dataclass(frozen=True, eq=False)
class BivalentData:
    """Measured EC50 of bivalent molecules, and the dish that is to give them.

    Attributes
    ----------
    native
        Parameters of the human model.
    per_il2
        nM of IL-2 in a nM of the plates: 1 where they count IL-2, as the authors' later code has it, 2 where whole
        molecules.
    """

    measured: HalfMaxima
    curves: AssayCurves
    native: dict[str, float]
    ligands: tuple[str, ...]
    per_il2: float = 1.0

    def measured_nM(self, subsets: Sequence[str], minutes: float = MINUTES[0]) -> FloatArray:  # noqa: N802
        """Give (ligands, subsets) geometric means over plates, nM of IL-2; NaN where none could be read."""
        found = [[self.measured.mean(ligand, subset, minutes) for subset in subsets] for ligand in self.ligands]
        return self.per_il2 * np.array(found)

    def simulate(self, ligand: str, factor: float) -> FloatArray:
        """Simulate (subsets, times) EC50 of `FITTED` and `PREDICTED` in nM of IL-2, read at the wells of the plates."""
        molecule = load_molecule(ligand)
        assert molecule.avidity is not None
        plain = molecule.model_copy(update={"avidity": molecule.avidity.model_copy(update={"k2": None})})
        bound = binding(plain, self.native)
        ratios = {name: bound[name] / self.native[f"il2_{name}"] for name in ("kd_alpha", "kd_betagamma", "k2")}
        ratios["k2"] /= factor
        wells = self.curves.concentrations_nM
        return ec50(wells, self.curves.simulate((), np.zeros((1, 0)), affinity=ratios)[0])


def bivalent_data(*, per_il2: float = 1.0) -> BivalentData:
    """Read the shipped EC50 and make the dish of the human model ready for them."""
    measured = load_half_maxima()
    assay = load_assay()
    curves = AssayCurves(assay, (*FITTED, *PREDICTED), MINUTES, per_il2 * measured.concentrations_nM)
    ligands = tuple(sorted(set(measured.ligand)))
    return BivalentData(measured, curves, assay.table.values(), ligands, per_il2)


def bivalent_problem(data: BivalentData, *, ligands: Sequence[str] | None = None) -> Problem:
    """Set up the fit: ln(EC50 simulated / measured) at 30 min of six subsets and four molecules, one factor for all.

    Groups are molecules. Alpha and beta-gamma keep the avidity their files compute from a crosslinking constant.

    Parameters
    ----------
    ligands
        Molecules fitted; default: all four.

    Examples
    --------
    >>> problem = bivalent_problem(bivalent_data())
    >>> problem.ids, len(problem.groups)
    (('avidity.k2',), 24)
    """
    chosen = tuple(data.ligands if ligands is None else ligands)
    rows = [data.ligands.index(ligand) for ligand in chosen]
    measured = np.log(data.measured_nM(FITTED))[rows]
    seen = np.isfinite(measured)

    def residuals(values: FloatArray) -> FloatArray:
        reached = [[data.simulate(ligand, float(row[0]))[: len(FITTED), 0] for ligand in chosen] for row in values]
        return ((np.log(np.array(reached)) - measured) / EC50_SD)[:, seen]

    return Problem(
        name="bivalent",
        parameters=(FitParameter(FACTOR, start=1.0, lower=0.1, upper=1000.0),),
        groups=tuple(chosen[i] for i in np.argwhere(seen)[:, 0].tolist()),
        data={"ec50_bivalent": data.measured.sha256},
        batch_residuals=residuals,
        step=1e-3,
    )
