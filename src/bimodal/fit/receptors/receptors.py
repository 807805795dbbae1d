"""The fit of binding and signalling to pSTAT5 of ten subsets of blood cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.evidence import load_curves
from bimodal.fit.parameter import FitParameter
from bimodal.fit.prior import ParameterPrior
from bimodal.fit.problem import Problem
from bimodal.fit.receptors.assay_curves import IL15, LIGAND, AssayCurves, ec50, projected, scaled
from bimodal.model import load_assay

FloatArray = npt.NDArray[np.float64]

#: How a fit is run again; stands in every row it wrote.
COMMAND = "bimodal fit receptors"
MINUTES = (30.0, 60.0, 120.0, 240.0)
LIGANDS = ("il2", "il15")
#: Rows that take the value of another one: NK cells were not split into bright and dim in these data.
SAME_AS = {"nk_bright_threshold": "nk_dim_threshold"}
#: Standard deviation of a well on the 0..1 scale: the two plates differ by 0.06 to 0.17, depending on the time.
WELL_SD = 0.1
#: Weight of ln(EC50 simulated / measured) at 30 min, as 1 / sd; the report prints what other weights give.
EC50_WEIGHT = 10.0

_WEAK = ParameterPrior(
    mean=math.log(0.2), sd=1.0, source="this project: a threshold at a fifth of the receptors, within e-fold"
)


def receptor_parameters() -> tuple[FitParameter, ...]:
    """List what is fitted; ids are rows of the human parameter table."""
    return (
        FitParameter("il2_kd_betagamma", start=3.2, lower=0.3, upper=100.0),
        FitParameter("il15_kd_betagamma", start=3.2, lower=0.1, upper=100.0),
        FitParameter("il2_k2", start=85.0, lower=5.0, upper=3000.0),
        FitParameter("betagamma_slope", start=1.8, lower=1.0, upper=6.0),
        FitParameter("beta_loss_fraction", start=0.45, lower=0.02, upper=1.0),
        FitParameter("treg_threshold", start=0.2, lower=1e-3, upper=100.0, prior=_WEAK),
        FitParameter("tconv_threshold", start=0.2, lower=1e-3, upper=100.0, prior=_WEAK),
        FitParameter("cd8_threshold", start=0.2, lower=1e-3, upper=100.0, prior=_WEAK),
        FitParameter("nk_dim_threshold", start=0.2, lower=1e-3, upper=100.0, prior=_WEAK),
    )


@dataclass(frozen=True, eq=False)
class ReceptorData:
    """The measured curves on the scale of the fit, and the dish that is to give them.

    Attributes
    ----------
    curves
        The dish at the measured concentrations and times.
    plates
        By ligand: (plates, subsets, times, concentrations) raw fluorescence.
    """

    curves: AssayCurves
    plates: dict[str, FloatArray]
    sha256: str

    @cached_property
    def measured(self) -> dict[str, FloatArray]:
        """By ligand: (subsets, times, concentrations), mean of the plates on the 0..1 scale."""
        return {ligand: scaled(np.nanmean(plates, axis=0)) for ligand, plates in self.plates.items()}

    @cached_property
    def ec50_nM(self) -> FloatArray:  # noqa: N802
        """(subsets,) measured EC50 of native IL-2 at 30 min."""
        return ec50(self.curves.concentrations_nM, self.measured["il2"][:, 0])

    def simulate(self, ids: tuple[str, ...], values: FloatArray, ligand: str) -> FloatArray:
        """Simulate native IL-2 or IL-15 for (K, P) values; -> (K, subsets, times, concentrations)."""
        return self.curves.simulate(ids, values, ligand=LIGAND if ligand == "il2" else IL15)


def receptor_data() -> ReceptorData:
    """Read the shipped curves and make the dish of the human model ready for them."""
    table = load_curves("pstat5_pbmc")
    assay = load_assay()
    subsets = tuple(subset.id for subset in assay.subsets)
    curves = AssayCurves(assay, subsets, MINUTES, table.concentrations_nM)
    plates = {ligand: table.cube(ligand, subsets, MINUTES) for ligand in LIGANDS}
    return ReceptorData(curves, plates, table.sha256)


def receptor_problem(
    data: ReceptorData, *, parameters: Sequence[FitParameter] | None = None, ec50_weight: float = EC50_WEIGHT
) -> Problem:
    """Set up the fit: every well of ten subsets, four times, twelve doses of IL-2 and IL-15.

    A residual is simulated minus measured on the 0..1 scale over the standard deviation of a well, after the best
    offset and factor of each subset and ligand; groups are ``subset/ligand``. To it comes ln(EC50 simulated / measured)
    of IL-2 at 30 min, which least squares of curves would otherwise trade away on the subset with the flattest curve.

    Parameters
    ----------
    parameters
        What is fitted; default: `receptor_parameters`.
    ec50_weight
        One over the standard deviation of ln EC50; 0 leaves the EC50 out.

    Examples
    --------
    >>> problem = receptor_problem(receptor_data())
    >>> len(problem.groups), len(problem.ids)
    (970, 9)
    """
    parameters = receptor_parameters() if parameters is None else tuple(parameters)
    ids = tuple(parameter.id for parameter in parameters)
    subsets = data.curves.subsets
    seen = {ligand: np.isfinite(measured) for ligand, measured in data.measured.items()}
    groups = [f"{subsets[i]}/{ligand}" for ligand in LIGANDS for i in np.argwhere(seen[ligand])[:, 0].tolist()]
    if ec50_weight:
        groups += [f"{subset}/il2" for subset in subsets]

    def residuals(values: FloatArray) -> FloatArray:
        simulated = {ligand: data.simulate(ids, values, ligand) for ligand in LIGANDS}
        parts = [
            (projected(simulated[ligand], measured) - measured)[:, seen[ligand]] / WELL_SD
            for ligand, measured in data.measured.items()
        ]
        if ec50_weight:
            reached = ec50(data.curves.concentrations_nM, simulated["il2"][:, :, 0])
            parts.append(ec50_weight * np.log(reached / data.ec50_nM))
        return np.concatenate(parts, axis=1)

    return Problem(
        name="receptors",
        parameters=parameters,
        groups=tuple(groups),
        data={"pstat5_pbmc": data.sha256},
        batch_residuals=residuals,
        step=1e-3,
    )
