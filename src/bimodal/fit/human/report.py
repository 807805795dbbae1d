"""What the human fit reaches: every target on virtual populations, calibration and validation apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bimodal.evidence import Target, judge, load_targets, study_roles
from bimodal.evidence.band import band
from bimodal.fit.cross_validate import CrossValidation, cross_validate
from bimodal.fit.human.human import PATIENTS, STUDIES, human_data, human_problem, solver_at, with_offsets
from bimodal.fit.human.typical import population_values
from bimodal.fit.result import FitResult

#: Studies that were kept out of the fit and that this model can simulate.
VALIDATION = ("he-2020", "imodals", "long-2012")


def report_human(result: FitResult, workers: int = 1) -> dict[str, Any]:
    """Judge a fit on all low-dose and pharmacokinetic targets, at the size of ``bimodal run``.

    Returns
    -------
    dict
        ``targets`` (published, simulated, inside or not, role, quality), ``calibration`` and ``validation`` (number
        scored, number inside), ``fold_error`` (geometric mean over scored calibration targets with a positive value).
    """
    solver = solver_at(human_data(names=STUDIES[:1]).solver, result.values)
    found = population_values((*STUDIES, *VALIDATION), solver, patients=PATIENTS, workers=workers)
    roles = study_roles()
    rows = [
        _row(target, found.get(target.id), roles[name])
        for name in (*STUDIES, *VALIDATION)
        for target in load_targets(name)
        if target.endpoint is not None and target.role != "context"
    ]
    report: dict[str, Any] = {"patients": PATIENTS, "targets": rows}
    for role in ("calibration", "validation"):
        scored = [row for row in rows if row["role"] == role and row["quality"] == "page"]
        report[role] = {"scored": len(scored), "inside": sum(row["inside"] is True for row in scored)}
        printed = [row for row in rows if row["role"] == role and row["quality"] != "page"]
        report[role] |= {"printed": len(printed), "printed_inside": sum(row["inside"] is True for row in printed)}
    logs = [
        abs(math.log(row["simulated"] / row["published"]))
        for row in rows
        if row["role"] == "calibration" and row["quality"] == "page" and _comparable(row)
    ]
    report["fold_error"] = round(math.exp(float(np.mean(logs))), 3)
    return report


def human_text(report: dict[str, Any]) -> str:
    """Write the report for a person, misses first."""
    lines = [
        f"every target on virtual populations of {report['patients']}; only those read on a page are scored",
        "",
        f"{'target':<12}{'study':<16}{'published':>10}  {'band':<18}{'simulated':>10}  verdict    role, quality",
    ]
    order = {False: 0, None: 1, True: 2}
    for row in sorted(report["targets"], key=lambda row: (row["quality"] != "page", order[row["inside"]])):
        ends = "" if row["band"] is None else f"{row['band'][0]:.4g} to {row['band'][1]:.4g}"
        simulated = "-" if row["simulated"] is None else f"{row['simulated']:.4g}"
        verdict = {True: "inside", False: "OUTSIDE", None: "not said"}[row["inside"]]
        lines.append(
            f"{row['id']:<12}{row['study']:<16}{row['published']:>10.4g}  {ends:<18}{simulated:>10}  {verdict:<9}  "
            f"{row['role']}, {row['quality']}"
        )
    for role in ("calibration", "validation"):
        count = report[role]
        lines.append(
            f"{role}: {count['inside']} of {count['scored']} scored targets inside; "
            f"{count['printed_inside']} of {count['printed']} that are only printed"
        )
    lines.append(f"geometric mean factor between simulated and published, scored calibration: {report['fold_error']}")
    return "\n".join(lines) + "\n"


def cross_validate_human(result: FitResult, by: str, workers: int) -> tuple[CrossValidation, dict[str, Any]]:
    """Leave out one study after the other, refit, and predict it."""
    data = with_offsets(human_data(), result.values, workers=workers)
    problem = human_problem(data, workers=workers)
    found = cross_validate(problem, result, fold_of=lambda group: group.split("/")[0], tolerance=1e-3)
    return found, {by: {name: round(fold.rms, 2) for name, fold in found.folds.items()}}


def _row(target: Target, simulated: float | None, role: str) -> dict[str, Any]:
    ends = band(target)
    return {
        "id": target.id,
        "study": target.study,
        "published": target.published,
        "band": None if ends is None else list(ends),
        "simulated": simulated,
        "inside": judge(target, simulated).within,
        "role": role,
        "quality": target.quality,
        "denominator": target.denominator,
    }


def _comparable(row: dict[str, Any]) -> bool:
    return row["band"] is not None and row["simulated"] is not None and min(row["simulated"], row["published"]) > 0.0
