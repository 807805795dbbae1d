"""Boundaries of group-sequential trials against published tables and other programs."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import StudyError
from bimodal.study.design.boundaries import boundaries, crossing, futility, leaving

PUBLISHED = tomllib.loads((Path(__file__).parent / "data" / "design_published.toml").read_text("utf-8"))


@pytest.mark.parametrize("one", PUBLISHED["boundaries"], ids=lambda one: one["where"][:30])
def test_boundaries_are_those_of_other_programs(one):
    assert boundaries(one["shares"], one["alpha"], one["spending"]) == pytest.approx(one["bounds"], abs=1e-3)


@pytest.mark.parametrize("one", PUBLISHED["spends"], ids=lambda one: one["shape"])
def test_tabled_constants_spend_five_per_cent(one):
    for looks, constant in enumerate(one["constants"], 2):
        shares = np.arange(1, looks + 1) / looks
        bounds = constant / (1.0 if one["shape"] == "constant" else np.sqrt(shares)) * np.ones(looks)
        # a constant is rounded to 0.0005, which is 0.00007 of what it spends
        assert 2.0 * crossing(shares, bounds).sum() == pytest.approx(0.05, abs=1e-4)


@given(
    st.lists(st.floats(0.05, 0.95), min_size=0, max_size=5, unique_by=lambda x: round(x, 1)),
    st.sampled_from(["obrien-fleming", "pocock"]),
    st.floats(0.01, 0.2),
)
@settings(max_examples=25, deadline=None)
def test_boundaries_spend_alpha_and_no_more(inner, spending, alpha):
    shares = [*sorted(inner), 1.0]
    bounds = boundaries(shares, alpha, spending)
    assert 2.0 * crossing(shares, bounds).sum() == pytest.approx(alpha, abs=1e-6)
    if len(shares) == 1:
        assert crossing([1.0], bounds)[0] == pytest.approx(alpha / 2.0)


def test_a_drift_moves_crossings_forward():
    shares, bounds = [0.5, 1.0], boundaries([0.5, 1.0], 0.05, "pocock")
    none, some = crossing(shares, bounds), crossing(shares, bounds, 3.0)
    assert some.sum() > 0.7 > none.sum()
    random = np.random.default_rng(1).standard_normal((400_000, 2)) * np.sqrt(0.5) + 1.5
    z = np.cumsum(random, axis=1) / np.sqrt(shares)
    first = z[:, 0] > bounds[0]
    second = (np.abs(z[:, 0]) <= bounds[0]) & (z[:, 1] > bounds[1])
    assert [first.mean(), second.mean()] == pytest.approx(some.tolist(), abs=4e-3)


@pytest.mark.parametrize("one", PUBLISHED["futility"], ids=lambda one: str(len(one["shares"])))
def test_stops_for_futility_are_those_of_gsdesign(one):
    shares, bounds = one["shares"], boundaries(one["shares"], one["alpha"], one["spending"]).tolist()
    lower, drift = futility(shares, bounds, one["beta"], one["spending"])
    assert lower == pytest.approx(one["lower"], abs=1e-3)
    above, below = leaving(shares, bounds, lower.tolist(), drift)
    assert above.cumsum() == pytest.approx(one["above"], abs=1e-3)
    assert below.cumsum() == pytest.approx(one["below"], abs=1e-3)
    assert leaving(shares, bounds, lower.tolist())[1].cumsum() == pytest.approx(one["below_null"], abs=1e-3)


@given(
    st.integers(2, 6),
    st.sampled_from(["obrien-fleming", "pocock", "hwang-shih-decani"]),
    st.sampled_from(["obrien-fleming", "pocock", "hwang-shih-decani"]),
    st.sampled_from([0.05, 0.1, 0.2, 0.4]),
)
@settings(max_examples=25, deadline=None)
def test_stops_for_futility_spend_beta_and_keep_alpha(looks, spending, losing, beta):
    shares = [(k + 1) / looks for k in range(looks)]
    bounds = boundaries(shares, 0.05, spending).tolist()
    lower, drift = futility(shares, bounds, beta, losing)
    above, below = leaving(shares, bounds, lower.tolist(), drift)
    assert above.sum() == pytest.approx(1.0 - beta, abs=1e-6)
    assert below.sum() == pytest.approx(beta, abs=1e-6)
    assert (np.diff(lower) > 0.0).all()
    # obeyed, they make the test stricter; not obeyed, it is what it was
    assert leaving(shares, bounds, lower.tolist())[0].sum() <= 0.025 + 1e-6
    assert 2.0 * crossing(shares, bounds).sum() == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("shares", [[0.5, 0.501, 1.0], [0.5, 0.5001, 1.0], [0.01, 0.5, 1.0]])
def test_looks_close_to_each_other_spend_what_they_should(shares):
    bounds = boundaries(shares, 0.05, "pocock")
    assert 2.0 * crossing(shares, bounds).sum() == pytest.approx(0.05, abs=1e-6)
    # by simulation, with a seed
    random = np.random.default_rng(1).standard_normal((400_000, 3)) * np.sqrt(np.diff([0.0, *shares]))
    z = np.abs(np.cumsum(random, axis=1) / np.sqrt(shares))
    assert (z > bounds).any(axis=1).mean() == pytest.approx(0.05, abs=0.0014)


@pytest.mark.parametrize("alpha", [1e-9, 1e-4, 0.5, 0.999])
@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock", "hwang-shih-decani"])
def test_levels_near_nought_and_one_have_boundaries(alpha, spending):
    shares = [(k + 1) / 20 for k in range(20)]
    bounds = boundaries(shares, alpha, spending)
    assert ((bounds >= 0.0) & (bounds <= 8.0)).all()
    assert 2.0 * crossing(shares, bounds).sum() == pytest.approx(alpha, rel=1e-3)
    lower, drift = futility(shares, bounds.tolist(), 1e-6, spending) if alpha < 0.5 else (bounds, 1.0)
    assert np.isfinite(lower).all()
    assert 0.0 < drift < 20.0


def test_a_power_below_the_level_stops_nothing():
    shares = [0.5, 1.0]
    with pytest.raises(StudyError, match="is there without any effect"):
        futility(shares, boundaries(shares, 0.1, "pocock").tolist(), 0.97, "pocock")


def test_an_unknown_spending_is_refused():
    with pytest.raises(StudyError, match="obrien-fleming, pocock, hwang-shih-decani"):
        boundaries([1.0], 0.05, "linear")
