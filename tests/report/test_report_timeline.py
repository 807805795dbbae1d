from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from report_fake import fake_result

from bimodal.dosing import expand
from bimodal.report.figures.marks import mark_doses
from bimodal.report.timeline import Timeline, arm_timeline, treated_until


def daily(days, start=0.0, step=24.0):
    return [(start + step * day, 0.0) for day in range(days)]


@pytest.mark.parametrize(
    ("doses", "periods"),
    [
        ([], ()),
        (daily(1), ((0, 1),)),
        (daily(56), ((0, 56),)),
        (daily(4, step=168.0), ((0, 28),)),
        ([*daily(14), *daily(14, start=28 * 24.0)], ((0, 14), (28, 42))),
        ([*daily(5), *daily(5, start=7 * 24.0)], ((0, 12),)),
        ([(0.0, 120.0)], ((0, 5),)),
        ([*daily(14, step=8.0), *daily(14, start=336.0, step=8.0)], ((0, 14 / 3), (14, 14 + 14 / 3))),
    ],
    ids=["none", "once", "daily", "weekly", "two weeks on and off", "weekdays", "infusion", "q8h x14 and rest"],
)
def test_periods_end_at_rests_and_not_at_weekends(doses, periods):
    found = Timeline.of(doses).periods
    np.testing.assert_allclose(np.ravel(found), np.ravel(periods), atol=1e-9)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.floats(0, 5000), st.floats(0, 200)), max_size=30))
def test_every_dose_lies_in_exactly_one_period_and_periods_are_in_order(doses):
    found = Timeline.of(doses)
    for start, _ in doses:
        assert sum(first <= start / 24 < last or start / 24 == first for first, last in found.periods) >= 1
    assert list(found.periods) == sorted(found.periods)
    assert all(first <= last for first, last in found.periods)


def test_treatment_ends_with_its_last_period():
    assert Timeline.of([*daily(14), *daily(14, start=28 * 24.0)]).treated_until == 42.0
    assert Timeline().treated_until == 0.0
    assert treated_until(fake_result()) == 56.0


def test_the_regimen_is_read_and_dose_times_stand_in_for_what_is_no_regimen():
    result = fake_result()
    assert arm_timeline(result, "1 MIU/m2").periods == ((0.0, 56.0),)
    assert arm_timeline(result, "untreated") == Timeline()
    result.summary["arms"][2]["regimen"] = "events from table.csv"
    assert arm_timeline(result, "1 MIU/m2").periods == ((0.0, 56.0),)


def test_a_regimen_is_laid_out_once_however_often_it_is_asked_for(monkeypatch):
    """Figures and tables ask dozens of times, and ten thousand doses take a tenth of a second."""
    calls = []
    monkeypatch.setattr("bimodal.dosing.expand", lambda regimen: (calls.append(1), expand(regimen))[1])

    result = SimpleNamespace(summary={"arms": [{"name": "a", "regimen": "1.25 MIU SC q1h x37"}]}, arms=("a",))
    found = [arm_timeline(result, "a") for _ in range(20)]
    assert treated_until(result) == found[0].treated_until == pytest.approx(37.0 / 24.0)
    assert len(calls) == 1


@pytest.mark.parametrize("doses", [5, 1000, 10_001])
def test_marks_of_doses_do_not_grow_without_end(doses):
    axes = Figure().add_subplot()
    times = [5.0 + 0.25 * index for index in range(doses)]
    mark_doses(axes, times)
    (line,) = axes.lines
    marks = line.get_xdata()
    assert len(marks) == doses if doses <= 1000 else 500 <= len(marks) <= 1001
    assert set(marks) <= set(times)
    assert (marks[0], marks[-1]) == (times[0], times[-1])
    assert max(np.diff(marks)) <= 2.0 * max(0.25, (times[-1] - times[0]) / 1000)
