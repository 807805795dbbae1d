"""Random expressions as plain tuples ``(operation in lower case, parts ...)``, and writing them to a graph."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from bimodal.expr import Graph, Node, Op
from bimodal.expr.op import BOOLEAN, LOGICAL

Tree = tuple[Any, ...]

#: Quantities by their part in a compiled system: state, constant parameter, parameter an event may set, derived, time.
NAMES = ("x", "y", "z", "w", "time")
#: Operations without a complex derivative somewhere (floor, comparisons and logic come with them).
KINKED = ("abs", "floor", "min", "max", "select")

_SMOOTH = ("add", "sub", "mul", "div", "neg", "pow", "exp", "log", "expm1", "log1p", "sin", "cos", "atan", "sqrt")
_WEIGHTS = {"add": 4, "mul": 4, "sub": 3, "div": 3, "select": 4}
_BINARY = ("add", "sub", "mul", "div", "pow", "min", "max")
_SPECIAL = (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 7.25, 1e-8, 1e6)
_EXPONENTS = (-20.0, -3.0, -2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 16.0, 17.0)


def random_tree(rng: random.Random, *, kinks: bool) -> Tree:
    """Return a tree of some 2 to 30 nodes; with ``kinks`` all operations, else the analytic ones."""
    names = (*_SMOOTH, *KINKED) if kinks else _SMOOTH
    return _Growth(rng, names).number(int(2 * 12 ** rng.random()))


class _Growth:
    """Grows one tree; finished parts are used again now and then, so that sharing is put to the test."""

    def __init__(self, rng: random.Random, names: tuple[str, ...]) -> None:
        self.rng, self.names = rng, names
        self.weights = [_WEIGHTS.get(name, 2) for name in names]
        self.finished: list[Tree] = []

    def number(self, budget: int) -> Tree:
        if self.finished and self.rng.random() < 0.06:
            return self.rng.choice(self.finished)
        tree = self._leaf() if budget <= 1 else self._inner(budget - 1)
        if budget > 1:
            self.finished.append(tree)
        return tree

    def _leaf(self) -> Tree:
        if self.rng.random() < 0.7:
            return ("symbol", self.rng.choice(NAMES))
        return ("const", self.rng.choice(_SPECIAL) if self.rng.random() < 0.6 else round(self.rng.uniform(-5, 5), 3))

    def _inner(self, budget: int) -> Tree:
        name = self.rng.choices(self.names, self.weights)[0]
        if name == "select":
            third = max(budget // 3, 1)
            return ("select", self._truth(third), self.number(third), self.number(third))
        if name not in _BINARY:
            return (name, self._into_domain(name, self.number(budget)))
        left = self.rng.randint(1, budget - 1) if budget > 2 else 1
        first, second = self.number(left), self.number(max(budget - left, 1))
        if name == "pow":
            if self.rng.random() < 0.6:
                return ("pow", first, ("const", self.rng.choice(_EXPONENTS)))
            return ("pow", self._into_domain("log", first), second)
        return (name, first, self._into_domain("div", second) if name == "div" else second)

    def _truth(self, budget: int) -> Tree:
        roll = self.rng.random()
        if budget > 3 and roll < 0.35:
            return (self.rng.choice(("and", "or")), self._truth(budget // 2), self._truth(budget // 2))
        if budget > 2 and roll < 0.5:
            return ("not", self._truth(budget - 1))
        half = max(budget // 2, 1)
        if roll < 0.6:  # equality of chosen numbers would hardly ever hold
            return ("eq", ("floor", self.number(half)), ("const", float(self.rng.randint(-1, 2))))
        return (self.rng.choice(("lt", "le", "eq")), self.number(half), self.number(half))

    def _into_domain(self, name: str, tree: Tree) -> Tree:
        """Return an argument the function mostly takes; one in five stays as it is."""
        if self.rng.random() < 0.2 or name not in ("log", "sqrt", "div", "log1p", "exp", "expm1"):
            return tree
        if name in ("exp", "expm1"):
            return (self.rng.choice(("sin", "atan")), tree) if self.rng.random() < 0.5 else tree
        offset = ("const", self.rng.choice((0.1, 1.0, 2.5)))
        ways: list[Tree] = [
            ("add", offset, ("mul", tree, tree)),
            ("exp", ("sin", tree)),
            ("add", offset, ("exp", tree)),
        ]
        if "abs" in self.names:
            ways += [("add", offset, ("abs", tree)), ("max", offset, tree)]
        return self.rng.choice(ways)


def build(graph: Graph, tree: Tree) -> Node:
    """Write a tree into a graph through its public builders."""
    return _write(graph, tree, {})


def _write(graph: Graph, tree: Tree, known: dict[int, Node]) -> Node:
    if id(tree) in known:
        return known[id(tree)]
    head, *rest = tree
    if head in ("const", "symbol"):
        node = getattr(graph, head)(rest[0])
    else:
        op, args = Op[head.upper()], [_write(graph, part, known) for part in rest]
        if hasattr(graph, head):
            node = getattr(graph, head)(*args)
        elif op in LOGICAL:
            node = graph.logical(op, *args)
        else:
            node = graph.compare(op, *args) if op in BOOLEAN else graph.call(op, *args)
    known[id(tree)] = node
    return node


def heads(tree: Tree) -> Iterator[str]:
    """Yield the operation of every node, leaves included; a part used twice counts twice."""
    yield tree[0]
    if tree[0] not in ("const", "symbol"):
        for part in tree[1:]:
            yield from heads(part)


def quantities(tree: Tree) -> set[str]:
    """Return the names of the quantities in a tree."""
    if tree[0] in ("const", "symbol"):
        return {tree[1]} if tree[0] == "symbol" else set()
    return set().union(*(quantities(part) for part in tree[1:]))


def is_analytic(tree: Tree) -> bool:
    """Tell whether the complex step holds without a word about kinks."""
    return not set(heads(tree)) & {*KINKED}
