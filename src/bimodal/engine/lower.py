"""Turns expression graphs into instructions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bimodal.engine import vmath
from bimodal.engine.ir import Builder, Value
from bimodal.expr import Graph, Node, Op

_COMPARISONS = {Op.LT: "olt", Op.LE: "ole", Op.EQ: "oeq"}
_INTRINSICS = {Op.SQRT: "sqrt", Op.ABS: "fabs", Op.FLOOR: "floor"}


class Lowering:
    """How some expressions are computed: shared subexpressions once, a product that only one sum uses fused into it.

    Parameters
    ----------
    compared
        Gives what takes the place of a comparison, given its value.
    """

    def __init__(
        self, graph: Graph, roots: Sequence[Node], compared: Callable[[Node, Value], Value] | None = None
    ) -> None:
        self.graph = graph
        self.order = graph.order(roots)
        self._compared = compared
        self._uses = Counter(a for node in self.order for a in graph.term(node).args)
        self._uses.update(roots)

    def fused(self, node: Node) -> bool:
        """Tell whether a node is a product that goes into the sum that uses it."""
        return self.graph.term(node).op is Op.MUL and self._uses[node] == 1

    def one_quotient(self, node: Node) -> bool:
        """Tell whether a node chooses between two quotients that nothing else uses."""
        op, args, _ = self.graph.term(node)
        return op is Op.SELECT and all(self.graph.term(a).op is Op.DIV and self._uses[a] == 1 for a in args[1:])

    def reads(self, node: Node) -> Sequence[Node]:
        """Return the nodes whose values the instruction of a node reads: what is fused into it is never a value."""
        op, args, _ = self.graph.term(node)
        if op in (Op.ADD, Op.SUB):
            product = self._product(op, args)
            if product is not None:
                other = args[1] if product == args[0] else args[0]
                return *self.graph.term(product).args, other
        if self.one_quotient(node):
            return args[0], *(inner for a in args[1:] for inner in self.graph.term(a).args)
        return args

    def _product(self, op: Op, args: Sequence[Node]) -> Node | None:
        """Return which of two terms is a product that goes into their sum or difference."""
        first, second = args
        for term in (first, second) if op is Op.ADD else (second, first):
            if self.fused(term):
                return term
        return None

    def write(self, b: Builder, node: Node, known: Mapping[Node, Value], symbol: Callable[[str], Value]) -> Value:
        """Write the instruction of a node and return its value; ``known`` are the values before it."""
        op, args, payload = self.graph.term(node)
        if op is Op.CONST:
            return b.const(float(payload))  # type: ignore[arg-type]
        if op is Op.SYMBOL:
            return symbol(str(payload))
        if op is Op.ADD:
            return self._add(b, args, known)
        if op is Op.SUB:
            return self._sub(b, args, known)
        if self.one_quotient(node):
            # of two quotients the one that counts: one division instead of two
            (one, under), (other, below) = (self.graph.term(a).args for a in args[1:])
            over = b.select(known[args[0]], known[one], known[other])
            return b.div(over, b.select(known[args[0]], known[under], known[below]))
        values = [known[a] for a in args]
        if op is Op.MUL:
            return b.mul(*values)
        if op is Op.DIV:
            return b.div(*values)
        if op in _COMPARISONS:
            found = b.compare(_COMPARISONS[op], *values)
            return found if self._compared is None else self._compared(node, found)
        if op in _INTRINSICS:
            return b.intrinsic(_INTRINSICS[op], *values)
        return _other(b, op, values)

    def _add(self, b: Builder, args: Sequence[Node], known: Mapping[Node, Value]) -> Value:
        first, second = args
        product = self._product(Op.ADD, args)
        if product is None:
            return b.add(known[first], known[second])
        one, two = self.graph.term(product).args
        return b.fma(known[one], known[two], known[second if product == first else first])

    def _sub(self, b: Builder, args: Sequence[Node], known: Mapping[Node, Value]) -> Value:
        first, second = args
        product = self._product(Op.SUB, args)
        if product is None:
            return b.sub(known[first], known[second])
        one, two = self.graph.term(product).args
        if product == second:
            return b.fma(b.neg(known[one]), known[two], known[first])
        return b.fma(known[one], known[two], b.neg(known[second]))


def lower(
    b: Builder,
    graph: Graph,
    roots: Sequence[Node],
    symbol: Callable[[str], Value],
    compared: Callable[[Node, Value], Value] | None = None,
) -> list[Value]:
    """Write the instructions that compute the roots and return their names.

    Parameters
    ----------
    b
        Receives the instructions.
    graph, roots
        What to compute; shared subexpressions are computed once.
    symbol
        Gives the value that stands for a named quantity.
    compared
        Gives what takes the place of a comparison, given its value.
    """
    lowering, known = Lowering(graph, roots, compared), dict[Node, Value]()
    for node in lowering.order:
        known[node] = lowering.write(b, node, known, symbol)
    return [known[root] for root in roots]


def _other(b: Builder, op: Op, v: list[Value]) -> Value:
    match op:
        case Op.NEG:
            return b.neg(v[0])
        case Op.POW:
            return vmath.power(b, v[0], v[1])
        case Op.EXP:
            return vmath.exp(b, v[0])
        case Op.LOG:
            return vmath.log(b, v[0])
        case Op.EXPM1:
            return vmath.expm1(b, v[0])
        case Op.LOG1P:
            return vmath.log1p(b, v[0])
        case Op.SIN:
            return vmath.sin(b, v[0])
        case Op.COS:
            return vmath.cos(b, v[0])
        case Op.ATAN:
            return vmath.arctan(b, v[0])
        case Op.MIN:
            return b.select(b.compare("ole", v[0], v[1]), v[0], v[1])
        case Op.MAX:
            return b.select(b.compare("ole", v[1], v[0]), v[0], v[1])
        case Op.AND:
            return b.logical("and", v[0], v[1])
        case Op.OR:
            return b.logical("or", v[0], v[1])
        case Op.NOT:
            return b.negate_truth(v[0])
        case _:  # SELECT: the only operation left
            return b.select(v[0], v[1], v[2])
