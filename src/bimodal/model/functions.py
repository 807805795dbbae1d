"""Mathematical functions made of the operations an expression has, written so that nothing cancels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from bimodal.expr import Graph, Node, Op

#: Beyond it a factorial is larger than any double.
_LARGEST_FACTORIAL = 170


def truth(g: Graph, node: Node) -> Node:
    """Return a node as a truth value: a number is true unless it is zero (SBML Level 3 Version 2, section 3.4.9)."""
    return node if g.is_boolean(node) else g.logical(Op.NOT, g.compare(Op.EQ, node, g.const(0.0)))


def number(g: Graph, node: Node) -> Node:
    """Return a node as a number: true is 1, false is 0."""
    return g.select(node, g.const(1.0), g.const(0.0)) if g.is_boolean(node) else node


def _odd(g: Graph, x: Node, of_size: Callable[[Graph, Node], Node]) -> Node:
    """Return an odd function given by its values at |x|."""
    value = of_size(g, g.call(Op.ABS, x))
    return g.select(g.compare(Op.LT, x, g.const(0.0)), g.neg(value), value)


def _inverse(g: Graph, x: Node) -> Node:
    return g.div(g.const(1.0), x)


def _tan(g: Graph, x: Node) -> Node:
    return g.div(g.call(Op.SIN, x), g.call(Op.COS, x))


def _arcsin(g: Graph, x: Node) -> Node:
    one = g.const(1.0)
    return g.call(Op.ATAN, g.div(x, g.call(Op.SQRT, g.mul(g.sub(one, x), g.add(one, x)))))


def _arccos(g: Graph, x: Node) -> Node:
    one = g.const(1.0)
    half = g.call(Op.ATAN, g.call(Op.SQRT, g.div(g.sub(one, x), g.add(one, x))))
    return g.mul(g.const(2.0), half)


def _sinh(g: Graph, x: Node) -> Node:
    return g.mul(g.const(0.5), g.sub(g.call(Op.EXPM1, x), g.call(Op.EXPM1, g.neg(x))))


def _cosh(g: Graph, x: Node) -> Node:
    return g.mul(g.const(0.5), g.add(g.call(Op.EXP, x), g.call(Op.EXP, g.neg(x))))


def _tanh(g: Graph, x: Node) -> Node:
    def of_size(g: Graph, size: Node) -> Node:
        less = g.call(Op.EXPM1, g.mul(g.const(-2.0), size))
        return g.div(g.neg(less), g.add(g.const(2.0), less))

    return _odd(g, x, of_size)


def _arcsinh(g: Graph, x: Node) -> Node:
    def of_size(g: Graph, size: Node) -> Node:
        one, square = g.const(1.0), g.mul(size, size)
        root = g.call(Op.SQRT, g.add(square, one))
        return g.call(Op.LOG1P, g.add(size, g.div(square, g.add(one, root))))

    return _odd(g, x, of_size)


def _arccosh(g: Graph, x: Node) -> Node:
    above = g.sub(x, g.const(1.0))
    return g.call(Op.LOG1P, g.add(above, g.call(Op.SQRT, g.mul(above, g.add(above, g.const(2.0))))))


def _arctanh(g: Graph, x: Node) -> Node:
    def of_size(g: Graph, size: Node) -> Node:
        ratio = g.div(g.mul(g.const(2.0), size), g.sub(g.const(1.0), size))
        return g.mul(g.const(0.5), g.call(Op.LOG1P, ratio))

    return _odd(g, x, of_size)


def _of_inverse(function: Callable[[Graph, Node], Node]) -> Callable[[Graph, Node], Node]:
    return lambda g, x: function(g, _inverse(g, x))


def _inverse_of(function: Callable[[Graph, Node], Node]) -> Callable[[Graph, Node], Node]:
    return lambda g, x: _inverse(g, function(g, x))


def _ceiling(g: Graph, x: Node) -> Node:
    return g.neg(g.call(Op.FLOOR, g.neg(x)))


def _factorial(g: Graph, x: Node) -> Node:
    """Return x! of a whole x; NaN of any other."""
    value, one = g.value(x), g.const(1.0)
    if value is not None and value >= 0.0 and value == math.floor(value):
        return g.const(float(math.factorial(int(value))) if value <= _LARGEST_FACTORIAL else math.inf)
    product = one
    for k in range(2, _LARGEST_FACTORIAL + 1):
        factor = g.const(float(k))
        product = g.mul(product, g.select(g.compare(Op.LE, factor, x), factor, one))
    too_large = g.compare(Op.LT, g.const(float(_LARGEST_FACTORIAL)), x)
    product = g.select(too_large, g.const(math.inf), product)
    whole = g.compare(Op.EQ, g.call(Op.FLOOR, x), x)
    usable = g.logical(Op.AND, whole, g.compare(Op.LE, g.const(0.0), x))
    return g.select(usable, product, g.const(math.nan))


def _plain(op: Op) -> Callable[[Graph, Node], Node]:
    return lambda g, x: g.call(op, x)


#: Functions of one number by their MathML name.
UNARY: dict[str, Callable[[Graph, Node], Node]] = {
    "abs": _plain(Op.ABS),
    "exp": _plain(Op.EXP),
    "ln": _plain(Op.LOG),
    "floor": _plain(Op.FLOOR),
    "ceiling": _ceiling,
    "factorial": _factorial,
    "sin": _plain(Op.SIN),
    "cos": _plain(Op.COS),
    "tan": _tan,
    "sec": _inverse_of(_plain(Op.COS)),
    "csc": _inverse_of(_plain(Op.SIN)),
    "cot": _inverse_of(_tan),
    "arcsin": _arcsin,
    "arccos": _arccos,
    "arctan": _plain(Op.ATAN),
    "arcsec": _of_inverse(_arccos),
    "arccsc": _of_inverse(_arcsin),
    "arccot": _of_inverse(_plain(Op.ATAN)),
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "sech": _inverse_of(_cosh),
    "csch": _inverse_of(_sinh),
    "coth": _inverse_of(_tanh),
    "arcsinh": _arcsinh,
    "arccosh": _arccosh,
    "arctanh": _arctanh,
    "arcsech": _of_inverse(_arccosh),
    "arccsch": _of_inverse(_arcsinh),
    "arccoth": _of_inverse(_arctanh),
}


def logarithm(g: Graph, base: Node, x: Node) -> Node:
    """Return the logarithm of x to a base."""
    return g.div(g.call(Op.LOG, x), g.call(Op.LOG, base))


def root(g: Graph, degree: Node, x: Node) -> Node:
    """Return the root of x; of a negative x if the degree is an odd number written in the file."""
    power = g.div(g.const(1.0), degree)
    value = g.value(degree)
    if value is None or value % 2.0 != 1.0:
        return g.pow(x, power)
    return _odd(g, x, lambda g, size: g.pow(size, power))


def quotient(g: Graph, a: Node, b: Node) -> Node:
    """Return a / b without its fraction, rounded towards zero (MathML 2.0, section 4.4.3.1)."""
    return _odd(g, g.div(a, b), lambda g, size: g.call(Op.FLOOR, size))


def remainder(g: Graph, a: Node, b: Node) -> Node:
    """Return what is left of a after division by b, with the sign of a."""
    return g.sub(a, g.mul(b, quotient(g, a, b)))


def exclusive(g: Graph, values: Sequence[Node]) -> Node:
    """Return whether an odd number of truth values hold."""
    result = false(g)
    for value in values:
        one = g.logical(Op.AND, result, g.logical(Op.NOT, value))
        other = g.logical(Op.AND, g.logical(Op.NOT, result), value)
        result = g.logical(Op.OR, one, other)
    return result


def true(g: Graph) -> Node:
    """Return the truth value that always holds."""
    return g.compare(Op.EQ, g.const(0.0), g.const(0.0))


def false(g: Graph) -> Node:
    """Return the truth value that never holds."""
    return g.compare(Op.LT, g.const(0.0), g.const(0.0))
