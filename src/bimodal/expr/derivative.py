"""Exact derivatives of expressions, by rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    zero = graph.const(0.0)
    (found,) = derivatives(graph, roots, [name])
    return [found.get(place, zero) for place in range(len(roots))]


def derivatives(graph: Graph, roots: Sequence[Node], names: Iterable[str]) -> Iterator[dict[int, Node]]:
    """Differentiate expressions as :func:`derivative` does, with respect to one quantity after the other.

    Only what depends on a quantity is looked at again for it.

    Returns
    -------
    For each name, when it is asked for, the derivatives that are not zero by place in ``roots``, in that order.

    Examples
    --------
    >>> graph = Graph()
    >>> x, y = graph.symbol("x"), graph.symbol("y")
    >>> list(derivatives(graph, [graph.add(x, x), y], ["x", "y"])) == [{0: graph.const(2.0)}, {1: graph.const(1.0)}]
    True
    """
    users: dict[Node, list[Node]] = {}
    symbols: dict[str, Node] = {}
    for node in graph.order(roots):
        op, args, payload = graph.term(node)
        if op is Op.SYMBOL:
            symbols[str(payload)] = node
        for arg in args:
            users.setdefault(arg, []).append(node)
    places: dict[Node, list[int]] = {}
    for place, root in enumerate(roots):
        places.setdefault(root, []).append(place)
    for name in names:
        found = _by(graph, symbols[name], users) if name in symbols else {}
        yield dict(sorted((place, node) for root, node in found.items() for place in places.get(root, ())))


def _by(graph: Graph, symbol: Node, users: Mapping[Node, Sequence[Node]]) -> dict[Node, Node]:
    """Return derivatives by a symbol, where they are not zero, of all nodes that depend on it."""
    zero = graph.const(0.0)
    changing, stack = {symbol}, [symbol]
    while stack:
        for user in users.get(stack.pop(), ()):
            if user not in changing:
                changing.add(user)
                stack.append(user)
    result: dict[Node, Node] = {}
    for node in sorted(changing):
        op, args, _ = graph.term(node)
        if node == symbol:
            result[node] = graph.const(1.0)
        elif op not in BOOLEAN and any(a in result for a in args):
            slope = _rule(graph, node, [result.get(a, zero) for a in args])
            if slope != zero:
                result[node] = slope
    return result


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
