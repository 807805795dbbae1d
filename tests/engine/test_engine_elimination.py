"""Symbolic elimination: the pattern holds every fill, and the numbers solve the system."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from bimodal.engine.elimination import eliminate


def sparse(seed: int, n: int, density: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(0.1, 1, (n, n)) * rng.choice([-1, 1], (n, n)) * (rng.random((n, n)) < density)
    np.fill_diagonal(matrix, np.abs(matrix).sum(axis=1) + 1.0)
    return matrix


sizes = st.integers(1, 25)
seeds = st.integers(0, 2**32 - 1)
densities = st.floats(0, 0.6)


@limits(deadline=None, max_examples=60)
@given(seed=seeds, n=sizes, density=densities)
def test_the_pattern_covers_the_fill(seed: int, n: int, density: float) -> None:
    matrix = sparse(seed, n, density)
    found = eliminate(n, [(int(i), int(j)) for i, j in zip(*np.nonzero(matrix), strict=True)])
    assert sorted(found.order) == list(range(n))
    assert list(found.pattern) == sorted(set(found.pattern))
    a = matrix[np.ix_(found.order, found.order)].copy()
    allowed = np.zeros((n, n), bool)
    allowed[tuple(np.array(found.pattern).T)] = True
    for k in range(n):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
        assert not (a != 0)[~allowed].any()
    lower, upper = np.tril(a, -1) + np.eye(n), np.triu(a)
    np.testing.assert_allclose(lower @ upper, matrix[np.ix_(found.order, found.order)], atol=1e-10)


def test_an_arrow_fills_nothing() -> None:
    n = 30
    entries = [(0, j) for j in range(n)] + [(i, 0) for i in range(n)]
    assert len(eliminate(n, entries).pattern) == 3 * n - 2


def test_a_chain_fills_nothing() -> None:
    n = 30
    assert len(eliminate(n, [(i, i - 1) for i in range(1, n)]).pattern) == 2 * n - 1


@limits(deadline=None, max_examples=20)
@given(seed=seeds, n=sizes, density=densities)
def test_the_order_does_not_depend_on_how_entries_are_listed(seed: int, n: int, density: float) -> None:
    entries = [(int(i), int(j)) for i, j in zip(*np.nonzero(sparse(seed, n, density)), strict=True)]
    assert eliminate(n, entries) == eliminate(n, list(reversed(entries)))


@limits(deadline=None, max_examples=40)
@given(seed=seeds, n=sizes, density=densities)
def test_entries_not_called_changed_are_kept_by_the_factors(seed: int, n: int, density: float) -> None:
    matrix = sparse(seed, n, density)
    found = eliminate(n, [(int(i), int(j)) for i, j in zip(*np.nonzero(matrix), strict=True)])
    given = matrix[np.ix_(found.order, found.order)]
    a = given.copy()
    for k in range(n):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    for place in set(found.pattern) - found.changed:
        assert a[place] == given[place]


def test_a_row_that_couples_all_others_is_eliminated_last() -> None:
    n = 12
    entries = [(0, j) for j in range(n)] + [(i, 0) for i in range(n)]
    entries += [(i, i + 1) for i in range(1, n - 1, 2)] + [(i + 1, i) for i in range(1, n - 1, 2)]
    assert eliminate(n, entries).order[-1] == 0
