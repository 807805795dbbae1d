"""What the model was calibrated on, as data, so that a page warns of the same things in the same words as the desk."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

from bimodal.cohort import list_cohorts, load_cohort
from bimodal.study.endpoints import load_registry
from bimodal.study.verdict import outside
from bimodal.study.verdict.another_species import MAN_KG
from bimodal.study.verdict.calibrated import (
    CalibratedRanges,
    blood_calibration,
    median_body,
    oncology_calibration,
    toxicity_calibration,
)
from bimodal.units import KG_PER_M2


@cache
def calibration_data() -> dict[str, Any]:
    """Lay out the extents of the calibration studies and the fixed sentences about them.

    Examples
    --------
    >>> sorted(calibration_data()["blood"])
    ['arms', 'cells', 'delivered']
    """
    registry = load_registry()
    return {
        "same": outside.SAME,
        "shown": outside.SHOWN,
        "routes": dict(outside.ROUTES),
        "toxicity_words": outside.TOXICITY,
        "era_words": outside.ERA,
        "blood": _ranges(blood_calibration()),
        "oncology": _ranges(oncology_calibration()),
        "toxicity": [asdict(arm.extent) for arm in toxicity_calibration().arms],
        "cells": {cell: registry.cells[cell].label for cell in registry.cells_of("human")},
        "bodies": {name: median_body(load_cohort(name)) for name in list_cohorts()},
        "kg_per_m2": dict(KG_PER_M2),
        "man_kg": MAN_KG,
    }


def _ranges(found: CalibratedRanges) -> dict[str, Any]:
    return {
        "arms": [asdict(arm) for arm in found.arms],
        "cells": [asdict(cell) for cell in found.cells],
        "delivered": list(found.delivered),
    }
