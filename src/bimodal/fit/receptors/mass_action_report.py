"""What the fit of the mass-action level reaches, beside the authors' own model and the noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from bimodal.fit.cross_validate import CrossValidation, cross_validate
from bimodal.fit.receptors.mass_action import mass_action_data, mass_action_problem
from bimodal.fit.receptors.receptors import MINUTES
from bimodal.fit.receptors.scores import RULES, authors_curves, noise_floor, score
from bimodal.fit.result import FitResult


def report_mass_action(result: FitResult) -> dict[str, Any]:
    """Score a fit of the mass-action level on native IL-2.

    Returns
    -------
    dict
        ``rmse`` by rule for this level, the authors' constants and the noise; ``ec50_within_2x`` of the first two.
    """
    data = mass_action_data()
    row = np.array([list(result.values.values())])
    ours = score(data, {"il2": data.simulate(tuple(result.values), row, "il2")[0]})
    authors = score(data, {"il2": authors_curves(data)["il2"]})
    floor = noise_floor(data)
    return {
        "rmse": {
            rule: {
                "this level": np.round(ours.rmse[rule]["il2"], 4).tolist(),
                "the authors' constants": np.round(authors.rmse[rule]["il2"], 4).tolist(),
                "noise of the measured mean": np.round(floor[rule]["il2"], 4).tolist(),
            }
            for rule in RULES
        },
        "ec50_within_2x": {"this level": ours.ec50_met, "the authors' constants": authors.ec50_met},
        "subsets": len(ours.subsets),
    }


def mass_action_text(report: dict[str, Any]) -> str:
    """Write the report for a person."""
    lines = ["root mean square error of pSTAT5 after IL-2 on the 0..1 scale, ten subsets, by minutes with the ligand"]
    for rule, words in RULES.items():
        lines += ["", words, f"{'':<30}" + "  ".join(f"{t:>5g}" for t in MINUTES)]
        lines += [f"{name:<30}" + "  ".join(f"{v:>5.3f}" for v in row) for name, row in report["rmse"][rule].items()]
    met = ", ".join(f"{name} {count}" for name, count in report["ec50_within_2x"].items())
    return "\n".join([*lines, "", f"EC50 at 30 min within a factor of two, of {report['subsets']}: {met}"]) + "\n"


def cross_validate_mass_action(result: FitResult, by: str, workers: int) -> tuple[CrossValidation, dict[str, Any]]:
    """Leave out one subset after the other, refit, and predict it."""
    found = cross_validate(mass_action_problem(mass_action_data()), result, workers=workers)
    return found, {by: {name: round(fold.rms, 3) for name, fold in found.folds.items()}}
