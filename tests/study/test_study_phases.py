import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.half_life import terminal_phase
from bimodal.study.endpoints.phases import initial_level, two_half_lives
from bimodal.study.endpoints.pk import pk_value
from bimodal.study.endpoints.sampling import AFTER_PUSH_H, pk_edges
from read_course import read_course

# when a push is sampled, in hours
SAVED = np.array(AFTER_PUSH_H)


def two_phases(rows, base=0.2):
    a, fast, b, slow = (column[:, None] for column in np.atleast_2d(rows).T)

    def level(times, given):
        return base + np.where(given, a * np.exp(-fast * times) + b * np.exp(-slow * times), 0.0)

    return lambda times: level(times, times > 0.0), lambda times: level(times, times >= 0.0)


def pk(name, curve, doses=(0.0,)):
    dosing = DosingTimes(doses, pushed=True, until_h=96.0)
    before, after = curve
    course = read_course(before, [0.0, *pk_edges(dosing)], after=after)
    return pk_value(name, course, before(np.zeros(1))[:, 0], dosing)


def test_the_published_half_lives_come_back_from_the_saved_times():
    # Konrad 1990: 12.9 and 85 min, the fast phase with 97 % of the level at the push
    level = two_phases([630.0, 60 * np.log(2) / 12.9, 20.0, 60 * np.log(2) / 85])
    assert pk("t_half_fast_min", level) == pytest.approx(12.9, rel=1e-6)
    assert pk("t_half_slow_min", level) == pytest.approx(85.0, rel=1e-6)
    assert pk("c0", level) == pytest.approx(650.0, rel=2e-3)
    assert pk("cmax", level) == pytest.approx(650.0)


@settings(deadline=None, max_examples=60)
@given(
    share=st.floats(0.02, 0.5),
    fast=st.floats(5.0, 20.0),
    slow=st.floats(60.0, 240.0),
    height=st.floats(1.0, 1e5),
)
def test_two_exponentials_come_back(share, fast, slow, height):
    rates = np.log(2) * 60 / np.array([fast, slow])
    level = height * ((1 - share) * np.exp(-rates[0] * SAVED) + share * np.exp(-rates[1] * SAVED))[None, :]
    found = two_half_lives(SAVED, level)
    assert 60 * float(found[0][0]) == pytest.approx(fast, rel=1e-3)
    assert 60 * float(found[1][0]) == pytest.approx(slow, rel=1e-3)


def test_a_patient_has_the_same_bits_alone():
    rng = np.random.default_rng(3)
    many = rng.uniform(0.5, 4.0, (40, 4))
    for name in ("c0", "t_half_h", "t_half_fast_min", "t_half_slow_min"):
        whole = pk(name, two_phases(many))
        alone = [pk(name, two_phases(many[k]))[0] for k in range(40)]
        assert whole.tobytes() == np.array(alone).tobytes()


@pytest.mark.parametrize(
    "level",
    [
        1.0 - np.exp(-0.3 * SAVED),  # rises: an infusion, or an injection under the skin
        np.zeros_like(SAVED),
        np.full_like(SAVED, -1.0),
        np.full_like(SAVED, np.nan),
        np.where(SAVED < 1.0, 1.0 / (1.0 + SAVED), 0.0),
        np.exp(0.5 * SAVED),
    ],
)
def test_what_does_not_fall_in_two_phases_has_none(level):
    with np.errstate(all="raise", under="ignore"):
        fast, slow = two_half_lives(SAVED, level[None, :])
    assert np.isnan(fast).all()
    assert np.isnan(slow).all()


def test_one_exponential_is_not_called_two_phases_of_different_speed():
    fast, slow = two_half_lives(SAVED, np.exp(-SAVED)[None, :])
    assert np.isnan(fast[0]) or fast[0] <= slow[0] * (1 + 1e-9)


def test_too_few_times_say_nothing():
    short = SAVED[SAVED < 1.0]
    assert np.isnan(two_half_lives(short, np.exp(-short)[None, :])[1]).all()
    assert np.isnan(initial_level(np.array([0.0, 1.0]), np.ones((1, 2)))).all()


def test_a_second_dose_ends_what_is_read():
    level = two_phases([630.0, 3.2, 20.0, 0.5])
    assert np.isnan(pk("t_half_slow_min", level, (0.0, 1.0)))
    assert pk("t_half_slow_min", level, (0.0, 6.0)) == pytest.approx(60 * np.log(2) / 0.5, rel=1e-6)


def best_line(hours, level, usable):
    """The rules of PKNCA by brute force: every number of last points, each with a line of its own."""
    x, y = hours[usable], np.log(level[usable])
    lines = []
    for k in range(3, len(x) + 1):
        own, of = x[-k:], y[-k:]
        slope, _ = np.polyfit(own - own[-1], of, 1)
        r2 = np.corrcoef(own, of)[0, 1] ** 2
        if slope < 0.0:
            lines.append((1.0 - (1.0 - r2) * (k - 1) / (k - 2), k, np.log(2.0) / -slope, own[-1] - own[0]))
    if not lines:
        return [np.nan] * 4
    best = max(line[0] for line in lines)
    adjusted, k, half, span = max((line for line in lines if line[0] >= best - 1e-4), key=lambda line: line[1])
    return [half, adjusted, k, span / half]


def test_the_terminal_phase_is_the_best_line_of_all_numbers_of_last_points():
    rng = np.random.default_rng(7)
    hours = np.array([0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 24.0])
    slow = np.array([0.02, 0.1, 0.3, -0.05])
    level = 9.0 * np.exp(-2.0 * hours) + np.exp(-np.repeat(slow, 10)[:, None] * hours)
    level = level * np.exp(rng.choice([0.01, 0.1, 0.5], (40, 1)) * rng.normal(size=(40, 9)))
    usable = rng.random((40, 9)) < 0.85
    found = terminal_phase(hours, level, usable)
    whole = np.stack([found.half_life_h, found.adjusted_r2, found.points, found.span], axis=1)
    expected = np.array([best_line(hours, *row) for row in zip(level, usable, strict=True)])
    assert set(expected[:, 2]) >= {3.0, 4.0, 7.0}
    np.testing.assert_allclose(whole, expected, rtol=1e-8)


def test_the_level_at_the_push_itself_is_not_used():
    hours = np.array([0.0, 0.1, 0.2, 0.4])
    rise = np.array([[0.0, 4.0, 2.0, 0.5], [99.0, 4.0, 2.0, 0.5], [0.0, 2.0, 2.0, 0.5]])
    np.testing.assert_allclose(initial_level(hours, rise), [8.0, 8.0, np.nan], rtol=1e-12)
    assert np.isnan(initial_level(hours[:2], rise[:, :2])).all()
    np.testing.assert_allclose(initial_level(hours[:3], rise[:, :3]), [8.0, 8.0, np.nan], rtol=1e-12)
