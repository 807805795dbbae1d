"""The order in which a sparse matrix is eliminated, chosen once per model so that little fills in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Elimination:
    """A symbolic LU factorisation without row exchanges.

    Rows and columns are exchanged together (the diagonal stays the diagonal), by Markowitz's rule: the next pivot is
    the one with the fewest products of remaining row and column entries (Markowitz, Management Science 3, 255, 1957).

    Parameters
    ----------
    order
        ``order[k]`` is the state eliminated k-th.
    pattern
        Entries ``(row, column)`` of the factors in pivot positions, fill included, sorted.
    """

    order: tuple[int, ...]
    pattern: tuple[tuple[int, int], ...]

    @cached_property
    def products(self) -> int:
        """How many multiply-adds an elimination takes."""
        right = [0] * len(self.order)
        for i, j in self.pattern:
            right[i] += j > i
        return sum(right[j] for i, j in self.pattern if j < i)

    @cached_property
    def changed(self) -> frozenset[tuple[int, int]]:
        """Entries of the matrix the factors do not keep: the diagonal, below it, and where something is subtracted."""
        right: dict[int, list[int]] = {}
        for k, j in self.pattern:
            right.setdefault(k, []).extend([j] if j > k else [])
        inner = {(i, j) for i, k in self.pattern if i > k for j in right[k]}
        return frozenset(inner | {(i, j) for i, j in self.pattern if i >= j})


def eliminate(size: int, entries: Iterable[tuple[int, int]]) -> Elimination:
    """Find a pivot order and the fill of a square sparse matrix.

    ``entries`` are places ``(row, column)`` that may be nonzero; the diagonal is always taken as such.

    Examples
    --------
    >>> eliminate(2, [(0, 1)]).pattern
    ((0, 0), (0, 1), (1, 1))
    """
    rows: list[set[int]] = [{i} for i in range(size)]
    columns: list[set[int]] = [{i} for i in range(size)]
    for i, j in entries:
        rows[i].add(j)
        columns[j].add(i)
    filled = {(i, j) for i in range(size) for j in rows[i]}
    # of equal pivots the one with fewer entries at first: a row that couples all others comes late and waits for nobody
    crowd = [len(rows[k]) + len(columns[k]) for k in range(size)]
    left = set(range(size))
    order: list[int] = []

    def cost(k: int) -> tuple[int, int, int]:
        return (len(rows[k]) - 1) * (len(columns[k]) - 1), crowd[k], k

    while left:
        pivot = min(left, key=cost)
        if len(rows[pivot]) == len(columns[pivot]) == len(left):  # everything is coupled to everything by now
            filled.update((i, j) for i in left for j in left)
            order += sorted(left, key=cost)
            break
        left.discard(pivot)
        order.append(pivot)
        below, right = columns[pivot] - {pivot}, rows[pivot] - {pivot}
        for i in below:
            rows[i] |= right
            rows[i].discard(pivot)
            filled |= {(i, j) for j in right}
        for j in right:
            columns[j] |= below
            columns[j].discard(pivot)
    place = {state: k for k, state in enumerate(order)}
    return Elimination(tuple(order), tuple(sorted((place[i], place[j]) for i, j in filled)))


def grouped(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Return the second numbers of pairs by the first, both ascending.

    Examples
    --------
    >>> grouped([(1, 0), (0, 2), (1, 1)])
    {0: [2], 1: [0, 1]}
    """
    groups: dict[int, list[int]] = {}
    for i, j in sorted(pairs):
        groups.setdefault(i, []).append(j)
    return groups
