"""What the page makes of a regimen is what the desk makes of it: text, times, amounts, cycles, faults."""

from __future__ import annotations

import json

import pytest
from browser_engine import run_node
from random_regimens import random_regimens

from bimodal.dosing import expand, parse_regimen
from bimodal.errors import RegimenError

_COUNT = 1000
_PARTICULAR = [
    "none",
    "",
    "  ",
    "none at all",
    "1 MIU SC daily for 5 days,",
    "1 MIU SC x3",
    "1 MIU SC daily for ٣ days",
]


@pytest.fixture(scope="module")
def texts():
    return random_regimens(_COUNT, seed=17) + _PARTICULAR


@pytest.fixture(scope="module")
def page(texts):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    return [json.loads(line) for line in run_node("regimens.mjs", given=lines).splitlines()]


def on_the_desk(text):
    try:
        regimen = parse_regimen(text)
    except RegimenError as fault:
        return {"what": fault.what, "at": fault.position}
    schedule = expand(regimen)
    rows = [[d.time_h, d.duration_h, d.route, d.amount, d.unit.symbol, d.unit.per, d.cycle] for d in schedule.doses]
    return {
        "text": str(regimen),
        "doses": rows,
        "starts": list(schedule.cycle_starts_h),
        "end": schedule.end_h,
        "warnings": list(schedule.warnings),
        "lines": list(schedule.cycle_lines()),
    }


def test_a_thousand_regimens_are_read_alike(texts, page):
    for text, found in zip(texts, page, strict=True):
        assert {key: value for key, value in found.items() if key not in ("sliders", "same")} == on_the_desk(text), text
    read = sum("text" in found for found in page)
    assert 0.5 * len(texts) < read < 0.95 * len(texts)  # and what cannot be read is refused alike


def test_sliders_stand_for_the_same_doses(page):
    slid = [found for found in page if found.get("sliders")]
    assert len(slid) > 50
    for found in slid:
        own = on_the_desk(found["sliders"])
        assert (own["doses"], own["end"]) == (found["doses"], found["end"]), found["text"]
        assert found["same"]
