"""What a comparison found, as tables and JSON: schema 1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.compare.compare import ComparedArm, MoleculeComparison, signal_ids
from bimodal.compare.exposure import followed_level
from bimodal.compare.pk import PK_DEFINITIONS, pharmacokinetics
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.spread import INTERVAL, SETS_INTERVAL, spread
from bimodal.study.plan.grid import DAY_H

SCHEMA = 1
Array = npt.NDArray[np.float64]

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
        "interval": SETS_INTERVAL if comparison.plan.population.sets else INTERVAL,
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


def _arm(arm: ComparedArm, comparison: MoleculeComparison) -> dict[str, Any]:
    result, scaling = comparison.result, arm.scaling
    place = result.arms.index(arm.name)
    laid, summary = comparison.plan.arms[place], result.summary["arms"][place]
    numbers = _pharmacokinetics(arm, comparison)
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


def _pharmacokinetics(arm: ComparedArm, comparison: MoleculeComparison) -> dict[str, Array]:
    readings, dosing = comparison.result.readings, comparison.plan.dosing[arm.name]
    level, factor = followed_level(arm.molecule, comparison.plan.solver.segment_outputs)
    start, done, parts = readings.on_day(arm.name, level, 0.0), 0, list[dict[str, Array]]()
    for course in readings.courses(arm.name, level):
        own = start[done : done + len(course.high)]
        done += len(own)
        parts.append(pharmacokinetics(course, own, dosing, comparison.window_h))
    return {
        name: (factor if PK_DEFINITIONS[name][0].startswith("pM") else 1.0) * np.concatenate([p[name] for p in parts])
        for name in PK_DEFINITIONS
    }


def _signals(arm: ComparedArm, comparison: MoleculeComparison) -> list[dict[str, Any]]:
    readings, rows = comparison.result.readings, list[dict[str, Any]]()
    for name in signal_ids(comparison.plan.solver.segment_outputs):
        found = readings.span(arm.name, name, 0.0, comparison.window_h / DAY_H)
        if found is not None:
            high, _, area = found
            for statistic, values in (("peak", high), ("mean", area / comparison.window_h)):
                rows.append({"id": name, "statistic": statistic, "unit": "1", **_spread(values)})
    return rows


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
