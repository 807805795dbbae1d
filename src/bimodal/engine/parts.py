"""Many expressions as several functions: a compiler takes minutes for one of a hundred thousand instructions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from bimodal.engine.ir import Builder, Value
from bimodal.engine.lower import Lowering
from bimodal.expr import Graph, Node, Op

#: Nodes of an expression graph that are written as one function, and those of a part where there are more.
MOST_TOGETHER = 10_000
IN_PART = 500
_LEAVES = (Op.CONST, Op.SYMBOL)


class Parts:
    """The nodes of some expressions in an order in which each follows what it needs, cut into parts.

    Each expression is finished before the next begins, so that little is needed of an earlier part; that lies in memory
    in between. The arithmetic is that of one function.

    Parameters
    ----------
    kept
        Those of the expressions that lie in memory in any case.
    """

    def __init__(self, graph: Graph, roots: Sequence[Node], kept: Collection[Node] = ()) -> None:
        self._graph = graph
        self._lowering = Lowering(graph, roots)
        order = self._order(roots)
        self._parts = [order[start : start + IN_PART] for start in range(0, len(order), IN_PART)]
        self.part = {node: number for number, nodes in enumerate(self._parts) for node in nodes}
        self._slots = {node: slot for slot, node in enumerate(dict.fromkeys(kept))}
        for node in order:
            for used in self._lowering.reads(node):
                if graph.term(used).op not in _LEAVES and self.part[used] != self.part[node]:
                    self._slots.setdefault(used, len(self._slots))

    def __len__(self) -> int:
        """Return how many parts there are."""
        return len(self._parts)

    @property
    def crossing(self) -> int:
        """How many W-wide reals lie in memory."""
        return len(self._slots)

    def slot(self, node: Node) -> int:
        """Return where in memory an expression that is kept there lies."""
        return self._slots[node]

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

    def _order(self, roots: Sequence[Node]) -> list[Node]:
        """Return the nodes that are values, depth first; leaves only where they are roots: others are loaded anew."""
        order, met = list[Node](), set[Node]()
        for root in roots:
            stack = [(root, False)]
            while stack:
                node, ready = stack.pop()
                if ready:
                    order.append(node)
                elif node not in met:
                    met.add(node)
                    stack.append((node, True))
                    inner = self._lowering.reads(node)
                    stack += [(a, False) for a in reversed(inner) if self._graph.term(a).op not in _LEAVES]
        return order


class _Known(dict[Node, Value]):
    """Values of one part; what is missing is loaded where it is first used."""

    def __init__(self, parts: Parts, b: Builder, symbol: Callable[[str], Value], room: str) -> None:
        super().__init__()
        self._of = parts, b, symbol, room

    def __missing__(self, node: Node) -> Value:
        parts, b, symbol, room = self._of
        self[node] = value = parts.load(node, b, symbol, room)
        return value
