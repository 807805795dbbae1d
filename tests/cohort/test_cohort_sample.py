from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from cohort_table import Row, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.cohort import Population, load_cohort, sample
from bimodal.cohort.quantity import Quantity
from bimodal.cohort.variability import vary
from bimodal.errors import CohortError
from cpu import bounded

COUNTS = ("treg_count_rest", "tconv_count_rest", "cd8_count_rest", "nk_bright_count_rest", "nk_dim_count_rest")


BASE = (
    *(Row(name, 1.0) for name in COUNTS),
    Row("v_plasma", 2.85, 0.2),
    Row("clearance", 7.7),
    Row("sc_bioavailability", 0.216, 0.3, "logitnormal"),
    Row("fixed_one", 3.0, 0.0),
    Row("blank_one", 4.0, None, None),
)
TABLE = Table(BASE)
COHORT = load_cohort("healthy")


def same(a: Population, b: Population, rows: np.ndarray, names: set[str] | None = None) -> None:
    for left, right in ((a.covariates, b.covariates), (a.parameters, b.parameters)):
        for name in names & set(left) if names is not None else set(left):
            assert left[name][rows].tobytes() == right[name].tobytes(), name


def test_adding_a_parameter_changes_nobody() -> None:
    before = sample(COHORT, np.arange(50), 1, TABLE)
    after = sample(COHORT, np.arange(50), 1, Table((Row("a_new_one", 1.0, 0.5), *reversed(BASE))))
    assert set(after.parameters) == {*before.parameters, "a_new_one"}
    same(after, before, np.arange(50), set(before.parameters) | set(before.covariates))


@settings(deadline=None, max_examples=20)
@given(order=st.permutations(range(12)), cuts=st.lists(st.integers(0, 12), max_size=3))
def test_order_and_chunks_of_patients_change_no_bit(order: list[int], cuts: list[int]) -> None:
    whole = sample(COHORT, np.arange(12), 5, TABLE)
    edges = [0, *sorted(cuts), 12]
    for start, end in pairwise(edges):
        rows = np.array(order[start:end], dtype=np.int64)
        same(whole, sample(COHORT, rows, 5, TABLE), rows)


def test_one_patient_alone_has_the_bits_of_a_thousand() -> None:
    whole = sample(COHORT, np.arange(1000), 5, TABLE)
    for patient in (0, 1, 7, 500, 998, 999):
        same(whole, sample(COHORT, [patient], 5, TABLE), np.array([patient]))


def test_only_differing_columns_are_given() -> None:
    people = sample(COHORT, np.arange(5), 1, TABLE)
    assert set(people.parameters) == {*COUNTS, "v_plasma", "clearance", "sc_bioavailability"}
    assert np.array_equal(people.weights, np.ones(5))
    assert len(people) == 5
    assert people.patients.dtype == np.int64


def test_size_scales_volume_and_clearance() -> None:
    people = sample(COHORT, np.arange(200), 1, TABLE)
    bsa = people.covariates["bsa_m2"]
    assert np.allclose(people.parameters["clearance"], 7.7 * bsa / 1.85, rtol=1e-14)
    weight, height = people.covariates["weight_kg"], people.covariates["height_cm"]
    assert np.allclose(bsa, np.sqrt(weight * height / 3600), rtol=1e-14)
    relative = people.parameters["v_plasma"] / (2.85 * bsa / 1.85)
    assert 0.15 < relative.std() / relative.mean() < 0.25


def test_a_model_without_size_parameters_is_sampled() -> None:
    bare = Table(tuple(Row(name, 1.0) for name in COUNTS))
    assert set(sample(COHORT, [0], 1, bare).parameters) == set(COUNTS)


def test_covariates_follow_the_file() -> None:
    people = sample(COHORT, np.arange(8000), 1, TABLE)
    men = people.covariates["female"] == 0
    assert abs(men.mean() - 0.5) < 0.02
    for body, chosen in ((COHORT.male, men), (COHORT.female, ~men)):
        weight, height = people.covariates["weight_kg"][chosen], people.covariates["height_cm"][chosen]
        assert np.median(weight) == pytest.approx(body.weight_kg.median, rel=0.01)
        assert weight.std() / weight.mean() == pytest.approx(body.weight_kg.cv, rel=0.05)
        assert np.median(height) == pytest.approx(body.height_cm.median, rel=0.005)
        r = np.corrcoef(np.log(weight), np.log(height))[0, 1]
        assert r == pytest.approx(body.log_correlation.median, abs=0.03)


def test_counts_follow_the_file() -> None:
    people = sample(load_cohort("cgvhd"), np.arange(8000), 1, TABLE)
    for name, quantity in load_cohort("cgvhd").parameters.items():
        assert np.median(people.parameters[name]) == pytest.approx(quantity.median, rel=0.03)


@pytest.mark.parametrize("name", ["healthy", "cgvhd"])
def test_treg_follow_conventional_cells(name: str) -> None:
    cohort = load_cohort(name)
    people = sample(cohort, np.arange(8000), 1, TABLE)
    logs = [np.log(people.parameters[cell]) for cell in COUNTS]
    wanted = cohort.parameters["treg_count_rest"].log_correlation
    assert np.corrcoef(logs)[0, 1] == pytest.approx(wanted, abs=0.02)
    assert abs(np.corrcoef(logs)[0, 2]) < 0.05


def test_the_treg_share_spreads_as_published_in_health() -> None:
    counts = sample(COHORT, np.arange(8000), 1, TABLE).parameters
    share = counts["treg_count_rest"] / (counts["treg_count_rest"] + counts["tconv_count_rest"])
    assert share.std() / share.mean() == pytest.approx(1.3 / 7.9, abs=0.02)


@settings(deadline=None, max_examples=30)
@given(median=st.floats(1e-6, 1e6), cv=st.floats(0.01, 0.8))
def test_lognormal_moments(median: float, cv: float) -> None:
    z = np.random.default_rng(1).standard_normal(200_000)
    x = vary(median, cv, "lognormal", z) / median
    assert np.median(x) == pytest.approx(1, rel=0.02)
    assert x.mean() == pytest.approx(np.sqrt(1 + cv * cv), rel=0.02)
    assert x.std() / x.mean() == pytest.approx(cv, rel=0.05)


@settings(deadline=None, max_examples=50)
@given(median=st.floats(1e-9, 1 - 1e-9), cv=st.floats(0, 10), z=st.floats(-8.3, 8.3))
def test_fractions_stay_fractions(median: float, cv: float, z: float) -> None:
    low, middle, high = vary(median, cv, "logitnormal", np.array([-abs(z), 0.0, abs(z)]))
    assert 0 <= low <= middle <= high <= 1
    assert middle == pytest.approx(median, rel=1e-6)


def test_small_spread_of_a_fraction_is_the_cv() -> None:
    z = np.random.default_rng(1).standard_normal(200_000)
    x = vary(0.3, 0.05, "logitnormal", z)
    assert x.std() / x.mean() == pytest.approx(0.05, rel=0.02)


@pytest.mark.parametrize(
    ("median", "cv", "distribution"),
    [
        (0.0, 0.1, "lognormal"),
        (-1.0, 0.1, "lognormal"),
        (float("nan"), 0.1, "lognormal"),
        (1.0, -0.1, "lognormal"),
        (1.0, float("nan"), "lognormal"),
        (1.0, 1e300, "lognormal"),
        (1.0, 0.1, "logitnormal"),
        (1.0, 0.1, "gauss"),
    ],
)
def test_impossible_spreads_are_refused(median: float, cv: float, distribution: str) -> None:
    with pytest.raises(CohortError):
        vary(median, cv, distribution, np.zeros(1))


def test_the_parameter_at_fault_is_named() -> None:
    with pytest.raises(CohortError, match="parameter odd"):
        sample(COHORT, [0], 1, Table((*BASE, Row("odd", 1.0, 0.1, "gauss"))))


def test_a_parameter_the_model_lacks_is_named() -> None:
    with pytest.raises(CohortError, match=r"healthy\.toml, key parameters\.cd8_count_rest"):
        sample(COHORT, [0], 1, Table((Row("clearance", 1.0),)))


def test_a_fixed_value_of_the_cohort_replaces_the_table() -> None:
    fixed = Quantity(median=-2, distribution="fixed", unit="1", source="ours", status="assumed")
    cohort = replace(COHORT, parameters={"clearance": fixed})
    people = sample(cohort, [0, 1], 1, Table((Row("clearance", 7.7, 0.3),)))
    assert np.allclose(people.parameters["clearance"], -2 * people.covariates["bsa_m2"] / 1.85)


def test_no_patient_gives_empty_columns() -> None:
    people = sample(COHORT, np.array([], dtype=np.int64), 1, TABLE)
    assert len(people) == 0
    assert people.parameters["clearance"].shape == (0,)


def test_matrix_fills_defaults_and_refuses_strangers() -> None:
    people = sample(COHORT, np.arange(3), 1, TABLE)
    ids = [row.id for row in BASE]
    matrix = people.matrix(ids, {row.id: row.value for row in BASE})
    assert matrix.shape == (3, len(BASE))
    assert np.array_equal(matrix[:, ids.index("fixed_one")], [3.0, 3.0, 3.0])
    assert np.array_equal(matrix[:, ids.index("clearance")], people.parameters["clearance"])
    with pytest.raises(CohortError, match="lacks"):
        people.matrix(["clearance"], {})
    with pytest.raises(CohortError, match="no value"):
        people.matrix([*ids, "another"], {row.id: row.value for row in BASE})


def test_a_thousand_patients_of_sixty_parameters_take_little_time() -> None:
    table = Table((*BASE, *(Row(f"p{i}", 1.0, 0.3) for i in range(60))))
    with bounded(50):
        sample(COHORT, np.arange(1000), 1, table)


def test_uniform_values_run_between_their_ends():
    z = np.array([-40.0, 0.0, 40.0])
    assert vary(168.0, 2.0 / 7.0 / np.sqrt(3.0), "uniform", z) == pytest.approx([120.0, 168.0, 216.0])
    many = vary(0.5, 0.577350269, "uniform", np.random.default_rng(1).normal(size=20_000))
    assert many.min() >= 0.0
    assert many.std() / many.mean() == pytest.approx(0.577, rel=0.02)
    with pytest.raises(CohortError, match="below 0"):
        vary(0.5, 0.58, "uniform", z)
