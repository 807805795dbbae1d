"""What the receptor fit reaches, in numbers a machine reads and text a person reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bimodal.fit.cross_validate import CrossValidation, cross_validate
from bimodal.fit.fit import run_fit
from bimodal.fit.receptors.assay_curves import ec50, projected
from bimodal.fit.receptors.internalisation import compare_internalisation
from bimodal.fit.receptors.muteins import CONVENTIONS, predict_muteins
from bimodal.fit.receptors.receptors import (
    EC50_WEIGHT,
    LIGANDS,
    MINUTES,
    WELL_SD,
    ReceptorData,
    receptor_data,
    receptor_problem,
)
from bimodal.fit.receptors.scores import RULES, ReceptorScores, authors_curves, hill_slopes, noise_floor, score
from bimodal.fit.result import FitResult

_EC50_HEAD = f"{'subset':<14}simulated  measured  factor   slope (measured)   x Treg (measured)"
#: Weights of ln EC50 shown as the trade-off between curves and EC50.
WEIGHTS = (0.0, 3.0, EC50_WEIGHT, 30.0)


def report_receptors(result: FitResult, *, trade_off: bool = True) -> dict[str, Any]:
    """Score a receptor fit on everything it is judged by.

    Parameters
    ----------
    trade_off
        Also refit with other weights of the EC50.

    Returns
    -------
    dict
        ``curves`` (ours, the authors', the noise floor), ``cd8_ec50``, ``selectivity``, ``slopes``, ``muteins``,
        ``surface_loss``, ``trade_off``.
    """
    data = receptor_data()
    ours = _scores(data, result)
    slopes = {
        kind: dict(zip(ours.subsets, np.round(found, 2).tolist(), strict=True))
        for kind, found in (
            ("simulated", hill_slopes(data, _simulated(data, result)["il2"][:, 0])),
            ("measured", hill_slopes(data, data.measured["il2"][:, 0])),
        )
    }
    treg = ours.ec50_nM[ours.subsets.index("treg")]
    measured_treg = ours.measured_ec50_nM[ours.subsets.index("treg")]
    report: dict[str, Any] = {
        "curves": {
            "ours": ours.to_json(),
            "authors": score(data, authors_curves(data)).to_json(),
            "noise_floor": {
                rule: {ligand: np.round(v, 4).tolist() for ligand, v in found.items()}
                for rule, found in noise_floor(data).items()
            },
        },
        "selectivity": {
            name: {"simulated": round(float(a / treg), 1), "measured": round(float(b / measured_treg), 1)}
            for name, a, b in zip(ours.subsets, ours.ec50_nM, ours.measured_ec50_nM, strict=True)
        },
        "slopes": slopes,
        "cd8_ec50_nM": ec50_interval(data, result, "cd8"),
        "muteins": _muteins(data, result),
        "surface_loss": _surface(result),
    }
    if trade_off:
        report["trade_off"] = [_trade(data, weight) for weight in WEIGHTS]
    return report


def ec50_interval(data: ReceptorData, result: FitResult, subset: str, *, draws: int = 400) -> dict[str, float]:
    """Give the 30-min EC50 of IL-2 on one subset with its 95 % interval over equally good parameters.

    Parameters are drawn from the normal approximation of the fit on the log scale, with all correlations: the interval
    is parameter uncertainty alone.

    Returns
    -------
    dict
        ``value``, ``lower``, ``upper`` in nM.
    """
    names = tuple(result.estimates)
    centre = np.log([result.estimates[name].value for name in names])
    errors = np.array([result.estimates[name].standard_error or 0.0 for name in names])
    correlation = np.array([[c or 0.0 for c in row] for row in result.correlations])
    spread = np.random.default_rng(1).multivariate_normal(np.zeros(len(names)), correlation, size=draws, method="eigh")
    values = np.exp(np.vstack([centre, centre + spread * errors]))
    curves = replace(data.curves, subsets=(subset,), minutes=MINUTES[:1])
    found = ec50(curves.concentrations_nM, curves.simulate(names, values)[:, 0, 0])
    low, high = np.quantile(found[1:], [0.025, 0.975])
    return {"value": float(f"{found[0]:.3g}"), "lower": float(f"{low:.3g}"), "upper": float(f"{high:.3g}")}


def cross_validate_receptors(result: FitResult, by: str, *, workers: int = 1) -> CrossValidation:
    """Leave out one subset (``by="subset"``) or one ligand (``"ligand"``) after the other and predict it."""
    place = {"subset": 0, "ligand": 1}[by]
    problem = receptor_problem(receptor_data())
    return cross_validate(problem, result, fold_of=lambda group: group.split("/")[place], workers=workers)


def cross_scores(found: CrossValidation) -> dict[str, Any]:
    """Give the out-of-sample root mean square of the wells, on the 0..1 scale, by ligand and time."""
    data = receptor_data()
    out: dict[str, Any] = {}
    for ligand in LIGANDS:
        errors = []
        for fold in found.folds.values():
            simulated = data.simulate(tuple(fold.result.values), np.array([list(fold.result.values.values())]), ligand)
            difference = _against(data, simulated, ligand)
            left = [i for i, name in enumerate(data.curves.subsets) if f"{name}/{ligand}" in fold.predicted]
            errors.append(difference[left])
        together = np.concatenate(errors)
        out[ligand] = np.round(np.sqrt(np.nanmean(together**2, axis=(0, 2))), 4).tolist()
    return out


def receptor_text(report: dict[str, Any]) -> str:
    """Write the report for a person: what it reaches, the authors' own model and the noise beside it."""
    times = "  ".join(f"{t:>5g}" for t in MINUTES)
    wide = 34
    lines = ["root mean square error of pSTAT5 on the 0..1 scale, ten subsets, by minutes with the ligand"]
    for rule, words in RULES.items():
        lines += ["", f"{words}", f"{'':<{wide + 6}}{times}"]
        for ligand in LIGANDS:
            for name, key in (("this model", "ours"), ("the authors' model (Farhat 2021)", "authors")):
                row = report["curves"][key]["rmse"][rule][ligand]
                lines.append(f"{ligand:<5} {name:<{wide}}" + "  ".join(f"{v:>5.3f}" for v in row))
            floor = report["curves"]["noise_floor"][rule][ligand]
            lines.append(f"{ligand:<5} {'noise of the measured mean':<{wide}}" + "  ".join(f"{v:>5.3f}" for v in floor))
    lines += ["", "EC50 of IL-2 at 30 min, nM, and slope; ratio to Treg", _EC50_HEAD]
    for name, row in report["curves"]["ours"]["ec50_nM"].items():
        factor = row["simulated"] / row["measured"]
        slope, ratio = report["slopes"], report["selectivity"][name]
        lines.append(
            f"{name:<14}{row['simulated']:<10.3g} {row['measured']:<9.3g} {factor:<8.2f} "
            f"{slope['simulated'][name]:<6.2f}({slope['measured'][name]:.2f})        "
            f"{ratio['simulated']:<6g} ({ratio['measured']:g})"
        )
    cd8 = report["cd8_ec50_nM"]
    lines += ["", f"CD8 at 30 min: {cd8['value']} nM, 95 % interval {cd8['lower']} to {cd8['upper']} (parameters)"]
    met = {key: report["curves"][key]["ec50_within_2x"] for key in ("ours", "authors")}
    of = len(report["selectivity"])
    lines += ["", f"within a factor of two: {met['ours']} of {of} subsets; the authors' model: {met['authors']}"]
    lines += ["", "muteins from affinities alone, 30/60/120/240 min: rank correlation, median factor"]
    for name, row in report["muteins"].items():
        lines += [f"{name:<18}{row['spearman']}  {row['median_fold']}", f"{'':<18}{CONVENTIONS[name]}"]
    lines += [
        "",
        "muteins as shipped, by cell at 30 min: curves, rank correlation, factor off, of a constant",
    ]
    lines += [
        f"{row['cell']:<18}{row['curves']:<4}{row['rank_correlation']:>6.2f}{row['error']:>7.2f}{row['constant']:>7.2f}"
        for row in report["muteins"]["as shipped"]["by_cell"]
    ]
    lines += ["", "loss from the surface of YT-1 cells, root mean square error in percentage points: beta, gamma"]
    lines += [f"{row['choice']:<54}{_or_dash(row['beta'])}  {_or_dash(row['gamma'])}" for row in report["surface_loss"]]
    if "trade_off" in report:
        lines += [
            "",
            "trade-off: weight of ln EC50, error of IL-2 curves by time, largest EC50 factor, CD8 / Treg, at a bound",
        ]
        lines += [
            f"{row['weight']:<6g}{row['il2']}  {row['worst_ec50']}  {row['cd8_to_treg']}  "
            f"{', '.join(row['at_bounds']) or '-'}"
            for row in report["trade_off"]
        ]
    return "\n".join(lines) + "\n"


def _or_dash(number: float | None) -> str:
    return "   - " if number is None else f"{number:5.1f}"


def _simulated(data: ReceptorData, result: FitResult) -> dict[str, Any]:
    row = np.array([list(result.values.values())])
    return {ligand: data.simulate(tuple(result.values), row, ligand)[0] for ligand in LIGANDS}


def _scores(data: ReceptorData, result: FitResult) -> ReceptorScores:
    return score(data, _simulated(data, result))


def _against(data: ReceptorData, simulated: Any, ligand: str) -> Any:
    return projected(simulated, data.measured[ligand])[0] - data.measured[ligand]


def _muteins(data: ReceptorData, result: FitResult) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for convention in CONVENTIONS:
        found = predict_muteins(data, dict(result.values), convention=convention)
        out[convention] = {
            "spearman": [round(found.spearman(t), 3) for t in range(len(MINUTES))],
            "median_fold": [round(found.median_fold(t), 2) for t in range(len(MINUTES))],
            "by_cell": [
                {
                    "cell": one.cell,
                    "curves": one.curves,
                    "rank_correlation": round(one.rank_correlation, 2),
                    "error": round(one.error, 2),
                    "constant": round(one.constant, 2),
                }
                for one in found.skill()
            ],
            "by_ligand": {ligand: round(found.median_fold(0, ligand), 2) for ligand in found.ligands},
        }
    return out


def _surface(result: FitResult) -> list[dict[str, Any]]:
    courses, choices = compare_internalisation(result.values)
    return [
        {"choice": c.name, **{chain: _rounded(c.rmse(courses, chain)) for chain in ("beta", "gamma")}} for c in choices
    ]


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 2)


def _trade(data: ReceptorData, weight: float) -> dict[str, Any]:
    result = run_fit(receptor_problem(data, ec50_weight=weight))
    found = _scores(data, result)
    at = found.subsets.index
    return {
        "weight": weight,
        "il2": np.round(found.rmse["one scale"]["il2"], 3).tolist(),
        "worst_ec50": round(float(np.exp(np.abs(np.log(found.ec50_nM / found.measured_ec50_nM)).max())), 2),
        "cd8_to_treg": round(float(found.ec50_nM[at("cd8")] / found.ec50_nM[at("treg")]), 1),
        "at_bounds": list(result.at_bounds),
    }


__all__ = ["WELL_SD", "cross_scores", "cross_validate_receptors", "receptor_text", "report_receptors"]
