"""Maximum-entropy weights: closed forms, another optimiser, and what must not change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import norm

from bimodal.cohort.max_entropy import max_entropy
from bimodal.cohort.reachable import reachable


def test_two_kinds_of_people_are_weighted_by_the_ratio_of_the_shares():
    women = np.repeat([1.0, 0.0], [30, 70])
    found = max_entropy((women - 0.55)[:, None])
    assert found.reached
    np.testing.assert_allclose(found.weights, np.where(women == 1.0, 0.55 / 0.30, 0.45 / 0.70), rtol=1e-12)
    np.testing.assert_allclose(found.multipliers, [np.log(0.55 / 0.3) - np.log(0.45 / 0.7)], rtol=1e-10)


def test_a_normal_population_is_tilted_as_theory_says():
    """Mean and variance of a normal give a normal back, whose density over the old one is known."""
    x = norm.ppf((np.arange(400_000) + 0.5) / 400_000)
    found = max_entropy(np.stack([x - 0.4, (x - 0.4) ** 2 - 0.8**2], axis=1))
    inside = np.abs(x) < 3.0
    np.testing.assert_allclose(found.weights[inside], (norm.pdf(x, 0.4, 0.8) / norm.pdf(x))[inside], rtol=2e-3)


def test_another_optimiser_finds_the_same_weights():
    drawn = np.random.default_rng(3)
    x, y = drawn.lognormal(size=12), drawn.normal(size=12)
    moments = np.stack([x - 1.3, (y > 0.1) - 0.4], axis=1)
    found = max_entropy(moments)
    other = minimize(
        lambda p: float(np.sum(p * np.log(12 * p))),
        np.full(12, 1 / 12),
        jac=lambda p: np.log(12 * p) + 1.0,
        bounds=[(1e-12, 1.0)] * 12,
        constraints=[
            {"type": "eq", "fun": lambda p: p.sum() - 1.0, "jac": lambda p: np.ones(12)},
            {"type": "eq", "fun": lambda p: p @ moments, "jac": lambda p: moments.T},
        ],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert other.success
    np.testing.assert_allclose(found.weights / 12, other.x, atol=1e-6)


def test_what_the_patients_have_already_leaves_weights_exactly_even():
    x = np.random.default_rng(1).normal(size=101)
    assert set(max_entropy(np.stack([x - x.mean(), x**2 - (x**2).mean()], axis=1)).weights) == {1.0}
    assert max_entropy(np.zeros((4, 2))).weights.tolist() == [1.0] * 4
    assert max_entropy(np.zeros((4, 0))).weights.tolist() == [1.0] * 4


def test_the_same_number_twice_is_one_number():
    x = np.random.default_rng(2).normal(size=80)[:, None] - 0.3
    np.testing.assert_allclose(max_entropy(np.hstack([x, 2 * x, -x])).weights, max_entropy(x).weights, rtol=1e-9)


@pytest.mark.parametrize(
    ("moments", "can"),
    [
        ([[1.0], [2.0]], False),
        ([[1.0, -1.0], [-1.0, 1.5], [2.0, -2.0]], False),
        ([[1.0, 0.0], [-1.0, 1.0], [-1.0, 1.0]], False),
        ([[1.0, -1.0], [-1.0, 1.0]], True),
        ([[-3.0, 1.0], [3.0, 1.0], [0.0, -1.0]], True),
    ],
)
def test_what_no_weights_reach_is_not_called_reached(moments, can):
    assert max_entropy(np.array(moments)).reached is can
    assert reachable(np.array(moments)) is can


def test_the_edge_of_what_patients_have_is_still_reached():
    """One patient of a thousand lies beyond the mean asked for, which takes most of the weight."""
    x = np.append(np.linspace(0.0, 1.0, 999), 10.0)
    found = max_entropy((x - 9.5)[:, None])
    assert found.reached
    assert found.weights[-1] > 900.0


people = st.integers(5, 60).flatmap(
    lambda n: st.tuples(
        st.lists(st.lists(st.floats(-100.0, 100.0), min_size=3, max_size=3), min_size=n, max_size=n),
        st.lists(st.floats(0.2, 5.0), min_size=n, max_size=n),
        st.permutations(range(n)),
    )
)


@settings(max_examples=60, deadline=None)
@given(people)
def test_means_that_some_weights_have_are_reached_whoever_stands_first(drawn):
    values, weights, order = np.array(drawn[0]), np.array(drawn[1]), list(drawn[2])
    share = weights / weights.sum()
    moments = values - share @ values
    found = max_entropy(moments)
    assert np.abs(found.weights @ moments / len(moments)).max() <= 1e-9 * max(1.0, np.abs(moments).max())
    assert found.weights.min() > 0.0
    assert abs(found.weights.mean() - 1.0) < 1e-12
    again = max_entropy(moments[order]).weights
    assert again.tolist() == found.weights[order].tolist()
    # no weights with these means are closer to even ones than those found
    own = found.weights / len(moments)
    assert np.sum(own * np.log(own)) <= np.sum(share * np.log(share)) + 1e-9
