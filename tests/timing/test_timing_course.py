"""Courses, closed forms and simulated trials, against each other and against the project's timing note."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import TimingError
from bimodal.timing.course import COURSE_MODELS, Course
from bimodal.timing.rayleigh import noncentrality, rayleigh, responders_needed, simulated_power
from bimodal.timing.retreatment import retreatment
from bimodal.timing.selftest_checks import NOTE_RATIOS
from bimodal.timing.trial import TrialDesign, simulate_trial
from bimodal.timing.trial_cosinor import cosinor_patients, logistic_cosinor, phase_randomised
from bimodal.timing.trial_rates import hit_probability, hit_with_detection, patients_per_arm, rate_inside, timed_rate
from bimodal.timing.trial_tables import course_table, rate_table

COURSES = st.builds(
    Course, st.sampled_from(sorted(COURSE_MODELS)), st.integers(1, 20), st.floats(4.0, 24.0, allow_subnormal=False)
)


@pytest.mark.parametrize("row", course_table(), ids=lambda row: row.model)
def test_course_ratios_of_the_note(row):
    for ratio, printed in zip(row.ratios, NOTE_RATIOS[row.model], strict=True):
        assert ratio == pytest.approx(float(printed), abs=0.02 + 0.5 * 10.0 ** -len(printed.partition(".")[2]))


def test_closed_forms_of_courses():
    for width in (1.0, 2.0, 3.5):
        assert Course("first").ratio(width) == pytest.approx(7 / width, rel=1e-3)
        assert Course("any").ratio(width) == pytest.approx(1 / min(1, (width + 104 / 24) / 7), rel=2e-3)
    assert Course("additive").ratio(2.0) == pytest.approx(7 / (14 * 8 / 24), rel=1e-3)


def test_a_standard_course_touches_most_of_the_cycle():
    touched = [100 * Course("any").mean_effect(width) for width in (1.0, 2.0, 3.5)]
    assert touched == pytest.approx([76, 90, 100], abs=0.5)


def test_table_of_the_note_for_single_doses():
    rows = {(row.cyclers, row.width_d, row.p_outside): row for row in rate_table()}
    assert rows[1.0, 1.0, 0.0].per_arm == (17, 35, 127, 416)
    assert rows[0.5, 2.0, 0.0].per_arm == (206, 230, 566, 1812)
    assert rows[0.25, 1.0, 0.0].per_arm == (152, 331, 1407, 5329)
    assert rows[1.0, 2.0, 0.035].per_arm == rows[0.5, 2.0, 0.0].per_arm
    assert [round(p, 3) for p in rows[1.0, 3.5, 0.0].p_timed] == [0.14, 0.14, 0.129, 0.106]


@settings(deadline=None, max_examples=25)
@given(COURSES, st.floats(0.3, 6.0))
def test_an_aimed_course_is_between_nothing_and_all(course, width):
    top, mean = course.largest_effect(width), course.mean_effect(width)
    assert 0 <= mean <= top + 1e-9
    assert course.mean_effect(width, error_d=50.0) == pytest.approx(mean, abs=1e-6 + 1e-3 * top)
    assert course.effect([0.3 + 7.0], width).tolist() == course.effect([0.3 - 14.0], width).tolist()


def test_errors_of_aim_that_were_seen_add_to_the_normal_one():
    course = Course("first", 1)
    assert course.mean_effect(2.0, error_d=0.0, misses_d=[0.0, 3.0]) == 0.5
    both = np.random.default_rng(0).normal(0, 0.6, 4000)
    whole = course.mean_effect(2.0, error_d=0.8, misses_d=both)
    assert whole == pytest.approx(hit_probability(2.0, 1.0), abs=0.02)


@pytest.mark.parametrize(("model", "doses", "every"), [("best", 1, 8.0), ("any", 0, 8.0), ("any", 3, 0.0)])
def test_impossible_courses_are_refused(model, doses, every):
    with pytest.raises(TimingError):
        Course(model, doses, every)


def test_tables_of_other_assumptions():
    assert len(rate_table(p_mean=0.4)) < len(rate_table())
    assert all(0 <= p <= 1 for row in rate_table(p_mean=0.4, period_d=5.0) for p in row.p_timed)
    with pytest.raises(TimingError):
        course_table(period_d=3.0)


def test_hit_probability_wraps():
    assert hit_probability(7.0, 3.0) == pytest.approx(1.0)
    assert hit_probability(2.0, 1e9) == pytest.approx(2 / 7)
    assert hit_probability(2.0, 20.9) == pytest.approx(2 / 7)
    assert hit_probability(2.0, 1.0) == pytest.approx(0.6827, abs=1e-4)
    for bad in ((8.0, 1.0), (0.0, 1.0), (2.0, -1.0), (2.0, math.nan)):
        with pytest.raises(TimingError):
            hit_probability(*bad)


def test_a_window_too_narrow_for_the_mean_response_is_refused_with_the_number():
    with pytest.raises(TimingError, match="more than everybody"):
        rate_inside(0.07, 0.0, 0.05)
    assert rate_inside(0.07, 0.0, 0.5 / 7) == pytest.approx(0.98)


def test_end_to_end_figure_of_the_note():
    hit = hit_with_detection(0.65, 0.95, 2 / 7)
    assert timed_rate(0.07, 0.0, cyclers=1.0, hit=hit, chance=2 / 7) == pytest.approx(0.176, abs=5e-4)
    assert abs(patients_per_arm(0.07, 0.176) - 149) <= 1


@pytest.mark.parametrize("model", sorted(COURSE_MODELS))
def test_simulated_response_agrees_with_the_closed_form(model):
    design = TrialDesign(cyclers=0.6, error_d=0.7, course=Course(model, 14 if model != "first" else 1), detected=0.8)
    answer = simulate_trial(design, patients=60_000, repeats=400, seed=4)
    assert abs(answer.p_timed_simulated - answer.p_timed) < 3.5 * answer.p_timed_se
    assert abs(answer.p_untimed_simulated - 0.07) < 3.5 * answer.p_timed_se


def test_power_at_the_closed_forms_size():
    answer = simulate_trial(TrialDesign(), patients=10, repeats=4000, seed=2)
    assert answer.power.per_arm == 566
    assert 0.77 <= answer.power.z_test <= 0.83
    assert answer.power.fisher <= answer.power.z_test


def test_a_hypothesis_that_does_nothing_needs_no_number():
    answer = simulate_trial(TrialDesign(cyclers=0.0), patients=100, repeats=50)
    assert answer.power.per_arm is None
    assert (answer.enriched_per_arm, answer.screened, answer.phase_randomised) == (None, None, None)
    assert "no trial of practical size" in answer.sentence
    assert (
        simulate_trial(TrialDesign(width_d=3.5, course=Course("any"), error_d=0.0), patients=100).power.per_arm is None
    )


def test_a_trial_is_repeated_as_often_as_asked():
    assert simulate_trial(TrialDesign(), patients=100, repeats=50).power.repeats == 50


def test_trial_answer_is_json_and_repeats():
    one, two = (simulate_trial(TrialDesign(), patients=500, repeats=100, seed=9).to_dict() for _ in range(2))
    assert json.dumps(one, allow_nan=False) == json.dumps(two, allow_nan=False)


@pytest.mark.parametrize(
    "wrong",
    [{"cyclers": 1.2}, {"detected": -0.1}, {"width_d": 7.0}, {"width_d": 0.0}, {"error_d": -1.0}, {"error_d": math.nan},
     {"monitoring_days": -1.0}, {"misses_d": ()}, {"p_mean": 0.0}, {"p_outside": 0.1}, {"width_d": 0.3}],
)  # fmt: skip
def test_impossible_designs_are_refused(wrong):
    with pytest.raises(TimingError):
        simulate_trial(TrialDesign(**wrong), patients=10, repeats=5)


def test_monitoring_costs_patients():
    answer = simulate_trial(TrialDesign(monitoring_days=28.0), patients=10, repeats=5)
    assert 100 * answer.progressing == pytest.approx(19, abs=0.5)


def test_retreatment_figures_of_the_note():
    assert retreatment(50, 0).p_value == pytest.approx(0.027, abs=5e-4)
    assert retreatment(100, 0).p_value == pytest.approx(7e-4, abs=5e-5)
    assert retreatment(100, 7).p_value > 0.5
    for bad in ((0, 0), (10, 11), (10, -1)):
        with pytest.raises(TimingError):
            retreatment(*bad)


def test_rayleigh_holds_its_level_and_finds_a_phase():
    random = np.random.default_rng(3)
    p = [rayleigh(random.uniform(0, 2 * math.pi, 12)).p_value for _ in range(800)]
    assert 0.03 < np.mean(np.array(p) < 0.05) < 0.075
    assert rayleigh(np.full(6, 1.0)).resultant == pytest.approx(1.0)
    for bad in ([1.0, 2.0], [0.0, 1.0, math.nan]):
        with pytest.raises(TimingError):
            rayleigh(bad)


def test_rayleigh_numbers_of_the_note():
    r = Course("first", 1).harmonic(2.0) * math.exp(-0.5 * (2 * math.pi / 7) ** 2)
    assert noncentrality() == pytest.approx(9.64, abs=0.01)
    assert abs(responders_needed(r / 2) - 56) <= 2
    assert simulated_power(12, window_share=2 / 7, through=1.0, error=1 / 7) > 0.78
    assert simulated_power(44, window_share=1 / 7, through=0.5, error=1 / 7) > 0.76
    with pytest.raises(TimingError):
        responders_needed(0.0)


def test_phase_randomised_sizes_of_the_note_and_their_simulation():
    sizes = [cosinor_patients(b) for b in (0.5, 1.0, 1.5)]
    assert sizes == pytest.approx([1185, 297, 132], abs=1)
    gentle, steep = phase_randomised(0.5, repeats=800), phase_randomised(1.5, repeats=800)
    assert 0.76 < gentle.power < 0.84
    assert steep.power < 0.75  # at a steep dependence the closed form asks for too few
    # a phase has the error sqrt(2 / (N p (1 - p) B^2)) rad; half of all errors are within 0.6745 of it
    error_h = 0.6745 * math.sqrt(2 / (1184 * 0.07 * 0.93 * 0.25)) / (2 * math.pi) * 168
    assert gentle.median_phase_error_h == pytest.approx(error_h, rel=0.1)
    with pytest.raises(TimingError):
        cosinor_patients(0.0)


def test_logistic_cosinor_has_the_level_it_should_and_survives_no_responder():
    random = np.random.default_rng(1)
    sizes, angle = np.full(7, 60.0), 2 * math.pi * np.arange(7) / 7
    statistic, _ = logistic_cosinor(random.binomial(60, 0.07, (2000, 7)).astype(float), sizes, angle)
    assert 0.035 < (statistic > 5.991).mean() < 0.075
    empty, phase = logistic_cosinor(np.zeros((1, 7)), sizes, angle)
    assert np.isfinite([empty[0], phase[0]]).all()
