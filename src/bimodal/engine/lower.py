"""Turns expression graphs into instructions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from bimodal.engine import vmath
from bimodal.engine.ir import Builder, Value
from bimodal.expr import Graph, Node, Op

_PLAIN = {Op.MUL: "fmul", Op.DIV: "fdiv"}
_COMPARISONS = {Op.LT: "olt", Op.LE: "ole", Op.EQ: "oeq"}
_INTRINSICS = {Op.SQRT: "sqrt", Op.ABS: "fabs", Op.FLOOR: "floor"}


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
    order = graph.order(roots)
    uses = Counter(a for node in order for a in graph.term(node).args)
    uses.update(roots)
    known: dict[Node, Value] = {}

    def fused_add(node: Node) -> Value:
        """Return a sum; a product used nowhere else is fused into it."""
        first, second = graph.term(node).args
        for product, other in ((first, second), (second, first)):
            term = graph.term(product)
            if term.op is Op.MUL and uses[product] == 1:
                return b.fma(known[term.args[0]], known[term.args[1]], known[other])
        return b.add(known[first], known[second])

    def fused_sub(node: Node) -> Value:
        """Return a difference; a product used nowhere else is fused into it."""
        first, second = graph.term(node).args
        taken, kept = graph.term(second), graph.term(first)
        if taken.op is Op.MUL and uses[second] == 1:
            return b.fma(b.neg(known[taken.args[0]]), known[taken.args[1]], known[first])
        if kept.op is Op.MUL and uses[first] == 1:
            return b.fma(known[kept.args[0]], known[kept.args[1]], b.neg(known[second]))
        return b.sub(known[first], known[second])

    for node in order:
        op, args, payload = graph.term(node)
        values = [known[a] for a in args]
        if op is Op.CONST:
            known[node] = b.const(float(payload))  # type: ignore[arg-type]
        elif op is Op.SYMBOL:
            known[node] = symbol(str(payload))
        elif op is Op.ADD:
            known[node] = fused_add(node)
        elif op is Op.SUB:
            known[node] = fused_sub(node)
        elif op in _PLAIN:
            known[node] = b.binary(_PLAIN[op], *values)
        elif op in _COMPARISONS:
            found = b.compare(_COMPARISONS[op], *values)
            known[node] = found if compared is None else compared(node, found)
        elif op in _INTRINSICS:
            known[node] = b.intrinsic(_INTRINSICS[op], *values)
        else:
            known[node] = _other(b, op, values)
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
