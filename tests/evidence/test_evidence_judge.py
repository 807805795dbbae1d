import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from bimodal.errors import EvidenceError
from bimodal.evidence import Target, judge, wilson

finite = st.floats(-1e6, 1e6)


def target(**changes: object) -> Target:
    plain: dict[str, object] = {
        "id": "X1",
        "study": "some-2020",
        "arms": ("a",),
        "endpoint": "treg_fold",
        "label": "Treg",
        "time": {"day": 28},
        "statistic": "median",
        "kind": "band",
        "published": 1.0,
        "lower": 0.8,
        "upper": 1.25,
        "unit": "1",
        "quality": "page",
        "role": "validation",
        "source": "somebody 2020",
        "note": "why",
    }
    return Target.model_validate(plain | changes)


@pytest.mark.parametrize(
    ("simulated", "within"), [(0.8, True), (1.25, True), (0.7999, False), (1.2501, False), (math.inf, False)]
)
def test_a_band_includes_its_ends(simulated: float, within: bool) -> None:
    assert judge(target(), simulated).within is within


@pytest.mark.parametrize(("simulated", "within"), [(7.99, False), (8, True), (15, True), (15.01, False)])
def test_at_least_has_a_plausibility_limit(simulated: float, within: bool) -> None:
    verdict = judge(target(kind="at_least", published=8, lower=8, upper=15), simulated)
    assert verdict.within is within
    assert "plausibility limit 15" in verdict.rule


@pytest.mark.parametrize(("simulated", "within"), [(0.5, True), (10, True), (10.1, False), (0.1, False)])
def test_at_most_has_one_too(simulated: float, within: bool) -> None:
    assert judge(target(kind="at_most", published=10, lower=0.5, upper=10), simulated).within is within


@pytest.mark.parametrize(
    ("published", "simulated", "within"),
    [(2, 3, True), (2, 3.01, False), (2, 4 / 3, True), (2, 1.33, False), (-2, -3, True), (-2, 2, False), (2, 0, False)],
)
def test_a_point_is_met_within_half_as_much_again(published: float, simulated: float, within: bool) -> None:
    row = target(kind="point", published=published, lower=None, upper=None)
    assert judge(row, simulated).within is within


@pytest.mark.parametrize(("simulated", "within"), [(0.331, True), (0.7, True), (0.32, False), (0.72, False)])
def test_a_proportion_is_judged_by_wilson(simulated: float, within: bool) -> None:
    row = target(kind="point", statistic="proportion", published=12 / 23, denominator=23, lower=0.33, upper=0.708)
    verdict = judge(row, simulated)
    assert verdict.within is within
    assert "Wilson" in verdict.rule


@pytest.mark.parametrize("kind", ["ordering", "direction"])
@pytest.mark.parametrize(
    ("published", "simulated", "within"), [(1, 1e-9, True), (1, 0, False), (1, -2, False), (-1, -2, True)]
)
def test_signs_decide_order_and_direction(kind: str, published: float, simulated: float, within: bool) -> None:
    row = target(kind=kind, published=published, lower=None, upper=None)
    assert judge(row, simulated).within is within


@pytest.mark.parametrize(
    ("published", "least", "simulated", "within"),
    [(1, 0.5, 0.5, True), (1, 0.5, 0.499, False), (1, 0.5, -2, False), (-1, -0.3, -0.3, True), (-1, -0.3, -0.1, False)],
)
def test_a_direction_may_say_how_large_it_is_at_least(
    published: float, least: float, simulated: float, within: bool
) -> None:
    ends = {"lower": least, "upper": None} if published > 0 else {"lower": None, "upper": least}
    verdict = judge(target(kind="direction", published=published, **ends), simulated)
    assert verdict.within is within
    assert f"at least {abs(least):g}" in verdict.rule


@pytest.mark.parametrize(("simulated", "within"), [(0.667, True), (1.5, True), (0.66, False), (1.51, False)])
def test_a_ratio_of_two_arms_is_judged_by_its_bounds(simulated: float, within: bool) -> None:
    verdict = judge(target(kind="ratio", arms=("a", "b"), lower=0.667, upper=1.5), simulated)
    assert verdict.within is within
    assert "first arm over the second" in verdict.rule


@pytest.mark.parametrize("simulated", [None, math.nan])
def test_nothing_simulated_is_not_evaluated(simulated: float | None) -> None:
    verdict = judge(target(), simulated)
    assert verdict.within is None
    assert verdict.scored
    assert "not evaluated" in verdict.rule


def test_context_and_uncertain_are_not_judged() -> None:
    context = judge(target(role="context"), 1.0)
    uncertain = judge(target(quality="uncertain"), 1.0)
    assert context.within is None
    assert uncertain.within is None
    assert not context.scored
    assert not uncertain.scored


def test_recalled_is_judged_but_not_scored() -> None:
    verdict = judge(target(quality="recalled"), 1.0)
    assert verdict.within is True
    assert not verdict.scored


@settings(deadline=None, max_examples=200)
@given(bounds=st.tuples(finite, finite), simulated=finite, wider=st.floats(0, 1e3))
def test_a_wider_band_never_turns_a_hit_into_a_miss(
    bounds: tuple[float, float], simulated: float, wider: float
) -> None:
    low, high = sorted(bounds)
    narrow = judge(target(lower=low, upper=high), simulated).within
    wide = judge(target(lower=low - wider, upper=high + wider), simulated).within
    assert not narrow or wide


@settings(deadline=None, max_examples=200)
@given(kind=st.sampled_from(["band", "at_least", "at_most", "point"]), values=st.tuples(finite, finite, finite))
def test_hits_form_an_interval(kind: str, values: tuple[float, float, float]) -> None:
    published = {"band": 1.0, "at_least": -3.0, "at_most": 40.0, "point": 7.0}[kind]
    row = target(kind=kind, published=published, lower=-3.0, upper=40.0)
    below, between, above = sorted(values)
    if judge(row, below).within and judge(row, above).within:
        assert judge(row, between).within


@settings(deadline=None, max_examples=100)
@given(simulated=finite, more=st.floats(1e-3, 1e3))
def test_direction_never_reverses_when_the_change_grows(simulated: float, more: float) -> None:
    row = target(kind="direction", published=1, lower=None, upper=None)
    assert not judge(row, simulated).within or judge(row, simulated + more).within


@settings(deadline=None, max_examples=100)
@given(published=st.floats(1e-3, 1e3), fold=st.floats(0.5, 2))
def test_points_are_judged_alike_on_both_sides(published: float, fold: float) -> None:
    assume(abs(abs(math.log(fold)) - math.log(1.5)) > 1e-9)
    row = target(kind="point", published=published, lower=None, upper=None)
    assert judge(row, published * fold).within == judge(row, published / fold).within


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_solves_the_score_equation(counts: tuple[int, int]) -> None:
    k, n = counts
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    z = norm.ppf(0.975)
    for bound in (low, high):
        if 0 < bound < 1:
            assert abs(k / n - bound) == pytest.approx(z * math.sqrt(bound * (1 - bound) / n), rel=1e-9)


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_mirrors_events_and_non_events(counts: tuple[int, int]) -> None:
    k, n = counts
    low, high = wilson(k, n)
    mirrored = wilson(n - k, n)
    assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(12, 23, 0.330, 0.708), (9, 10, 0.596, 0.982), (6, 6, 0.610, 1.0), (0, 28, 0.0, 0.121)]
)
def test_wilson_of_published_counts(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == pytest.approx((low, high), abs=6e-4)


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_impossible_counts(k: int, n: int) -> None:
    with pytest.raises(EvidenceError):
        wilson(k, n)
