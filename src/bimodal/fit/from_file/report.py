"""How a fit from a problem file stands against each measured value, and what happens when groups are left out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bimodal.fit.cross_validate import CrossValidation, cross_validate
from bimodal.fit.from_file.measurement import Measurement
from bimodal.fit.from_file.problem_file import ProblemFile
from bimodal.fit.result import FitResult


def report_problem(ready: ProblemFile, result: FitResult) -> dict[str, Any]:
    """Set every measured value beside the simulated one at the estimate."""
    values = np.array([[result.values[parameter.id] for parameter in ready.free]])
    simulated = ready.simulate(values)[0].tolist()
    rows = [_row(seen, number) for seen, number in zip(ready.measured, simulated, strict=True)]
    folds = [row["fold_error"] for row in rows if row["fold_error"] is not None]
    mean = math.exp(sum(math.log(fold) for fold in folds) / len(folds)) if folds else None
    said = {"warnings": list(ready.warnings)} if ready.warnings else {}
    return {"patients": ready.plan.population.count, "geometric_mean_fold_error": mean, "measured": rows, **said}


def _row(seen: Measurement, simulated: float) -> dict[str, Any]:
    both = seen.value > 0.0 and simulated > 0.0
    return {
        "arm": seen.arm,
        "observable": seen.observable,
        "day": seen.day,
        "statistic": seen.statistic,
        "measured": None if math.isnan(seen.value) else seen.value,
        "lower": seen.lower,
        "upper": seen.upper,
        "simulated": simulated,
        "residual": float(seen.residual(np.array([simulated]))[0]),
        "fold_error": math.exp(abs(math.log(simulated / seen.value))) if both else None,
    }


def problem_text(report: dict[str, Any]) -> str:
    """Say the report in words, the worst residual first."""
    rows = sorted(report["measured"], key=lambda row: -abs(row["residual"]))
    population = report["patients"]
    lines = [f"measured and simulated ({'the median person' if population == 1 else f'{population} virtual patients'})"]
    wide = max(len(row["arm"]) for row in rows)
    long = max(len(row["observable"]) for row in rows)
    lines.append(
        f"{'arm':<{wide}}  {'observable':<{long}}  {'day':>7}  {'measured':>16}  {'simulated':>10}  {'residual':>8}"
    )
    for row in rows:
        day = "-" if row["day"] is None else f"{row['day']:g}"
        lines.append(
            f"{row['arm']:<{wide}}  {row['observable']:<{long}}  {day:>7}  {_shown(row):>16}  "
            f"{row['simulated']:>10.4g}  {row['residual']:>8.2f}"
        )
    lines += [f"warning: {text}" for text in report.get("warnings", ())]
    if report["geometric_mean_fold_error"] is not None:
        lines.append(f"geometric mean fold error {report['geometric_mean_fold_error']:.3g}")
    return "\n".join(lines) + "\n"


def _shown(row: dict[str, Any]) -> str:
    if row["measured"] is not None:
        return f"{row['measured']:.4g}"
    low, high = (f"{end:.4g}" if end is not None else "" for end in (row["lower"], row["upper"]))
    return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"


def cross_validate_file(ready: ProblemFile, result: FitResult, workers: int) -> tuple[CrossValidation, dict[str, Any]]:
    """Leave out one group of the data after the other."""
    found = cross_validate(ready.problem(workers=workers), result, tolerance=1e-5)
    return found, {"rms_in_sample": found.rms_in_sample, "rms_out_of_sample": found.rms_out_of_sample}
