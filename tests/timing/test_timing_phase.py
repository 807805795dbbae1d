"""The phase posterior against direct integration and simulation."""

import math

import numpy as np
import pytest
from scipy.integrate import simpson

from bimodal.timing.components import phase_posterior
from bimodal.timing.grid import Design
from bimodal.timing.hypotheses import Prior
from bimodal.timing.kernels import cycle
from bimodal.timing.phase import PHASE_BINS, PhasePosterior, circular_mean, projected_normal


def one_point(mean, covariance, *, period=7.0, memory=math.inf, amplitude=1.0, at_hours=0.0):
    return PhasePosterior(
        np.ones(1),
        np.full(1, 1.0 / period),
        np.full(1, memory),
        np.full(1, amplitude),
        np.array([mean]),
        np.array([covariance]),
        at_hours,
    )


@pytest.mark.parametrize("mean", [(0.0, 0.0), (1.0, 0.0), (-2.0, 3.0), (40.0, -30.0)])
def test_direction_of_a_gaussian_point_agrees_with_integration_over_its_length(mean):
    covariance = np.array([[0.5, 0.2], [0.2, 0.8]])
    angle = np.linspace(-math.pi, math.pi, 361)[None]
    found = projected_normal(angle, np.array([mean]), covariance[None])[0]
    length = np.linspace(0.0, 60.0, 6001)
    inverse, scale = np.linalg.inv(covariance), 2 * math.pi * math.sqrt(np.linalg.det(covariance))
    for k in (0, 90, 200, 300):
        point = length[:, None] * np.array([math.cos(angle[0, k]), math.sin(angle[0, k])]) - np.array(mean)
        density = np.exp(-0.5 * np.einsum("li,ij,lj->l", point, inverse, point)) / scale * length
        assert found[k] == pytest.approx(simpson(density, x=length), abs=1e-7)
    assert np.trapezoid(found, angle[0]) == pytest.approx(1.0, abs=1e-6)


def test_phase_turns_with_the_period_and_a_window_follows_it():
    sure = one_point((1.0, 0.0), 1e-6 * np.eye(2))
    for hours, phase in ((0.0, 0.0), (42.0, math.pi / 2), (84.0, math.pi), (-42.0, 1.5 * math.pi), (168.0, 0.0)):
        weights = sure.at(hours)[0]
        towards = circular_mean(sure.grid, weights)
        assert math.cos(towards - phase) == pytest.approx(1.0, abs=1e-6)
    assert sure.within([0.0, 84.0, 30.0, 20.0], 48.0) == pytest.approx([1.0, 0.0, 0.0, 1.0], abs=1e-6)
    assert sure.chance(48.0) == pytest.approx(2 / 7)
    assert sure.chance(400.0) == 1.0
    assert sure.hours_from_peak(sure.at(24.0)[0], 0.5)[()] == pytest.approx(24.0, abs=1.0)
    assert sure.hours_from_peak(sure.at(150.0)[0], 0.5)[()] == pytest.approx(-18.0, abs=1.0)


def test_knowing_nothing_hits_as_often_as_chance():
    blank = one_point((0.0, 0.0), np.eye(2))
    assert blank.within(33.0, 48.0)[()] == pytest.approx(2 / 7, abs=1e-9)
    assert blank.at([5.0])[0] == pytest.approx(np.full(PHASE_BINS, 1 / PHASE_BINS))


def test_a_cycle_that_forgets_spreads_and_one_that_keeps_time_does_not():
    forgets = one_point((2.0, 0.0), 0.01 * np.eye(2), memory=12.0)
    keeps = one_point((2.0, 0.0), 0.01 * np.eye(2))
    peaks = [7 * 24.0, 14 * 24.0, 400 * 7 * 24.0]
    held = forgets.within(peaks, 48.0)
    assert held[0] > held[1] > held[2]
    assert held[2] == pytest.approx(2 / 7, abs=1e-3)
    assert keeps.within(peaks, 48.0) == pytest.approx([1.0, 1.0, 1.0], abs=1e-6)


def test_the_state_at_the_end_is_the_gaussian_conditional():
    draw = np.random.default_rng(5)
    days = np.sort(draw.uniform(0, 20, 12))
    days -= days[0]
    values = draw.normal(0, 0.6, 12)
    prior = Prior()
    design = Design(days, prior, 0.07)
    form = (len(design.frequencies), 3, 4, 72)
    for place in ((5, 0, 2, 40), (20, 2, 3, 7)):
        joint = np.full(form, -1e9)
        joint[place] = 0.0
        found = phase_posterior(design, values, joint, points=40)
        assert found.weights.tolist() == [1.0]
        f, memory, size = design.frequencies[place[0]], prior.memory[place[1]], prior.amplitude[place[2]]
        omega = 2 * math.pi * f
        covariance = design.noise[place[3]] + size**2 * cycle(design.gap, [f], [memory])[0]
        fade = size**2 * np.exp(-(days[-1] - days) / memory)
        cross = np.stack([fade * np.cos(omega * days), -fade * np.sin(omega * days)])
        assert found.mean[0] == pytest.approx(cross @ np.linalg.solve(covariance, values))
        expected = size**2 * np.eye(2) - cross @ np.linalg.solve(covariance, cross.T)
        assert found.covariance[0] == pytest.approx(expected)


def test_a_limit_at_the_value_itself_moves_the_state_towards_lower_values():
    days = np.arange(12.0)
    values = np.cos(2 * math.pi * days / 6)
    censored = np.zeros(12, dtype=bool)
    censored[-1] = True
    design = Design(days, Prior(), 0.07)
    joint = np.full((len(design.frequencies), 3, 4, 72), -1e9)
    joint[9, 1, 2, 30] = 0.0
    seen = phase_posterior(design, values, joint, points=4)
    below = phase_posterior(design, values, joint, points=4, censored=censored)
    turn = 2 * math.pi * design.frequencies[9] * days[-1]
    look = np.array([math.cos(turn), -math.sin(turn)])
    assert look @ below.mean[0] < look @ seen.mean[0]
    assert np.linalg.eigvalsh(below.covariance[0])[0] > 0


def test_equal_shares_stand_for_the_whole_posterior():
    days = np.arange(14.0)
    design = Design(days, Prior(), 0.07)
    form = (len(design.frequencies), 3, 4, 72)
    draw = np.random.default_rng(1)
    joint = draw.normal(0, 2, form)
    few = phase_posterior(design, np.cos(days), joint, points=500)
    many = phase_posterior(design, np.cos(days), joint, points=8000)
    assert few.weights.sum() == pytest.approx(1.0)
    assert few.at(400.0) == pytest.approx(many.at(400.0), abs=2e-3)
