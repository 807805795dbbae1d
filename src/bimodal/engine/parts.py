"""Many expressions as several functions: a compiler takes minutes for one of a hundred thousand instructions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bimodal.engine.ir import Builder, Value
from bimodal.engine.lower import Lowering
from bimodal.expr import Graph, Node, Op

#: Nodes of an expression graph that are written as one function, and those of a part where there are more.
MOST_TOGETHER = 10_000
IN_PART = 500
_LEAVES = (Op.CONST, Op.SYMBOL)


class Parts:
    """The nodes of some expressions in an order in which each follows what it needs, cut into parts.

    What a later part needs of an earlier one lies in memory in between. The arithmetic is that of one function.

    Parameters
    ----------
    crossing
        How many W-wide reals lie in memory.
    """

    def __init__(self, graph: Graph, roots: Sequence[Node]) -> None:
        self._graph = graph
        self._lowering = Lowering(graph, roots)
        order = self._lowering.order
        self._parts = [order[start : start + IN_PART] for start in range(0, len(order), IN_PART)]
        part = {node: number for number, nodes in enumerate(self._parts) for node in nodes}
        self._slots: dict[Node, int] = {}
        for node in order:
            for used in self._used(node):
                if part[used] != part[node] and graph.term(used).op not in _LEAVES:
                    self._slots.setdefault(used, len(self._slots))
        self.part = part
        self.crossing = len(self._slots)

    def __len__(self) -> int:
        """Return how many parts there are."""
        return len(self._parts)

    def write(self, number: int, b: Builder, symbol: Callable[[str], Value], room: str) -> dict[Node, Value]:
        """Write a part and return its values; ``room`` is the memory between parts."""
        known = _Known(self, b, symbol, room)
        for node in self._parts[number]:
            known[node] = value = self._lowering.write(b, node, known, symbol)
            if (slot := self._slots.get(node)) is not None:
                truth = self._graph.is_boolean(node)
                b.store(b.select(value, b.const(1.0), b.const(0.0)) if truth else value, room, slot)
        return known

    def load(self, node: Node, b: Builder, symbol: Callable[[str], Value], room: str) -> Value:
        """Return what another part computed, or a leaf."""
        op, _, payload = self._graph.term(node)
        if op is Op.CONST:
            return b.const(float(payload))  # type: ignore[arg-type]
        if op is Op.SYMBOL:
            return symbol(str(payload))
        found = b.load(room, self._slots[node])
        return b.compare("ogt", found, b.const(0.5)) if self._graph.is_boolean(node) else found

    def _used(self, node: Node) -> list[Node]:
        op, args, _ = self._graph.term(node)
        used = list(args)
        if self._lowering.one_quotient(node):
            used += [inner for a in args[1:] for inner in self._graph.term(a).args]
        if op in (Op.ADD, Op.SUB):
            used += [inner for a in args if self._lowering.fused(a) for inner in self._graph.term(a).args]
        return used


class _Known(dict[Node, Value]):
    """Values of one part; what is missing is loaded where it is first used."""

    def __init__(self, parts: Parts, b: Builder, symbol: Callable[[str], Value], room: str) -> None:
        super().__init__()
        self._of = parts, b, symbol, room

    def __missing__(self, node: Node) -> Value:
        parts, b, symbol, room = self._of
        self[node] = value = parts.load(node, b, symbol, room)
        return value
