"""Series of known truth."""

import math

import numpy as np
import pytest

from bimodal.errors import TimingError
from bimodal.timing.kernels import noise_through_clearance
from bimodal.timing.simulate_series import DESIGNS, NULLS, TRUTHS, sample_days, simulate_series
from bimodal.timing.streams import stream

DAYS = np.arange(0.0, 28.0)


@pytest.mark.parametrize("truth", [*TRUTHS, *NULLS])
def test_every_truth_is_the_same_again_and_stands_on_its_own_stream(truth):
    one, same, other = (simulate_series(truth, DAYS, seed=1, index=k) for k in (3, 3, 4))
    assert one.series.values.tolist() == same.series.values.tolist()
    assert one.series.values.tolist() != other.series.values.tolist()
    assert np.all(one.series.values > 0)
    assert (one.period_days is None) == (truth in NULLS)
    assert one.series.simulated


def test_a_steep_trend_rises_or_falls_by_5_to_15_percent_a_day():
    made = [simulate_series("steep trend", DAYS, seed=1, index=k).series for k in range(60)]
    slopes = np.array([np.polyfit(DAYS, one.log_values, 1)[0] for one in made])
    assert 20 < (slopes > 0.0).sum() < 40
    # the noise on the slope is 0.01 to 0.03
    assert np.median(np.abs(slopes[slopes > 0.0])) == pytest.approx(0.1, abs=0.02)
    assert np.median(np.abs(slopes[slopes < 0.0])) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("design", DESIGNS)
def test_designs_have_the_samples_they_say(design):
    days = sample_days(design, 1)
    assert len(days) == int(design.split()[0])
    assert days[0] == 0.0
    assert np.all(np.diff(days) > 0.3)


@pytest.mark.parametrize("design", ["", "many", "5 weekly", "1 in 3 d", "x daily"])
def test_a_plan_that_cannot_be_read_is_refused(design):
    with pytest.raises(TimingError, match="sampling plan"):
        sample_days(design, 1)


def test_an_unknown_truth_is_refused():
    with pytest.raises(TimingError, match="no known truth"):
        simulate_series("sine", DAYS, seed=1, index=0)
    with pytest.raises(TimingError, match="no phase"):
        simulate_series("white", DAYS, seed=1, index=0).phase(0.0)


def mean_log(truth, days, count=400):
    return np.array([simulate_series(truth, days, seed=2, index=k).series.log_values for k in range(count)])


def test_noise_has_the_spread_and_memory_it_says():
    logs = mean_log("OU 3 d", DAYS)
    logs -= logs.mean(axis=1, keepdims=True)
    steps = np.diff(logs, axis=1)
    expected = 2 * 0.4**2 * (1 - math.exp(-1 / 3)) + 2 * 0.07**2
    assert np.mean(steps**2) == pytest.approx(expected, rel=0.05)
    blood = mean_log("filtered", DAYS, 200)
    first = np.diff(blood, axis=1)
    second = blood[:, 2:] - blood[:, :-2]
    gap = noise_through_clearance(np.array([[1.0, 2.0]]), [27.4 / 24 * 1.0001])[0, 0]
    assert np.mean(second**2) / np.mean(first**2) == pytest.approx((1 - gap[1]) / (1 - gap[0]), rel=0.1)


@pytest.mark.parametrize("truth", ["cycle A 1.0", "mech"])
def test_the_true_phase_is_where_the_mean_series_has_its_peak(truth):
    """Fold many series by their own true phase: the fold peaks at phase 0."""
    days = np.arange(0.0, 24.0, 0.5)
    total, base = 0.0, 0.0
    for k in range(60):
        made = simulate_series(truth, days, seed=5, index=k)
        logs = made.series.log_values - np.polyval(np.polyfit(days, made.series.log_values, 1), days)
        phase = np.array([made.phase(24 * day) for day in days])
        total += logs @ np.exp(1j * phase)
        base += len(days)
    assert abs(np.angle(total)) < 0.08
    assert abs(total) / base > 0.25


def test_drift_walks_and_the_end_is_what_is_known():
    days = np.arange(0.0, 28.0, 0.25)
    errors = []
    for k in range(30):
        made = simulate_series("drift", days, seed=3, index=k)
        late = days > days[-1] - 4
        phase = np.array([made.phase(24 * day) for day in days[late]])
        logs = made.series.log_values[late] - made.series.log_values.mean()
        errors.append(np.angle(logs @ np.exp(1j * phase)))
    assert abs(np.mean(errors)) < 0.3


def test_streams_belong_to_their_names():
    assert stream(1, "a", 2).random() != stream(1, "a", 3).random()
    assert stream(1, "a", 23).random() != stream(1, "a", 2, 3).random()
    assert stream(2, "a").random() != stream(1, "a").random()
