"""The fit of signal and beta-gamma binding to pSTAT5 with receptors in full mass action; traffic is the authors'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bimodal.evidence import load_curves
from bimodal.fit.parameter import FitParameter
from bimodal.fit.problem import Problem
from bimodal.fit.receptors.assay_curves import AssayCurves, ec50, projected
from bimodal.fit.receptors.receptors import EC50_WEIGHT, MINUTES, WELL_SD, ReceptorData, receptor_parameters
from bimodal.model import load_assay

FloatArray = npt.NDArray[np.float64]

#: How the fit is run again; stands in every row it wrote.
COMMAND = "bimodal fit receptors-mass-action"
#: Native IL-2 as its authors have it (Farhat 2021 Cell Rep), in nM and molecules per cell: 144 nM for beta alone, and
#: beta leaves L.a.b 42 times as fast as gamma leaves L.b.g; `bimodal show model receptor_cell` has their own terms.
AUTHORS = {"il2_kd_betagamma": 0.32152070246705267, "il2_k2": 20.508961591831994}
#: The model whose table the fitted rows belong to.
MODEL = "human_mass_action"


def mass_action_parameters(*, binding: bool = True) -> tuple[FitParameter, ...]:
    """List what is fitted; ids are rows of the table of `MODEL`.

    The authors' model is linear in active complexes, which is a threshold far above 1. Thresholds have the prior of the
    equilibrium level, so that the two fits can be compared.

    Parameters
    ----------
    binding
        Fit the two constants of beta-gamma as well; without, they stay and the rates are the authors'.
    """
    prior = {parameter.id: parameter.prior for parameter in receptor_parameters()}
    thresholds = tuple(
        FitParameter(name, start=0.5, lower=1e-3, upper=100.0, prior=prior[name])
        for name in (f"{cell}_threshold" for cell in ("treg", "tconv", "cd8", "nk_dim"))
    )
    constants = (
        FitParameter("il2_kd_betagamma", start=AUTHORS["il2_kd_betagamma"], lower=0.003, upper=30.0),
        FitParameter("il2_k2", start=AUTHORS["il2_k2"], lower=0.2, upper=2000.0),
    )
    return (*thresholds, *constants) if binding else thresholds


def mass_action_data() -> ReceptorData:
    """Read the shipped curves of native IL-2 and put cells with receptors in full mass action into the dish."""
    table = load_curves("pstat5_pbmc")
    assay = load_assay(MODEL)
    subsets = tuple(subset.id for subset in assay.subsets)
    curves = AssayCurves(assay, subsets, MINUTES, table.concentrations_nM)
    return ReceptorData(curves, {"il2": table.cube("il2", subsets, MINUTES)}, table.sha256)


def mass_action_problem(
    data: ReceptorData, parameters: Sequence[FitParameter] | None = None, *, ec50_weight: float = EC50_WEIGHT
) -> Problem:
    """Set up the fit: every well of ten subsets, four times, twelve doses of native IL-2.

    Residuals are those of the equilibrium level's fit without IL-15, which this level does not have: see
    `bimodal.fit.receptors.receptors.receptor_problem`.

    Parameters
    ----------
    parameters
        What is fitted; default: `mass_action_parameters`.
    ec50_weight
        One over the standard deviation of ln EC50; 0 leaves the EC50 out.

    Examples
    --------
    >>> problem = mass_action_problem(mass_action_data())
    >>> len(problem.groups), len(problem.ids)
    (490, 6)
    """
    fitted = mass_action_parameters() if parameters is None else tuple(parameters)
    ids = tuple(parameter.id for parameter in fitted)
    measured, subsets = data.measured["il2"], data.curves.subsets
    seen = np.isfinite(measured)
    groups = [subsets[i] for i in np.argwhere(seen)[:, 0].tolist()] + (list(subsets) if ec50_weight else [])

    def residuals(values: FloatArray) -> FloatArray:
        simulated = data.simulate(ids, values, "il2")
        wells = (projected(simulated, measured) - measured)[:, seen] / WELL_SD
        if not ec50_weight:
            return wells
        reached = ec50(data.curves.concentrations_nM, simulated[:, :, 0])
        return np.concatenate([wells, ec50_weight * np.log(reached / data.ec50_nM)], axis=1)

    return Problem(
        name="receptors-mass-action",
        parameters=fitted,
        groups=tuple(groups),
        data={"pstat5_pbmc": data.sha256},
        batch_residuals=residuals,
        step=1e-3,
    )
