"""Power by simulation against closed forms, tests against libraries, and intervals against repetition."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.statistics import logrank_test
from scipy import stats

from bimodal.errors import StudyError
from bimodal.study.design.adaptive import adaptive
from bimodal.study.design.boundaries import boundaries, crossing, futility, leaving
from bimodal.study.design.crossover import crossover
from bimodal.study.design.estimate import Estimate
from bimodal.study.design.factorial import factorial
from bimodal.study.design.group_sequential import group_sequential
from bimodal.study.design.log_rank import log_rank
from bimodal.study.design.outcome import Outcome
from bimodal.study.design.parallel import parallel
from bimodal.study.design.pool_scores import pool_scores
from bimodal.study.design.rejections import rejections
from bimodal.study.design.size_search import size_search
from bimodal.study.design.trial_draws import TrialDraws
from bimodal.study.design.two_arm_direction import two_arm_direction
from bimodal.study.design.two_arm_test import two_arm_test
from bimodal.study.spec.design import DesignSpec

PEOPLE = 4000
NORMAL = stats.norm.ppf((np.arange(PEOPLE) + 0.5) / PEOPLE)


def normal_pool(*shifts, **more):
    return Outcome("value", "x", {f"a{k}": (NORMAL + shift)[:, None] for k, shift in enumerate(shifts)}, **more)


def rate_pool(*rates):
    def flags(rate):
        return (np.arange(1000) < round(1000 * rate)).astype(float)[:, None]

    return Outcome("rate", "r", {f"a{k}": flags(rate) for k, rate in enumerate(rates)})


def t_power(n, effect, freedom=None, alpha=0.05):
    """Two-sided power of a t of two means of n with SD 1."""
    freedom, drift = freedom or 2 * n - 2, effect * math.sqrt(n / 2)
    edge = stats.t.ppf(1 - alpha / 2, freedom)
    return stats.nct.sf(edge, freedom, drift) + stats.nct.cdf(-edge, freedom, drift)


@cache
def fisher_rejects(n):
    x = range(n + 1)
    return np.array([[stats.fisher_exact([[i, n - i], [j, n - j]]).pvalue < 0.05 for j in x] for i in x])


def fisher_power(n, p, q):
    x, reject = np.arange(n + 1), fisher_rejects(n)
    return float(stats.binom.pmf(x, n, p) @ reject @ stats.binom.pmf(x, n, q))


def values(found, table=0):
    return dict(found.tables[table].rows)


def near(estimate, truth, trials=2000):
    """Within four standard errors of the trials: one comparison of thousands is further off."""
    return abs(estimate.value - truth) < 4.0 * math.sqrt(max(truth * (1 - truth), 1e-3) / trials)


# ---- two arms ----


def test_the_power_of_t_is_its_closed_form():
    asked = DesignSpec(kind="parallel", test="t", per_arm=(10, 30, 64, 100))
    found = parallel(asked, normal_pool(0.5, 0.0), ("a0", "a1"), 1)
    for n, (power, size) in values(found).items():
        assert near(power, t_power(int(n), 0.5)), n
        assert near(size, 0.05), n
    size = found.tables[1].rows[0][1][0]
    truth = next(n for n in range(2, 200) if t_power(n, 0.5) >= 0.8)
    assert truth == 64
    assert size.lower - 1 <= truth <= size.upper + 1
    assert size.upper - size.lower < 12


def test_the_power_of_fisher_is_its_closed_form():
    found = parallel(DesignSpec(kind="parallel", per_arm=(12, 25)), rate_pool(0.6, 0.3), ("a0", "a1"), 1)
    for n, (power, size) in values(found).items():
        assert near(power, fisher_power(int(n), 0.6, 0.3)), n
        assert near(size, fisher_power(int(n), 0.3, 0.3)), n


def test_the_power_of_wilcoxon_follows_its_efficiency():
    asked = DesignSpec(kind="parallel", test="wilcoxon", per_arm=(100,))
    power = values(parallel(asked, normal_pool(0.4, 0.0), ("a0", "a1"), 1))["100"][0]
    # of normal values it is worth 3/pi of the patients (Hodges and Lehmann, Ann Math Stat 1956;27:324)
    assert near(power, t_power(100 * 3 / math.pi, 0.4))


def test_the_power_of_the_log_rank_is_that_of_schoenfeld():
    share = (np.arange(PEOPLE) + 0.5) / PEOPLE
    slow, fast = -np.log(share) / 0.01, -np.log(share) / 0.02
    cut = 150.0
    pool = Outcome("time", "t", {k: np.where(v < cut, v, -cut)[:, None] for k, v in (("a", slow), ("b", fast))})
    power = values(parallel(DesignSpec(kind="parallel", per_arm=(60,)), pool, ("a", "b"), 1))["60"][0]
    events = 60 * ((slow < cut).mean() + (fast < cut).mean())
    drift = math.log(2.0) * math.sqrt(events / 4)  # D. A. Schoenfeld, Biometrics 1983;39:499
    assert power.value == pytest.approx(stats.norm.sf(1.96 - drift), abs=0.03)


def test_noise_of_readings_costs_power():
    people = np.exp(0.3 * NORMAL)
    for fold, times in ((False, 1.0), (True, 2.0)):
        pool = Outcome("value", "x", {"a": 1.4 * people[:, None], "b": people[:, None]}, log_sd=0.4, fold=fold)
        power = values(parallel(DesignSpec(kind="parallel", per_arm=(30,)), pool, ("a", "b"), 1))["30"][0]
        effect = math.log(1.4) / math.sqrt(0.3**2 + times * 0.4**2)
        assert near(power, t_power(30 * 3 / math.pi, effect)), fold


@pytest.mark.parametrize("test", ["t", "wilcoxon", "fisher"])
def test_tests_are_those_of_scipy(test):
    random = np.random.default_rng(3)
    a, b = random.standard_normal((2, 20, 15))
    if test == "fisher":
        a, b = (a > 0.3).astype(float), (b > 0).astype(float)
    own = {
        "t": lambda x, y: stats.ttest_ind(x, y, equal_var=False).pvalue,
        "wilcoxon": lambda x, y: stats.mannwhitneyu(x, y, method="asymptotic").pvalue,
        "fisher": lambda x, y: stats.fisher_exact([[x.sum(), 15 - x.sum()], [y.sum(), 15 - y.sum()]]).pvalue,
    }[test]
    assert two_arm_test(test, a, b) == pytest.approx([own(x, y) for x, y in zip(a, b, strict=True)])


@pytest.mark.parametrize("test", ["t", "wilcoxon", "fisher", "log-rank"])
def test_a_trial_whose_people_are_all_alike_shows_nothing(test):
    assert two_arm_test(test, np.ones((3, 4)), np.ones((3, 4))).tolist() == [1.0, 1.0, 1.0]


@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_the_log_rank_is_that_of_lifelines(seed, patients, different):
    random = np.random.default_rng(seed)
    days = random.integers(1, different + 1, (2, 3, patients)).astype(float)
    seen = random.random((2, 3, patients)) < 0.6
    found = log_rank((days[0], seen[0]), (days[1], seen[1]))
    assert found == pytest.approx(log_rank((days[1], seen[1]), (days[0], seen[0])))
    for k in range(3):
        with np.errstate(invalid="ignore", divide="ignore"):
            truth = logrank_test(days[0, k], days[1, k], seen[0, k], seen[1, k]).p_value
        assert found[k] == pytest.approx(1.0 if math.isnan(truth) else truth, abs=1e-9)


# ---- what the interval holds ----


def test_intervals_cover_the_power_of_another_population():
    """Twenty populations of 150: the power of the endless one lies in nearly all of the intervals."""
    truth, held, narrow = t_power(30, 0.6), 0, 0
    for k in range(20):
        people = np.random.default_rng(k).standard_normal((2, 150))
        pool = Outcome("value", "x", {"a": people[0][:, None] + 0.6, "b": people[1][:, None]})
        draws = TrialDraws(pool, 1, 2000)
        found = rejections(draws, [("a", 30), ("b", 30)], lambda v: two_arm_test("t", v[0], v[1]) < 0.05)
        held += found.lower <= truth <= found.upper
        plain = Estimate.share(round(2000 * found.value), 2000)
        narrow += plain.lower <= truth <= plain.upper
    assert held >= 16
    assert narrow <= held - 5


def of_a_population(kind, random, people=150):
    if kind == "rate":
        each = [(random.random(people) < share).astype(float) for share in (0.6, 0.3)]
        return Outcome("rate", "x", dict(zip("ab", (one[:, None] for one in each), strict=True))), "fisher"
    if kind == "noisy rate":
        each = [np.exp(0.4 * random.standard_normal(people) + up) for up in (0.3, 0.0)]
        values = dict(zip("ab", (one[:, None] for one in each), strict=True))
        return Outcome("rate", "x", values, log_sd=0.2, above=1.2), "fisher"
    if kind == "time":
        each = [random.exponential(1.0 / rate, people) for rate in (0.01, 0.02)]
        cut = [np.where(one < 150.0, one, -150.0)[:, None] for one in each]
        return Outcome("time", "x", dict(zip("ab", cut, strict=True))), "log-rank"
    same = random.standard_normal(people)
    more = same + 0.5 + 0.2 * random.standard_normal(people)
    by = np.exp(0.8 * same + 0.5 * random.standard_normal(people)) if kind == "weighted" else None
    return Outcome("value", "x", {"a": np.exp(more)[:, None], "b": np.exp(same)[:, None]}, weights=by), "wilcoxon"


def rejects(kind, seed, n):
    pool, test = of_a_population(kind, np.random.default_rng(seed))
    draws = TrialDraws(pool, 1, 2000)
    return rejections(draws, [("a", n), ("b", n)], lambda v: two_arm_test(test, v[0], v[1]) < 0.05)


@pytest.mark.parametrize("kind", ["value", "weighted", "rate", "noisy rate", "time"])
def test_an_interval_is_as_wide_as_populations_differ(kind):
    """Power in twenty populations of 150: its spread is what the interval of each of them says."""
    found = [rejects(kind, seed, 40) for seed in range(20)]
    spread = np.std([one.value for one in found], ddof=1)
    said = math.sqrt(np.mean([((one.upper - one.lower) / 3.92) ** 2 for one in found]))
    # twenty standard deviations of twenty populations lie within 0.68 to 1.32 of the truth, 95 %
    assert 0.68 < spread / said < 1.4


@pytest.mark.parametrize("kind", ["value", "rate", "time"])
def test_intervals_do_not_jump_between_neighbouring_sizes(kind):
    found = [rejects(kind, 3, n) for n in range(30, 37)]
    wide = np.array([one.upper - one.lower for one in found])
    assert (np.abs(np.diff(np.log(wide))) < 0.12).all(), wide


def test_alike_arms_have_the_interval_of_the_trials_and_little_more():
    pool = normal_pool(0.0)
    found = rejections(TrialDraws(pool, 1, 2000), [("a0", 30), ("a0", 30)], lambda v: two_arm_test("t", *v) < 0.05)
    plain = Estimate.share(round(2000 * found.value), 2000)
    assert 1.0 <= (found.upper - found.lower) / (plain.upper - plain.lower) < 1.2


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0.0, 0.1))
def test_an_interval_of_a_share_widens_with_what_is_added(count, more, variance):
    trials = count + more
    plain, wider = Estimate.share(count, trials), Estimate.share(count, trials, variance)
    assert wider.lower <= plain.lower + 1e-12
    assert plain.upper - 1e-12 <= wider.upper
    assert 0.0 <= wider.lower <= wider.value <= wider.upper <= 1.0


def test_scores_of_patients_are_uncorrelated_and_fewer_where_patients_are_alike():
    scores = pool_scores(np.random.default_rng(1).exponential(size=300), np.ones(300))
    assert scores.T @ scores / 300 == pytest.approx(np.eye(4), abs=1e-9)
    assert pool_scores(np.ones(5), np.ones(5)).shape == (5, 0)
    assert pool_scores(np.array([0.0, 1.0, 1.0]), np.ones(3)).shape == (3, 1)


def test_scores_of_weighted_patients_are_those_of_patients_who_are_there_as_often():
    random = np.random.default_rng(2)
    values, often = random.exponential(size=60), random.integers(1, 5, 60)
    weights = often / often.mean()
    scores = pool_scores(values, weights)
    assert scores.T @ (weights[:, None] * scores) / 60 == pytest.approx(np.eye(4), abs=1e-9)
    repeated = pool_scores(np.repeat(values, often), np.ones(often.sum()))
    assert np.repeat(scores, often, axis=0) == pytest.approx(repeated, abs=1e-9)


def test_the_search_says_where_most_are_not_enough():
    assert size_search(lambda n: Estimate(0.1, 0.05, 0.2), 0.8, 100).value is None
    found = size_search(lambda n: Estimate(min(1.0, n / 50), min(1.0, n / 60), min(1.0, n / 40)), 0.9, 52)
    assert (found.lower, found.value, found.upper) == (36, 45, None)


def test_a_larger_trial_holds_the_smaller_one():
    draws = TrialDraws(normal_pool(0.0, log_sd=0.2), 1, 600)
    for (small, who), (large, all_) in zip(draws.arms([("a0", 5)]), draws.arms([("a0", 9)]), strict=True):
        assert (large[0][:, :5] == small[0]).all()
        assert (all_[:, :5] == who).all()


# ---- other designs ----


def test_the_power_of_a_crossover_is_its_closed_form():
    people, spread = np.exp(0.5 * NORMAL)[:, None], 0.3
    pool = Outcome("value", "x", {"AB": people * [1.3, 1.0], "BA": people * [1.0, 1.3]}, log_sd=spread)
    found = crossover(DesignSpec(kind="crossover", per_arm=(10, 20)), pool, ("AB", "BA"), 1, None)
    for n, (power, size) in values(found).items():
        # a person's difference has the noise of two readings and nothing of the person
        effect = 2 * math.log(1.3) / (math.sqrt(2) * spread)
        assert near(power, t_power(int(n), effect)), n
        assert near(size, 0.05), n
    assert [row[1][0].value for row in found.tables[2].rows] == pytest.approx([1.0, 1.0])
    assert any("no more than 5 %" in note for note in found.notes)


def test_a_crossover_says_what_is_carried_over():
    people = np.exp(0.5 * NORMAL)[:, None]
    pool = Outcome("value", "x", {"AB": people * [1.3, 1.2], "BA": people * [1.0, 1.3]})
    rest = {"AB": np.full(PEOPLE, 1.15), "BA": np.ones(PEOPLE)}
    found = crossover(DesignSpec(kind="crossover", per_arm=(10,)), pool, ("AB", "BA"), 1, rest)
    assert [round(row[1][0].value, 6) for row in found.tables[2].rows] == [1.0, 1.2, 1.15, 1.0]
    assert any("carried over (first treatment of 'BA'" in note for note in found.notes)


def test_the_power_of_a_factorial_is_its_closed_form():
    pool = normal_pool(0.0, 0.4, 0.3, 0.7)
    found = factorial(DesignSpec(kind="factorial", per_arm=(40,)), pool, ("a0", "a1", "a2", "a3"), 1)
    first, second, interaction, size = values(found)["40"]
    # an effect compares two halves of the patients
    assert near(first, t_power(80, 0.4, 156))
    assert near(second, t_power(80, 0.3, 156))
    assert near(interaction, 0.05)
    assert near(size, 0.05)


def test_a_group_sequential_trial_has_the_power_of_its_boundaries():
    n, effect = 200, 0.3
    asked = DesignSpec(kind="group-sequential", test="t", per_arm=(n,), looks=4, spending="pocock")
    found = group_sequential(asked, normal_pool(effect, 0.0), ("a0", "a1"), 1)
    shares = np.arange(1, 5) / 4
    bounds = boundaries(shares, 0.05, "pocock")
    stops = crossing(shares, bounds, effect * math.sqrt(n / 2))
    power, size, taken, taken_null = values(found)[str(n)]
    assert near(power, stops.sum())
    assert near(size, 0.05)
    null = 2 * crossing(shares, bounds)
    for mean, each in ((taken, stops), (taken_null, null)):
        expected = n - (n * (1 - shares) * each).sum()
        assert mean.value == pytest.approx(expected, abs=3.0)
    looks = values(found, 1)
    for share, bound, stop in zip(shares, bounds, stops, strict=True):
        row = looks[str(round(share * n))]
        assert row[0].value == pytest.approx(bound)
        assert near(row[2], stop)


def test_stops_for_futility_have_the_chances_of_their_boundaries():
    n, looks = 200, 3
    shares = [(k + 1) / looks for k in range(looks)]
    sizes = [math.ceil(share * n - 1e-9) for share in shares]
    real = [size / n for size in sizes]
    bounds = boundaries(real, 0.05, "obrien-fleming").tolist()
    lower, drift = futility(real, bounds, 0.2, "pocock")
    asked = DesignSpec(kind="group-sequential", test="t", per_arm=(n,), looks=looks, futility="pocock")
    effect = drift / math.sqrt(n / 2)  # what the stops are made for
    found = group_sequential(asked, normal_pool(effect, 0.0), ("a0", "a1"), 1)
    above, below = leaving(real, bounds, lower.tolist(), drift)
    above_null, below_null = leaving(real, bounds, lower.tolist())
    power, level, taken, taken_null, free, free_null = values(found)[str(n)]
    assert near(power, 0.8)
    assert near(free, crossing(real, bounds, drift).sum())
    # on the other side no look but the first is reached: a trial stops for futility before
    assert near(level, above_null.sum())
    assert near(free_null, 0.05)
    for mean, gone in ((taken, above + below), (taken_null, above_null + below_null)):
        assert mean.value == pytest.approx(
            n - sum((n - size) * out for size, out in zip(sizes, gone, strict=True)), abs=4.0
        )
    rows = values(found, 1)
    for k, size in enumerate(sizes[:-1]):
        row = rows[str(size)]
        assert row[4].value == pytest.approx(lower[k])
        assert near(row[5], below[k])
        assert near(row[6], below_null[k])
        assert near(row[2], above[k])
    assert rows[str(n)][4].value is None
    # the other way round it is better to be lower
    other = group_sequential(asked, normal_pool(-effect, 0.0), ("a0", "a1"), 1)
    assert near(values(other)[str(n)][0], 0.8)
    assert "lower is better" in other.facts[-1]
    wrong = asked.model_copy(update={"benefit": "higher"})
    assert values(group_sequential(wrong, normal_pool(-effect, 0.0), ("a0", "a1"), 1))[str(n)][0].value < 0.2


def test_looks_that_fall_together_are_refused_and_not_searched():
    asked = DesignSpec(kind="group-sequential", test="t", per_arm=(3,), looks=5)
    with pytest.raises(StudyError, match="3 patients per arm are too few for 5 looks"):
        group_sequential(asked, normal_pool(3.0, 0.0), ("a0", "a1"), 1)
    odd = DesignSpec(kind="group-sequential", test="t", per_arm=(60,), looks=(0.5, 0.53, 1.0), trials=200)
    size = values(group_sequential(odd, normal_pool(3.0, 0.0), ("a0", "a1"), 1), -1)["80 %"][0]
    assert size.value == 34  # the smallest at which 0.5 and 0.53 are a patient apart


def test_boundaries_follow_the_patients_who_are_there():
    asked = DesignSpec(kind="group-sequential", test="t", per_arm=(10,), looks=3, trials=200)
    rows = values(group_sequential(asked, normal_pool(1.0, 0.0), ("a0", "a1"), 1), 1)
    assert list(rows) == ["4", "7", "10"]
    assert [row[0].value for row in rows.values()] == pytest.approx(boundaries([0.4, 0.7, 1.0], 0.05, "obrien-fleming"))


def test_the_patients_of_a_group_sequential_trial_are_those_of_its_boundaries():
    asked = DesignSpec(kind="group-sequential", test="t", per_arm=(60,), looks=5, spending="pocock")
    size = values(group_sequential(asked, normal_pool(0.5, 0.0), ("a0", "a1"), 1), -1)["80 %"][0]
    shares = np.arange(1, 6) / 5
    bounds = boundaries(shares, 0.05, "pocock")
    truth = next(n for n in range(60, 120) if crossing(shares, bounds, 0.5 * math.sqrt(n / 2)).sum() >= 0.8)
    assert size.lower - 3 <= truth <= size.upper + 3


@pytest.mark.parametrize("test", ["t", "wilcoxon", "fisher", "log-rank"])
def test_the_direction_is_that_of_the_better_arm(test):
    random = np.random.default_rng(5)
    a, b = random.exponential(1.0, (2, 30, 40))
    a = 2.0 * a
    if test == "fisher":
        a, b = (a > 1.0).astype(float), (b > 1.0).astype(float)
    first, second = two_arm_direction(test, a, b), two_arm_direction(test, b, a)
    assert (first == -second).all()
    assert first.mean() > 0.8
    assert two_arm_direction(test, np.ones((1, 4)), np.ones((1, 4))).tolist() == [0.0]
    told = two_arm_test(test, a, b) < 0.05
    assert (first[told] == 1.0).all()


def test_arms_without_any_spread_that_differ_are_told_apart():
    pool = Outcome("value", "x", {"a": np.full((5, 1), 2.0), "b": np.ones((5, 1))})
    asked = DesignSpec(kind="parallel", test="t", per_arm=(4,), trials=100)
    power, level = values(parallel(asked, pool, ("a", "b"), 1))["4"]
    assert (power.value, level.value) == (1.0, 0.0)
    four = Outcome("value", "x", {name: np.full((5, 1), 2.0 if name == "b" else 1.0) for name in "abcd"})
    found = factorial(DesignSpec(kind="factorial", per_arm=(4,), trials=100), four, "abcd", 1)
    assert [one.value for one in values(found)["4"]] == [1.0, 1.0, 1.0, 0.0]


@given(st.integers(2, 6), st.integers(1, 12), st.integers(7, 60))
@settings(max_examples=20, deadline=None)
def test_equal_shares_are_equal_to_a_patient(arms, block, most):
    asked = DesignSpec(kind="adaptive", max_patients=most, burn_in=7, block=block, trials=100)
    pool = rate_pool(*([0.4] * arms))
    row = values(adaptive(asked, pool, [f"a{k}" for k in range(arms)], 1))["equal shares"]
    given_to = [one.value * most for one in row[1:-1]]
    assert max(given_to) - min(given_to) <= 1.0 + 1e-9
    assert sum(given_to) == pytest.approx(most)


def test_the_power_of_the_log_rank_is_between_schoenfeld_and_freedman():
    """Exponential times without censoring, hazards 1 to 2: two approximations on either side (L. S. Freedman 1982)."""
    share = (np.arange(PEOPLE) + 0.5) / PEOPLE
    pool = Outcome("time", "t", {"a": (-np.log(share))[:, None], "b": (-np.log(share) / 2.0)[:, None]})
    power = values(parallel(DesignSpec(kind="parallel", per_arm=(35,)), pool, ("a", "b"), 1))["35"][0]
    schoenfeld = stats.norm.sf(1.96 - math.log(2.0) * math.sqrt(70 / 4))
    freedman = stats.norm.sf(1.96 - math.sqrt(70) * (2.0 - 1.0) / (2.0 + 1.0))
    assert freedman - 0.03 <= power.value <= schoenfeld + 0.03


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.sampled_from([8, 17]))
@settings(max_examples=8, deadline=None)
def test_the_power_of_fisher_is_enumerated_for_any_two_rates(p, q, n):
    asked = DesignSpec(kind="parallel", per_arm=(n,), trials=1000, max_per_arm=2)
    power = values(parallel(asked, rate_pool(round(p, 3), round(q, 3)), ("a0", "a1"), 1))[str(n)][0]
    assert near(power, fisher_power(n, round(p, 3), round(q, 3)), 1000)


def test_an_adaptive_trial_is_randomised_by_the_posterior_of_being_better():
    """After a response of one and none of the other the first is better with 5/6: Beta(2, 1) against Beta(1, 2)."""
    asked = DesignSpec(
        kind="adaptive", max_patients=32, burn_in=2, block=30, allocation_cap=0.99, trials=4000, declare_above=0.9
    )
    found = values(adaptive(asked, rate_pool(1.0, 0.0), ("a0", "a1"), 1))["adaptive"]
    error = math.sqrt(5 / 6 / 6 / (30 * 4000)) * 30 / 32
    assert found[1].value == pytest.approx((1 + 30 * 5 / 6) / 32, abs=4.0 * error)
    capped = asked.model_copy(update={"allocation_cap": 0.7})
    found = values(adaptive(capped, rate_pool(1.0, 0.0), ("a0", "a1"), 1))["adaptive"]
    assert found[1].value == pytest.approx((1 + 30 * 0.7) / 32, abs=4.0 * error * 1.3)


def test_equal_shares_of_an_adaptive_trial_have_their_exact_power():
    pool = rate_pool(0.5, 0.3)
    found = values(adaptive(DesignSpec(kind="adaptive", max_patients=40, burn_in=40), pool, ("a0", "a1"), 1))
    x = np.arange(21)
    random = np.random.default_rng(1)
    better = np.array(
        [[(random.beta(1 + i, 21 - i, 4000) > random.beta(1 + j, 21 - j, 4000)).mean() > 0.975 for j in x] for i in x]
    )
    exact = float(stats.binom.pmf(x, 20, 0.5) @ better @ stats.binom.pmf(x, 20, 0.3))
    assert found["equal shares"][0].value == pytest.approx(exact, abs=0.04)
    assert found["equal shares"][1].value == 0.5


def test_an_adaptive_trial_gives_the_better_arm_to_more_and_keeps_its_cap():
    pool = rate_pool(0.6, 0.4, 0.2)
    asked = DesignSpec(kind="adaptive", max_patients=120, burn_in=30, allocation_cap=0.6, trials=1000)
    found = values(adaptive(asked, pool, ("a0", "a1", "a2"), 1))
    shares = [found["adaptive"][k].value for k in (1, 2, 3)]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0)
    assert shares[0] <= (30 / 3 + 90 * 0.6) / 120 + 0.02
    assert found["adaptive"][4].value > found["equal shares"][4].value
    assert found["adaptive, all arms are the control"][0].value < 0.08


@pytest.mark.parametrize("test", ["t", "wilcoxon", "fisher", "log-rank"])
def test_the_wanted_side_is_that_of_the_weighted_people(test):
    kind = {"fisher": "rate", "log-rank": "time"}.get(test, "value")
    first = (
        np.repeat([1.0, 0.0], 20) if kind == "rate" else np.concatenate([np.arange(30.0, 50.0), np.arange(1.0, 21.0)])
    )
    second = np.tile([1.0, 0.0, 0.0, 0.0], 10) if kind == "rate" else np.linspace(15.0, 29.0, 40)
    asked = DesignSpec(kind="group-sequential", test=test, per_arm=(20,), looks=2, futility="pocock", trials=250)

    def side(weights):
        pool = Outcome(kind, "x", {"a": first[:, None], "b": second[:, None]}, weights=weights)
        return group_sequential(asked, pool, ("a", "b"), 1).facts[-1].rsplit("; ", 1)[1]

    # half of the people do better with the first arm, and few of them count
    assert side(None) == "higher is better"
    assert side(np.repeat([0.1, 1.9], 20)) == "lower is better"
