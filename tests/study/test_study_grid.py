from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.dosing import expand, parse_regimen
from bimodal.study.plan.grid import horizon_days, save_times


def doses(text):
    return expand(parse_regimen(text)).doses


def test_the_grid_of_a_daily_course():
    times = save_times([doses("1 MIU SC daily for 5 days")], report_days=[7.5], horizon=33.0)
    for day in range(34):
        assert day * 24.0 in times
        assert day == 33 or day * 24.0 + 4.0 in times
    for hour in range(25):
        assert hour in times
        assert 4 * 24.0 + hour in times
    assert 7.5 * 24 in times
    assert (np.diff(times) > 1e-7).all()
    assert times[0] == 0.0
    assert times[-1] == 33 * 24.0


def test_every_dose_time_is_saved_exactly():
    course = doses("600000 IU/kg IV over 15 min q7h x14, rest 9 days, repeat x2")
    times = save_times([course], report_days=[], horizon=40.0)
    assert all(dose.time_h in times for dose in course)
    assert 0.25 in times  # the end of the first infusion
    assert 0.25 + 1 / 60 in times or np.abs(times - 0.25 - 1 / 60).min() < 1e-9


def test_all_arms_share_one_grid():
    both = save_times([doses("1 MIU SC qod for 9 days"), doses("1 MIU IV once"), ()], report_days=[], horizon=30.0)
    alone = save_times([doses("1 MIU IV once")], report_days=[], horizon=30.0)
    assert set(alone) <= set(both)


def test_the_last_interval_is_closed():
    assert 28 * 24.0 + 84.0 in save_times(
        [[SimpleNamespace(time_h=t, duration_h=0.0, route="sc") for t in (0.0, 28 * 24.0 - 84.0, 28 * 24.0)]],
        report_days=[],
        horizon=40.0,
    )


@pytest.mark.parametrize(
    ("arguments", "days"),
    [
        (([56 * 24.0], [7.0], None, None), 84.0),
        (([56 * 24.0], [100.0], None, None), 100.0),
        (([56 * 24.0], [7.0], 0.0, None), 56.0),
        (([56 * 24.0, 10 * 24.0], [], 10.0, None), 66.0),
        (([56 * 24.0], [], None, 20.0), 20.0),
        (([0.0], [], None, None), 28.0),
        (([], [], 0.0, None), 1.0),
    ],
)
def test_the_horizon(arguments, days):
    assert horizon_days(*arguments) == days


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(0.0, 500.0), max_size=12),
    st.lists(st.floats(0.0, 30.0), max_size=5),
    st.floats(1.0, 40.0),
)
def test_any_grid_is_ascending_without_near_doubles_of_doses(starts, days, horizon):
    course = [SimpleNamespace(time_h=t, duration_h=0.25, route="iv_infusion") for t in sorted(starts)]
    times = save_times([course], report_days=days, horizon=horizon)
    assert (np.diff(times) > 0).all()
    assert times[0] == 0.0
    assert times[-1] == horizon * 24.0
    assert all(t in times for t in starts if t <= horizon * 24.0)
    assert all(day * 24.0 in times for day in days if day * 24.0 <= horizon * 24.0)
