"""Expressions as a typed, hash-consed graph: equal expressions are one node, so work is shared by construction."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from bimodal.errors import ModelError
from bimodal.expr.op import BOOLEAN, LOGICAL, Op

Node = int


class Term(NamedTuple):
    """One node: its operation, the nodes it takes, and the payload of a constant or symbol."""

    op: Op
    args: tuple[Node, ...]
    payload: float | str | None


class Graph:
    """An append-only arena of expressions; a node is an index into it.

    Constants fold and neutral elements vanish while the graph is built, so a derivative needs no separate
    simplification. Nothing is ever removed: a node stays valid for the life of its graph.

    Examples
    --------
    >>> graph = Graph()
    >>> x = graph.symbol("x")
    >>> graph.add(x, graph.const(0.0)) == x
    True
    """

    def __init__(self) -> None:
        self._terms: list[Term] = []
        self._index: dict[tuple[object, ...], Node] = {}

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Graph:
        """Return a graph of these nodes in this order, as `terms` of another one has them.

        Examples
        --------
        >>> graph = Graph()
        >>> product = graph.mul(graph.symbol("x"), graph.const(2.0))
        >>> Graph.of(graph.terms).term(product) == graph.term(product)
        True
        """
        graph = cls()
        for term in terms:
            what = repr(term.payload) if term.op is Op.CONST else term.payload
            graph._intern(term, (term.op, *term.args) if term.args else (term.op, what))
        return graph

    def copy(self) -> Graph:
        """Return a graph of its own with the same nodes; what is added to one is not in the other.

        Examples
        --------
        >>> graph = Graph()
        >>> x = graph.symbol("x")
        >>> other = graph.copy()
        >>> other.symbol("y"), len(graph), other.term(x) == graph.term(x)
        (1, 1, True)
        """
        graph = Graph()
        graph._terms, graph._index = self._terms.copy(), self._index.copy()
        return graph

    def __len__(self) -> int:
        return len(self._terms)

    @property
    def terms(self) -> tuple[Term, ...]:
        """All nodes, in order."""
        return tuple(self._terms)

    def term(self, node: Node) -> Term:
        """Return what ``node`` is made of."""
        return self._terms[node]

    def is_boolean(self, node: Node) -> bool:
        """Tell whether ``node`` is a truth value."""
        return self._terms[node].op in BOOLEAN

    def value(self, node: Node) -> float | None:
        """Return the number of a constant node, ``None`` for any other."""
        term = self._terms[node]
        return float(term.payload) if term.op is Op.CONST else None  # type: ignore[arg-type]

    def const(self, value: float) -> Node:
        """Return the constant ``value`` (finite, infinite or NaN)."""
        number = float(value)
        # repr tells -0.0 from 0.0 and makes every NaN one node
        return self._intern(Term(Op.CONST, (), number), (Op.CONST, repr(number)))

    def symbol(self, name: str) -> Node:
        """Return the quantity called ``name``."""
        return self._intern(Term(Op.SYMBOL, (), name), (Op.SYMBOL, name))

    def add(self, a: Node, b: Node) -> Node:
        """Return a + b."""
        self._check(Op.ADD, a, b)
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(x + y)
        if x == 0.0:
            return b
        if y == 0.0:
            return a
        if self._terms[b].op is Op.NEG:
            return self.sub(a, self._terms[b].args[0])
        if self._terms[a].op is Op.NEG:
            return self.sub(b, self._terms[a].args[0])
        return self._make(Op.ADD, *sorted((a, b)))

    def sub(self, a: Node, b: Node) -> Node:
        """Return a - b."""
        self._check(Op.SUB, a, b)
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(x - y)
        if y == 0.0:
            return a
        if x == 0.0:
            return self.neg(b)
        if a == b:
            return self.const(0.0)
        if self._terms[b].op is Op.NEG:
            return self.add(a, self._terms[b].args[0])
        return self._make(Op.SUB, a, b)

    def mul(self, a: Node, b: Node) -> Node:
        """Return a * b; zero times anything is zero, as in a sparse Jacobian."""
        self._check(Op.MUL, a, b)
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(x * y)
        for known, other in ((x, b), (y, a)):
            if known == 0.0:
                return self.const(0.0)
            if known == 1.0:
                return other
            if known == -1.0:
                return self.neg(other)
        if self._terms[a].op is Op.NEG:
            return self.neg(self.mul(self._terms[a].args[0], b))
        if self._terms[b].op is Op.NEG:
            return self.neg(self.mul(a, self._terms[b].args[0]))
        return self._make(Op.MUL, *sorted((a, b)))

    def div(self, a: Node, b: Node) -> Node:
        """Return a / b."""
        self._check(Op.DIV, a, b)
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None and y != 0.0:
            return self.const(x / y)
        if x == 0.0 and y is None:
            return self.const(0.0)
        if y == 1.0:
            return a
        if y == -1.0:
            return self.neg(a)
        if self._terms[a].op is Op.NEG:
            return self.neg(self.div(self._terms[a].args[0], b))
        return self._make(Op.DIV, a, b)

    def neg(self, a: Node) -> Node:
        """Return -a."""
        x = self.value(a)
        if x is not None:
            return self.const(-x)
        term = self._terms[a]
        if term.op is Op.NEG:
            return term.args[0]
        if term.op is Op.SUB:
            return self.sub(term.args[1], term.args[0])
        return self._make(Op.NEG, a)

    def pow(self, a: Node, b: Node) -> Node:
        """Return a ** b; small whole exponents become products."""
        self._check(Op.POW, a, b)
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(_power(x, y))
        if y == 0.0 or x == 1.0:
            return self.const(1.0)
        if y == 0.5:
            return self.call(Op.SQRT, a)
        if y is not None and abs(y) <= 16 and y == int(y):
            product = self._whole_power(a, int(abs(y)))
            return product if y > 0 else self.div(self.const(1.0), product)
        return self._make(Op.POW, a, b)

    def call(self, op: Op, *args: Node) -> Node:
        """Return a function of one or two arguments (exp, ln, sin, sqrt, min ...), folded if constant."""
        values = [self.value(a) for a in args]
        if all(v is not None for v in values):
            return self.const(_FUNCTIONS[op](*values))  # type: ignore[arg-type]
        return self._make(op, *args)

    def compare(self, op: Op, a: Node, b: Node) -> Node:
        """Return the truth of a < b, a <= b or a == b."""
        return self._make(op, a, b)

    def logical(self, op: Op, *args: Node) -> Node:
        """Return and, or, not of truth values."""
        return self._make(op, *args)

    def select(self, condition: Node, a: Node, b: Node) -> Node:
        """Return a where ``condition`` holds, b elsewhere."""
        self._check(Op.SELECT, condition, a, b)
        return a if a == b else self._make(Op.SELECT, condition, a, b)

    def rebuild(self, op: Op, args: tuple[Node, ...]) -> Node:
        """Return ``op`` applied to new arguments, simplified as if written anew."""
        builders: dict[Op, Callable[..., Node]] = {
            Op.ADD: self.add,
            Op.SUB: self.sub,
            Op.MUL: self.mul,
            Op.DIV: self.div,
            Op.NEG: self.neg,
            Op.POW: self.pow,
            Op.SELECT: self.select,
        }
        if op in builders:
            return builders[op](*args)
        return self._make(op, *args) if op in BOOLEAN else self.call(op, *args)

    def order(self, roots: Iterable[Node]) -> list[Node]:
        """Return every node the roots need, arguments before what uses them."""
        needed: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node not in needed:
                needed.add(node)
                stack.extend(self._terms[node].args)
        return sorted(needed)  # arguments are always older than what uses them

    def symbols(self, roots: Iterable[Node]) -> frozenset[str]:
        """Return the names of all quantities the roots depend on."""
        terms = (self._terms[node] for node in self.order(roots))
        return frozenset(str(term.payload) for term in terms if term.op is Op.SYMBOL)

    def substitute(self, roots: Iterable[Node], replacements: Mapping[str, Node]) -> list[Node]:
        """Return the roots with quantities replaced by expressions, all at once."""
        roots = list(roots)
        new: dict[Node, Node] = {}
        for node in self.order(roots):
            term = self._terms[node]
            if term.op is Op.SYMBOL:
                new[node] = replacements.get(str(term.payload), node)
            elif term.args:
                args = tuple(new[a] for a in term.args)
                new[node] = node if args == term.args else self.rebuild(term.op, args)
            else:
                new[node] = node
        return [new[root] for root in roots]

    def _whole_power(self, a: Node, n: int) -> Node:
        half = self._whole_power(a, n // 2) if n > 1 else a
        if n == 1:
            return a
        square = self.mul(half, half)
        return self.mul(square, a) if n % 2 else square

    def _make(self, op: Op, *args: Node) -> Node:
        self._check(op, *args)
        return self._intern(Term(op, args, None), (op, *args))

    def _check(self, op: Op, *args: Node) -> None:
        wants_boolean = op in LOGICAL
        for position, node in enumerate(args):
            boolean = self.is_boolean(node)
            expected = wants_boolean or (op is Op.SELECT and position == 0)
            if boolean != expected:
                kinds = ("a number", "a truth value")
                raise ModelError(f"'{op.value}' needs {kinds[expected]} where it was given {kinds[boolean]}")

    def _intern(self, term: Term, key: tuple[object, ...]) -> Node:
        node = self._index.get(key)
        if node is None:
            node = len(self._terms)
            self._terms.append(term)
            self._index[key] = node
        return node


def _power(x: float, y: float) -> float:
    try:
        result = x**y
    except (ZeroDivisionError, OverflowError):
        return math.copysign(math.inf, x) if y % 2.0 == 1.0 else math.inf
    return math.nan if isinstance(result, complex) else result


def _guarded(function: Callable[[float], float], at_pole: float) -> Callable[[float], float]:
    def guarded(x: float) -> float:
        if math.isnan(x):
            return x
        try:
            return function(x)
        except ValueError:
            return at_pole if x == 0.0 else math.nan
        except OverflowError:
            return math.inf

    return guarded


_FUNCTIONS: dict[Op, Callable[..., float]] = {
    Op.EXP: _guarded(math.exp, math.nan),
    Op.LOG: _guarded(math.log, -math.inf),
    Op.EXPM1: _guarded(math.expm1, math.nan),
    Op.LOG1P: lambda x: -math.inf if x == -1.0 else _guarded(math.log1p, math.nan)(x),
    Op.SIN: _guarded(math.sin, math.nan),
    Op.COS: _guarded(math.cos, math.nan),
    Op.ATAN: math.atan,
    Op.SQRT: _guarded(math.sqrt, 0.0),
    Op.ABS: abs,
    Op.FLOOR: lambda x: math.copysign(math.floor(x), x) if math.isfinite(x) else x,
    # as compiled code has it, NaN included
    Op.MIN: lambda x, y: x if x <= y else y,
    Op.MAX: lambda x, y: x if y <= x else y,
}
