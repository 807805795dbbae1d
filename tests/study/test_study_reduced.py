from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import StudyError
from bimodal.evidence import Target
from bimodal.evidence.when import Reduce
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.reduced import SpanReadings, reduced
from bimodal.study.plan.segment_layout import SPAN, SegmentLayout
from bimodal.study.readings.readings import Readings
from bimodal.study.store.segment_table import SegmentTable
from bimodal.study.verdict.comparison import simulate

DAYS = np.linspace(0.0, 10.0, 2001)


def span_of(days, values):
    return SpanReadings(
        start=values[:, 0],
        end=values[:, -1],
        high=values.max(axis=1),
        low=values.min(axis=1),
        area=24.0 * np.trapezoid(values, days, axis=1),
        hours=24.0 * float(days[-1] - days[0]),
    )


def one(how, values):
    return float(reduced(how, span_of(DAYS, values[None, :]))[0])


def test_every_reduction_of_a_target_is_known_and_no_other():
    span = span_of(DAYS, np.ones((3, len(DAYS))))
    for how in get_args(Reduce):
        assert reduced(how, span).shape == (3,)
    with pytest.raises(StudyError, match="no reduction 'median'"):
        reduced("median", span)


def test_a_wave_against_closed_forms():
    wave = 5.0 + 2.0 * np.sin(DAYS)  # starts at 5, peaks at 7, falls to 3
    last = 5.0 + 2.0 * np.sin(10.0)
    expected = {
        "peak": 7.0,
        "min": 3.0,
        "rise": 2.0,
        "fall": 2.0,
        "mean": 5.0 + 0.2 * (1 - np.cos(10.0)),
        "change": last - 5.0,
        "ratio": last / 5.0,
        "percent": 100 * (last / 5.0 - 1),
        "area": 24.0 * (50.0 + 2.0 * (1 - np.cos(10.0))),
    }
    assert set(expected) == set(get_args(Reduce))
    for how, value in expected.items():
        assert one(how, wave) == pytest.approx(value, rel=1e-5), how


@settings(deadline=None, max_examples=80)
@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=30), st.floats(0.01, 1e3))
def test_reductions_bound_each_other_and_scale(values, factor):
    level = np.array([values])
    days = np.arange(float(len(values)))
    got = {how: float(reduced(how, span_of(days, level))[0]) for how in get_args(Reduce)}
    assert got["min"] <= got["mean"] * (1 + 1e-12)
    assert got["mean"] <= got["peak"] * (1 + 1e-12)
    assert got["rise"] >= max(0.0, got["change"])
    assert got["fall"] >= max(0.0, -got["change"])
    assert got["area"] == pytest.approx(24 * got["mean"] * days[-1])
    for how in ("ratio", "percent"):
        assert float(reduced(how, span_of(days, factor * level))[0]) == pytest.approx(got[how], rel=1e-9, abs=1e-9)


def test_zero_at_the_start_and_a_failed_patient_are_nan():
    span = span_of(np.array([0.0, 1.0]), np.array([[0.0, 3.0], [np.nan, np.nan]]))
    for how in ("ratio", "percent"):
        assert np.isnan(reduced(how, span)).all()
    assert reduced("rise", span)[0] == 3.0
    assert all(np.isnan(reduced(how, span)[1]) for how in get_args(Reduce))


# from day 0 to day 2 the count is between 8 and 16, which no saved value shows
SPANS = SegmentLayout("spans", np.array([0.0, 48.0]), ("treg_count",), SPAN)
READINGS = Readings(
    times_h=np.array([0.0, 6.0, 24.0, 48.0]),
    observables=("treg_count", "il2_plasma"),
    stored={"a": np.array([[[10.0, 1.0], [8.0, 3.0], [12.0, 2.0], [15.0, 1.0]]])},
    status={"a": np.zeros(1, np.int8)},
    dosing={"a": DosingTimes((0.0,))},
    segments={"a": {"spans": SegmentTable(SPANS, np.array([[[16.0, 8.0, 558.0]]]))}},
)


def target(time, unit, endpoint="treg_count", kind="band"):
    published = 1.0 if kind == "direction" else 2.0
    return Target.model_validate(
        {
            "id": "X1", "study": "x", "arms": ("a",), "endpoint": endpoint, "label": "t", "time": time, "kind": kind,
            "statistic": "median", "published": published, "lower": 1, "upper": 3, "unit": unit, "quality": "page",
            "role": "validation", "source": "s",
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("how", "unit", "value"),
    [
        ("rise", "1/uL", 6.0),
        ("fall", "1/uL", 2.0),
        ("ratio", "1", 1.5),
        ("percent", "%", 50.0),
        ("area", "1/uL.h", 558.0),
    ],
)
def test_a_target_is_read_in_the_unit_of_its_reduction(how, unit, value):
    window = {"from": 0, "to": 2, "reduce": how}
    found = simulate(target(window, unit), READINGS)
    assert found is not None
    assert found.middle == pytest.approx(value)
    other = "1/uL" if unit != "1/uL" else "%"
    assert simulate(target(window, other), READINGS) is None


def test_hours_are_read_where_they_were_saved():
    found = simulate(target({"day": 0.25}, "pM", "il2_plasma"), READINGS)
    assert found is not None
    assert found.middle == 3.0
    with pytest.raises(StudyError, match="was not saved"):
        simulate(target({"day": 0.3}, "pM", "il2_plasma"), READINGS)


def test_what_was_not_read_in_between_is_refused_and_never_taken_from_saved_days():
    window = {"from": 0, "to": 1, "reduce": "peak"}
    with pytest.raises(StudyError, match="was not read between day 0 and day 1"):
        simulate(target(window, "1/uL"), READINGS)
    with pytest.raises(StudyError, match="was not read"):
        simulate(target({"from": 0, "to": 2, "reduce": "peak"}, "pM", "il2_plasma"), READINGS)
