"""The usual methods, against plain least squares."""

import numpy as np
import pytest

from bimodal.errors import TimingError
from bimodal.timing.compare_methods import compare_methods, f_test, false_alarm, harmonic_r_squared, lomb_scargle
from bimodal.timing.series import plain_series


def squares(columns, values):
    left = values - columns @ np.linalg.lstsq(columns, values, rcond=None)[0]
    return float(left @ left)


def test_powers_are_the_sums_of_squares_that_least_squares_takes_away():
    draw = np.random.default_rng(1)
    days = np.sort(draw.uniform(0, 25, 18))
    values = draw.normal(size=18) + 0.1 * days
    frequencies = np.array([1 / 14, 0.11, 0.25])
    gls, harmonic = lomb_scargle(days, values, frequencies), harmonic_r_squared(days, values, frequencies)
    for k, frequency in enumerate(frequencies):
        angle = 2 * np.pi * frequency * days
        wave, one = np.stack([np.cos(angle), np.sin(angle)], axis=1), np.ones((18, 1))
        line = np.stack([np.ones(18), days], axis=1)
        assert gls[k] == pytest.approx(1 - squares(np.hstack([one, wave]), values) / squares(one, values), abs=1e-10)
        expected = 1 - squares(np.hstack([line, wave]), values) / squares(line, values)
        assert harmonic[k] == pytest.approx(expected, abs=1e-10)


def test_a_sinusoid_is_found_and_the_words_stand_beside_it():
    days = np.arange(28.0)
    made = compare_methods(plain_series(24 * days, np.exp(np.cos(2 * np.pi * days / 7) + 0.02 * days)))
    assert [round(one.period_days, 1) for one in made] == [7.0, 7.0]
    assert all("For comparison, not evidence" in one.note for one in made)
    assert made[1].strength > 0.999
    assert made[0].white_noise_p < 1e-6


def test_false_alarms_hold_for_white_noise_and_break_for_noise_with_memory():
    days, frequencies = np.arange(21.0), np.linspace(1 / 14, 0.25, 80)
    draw = np.random.default_rng(2)
    white = draw.normal(size=(300, 21))
    red = np.cumsum(white, axis=1)
    rates = [
        np.mean([false_alarm(days, lomb_scargle(days, one, frequencies).max(), 0.25) < 0.05 for one in kind])
        for kind in (white, red)
    ]
    assert rates[0] < 0.08
    assert rates[1] > 0.12


def test_f_test_has_its_known_points():
    # F(2, 10) = 4.1028 at 5 %: R^2 = 2 F / (2 F + 10)
    assert f_test(2 * 4.1028 / (2 * 4.1028 + 10), added=2, left=10) == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize("values", [[1.0] * 10, [1.0, 2.0, 3.0]])
def test_nothing_to_compare_is_refused(values):
    with pytest.raises(TimingError, match="periodogram"):
        compare_methods(plain_series(24.0 * np.arange(len(values)), values))
