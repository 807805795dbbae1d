"""What the fit of bivalent molecules reaches: misses first, and what it was not fitted to apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.drugs import load_molecule
from bimodal.fit.cross_validate import CrossValidation, cross_validate
from bimodal.fit.fit import run_fit
from bimodal.fit.receptors.bivalent import (
    FACTOR,
    FITTED,
    MINUTES,
    PREDICTED,
    BivalentData,
    bivalent_data,
    bivalent_problem,
)
from bimodal.fit.result import FitResult

FloatArray = npt.NDArray[np.float64]

#: An EC50 further off than this is a miss.
MISS = 3.0
#: Cells whose errors are summed up together: name -> subsets, and whether they were fitted.
GROUPS = {"treg": FITTED[:3], "tconv": FITTED[3:], "cd8": PREDICTED[:1], "nk": PREDICTED[1:]}


def report_bivalent(result: FitResult) -> dict[str, Any]:
    """Score the fit on what it was fitted to and on what it was not.

    Returns
    -------
    dict
        ``rows`` (every EC50, worst first), ``error`` by cell (factor, root mean square: before, after, a constant),
        ``own`` (factor of each molecule alone), ``counted_as_molecules`` (factor if the plates count whole molecules),
        ``shipped`` (factor in each molecule file).
    """
    data = bivalent_data()
    value = result.values[FACTOR]
    subsets = (*FITTED, *PREDICTED)
    after, before = (np.array([data.simulate(ligand, f) for ligand in data.ligands]) for f in (value, 1.0))
    measured = np.stack([data.measured_nM(subsets, minutes) for minutes in MINUTES], axis=-1)
    rows = [
        {
            "molecule": ligand,
            "cell": subset,
            "minutes": minutes,
            "fitted": subset in FITTED and t == 0,
            "measured_nM": float(f"{measured[i, j, t]:.3g}"),
            "simulated_nM": float(f"{after[i, j, t]:.3g}"),
            "factor": float(f"{after[i, j, t] / measured[i, j, t]:.3g}"),
        }
        for i, ligand in enumerate(data.ligands)
        for j, subset in enumerate(subsets)
        for t, minutes in enumerate(MINUTES)
        if np.isfinite(measured[i, j, t])
    ]
    return {
        "rows": sorted(rows, key=lambda row: -abs(np.log(row["factor"]))),
        "error": [
            {"cell": name, "minutes": minutes, "fitted": set(group) <= set(FITTED) and t == 0}
            | _error([subsets.index(one) for one in group], measured[..., t], before[..., t], after[..., t])
            for t, minutes in enumerate(MINUTES)
            for name, group in GROUPS.items()
        ],
        "own": {ligand: round(_alone(data, ligand), 2) for ligand in data.ligands},
        "counted_as_molecules": round(run_fit(bivalent_problem(bivalent_data(per_il2=2.0))).values[FACTOR], 2),
        "shipped": {ligand: shipped_factor(ligand) for ligand in data.ligands},
    }


def shipped_factor(name: str) -> float:
    """Give the factor on the second step that a molecule file has; 1 where it has none."""
    avidity = load_molecule(name).avidity
    return avidity.k2.to("1") if avidity is not None and avidity.k2 is not None else 1.0


def bivalent_text(report: dict[str, Any]) -> str:
    """Write the report for a person, misses first."""
    rows = report["rows"]
    missed = [row for row in rows if not 1 / MISS <= row["factor"] <= MISS]
    lines = [f"{len(missed)} of {len(rows)} EC50 missed by more than a factor of {MISS:g}, worst first"]
    lines.append(f"{'molecule':<26}{'cell':<14}{'min':<5}{'measured nM':<13}{'simulated nM':<14}factor")
    lines += [
        f"{row['molecule']:<26}{row['cell']:<14}{row['minutes']:<5g}{row['measured_nM']:<13g}"
        f"{row['simulated_nM']:<14g}{row['factor']:<8g}{_fitted(row)}"
        for row in rows
    ]
    lines += ["", "error by cell and time, as a factor (of the root mean square of ln EC50)"]
    lines.append(f"{'cell':<8}{'min':<5}{'factor 1':>9}{'this fit':>9}{'constant':>9}")
    lines += [
        f"{row['cell']:<8}{row['minutes']:<5g}{row['before']:>9.2f}{row['after']:>9.2f}{row['constant']:>9.2f}   "
        f"{_fitted(row)}"
        for row in report["error"]
    ]
    lines += ["", "each molecule alone: " + ", ".join(f"{name} {value:g}" for name, value in report["own"].items())]
    lines.append(f"if the plates count whole molecules: {report['counted_as_molecules']:g}")
    lines.append("shipped: " + ", ".join(f"{name} {value:g}" for name, value in report["shipped"].items()))
    return "\n".join(lines) + "\n"


def cross_validate_bivalent(result: FitResult, by: str, workers: int) -> tuple[CrossValidation, dict[str, Any]]:
    """Leave out one molecule after the other, refit, and predict it."""
    found = cross_validate(bivalent_problem(bivalent_data()), result, workers=workers)
    return found, {by: {name: round(fold.rms, 3) for name, fold in found.folds.items()}}


def _fitted(row: dict[str, Any]) -> str:
    return "fitted" if row["fitted"] else "not fitted"


def _error(columns: list[int], measured: FloatArray, before: FloatArray, after: FloatArray) -> dict[str, float]:
    seen = np.log(measured[:, columns])
    known = np.isfinite(seen)

    def factor(values: FloatArray) -> float:
        return round(float(np.exp(np.sqrt(np.mean((values - seen)[known] ** 2)))), 2)

    return {
        "before": factor(np.log(before[:, columns])),
        "after": factor(np.log(after[:, columns])),
        "constant": factor(np.full_like(seen, np.mean(seen[known]))),
    }


def _alone(data: BivalentData, ligand: str) -> float:
    return run_fit(bivalent_problem(data, ligands=(ligand,))).values[FACTOR]
