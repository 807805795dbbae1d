import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.study.endpoints.dosing_times import DosingTimes
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
