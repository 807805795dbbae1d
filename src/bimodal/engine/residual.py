"""Writes whether the unpivoted factors of a step can be trusted, by the residual of a linear solve."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bimodal.engine.elimination import Elimination, grouped
from bimodal.engine.ir import Builder, Value, fold

#: Residual of a linear solve, relative to the sizes of its terms, above which a step is taken again.
RESIDUAL_LIMIT = 1e-6
#: Rounding of the flows through a state, relative to them, that a step makes.
ROUNDING = 2e-15


def write_residual(
    b: Builder, entries: Sequence[tuple[int, int]], elimination: Elimination, still: Collection[int]
) -> None:
    """Write ``%worst``: 1 if W x + b is too large, or no number, in any row, else -1.

    In passing, write what the rounding of flows may make of each state: ``%noise`` over ``%speed``.

    Parameters
    ----------
    entries
        ``(row, column)`` of the matrix, sorted, the diagonal among them.
    still
        States that do not move: any number does there, as their error is zero.
    """
    rows = grouped(entries)
    index = {entry: i for i, entry in enumerate(entries)}
    place = {state: k for k, state in enumerate(elimination.order)}
    factors, changed = {entry: i for i, entry in enumerate(elimination.pattern)}, elimination.changed
    states = range(len(elimination.order))
    x = [b.load("%x", j) for j in states]
    sizes = [b.intrinsic("fabs", b.load("%y", j)) for j in states]
    diagonal = b.load("%gh", 0)
    good: list[Value] = []
    for i in still:
        b.store(diagonal, "%speed", i)
        b.store(b.const(0.0), "%noise", i)
    for i in (i for i in states if i not in still):
        terms = [b.load("%b", i)]
        flows: list[Value] = []
        for j in rows[i]:
            entry = place[i], place[j]
            same = b.load("%w", index[i, j]) if entry in changed else b.load("%lu", factors[entry])
            terms.append(b.mul(same, x[j]))
            flows.append(b.mul(b.intrinsic("fabs", same), sizes[j]))
        own = b.intrinsic("fabs", b.load("%w", index[i, i]))
        b.store(b.select(b.compare("ogt", own, diagonal), own, diagonal), "%speed", i)
        b.store(b.mul(fold(b.add, flows), b.const(ROUNDING)), "%noise", i)
        rest, size = fold(b.add, terms), fold(b.add, [b.intrinsic("fabs", term) for term in terms])
        # what is lost far below the tolerance of the state does not matter, as with numbers near the smallest
        size = b.fma(diagonal, b.load("%atol", i), size)
        good.append(b.compare("ole", b.intrinsic("fabs", rest), b.mul(size, b.const(RESIDUAL_LIMIT))))
    trusted = fold(lambda one, other: b.logical("and", one, other), good)
    b.store(b.select(trusted, b.const(-1.0), b.const(1.0)), "%worst", 0)
