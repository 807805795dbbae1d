"""What the solver watches to find the instants at which the conditions of triggers change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bimodal.engine.trigger import TIME
from bimodal.expr import Node, Op, derivative, evaluate

if TYPE_CHECKING:
    from bimodal.engine.system import System

FloatArray = npt.NDArray[np.float64]
TruthArray = npt.NDArray[np.int8]

COMPARISONS = (Op.LT, Op.LE, Op.EQ)
_JUMPS = (Op.FLOOR, Op.SELECT)
#: How far two sides may differ just after a jump or a touch and count as equal: relative to what they are made of, and
#: to how they differed a little earlier.
_CLOSE, _CLOSER = 1e-9, 1e-3
_EARLIER = 1e-6
#: How far back from a change, relative to time, two sides must have been in the other order: ten times the bisection.
_BACK = 1e-13


@dataclass(frozen=True)
class Pair:
    """Two sides that are compared: where in the list of what is watched, and what tells that they may be equal."""

    first: Node
    second: Node
    members: tuple[int, ...]
    watch: tuple[int, ...]
    jumps: bool
    clock: bool


@dataclass(frozen=True, eq=False)
class Conditions:
    """The conditions of a system's triggers with everything that must stop the solver for them.

    A condition may hold for an instant only, as ``time == 24`` or ``a <= x and x <= a``, and a strict one, ``24 <
    time``, holds just after its instant. So an instant is looked at twice: when the two sides that pass each other are
    equal, and just after.

    Parameters
    ----------
    system
        Whose.
    nodes
        Conditions of the triggers, then the comparisons in them, then what tells that an equality may have held.
    pairs
        The comparisons, by what they compare.
    """

    system: System
    nodes: tuple[Node, ...]
    pairs: tuple[Pair, ...]

    @cached_property
    def place(self) -> dict[Node, int]:
        """Position of each comparison among the nodes."""
        return {self.nodes[i]: i for pair in self.pairs for i in pair.members}

    def equal(
        self, time: float, y: FloatArray, p: FloatArray, rate: FloatArray, changed: npt.NDArray[np.bool_]
    ) -> FloatArray:
        """Return which comparisons are of two sides that are equal at this instant, as 0 or 1.

        Parameters
        ----------
        time, y, p
            Just after the instant.
        rate
            (n,) of the states there.
        changed
            (C,) which nodes differ from what they were.
        """
        force = np.zeros(len(self.nodes))
        for pair in self.pairs:
            passed = bool(changed[list(pair.members)].any())
            touched = bool(changed[list(pair.watch)].any())
            if not (passed or touched):
                continue
            if passed and pair.clock and not pair.jumps:
                equal = True
            elif passed and not pair.jumps:
                back = _BACK * abs(time)
                now = self._difference(pair, time, y, p)
                before = self._difference(pair, time - back, y - back * rate, p)
                equal = now == 0.0 or now * before <= 0.0
            else:
                back = _EARLIER * abs(time)
                now = abs(self._difference(pair, time, y, p))
                before = abs(self._difference(pair, time - back, y - back * rate, p))
                equal = now <= min(_CLOSE * self._size(pair, time, y, p), _CLOSER * before)
            if equal:
                force[list(pair.members)] = 1.0
        return force

    def kept(self, force: FloatArray, assigned: frozenset[str]) -> FloatArray:
        """Return which sides are still known to be equal after states were given new values."""
        graph = self.system.graph
        for pair in self.pairs:
            if force[list(pair.members)].any() and graph.symbols([pair.first, pair.second]) & assigned:
                force[list(pair.members)] = 0.0
        return force

    def _values(self, time: float, y: FloatArray, p: FloatArray) -> dict[str, npt.ArrayLike]:
        system = self.system
        fixed = [*system.parameter_ids, *(name for name, _ in system.derived)]
        return {
            **dict(zip(fixed, p[: len(fixed)], strict=True)),
            **dict(zip(system.state_ids, y, strict=True)),
            TIME: time,
        }

    def _difference(self, pair: Pair, time: float, y: FloatArray, p: FloatArray) -> float:
        first, second = evaluate(self.system.graph, [pair.first, pair.second], self._values(time, y, p))
        return float(first) - float(second)

    def _size(self, pair: Pair, time: float, y: FloatArray, p: FloatArray) -> float:
        graph = self.system.graph
        parts = [node for node in graph.order([pair.first, pair.second]) if not graph.is_boolean(node)]
        return float(np.nanmax(np.abs(evaluate(graph, parts, self._values(time, y, p)))))


def find_conditions(system: System) -> Conditions:
    """List what the solver watches for the triggers of a system."""
    g = system.graph
    found = [trigger.condition for trigger in system.triggers]
    acting = [trigger.condition for trigger in system.triggers if trigger.assignments]
    comparisons = [node for node in g.order(found) if g.term(node).op in COMPARISONS]
    nodes = [*found, *(node for node in comparisons if node not in found)]
    fixed = (set(system.parameter_ids) - system.settable) | {name for name, _ in system.derived}

    def place(node: Node) -> int:
        if node not in nodes:
            nodes.append(node)
        return nodes.index(node)

    # the fraction of half a number passes one half whenever the number passes a whole one
    half = g.const(0.5)
    jumps: dict[Node, int] = {}
    for node in g.order(acting):
        if g.term(node).op is Op.FLOOR:
            halved = g.mul(half, g.term(node).args[0])
            jumps[node] = place(g.compare(Op.LT, g.sub(halved, g.call(Op.FLOOR, halved)), half))
    by_sides: dict[frozenset[Node], list[Node]] = {}
    for node in comparisons:
        by_sides.setdefault(frozenset(g.term(node).args), []).append(node)
    inside = set(g.order(acting))
    pairs: list[Pair] = []
    for same in by_sides.values():
        first, second = g.term(same[0]).args
        members, watch = [nodes.index(node) for node in same], list[int]()
        parts = g.order([first, second])
        clock = g.symbols([first, second]) <= fixed | {TIME}
        if any(g.term(node).op is not Op.LT and node in inside for node in same):
            # sides that are equal for an instant only: they pass each other, or touch, or jump to equality
            members.append(place(g.compare(Op.LT, first, second)))
            watch = [jumps[node] for node in parts if node in jumps]
            slope = derivative(g, [g.sub(first, second)], TIME)[0] if clock else g.const(0.0)
            if g.value(slope) is None:
                watch.append(place(g.compare(Op.LT, slope, g.const(0.0))))
        steps = any(g.term(node).op in _JUMPS for node in parts)
        pairs.append(Pair(first, second, tuple(dict.fromkeys(members)), tuple(watch), steps, clock))
    return Conditions(system, tuple(nodes), tuple(pairs))
