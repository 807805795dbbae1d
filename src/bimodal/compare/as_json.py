"""What a comparison found, as tables and JSON: schema 1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.compare.compare import ComparedArm, MoleculeComparison
from bimodal.compare.exposure import free_ligand
from bimodal.compare.grid import Occasions
from bimodal.compare.pk import PK_DEFINITIONS, FreeLigand, pharmacokinetics
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.spread import INTERVAL, spread

SCHEMA = 1
Array = npt.NDArray[np.float64]

_SIGNALS = ("pstat5", "occupancy")
_DEFINITIONS: Mapping[str, str] = {
    **{name: text for name, (_, text) in PK_DEFINITIONS.items()},
    "occupancy_cd25": "share of CD25 outside signalling complexes that holds a ligand, at equilibrium with plasma: the "
    "same for every cell type",
    "occupancy_<cell>": "fraction of the signalling receptors (CD122) of the cell that hold a ligand",
    "pstat5_<cell>": "phosphorylated STAT5 as a fraction of the cell's own maximum",
    "peak, mean": "largest value and mean in time, per patient, over the exposure window",
}


def comparison_json(comparison: MoleculeComparison) -> dict[str, Any]:
    """Make the content of ``comparison.json``.

    Returns
    -------
    dict
        Valid under ``compare.schema.json``; it holds no time, host, path or worker count.
    """
    summary = comparison.result.summary
    return {
        "schema": SCHEMA,
        **{key: summary[key] for key in ("bimodal", "seed", "patients", "failed")},
        "warnings": [*summary["warnings"], *_far_scalings(comparison)],
        "intended_use": summary["intended_use"],
        "provenance": summary["provenance"],
        "equal": comparison.equal,
        "exposure": {
            "reference": comparison.arms[0].name,
            "window_h": comparison.window_h,
            "definition": "area under the free molecule in plasma, molar, active form, from the first dose to the end "
            "of the window (the longest first dosing interval), in the median patient; of native IL-2 the rise above "
            "day 0",
        },
        "definitions": dict(_DEFINITIONS),
        "interval": INTERVAL,
        "arms": [_arm(arm, comparison) for arm in comparison.arms],
    }


def comparison_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``comparison.json``.

    Examples
    --------
    >>> comparison_schema()["properties"]["schema"]["const"]
    1
    """
    return json.loads(files("bimodal.compare").joinpath("data", "compare.schema.json").read_text("utf-8"))


def compared_ligand(comparison: MoleculeComparison, arm: ComparedArm) -> FreeLigand:
    """Give the free concentration of the molecule of an arm in every patient, (N, T) pM on the saved times."""
    readings = comparison.result.readings
    return free_ligand(
        np.concatenate(list(readings.whole(arm.name))), readings.observables, arm.molecule, readings.times_h
    )


def _arm(arm: ComparedArm, comparison: MoleculeComparison) -> dict[str, Any]:
    result, scaling = comparison.result, arm.scaling
    place = result.arms.index(arm.name)
    laid, summary = comparison.plan.arms[place], result.summary["arms"][place]
    numbers = pharmacokinetics(compared_ligand(comparison, arm), Occasions.of(laid.schedule.doses), comparison.window_h)
    folds = [row for row in summary["endpoints"] if row["id"] in {f"{cell}_fold" for cell in load_registry().cells}]
    return {
        "name": arm.name,
        "drug": arm.molecule.id,
        "regimen": laid.regimen,
        "exposure": "as given" if scaling is None else "equal",
        "factor": None if scaling is None else scaling.factor,
        "median_patient_auc": None if scaling is None else scaling.exposure_pM_h,
        "median_patient_reference_auc": None if scaling is None else scaling.reference_pM_h,
        "first_dose_nmol": _first_dose(comparison, place),
        **{key: summary[key] for key in ("doses", "n", "failed")},
        "pk": [{"id": name, "unit": PK_DEFINITIONS[name][0], **_spread(numbers[name])} for name in numbers],
        "signals": _signals(arm, comparison),
        "cells": [{key: row[key] for key in ("id", "day", "unit", "value", "lower", "upper")} for row in folds],
    }


def _first_dose(comparison: MoleculeComparison, place: int) -> float:
    population, laid = comparison.plan.population.part(0, comparison.plan.population.count), comparison.plan.arms[place]
    return float(np.median(laid.amounts(population.covariates, len(population))[:, 0]))


def _signals(arm: ComparedArm, comparison: MoleculeComparison) -> list[dict[str, Any]]:
    readings, rows = comparison.result.readings, list[dict[str, Any]]()
    inside = readings.times_h <= comparison.window_h + 1e-6
    hours = readings.times_h[inside]
    names = [f"{signal}_{cell}" for signal in _SIGNALS for cell in load_registry().cells]
    series = {name: readings.values(arm.name, name)[:, inside] for name in names if name in readings.observables}
    held = _cd25(arm, comparison)
    if held is not None:
        series["occupancy_cd25"] = held[:, inside]
    for name, values in series.items():
        mean = np.zeros(len(values))
        for k in range(len(hours) - 1):
            mean += 0.5 * (hours[k + 1] - hours[k]) * (values[:, k] + values[:, k + 1])
        mean /= hours[-1] - hours[0]
        for statistic, found in (("peak", values.max(axis=1)), ("mean", mean)):
            rows.append({"id": name, "statistic": statistic, "unit": "1", **_spread(found)})
    return rows


def _cd25(arm: ComparedArm, comparison: MoleculeComparison) -> Array | None:
    """Give x / (1 + x), with x the free ligands in units of their constants for CD25; None without such constants."""
    readings, plan = comparison.result.readings, comparison.plan
    ids = plan.solver.parameter_ids
    if not {"il2_kd_alpha", "drug_kd_alpha"} <= set(ids):
        return None
    total = readings.values(arm.name, "il2_plasma") / 1000.0
    drug = np.zeros_like(total)
    if "drug_free" in readings.observables:
        drug = readings.values(arm.name, "drug_free")
    parameters, _ = plan.inputs(readings.arms.index(arm.name), 0, len(total))
    native, engineered = (parameters[:, [ids.index(f"{name}_kd_alpha")]] for name in ("il2", "drug"))
    held = np.maximum(total - drug, 0.0) / native + drug / engineered
    return held / (1.0 + held)


def _spread(values: Array) -> dict[str, float | None]:
    found = spread(values)
    if found is None:
        return {"value": None, "lower": None, "upper": None}
    return {"value": found.middle, "lower": found.lower, "upper": found.upper}


def _far_scalings(comparison: MoleculeComparison) -> list[str]:
    return [
        f"equal exposure asks for {arm.scaling.factor:.3g} times the given dose of '{arm.molecule.id}', far "
        "from any dose the regimen was meant for"
        for arm in comparison.arms
        if arm.scaling is not None and not 0.1 <= arm.scaling.factor <= 10.0
    ]
