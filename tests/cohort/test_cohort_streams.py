import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.cohort.philox import philox4x64
from bimodal.cohort.streams import normal, uniform, unit_interval
from bimodal.errors import CohortError

word = st.integers(0, 2**64 - 1)


@settings(deadline=None, max_examples=200)
@given(keys=st.lists(st.tuples(word, word), min_size=1, max_size=8), blocks=st.integers(1, 4))
def test_words_equal_numpys_generator(keys: list[tuple[int, int]], blocks: int) -> None:
    ours = philox4x64(np.array(keys, dtype=np.uint64), blocks)
    for row, key in zip(ours, keys, strict=True):
        theirs = np.random.Philox(key=np.array(key, dtype=np.uint64)).random_raw(4 * blocks)
        assert np.array_equal(row, theirs)


def test_words_equal_numpys_generator_for_many_keys() -> None:
    keys = np.random.default_rng(0).integers(0, 2**64, size=(2000, 2), dtype=np.uint64)
    keys[:3] = [[0, 0], [2**64 - 1, 2**64 - 1], [0, 2**64 - 1]]
    ours = philox4x64(keys, 2)
    theirs = np.array([np.random.Philox(key=key).random_raw(8) for key in keys])
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(("seed", "patient"), [(0, 0), (1, 2**62), (-3, 17), (10**30, 5)])
def test_the_key_is_the_documented_hash(seed: int, patient: int) -> None:
    digest = hashlib.sha256(f"{seed}\x1f{patient}\x1fparameter\x1fclearance".encode()).digest()
    raw = np.random.Philox(key=np.frombuffer(digest[:16], dtype="<u8")).random_raw(5)
    expected = ((raw >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53
    got = uniform(seed, np.array([patient]), "parameter", "clearance", draws=5)
    assert got.shape == (1, 5)
    assert np.array_equal(got[0], expected)


def test_extreme_words_stay_strictly_inside() -> None:
    ends = unit_interval(np.array([0, 2**64 - 1], dtype=np.uint64))
    assert 0 < ends[0] < ends[1] < 1


@settings(deadline=None, max_examples=50)
@given(patients=st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=12), cut=st.integers(0, 12))
def test_order_and_chunks_change_no_bit(patients: list[int], cut: int) -> None:
    whole = normal(7, patients, "parameter", "x", draws=3)
    backwards = normal(7, patients[::-1], "parameter", "x", draws=3)[::-1]
    parts = [normal(7, part, "parameter", "x", draws=3) for part in (patients[:cut], patients[cut:])]
    assert whole.tobytes() == backwards.tobytes() == np.concatenate(parts).tobytes()


def test_streams_of_different_names_are_uncorrelated() -> None:
    patients = np.arange(4000)
    draws = [
        normal(seed, patients, purpose, name)[:, 0]
        for seed, purpose, name in [
            (1, "parameter", "a"),
            (1, "parameter", "b"),
            (1, "covariate", "a"),
            (2, "parameter", "a"),
        ]
    ]
    correlation = np.corrcoef(draws)
    assert np.abs(correlation - np.eye(4)).max() < 4 / np.sqrt(4000)


def test_normal_moments() -> None:
    z = normal(3, np.arange(20000), "parameter", "x")[:, 0]
    assert abs(z.mean()) < 4 / np.sqrt(20000)
    assert abs(z.std() - 1) < 0.02
    assert abs(np.mean(z**4) - 3) < 0.2


def test_no_patient_gives_no_number() -> None:
    assert uniform(1, [], "parameter", "x").shape == (0, 1)


@pytest.mark.parametrize(
    "bad", [[-1], [0.5], [True], [[1]], ["1"], np.array([2**64 - 1], dtype=np.uint64), 3, [float("nan")]]
)
def test_bad_indices_are_refused(bad: object) -> None:
    with pytest.raises(CohortError):
        uniform(1, bad, "parameter", "x")  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [True, 1.0, "1", None])
def test_bad_seeds_are_refused(seed: object) -> None:
    with pytest.raises(CohortError, match="seed"):
        uniform(seed, [0], "parameter", "x")  # type: ignore[arg-type]


@pytest.mark.parametrize(("purpose", "name"), [("", "x"), ("p", ""), ("p\x1fq", "x"), ("p", "q\x1fx")])
def test_ambiguous_names_are_refused(purpose: str, name: str) -> None:
    with pytest.raises(CohortError, match="stream name"):
        uniform(1, [0], purpose, name)


def test_a_draw_is_needed() -> None:
    with pytest.raises(CohortError, match="draw"):
        uniform(1, [0], "p", "x", draws=0)
