"""Exact derivatives of expressions, by rule."""

from __future__ import annotations

from collections.abc import Sequence

from bimodal.expr.graph import Graph, Node
from bimodal.expr.op import BOOLEAN, Op


def derivative(graph: Graph, roots: Sequence[Node], name: str) -> list[Node]:
    """Differentiate expressions with respect to one quantity; new nodes go into the same graph.

    A comparison has derivative zero and a piecewise expression that of its branches: jumps carry no delta, which is
    what a solver that stops on events needs.

    Examples
    --------
    >>> graph = Graph()
    >>> x = graph.symbol("x")
    >>> derivative(graph, [graph.mul(x, x)], "x") == [graph.add(x, x)]
    True
    """
    roots = list(roots)
    zero = graph.const(0.0)
    result: dict[Node, Node] = {}
    for node in graph.order(roots):
        term = graph.term(node)
        if term.op is Op.SYMBOL:
            result[node] = graph.const(1.0) if term.payload == name else zero
        elif not term.args or term.op in BOOLEAN or all(result[a] == zero for a in term.args):
            result[node] = zero
        else:
            result[node] = _rule(graph, node, [result[a] for a in term.args])
    return [result[root] for root in roots]


def _rule(g: Graph, node: Node, d: list[Node]) -> Node:
    op, args, _ = g.term(node)
    a = args[0]
    match op:
        case Op.ADD:
            return g.add(d[0], d[1])
        case Op.SUB:
            return g.sub(d[0], d[1])
        case Op.MUL:
            return g.add(g.mul(d[0], args[1]), g.mul(a, d[1]))
        case Op.DIV:
            return g.div(g.sub(d[0], g.mul(node, d[1])), args[1])
        case Op.NEG:
            return g.neg(d[0])
        case Op.POW:
            return _power_rule(g, node, d)
        case Op.EXP:
            return g.mul(node, d[0])
        case Op.LOG:
            return g.div(d[0], a)
        case Op.EXPM1:
            return g.mul(g.call(Op.EXP, a), d[0])
        case Op.LOG1P:
            return g.div(d[0], g.add(g.const(1.0), a))
        case Op.SIN:
            return g.mul(g.call(Op.COS, a), d[0])
        case Op.COS:
            return g.neg(g.mul(g.call(Op.SIN, a), d[0]))
        case Op.ATAN:
            return g.div(d[0], g.add(g.const(1.0), g.mul(a, a)))
        case Op.SQRT:
            return g.div(d[0], g.mul(g.const(2.0), node))
        case Op.ABS:
            return g.select(g.compare(Op.LT, a, g.const(0.0)), g.neg(d[0]), d[0])
        case Op.FLOOR:
            return g.const(0.0)
        case Op.MIN:
            return g.select(g.compare(Op.LE, a, args[1]), d[0], d[1])
        case Op.MAX:
            return g.select(g.compare(Op.LE, args[1], a), d[0], d[1])
        case _:  # SELECT: the only operation left
            return g.select(a, d[1], d[2])


def _power_rule(g: Graph, node: Node, d: list[Node]) -> Node:
    base, exponent = g.term(node).args
    # exponent * base**(exponent - 1) stays right at base 0, where node / base would not
    by_base = g.mul(g.mul(exponent, g.pow(base, g.sub(exponent, g.const(1.0)))), d[0])
    if d[1] == g.const(0.0):
        return by_base
    # where the power is 0, or the exponent stands still at this point, ln base may be no number and does not matter
    zero = g.const(0.0)
    by_exponent = g.mul(g.mul(node, g.call(Op.LOG, base)), d[1])
    by_exponent = g.select(g.compare(Op.EQ, node, zero), zero, by_exponent)
    return g.add(by_base, g.select(g.compare(Op.EQ, d[1], zero), zero, by_exponent))
