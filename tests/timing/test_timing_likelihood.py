"""Likelihoods against independent ways to work them out."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import multivariate_normal

from bimodal.timing.grid import Design, grid_likelihood
from bimodal.timing.hypotheses import CRP_MEMORY_DAYS, Prior
from bimodal.timing.kernels import cycle, noise_on_blood, noise_through_clearance, pulse_response
from bimodal.timing.tobit import below_limits, censored_log_likelihoods, given_seen
from bimodal.timing.weigh import default_weights, log_evidences

SMALL = Prior(
    noise_memory=(0.6, 4.0),
    noise_sd=(0.2, 0.8),
    amplitude=(0.3, 1.0),
    damped_memory=(0.3,),
    damped_periods=3,
    steps_per_span=4.0,
)


def days_and_values(n=14, seed=3):
    draw = np.random.default_rng(seed)
    days = np.sort(np.arange(n) + draw.uniform(-0.3, 0.3, n))
    return days - days[0], draw.normal(0.0, 0.6, n)


@dataclass(frozen=True)
class Filter:
    """Exact steps of the linear stochastic differential equations; no covariance matrix of the samples."""

    prior: Prior
    assay_sd: float
    kind: int
    memory: float
    sd: float

    def noise(self):
        if self.kind == 0:
            return np.array([[-1 / self.memory]]), np.array([[2 * self.sd**2 / self.memory]]), [1.0]
        # production feeds blood; scaled so that the variance of blood is sd^2
        blood = CRP_MEMORY_DAYS
        spread = self.sd**2 * (self.memory + blood) / self.memory
        drift = np.array([[-1 / self.memory, 0.0], [1 / blood, -1 / blood]])
        return drift, np.diag([2 * spread / self.memory, 0.0]), [0.0, 1.0]

    def log_likelihood(self, days, values, *, frequency, phase_memory, amplitude):
        prior, assay_sd = self.prior, self.assay_sd
        middle = 0.5 * (days[0] + days[-1])
        drift, noise, look = self.noise()
        if amplitude:
            rate, turn = 1.0 / phase_memory, 2 * math.pi * frequency
            wheel = np.array([[-rate, -turn], [turn, -rate]])
            drift, noise = block_diagonal(drift, wheel), block_diagonal(noise, 2 * amplitude**2 * rate * np.eye(2))
            look = [*look, 1.0, 0.0]
        size = len(drift)
        drift, noise = (
            block_diagonal(drift, np.array([[0.0, 1.0], [0.0, 0.0]])),
            block_diagonal(noise, np.zeros((2, 2))),
        )
        look = np.array([*look, 1.0, 0.0])
        state, cov = np.zeros(size + 2), np.zeros((size + 2, size + 2))
        cov[:size, :size] = stationary(drift[:size, :size], noise[:size, :size], amplitude, size)
        back = days[0] - middle
        cov[size:, size:] = [
            [prior.level_sd**2 + back**2 * prior.trend_sd**2, back * prior.trend_sd**2],
            [back * prior.trend_sd**2, prior.trend_sd**2],
        ]
        total = 0.0
        for k, y in enumerate(values):
            if k:
                step, fresh = discretise(drift, noise, days[k] - days[k - 1])
                state, cov = step @ state, step @ cov @ step.T + fresh
            spread = look @ cov @ look + assay_sd**2
            error = y - look @ state
            total -= 0.5 * (math.log(2 * math.pi * spread) + error**2 / spread)
            gain = cov @ look / spread
            state, cov = state + gain * error, cov - np.outer(gain, look @ cov)
        return total


def block_diagonal(a, b):
    return np.block([[a, np.zeros((len(a), len(b)))], [np.zeros((len(b), len(a))), b]])


def stationary(drift, noise, amplitude, size):
    rate = np.kron(drift, np.eye(size)) + np.kron(np.eye(size), drift)
    if not amplitude or noise[-1, -1] > 0:
        return np.linalg.solve(rate, -noise.ravel()).reshape(size, size)
    inner = size - 2
    found = np.zeros((size, size))
    found[:inner, :inner] = stationary(drift[:inner, :inner], noise[:inner, :inner], 0.0, inner)
    found[inner:, inner:] = amplitude**2 * np.eye(2)
    return found


def discretise(drift, noise, step):
    """Van Loan's block exponential."""
    size = len(drift)
    block = expm(step * np.block([[-drift, noise], [np.zeros((size, size)), drift.T]]))
    turn = block[size:, size:].T
    return turn, turn @ block[:size, size:]


@pytest.mark.parametrize("phase_memory", [12.0, 28.0, math.inf])
def test_every_point_of_a_grid_agrees_with_a_kalman_filter(phase_memory):
    days, values = days_and_values()
    prior = Prior(
        noise_memory=SMALL.noise_memory,
        noise_sd=SMALL.noise_sd,
        amplitude=SMALL.amplitude,
        damped_memory=(0.3,),
        damped_periods=2,
        steps_per_span=2.0,
        memory=(phase_memory,),
        memory_weights=(1.0,),
    )
    design = Design(days, prior, 0.07)
    alone, part = grid_likelihood(design, values[:, None], first=10)
    together, _ = grid_likelihood(design, np.stack([0.5 - values, values], axis=1), first=10)
    for f, a, j in ((0, 0, 0), (11, 1, 3), (24, 0, 4), (24, 1, 7), (5, 1, 6)):
        amplitude, noise = prior.amplitude[a], (j // 4, prior.noise_memory[j // 2 % 2], prior.noise_sd[j % 2])
        filtered = Filter(prior, 0.07, *noise)
        plain = filtered.log_likelihood(days, values, frequency=0.1, phase_memory=1.0, amplitude=0.0)
        expected = filtered.log_likelihood(
            days, values, frequency=design.frequencies[f], phase_memory=phase_memory, amplitude=amplitude
        )
        assert alone.h0[j, 0] == pytest.approx(plain, abs=1e-8)
        assert alone.h1[f, 0, a, j, 0] == pytest.approx(expected, abs=1e-8)
        assert together.h1[f, 0, a, j, 1] == pytest.approx(expected, abs=1e-8)
    # the first part keeps the middle of the whole, so the filter is fed its times shifted likewise
    shorter = multivariate_normal(cov=design.noise[3][:10, :10]).logpdf(values[:10])
    assert part.h0[3, 0] == pytest.approx(shorter, abs=1e-8)


def test_a_damped_rhythm_is_noise_plus_a_cycle_that_forgets():
    days, values = days_and_values(10)
    design = Design(days, SMALL, 0.07)
    whole, part = grid_likelihood(design, values[:, None], first=7)
    damped = design.damped_frequencies
    for q in range(3):
        covariance = design.noise[5] + 0.09 * cycle(design.gap, damped[q : q + 1], 0.3 / damped[q : q + 1])[0]
        assert whole.hq[q, 0, 0, 5, 0] == pytest.approx(multivariate_normal(cov=covariance).logpdf(values), abs=1e-8)
        assert part.hq[q, 0, 0, 5, 0] == pytest.approx(
            multivariate_normal(cov=covariance[:7, :7]).logpdf(values[:7]), abs=1e-8
        )


def test_evidence_is_the_weighted_mean_of_likelihoods():
    days, values = days_and_values(10)
    design = Design(days, SMALL, 0.07)
    whole, _ = grid_likelihood(design, values[:, None], first=7)
    weights = default_weights(design)
    h0, _, h1 = log_evidences(whole, weights)[:, 0]
    assert math.exp(h0) == pytest.approx(float(weights.noise @ np.exp(whole.h0[:, 0])))
    joint = np.einsum(
        "f,m,a,j,fmaj->", weights.frequency, weights.memory, weights.amplitude, weights.noise, np.exp(whole.h1[..., 0])
    )
    assert math.exp(h1) == pytest.approx(float(joint))


def test_kernels_have_unit_variance_and_the_filtered_one_is_the_integral_of_its_definition():
    gap = np.array([[0.0, 1.5]])
    u, t = 3.0, CRP_MEMORY_DAYS
    # correlation of exponential smoothing of an OU process, by integrating both tails on a grid
    back = np.arange(0.0, 40.0, 0.01)
    tail = np.exp(-back / t) / t * 0.01
    product = np.exp(-np.abs(back[:, None] - back[None, :] - 1.5) / u)
    plain = np.exp(-np.abs(back[:, None] - back[None, :]) / u)
    ratio = (tail @ product @ tail) / (tail @ plain @ tail)
    assert noise_through_clearance(gap, [u])[0, 0].tolist() == pytest.approx([1.0, ratio], abs=2e-4)
    assert noise_on_blood(gap, [u])[0, 0].tolist() == pytest.approx([1.0, math.exp(-0.5)])
    assert pulse_response(np.array([1.0, 2.0, 4.77]), 2.0) == pytest.approx([0.0, 1.0, math.exp(-1.0)])


def brute(covariance, values, censored):
    """Integrate the density of all samples over what the censored ones may have been."""
    nodes, weights = np.polynomial.legendre.leggauss(160)
    lost, seen = np.flatnonzero(censored), np.flatnonzero(~censored)
    gain = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, lost)])
    middle = values[seen] @ gain
    spread = np.sqrt(np.diag(covariance[np.ix_(lost, lost)] - covariance[np.ix_(lost, seen)] @ gain))
    low = np.minimum(values[lost], middle) - 9 * spread
    mesh = np.meshgrid(
        *(0.5 * (h - g) * nodes + 0.5 * (h + g) for g, h in zip(low, values[lost], strict=True)), indexing="ij"
    )
    points = np.broadcast_to(values, (*mesh[0].shape, len(values))).copy()
    for axis, k in zip(mesh, lost, strict=True):
        points[..., k] = axis
    density = multivariate_normal(cov=covariance).pdf(points)
    for half in 0.5 * (values[lost] - low):
        density = np.tensordot(weights * half, density, axes=1)
    return math.log(float(density))


@pytest.mark.parametrize("where", [[4], [4, 5], [2, 7]])
def test_samples_below_the_limit_agree_with_brute_force_integration(where):
    days, values = days_and_values(8)
    values[where] = -0.5
    censored = np.zeros(8, dtype=bool)
    censored[where] = True
    design = Design(days, SMALL, 0.07)
    stack = np.concatenate(
        [design.noise, design.noise[:4] + 0.36 * cycle(design.gap, np.full(4, 1 / 7), np.full(4, 12.0))]
    )
    whole, part = censored_log_likelihoods(stack, values, censored, first=6)
    for k, covariance in enumerate(stack):
        exact = 1e-8 if len(where) == 1 else 8e-3
        assert whole[k, 0] == pytest.approx(brute(covariance, values, censored), abs=exact)
        assert part[k, 0] == pytest.approx(brute(covariance[:6, :6], values[:6], censored[:6]), abs=exact)


def test_many_samples_below_the_limit_agree_with_a_product_where_they_are_independent():
    limits = np.array([[-1.0, 0.0, 0.5, 2.0, -3.0]])
    fit = below_limits(limits, np.eye(5)[None])
    expected = multivariate_normal(cov=1.0).logcdf(limits.ravel()).sum()
    assert fit.log_probability[0] == pytest.approx(expected, abs=1e-9)


def test_a_limit_far_above_says_nothing():
    days, values = days_and_values(8)
    censored = np.zeros(8, dtype=bool)
    censored[3] = True
    values[3] = 40.0
    design = Design(days, SMALL, 0.07)
    seen = np.delete(np.arange(8), 3)
    whole, _ = censored_log_likelihoods(design.noise, values, censored, first=8)
    for k, covariance in enumerate(design.noise):
        left = multivariate_normal(cov=covariance[np.ix_(seen, seen)]).logpdf(values[seen])
        assert whole[k, 0] == pytest.approx(left, abs=1e-9)


def test_with_nothing_seen_the_limits_are_as_they_were():
    covariance = np.broadcast_to(np.eye(2), (3, 2, 2))
    known, limits, rest = given_seen(covariance, np.array([0.5, -1.0]), np.ones(2, bool))
    assert known.tolist() == [0.0, 0.0, 0.0]
    assert limits.tolist() == 3 * [[0.5, -1.0]]
    assert rest is covariance
