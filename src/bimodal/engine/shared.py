"""What all patients of a run have in common, so that code made for them need not compute it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bimodal.engine.folding import Folding, Place
from bimodal.engine.lower import lower
from bimodal.engine.program import Program
from bimodal.engine.trigger import TIME
from bimodal.expr import Op

FloatArray = npt.NDArray[np.float64]
#: Nodes of rates and Jacobian below which code of its own is not worth compiling.
FEWEST_NODES = 300
_WHOLE = (0.0, 1.0, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Shared:
    """Numbers that are the same in all patients of a run from beginning to end.

    Parameters
    ----------
    values
        ``(place, number)`` of parameters that are 0 or 1, or exponents that are whole numbers from 0 to 4: what folds.
    fractional
        Places of parameters that are exponents, in no patient a whole number from 0 to 4.
    still
        Places of states that start at zero and receive no dose; in code, those that have no rate either, such as a
        drug that nobody is given.
    """

    values: tuple[tuple[int, float], ...] = ()
    fractional: tuple[int, ...] = ()
    still: tuple[int, ...] = ()

    def also(self, other: Shared) -> Shared:
        """Return what holds of patients of both."""
        return Shared(
            tuple(pair for pair in self.values if pair in other.values),
            tuple(i for i in self.fractional if i in other.fractional),
            tuple(i for i in self.still if i in other.still),
        )


#: Nothing in common.
NOTHING = Shared()


class Foldable(NamedTuple):
    """Places of parameters that rates use, and of those that are exponents there; none where folding does not pay."""

    used: tuple[int, ...]
    exponents: tuple[int, ...]


def foldable(program: Program) -> Foldable:
    """Say what of a program is worth looking at."""
    system, graph = program.system, program.system.graph
    order = graph.order([*program.rates, *program.jacobian.values()])
    if system.triggers or len(order) < FEWEST_NODES:
        return Foldable((), ())
    place = program.places
    terms = [graph.term(node) for node in order]
    used = {place[str(t.payload)] for t in terms if t.op is Op.SYMBOL and t.payload in place}
    powers = [graph.term(t.args[1]) for t in terms if t.op is Op.POW]
    exponents = {place[str(t.payload)] for t in powers if t.op is Op.SYMBOL and t.payload in place}
    return Foldable(tuple(sorted(used)), tuple(sorted(exponents)))


def shared_by(found: Foldable, params: FloatArray, states: FloatArray, slots: npt.NDArray[np.int64]) -> Shared:
    """Return what patients with these full parameters (N, P') and starting states (N, n) have in common.

    Parameters
    ----------
    slots
        Of all events: what they touch is not the same from beginning to end.
    """
    if not found.used or not len(params):
        return NOTHING
    used, n = np.array(found.used), states.shape[1]
    columns = params[:, used]
    if not np.isfinite(columns).all():
        return NOTHING
    touched = np.unique(slots)
    free, raised = ~np.isin(2 * n + used, touched), np.isin(used, found.exponents)
    first = columns[0]
    folds = np.where(raised, np.isin(first, _WHOLE), np.isin(first, _WHOLE[:2]))
    same = free & folds & (columns == first).all(axis=0)
    odd = free & raised
    odd[odd] = ~np.isin(columns[:, odd], _WHOLE).any(axis=0)
    zero = (states == 0.0).all(axis=0) & ~np.isin(np.arange(n), touched) & ~np.isin(np.arange(n, 2 * n), touched)
    return Shared(
        tuple(zip(used[same].tolist(), first[same].tolist(), strict=True)),
        tuple(used[odd].tolist()),
        tuple(np.flatnonzero(zero).tolist()),
    )


def still_of(program: Program, shared: Shared) -> tuple[int, ...]:
    """Return which of the states that begin at zero stay there: nothing that is not zero flows into them."""
    system, graph = program.system, program.system.graph
    still = set(shared.still)
    while still:
        known: dict[Place, float] = {("%p", i): value for i, value in shared.values}
        known |= {("%y", i): 0.0 for i in still}
        fractional = frozenset[Place](("%p", i) for i in shared.fractional)
        b = Folding(1, fused=True, known=known, fractional=fractional)

        def symbol(name: str, b: Folding = b) -> str:
            if name in system.state_index:
                return b.load("%y", system.state_index[name])
            return b.load("%t", 0) if name == TIME else b.load("%p", program.places[name])

        entries = [(i, j) for i, j in program.jacobian if i in still and j not in still]
        slopes = [(i, program.time_slopes[i]) for i in still if program.time_slopes]
        what = [*((i, program.rates[i]) for i in still), *((i, program.jacobian[i, j]) for i, j in entries), *slopes]
        found = lower(b, graph, [node for _, node in what], symbol)
        moved = {i for (i, _), value in zip(what, found, strict=True) if b.number(value) != 0.0}
        if not moved:
            break
        still -= moved
    return tuple(sorted(still))
