"""The foot of the tumour's dose-response, with the shipped best set: one dose, a course, weeks of a low dose."""

from __future__ import annotations

from functools import cache

import pytest

from bimodal.fit.oncology.drives import drive_course
from bimodal.fit.oncology.ensemble_table import load_ensemble
from bimodal.fit.oncology.oncology import CANCERS, OTHER, OncologyData, TumourArm, course
from bimodal.fit.oncology.population import Tumours
from bimodal.study.endpoints.trial import Response

REGIMENS = {
    "single": "600000 IU/kg IV over 15 min",
    "three": course(3, 3),
    "course": course(10, 8),
    "low": "1 MIU/m2 SC daily for 56 days",
    "weak": OTHER["renal", "yang-low"],
}


@cache
def arms() -> dict[tuple[str, str], TumourArm]:
    signals = {
        (cancer, name): drive_course(regimen, cohort=cancer, bodies=16)
        for cancer in CANCERS
        for name, regimen in REGIMENS.items()
    }
    return OncologyData(signals, Tumours(128), ()).arms(load_ensemble()[0].values, list(signals))


@pytest.mark.parametrize("cancer", CANCERS)
def test_more_doses_and_larger_ones_give_more_responses(cancer: str) -> None:
    share = {name: arms()[cancer, name].share(Response.PR) for name in REGIMENS}
    assert share["single"] < 0.5 * share["course"]
    assert share["single"] < share["three"] < share["course"]
    assert share["weak"] < share["course"]
    assert share["low"] < 0.02


@pytest.mark.parametrize("cancer", CANCERS)
def test_a_single_dose_cures_next_to_nobody(cancer: str) -> None:
    assert arms()[cancer, "single"].share(Response.CR) < 0.03


@pytest.mark.parametrize("cancer", CANCERS)
def test_complete_responses_come_over_months(cancer: str) -> None:
    early, middle, late = (arms()[cancer, "course"].months_to_complete(q) for q in (0.1, 0.5, 0.9))
    first_scan = 56.0 / 30.4375
    assert early < 4.0
    assert first_scan + 1.0 < middle < 12.0  # half of them come after the first scan
    assert late - early > 6.0
