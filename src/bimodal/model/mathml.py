"""SBML mathematics to expressions: a whitelist; anything else is refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from itertools import pairwise
from typing import Any

from bimodal.engine import TIME
from bimodal.errors import ModelError
from bimodal.expr import Graph, Node, Op
from bimodal.model import functions as f

#: Calls of function definitions inside one another, and in all, with different arguments: far above real models, and
#: low enough that definitions which double their work at every level end in a message.
MAX_CALL_DEPTH = 50
MAX_CALLS = 5_000
#: Levels of a formula; the XML guard allows fewer, formulas of Level 1 are text.
MAX_FORMULA_DEPTH = 1500


@dataclass(frozen=True)
class Function:
    """A function definition: its arguments, and its formula or ``None`` if it has none."""

    arguments: tuple[str, ...]
    body: Any


@dataclass(frozen=True, slots=True)
class _Step:
    """A node of a syntax tree, asked once for what every reading of it needs; `count` arguments stand before it."""

    tree: Any
    kind: int
    count: int
    number: float | None
    name: str


def _steps(tree: Any) -> tuple[_Step, ...]:
    """Walk a tree, arguments first, without recursion: formulas may be deep."""
    import libsbml

    found: list[_Step] = []
    stack: list[tuple[Any, bool]] = [(tree, False)]
    while stack:
        at, ready = stack.pop()
        kind = at.getType()
        count = 0 if kind == libsbml.AST_FUNCTION_RATE_OF else at.getNumChildren()
        if not ready and count:
            if len(stack) > 2 * MAX_FORMULA_DEPTH + 100 * count:
                raise ModelError(f"a formula has more than {MAX_FORMULA_DEPTH} levels")
            stack.append((at, True))
            stack.extend((at.getChild(i), False) for i in reversed(range(count)))
            continue
        found.append(_Step(at, kind, count, at.getValue() if at.isNumber() else None, at.getName() or ""))
    return tuple(found)


@dataclass
class MathReader:
    """Turns libSBML syntax trees into nodes of one graph.

    Parameters
    ----------
    graph
        Receives the nodes.
    symbol
        Gives the node of a named quantity.
    functions
        Function definitions of the model.
    """

    graph: Graph
    symbol: Callable[[str], Node]
    functions: Mapping[str, Function] = field(default_factory=dict)
    rates_wanted: set[str] = field(default_factory=set, init=False)
    delays: dict[str, tuple[Node, Node]] = field(default_factory=dict, init=False)
    _calls: dict[tuple[str, tuple[Node, ...]], Node] = field(default_factory=dict, init=False)
    _bodies: dict[str, tuple[_Step, ...]] = field(default_factory=dict, init=False)
    _inside: list[str] = field(default_factory=list, init=False)

    def read(self, tree: Any, where: str, scope: Mapping[str, Node] | None = None) -> Node:
        """Return the expression of a syntax tree as a number; ``scope`` holds names that hide quantities.

        Raises
        ------
        ModelError
            It uses a function that is not supported, or is missing.
        """
        return f.number(self.graph, self._guarded(tree, where, scope))

    def read_truth(self, tree: Any, where: str) -> Node:
        """Return the expression of a syntax tree as a truth value."""
        return f.truth(self.graph, self._guarded(tree, where, None))

    def _guarded(self, tree: Any, where: str, scope: Mapping[str, Node] | None) -> Node:
        if tree is None:
            raise ModelError("the formula is missing", where=where)
        try:
            return self._read(_steps(tree), scope or {}, only_scope=False)
        except ModelError as fault:
            raise ModelError(fault.what, where=fault.where or where, fix=fault.fix) from None

    def _read(self, steps: Sequence[_Step], scope: Mapping[str, Node], *, only_scope: bool) -> Node:
        results: list[Node] = []
        for step in steps:
            first = len(results) - step.count
            results[first:] = [self._node(step, results[first:], scope, only_scope=only_scope)]
        return results[0]

    def _node(self, step: _Step, args: list[Node], scope: Mapping[str, Node], *, only_scope: bool) -> Node:
        import libsbml

        g, kind, tree = self.graph, step.kind, step.tree
        if step.number is not None:
            return g.const(step.number)
        if kind == libsbml.AST_NAME:
            name = step.name
            if name in scope:
                return scope[name]
            if only_scope:
                raise ModelError(f"a function definition uses '{name}', which is none of its arguments")
            return self.symbol(name)
        if kind == libsbml.AST_NAME_TIME:
            return g.symbol(TIME)
        if kind == libsbml.AST_FUNCTION:
            return self._call(step.name, args)
        if kind == libsbml.AST_FUNCTION_RATE_OF and tree.getNumChildren() == 1 and tree.getChild(0).isName():
            return self._rate_of(tree.getChild(0).getName(), scope)
        if kind == libsbml.AST_FUNCTION_DELAY and len(args) == 2:
            return self._delay(f.number(g, args[0]), f.number(g, args[1]))
        build = _builders().get(kind)
        if build is None:
            name = tree.getName() or libsbml.formulaToL3String(tree)
            raise ModelError(f"the model uses '{name}', which is not supported")
        try:
            return build(g, args)
        except (IndexError, TypeError):
            text = libsbml.formulaToL3String(tree)
            raise ModelError(f"'{text}' has the wrong number of arguments") from None

    def _rate_of(self, name: str, scope: Mapping[str, Node]) -> Node:
        if name in scope:  # a local parameter, which is constant, or an argument
            op, _, payload = self.graph.term(scope[name])
            if op is not Op.SYMBOL:
                raise ModelError(f"the model uses 'rateOf' of '{name}', which is no quantity of the model")
            name = str(payload)
            if "." in name:
                return self.graph.const(0.0)
        self.symbol(name)
        self.rates_wanted.add(name)
        return self.graph.symbol(rate_symbol(name))

    def _delay(self, inside: Node, by: Node) -> Node:
        """Return a symbol for a value of earlier; whoever reads the model says whether it can be known."""
        if self.graph.value(by) == 0.0:
            return inside
        for name, late in self.delays.items():
            if late == (inside, by):
                return self.graph.symbol(name)
        name = delay_symbol(len(self.delays) + 1)
        self.delays[name] = (inside, by)
        return self.graph.symbol(name)

    def _call(self, name: str, args: list[Node]) -> Node:
        function = self.functions.get(name)
        if function is None:
            raise ModelError(f"the model uses '{name}', which is not supported")
        if function.body is None:
            raise ModelError(f"the model uses the function '{name}', which has no formula")
        if len(args) != len(function.arguments):
            raise ModelError(f"the function '{name}' needs {len(function.arguments)} arguments, {len(args)} are given")
        key = (name, tuple(args))
        if key not in self._calls:
            if name in self._inside:
                raise ModelError(f"the function '{name}' calls itself")
            if len(self._inside) >= MAX_CALL_DEPTH:
                raise ModelError(f"function definitions call one another more than {MAX_CALL_DEPTH} levels deep")
            if len(self._calls) >= MAX_CALLS:
                raise ModelError(f"the model needs more than {MAX_CALLS} different calls of its function definitions")
            self._inside.append(name)
            scope = dict(zip(function.arguments, args, strict=True))
            if name not in self._bodies:
                self._bodies[name] = _steps(function.body)
            self._calls[key] = self._read(self._bodies[name], scope, only_scope=True)
            self._inside.pop()
        return self._calls[key]


def rate_symbol(name: str) -> str:
    """Return the name of the symbol that stands for a quantity's rate of change; no SBML id looks like it."""
    return f"rateOf({name})"


def delay_symbol(number: int) -> str:
    """Return the name of the symbol that stands for a delayed value; no SBML id looks like it."""
    return f"delay({number})"


@cache
def _builders() -> dict[int, Callable[[Graph, list[Node]], Node]]:
    """Return what makes a node of each kind of syntax tree."""
    import libsbml as s

    def on_numbers(build: Callable[..., Node], count: int | None = None) -> Callable[[Graph, list[Node]], Node]:
        def made(g: Graph, args: list[Node]) -> Node:
            if count is not None and len(args) != count:
                raise IndexError
            return build(g, *(f.number(g, a) for a in args))

        return made

    def constant(value: float) -> Callable[[Graph, list[Node]], Node]:
        return lambda g, _args: g.const(value)

    def minus(g: Graph, a: Node, b: Node | None = None) -> Node:
        return g.neg(a) if b is None else g.sub(a, b)

    def root(g: Graph, first: Node, second: Node | None = None) -> Node:
        return f.root(g, g.const(2.0), first) if second is None else f.root(g, first, second)

    def log(g: Graph, first: Node, second: Node | None = None) -> Node:
        return f.logarithm(g, g.const(10.0), first) if second is None else f.logarithm(g, first, second)

    def chain(op: Op, *, swapped: bool = False) -> Callable[..., Node]:
        def built(g: Graph, *args: Node) -> Node:
            pairs = list(pairwise(args))
            truths = [g.compare(op, *(reversed(pair) if swapped else pair)) for pair in pairs]
            return reduce(lambda a, b: g.logical(Op.AND, a, b), truths) if truths else f.true(g)

        return built

    def together(op: Op, empty: Callable[[Graph], Node]) -> Callable[[Graph, list[Node]], Node]:
        def built(g: Graph, args: list[Node]) -> Node:
            return reduce(lambda a, b: g.logical(op, a, b), [f.truth(g, a) for a in args]) if args else empty(g)

        return built

    def extreme(op: Op) -> Callable[..., Node]:
        return lambda g, first, *others: reduce(lambda a, b: g.call(op, a, b), others, first)

    def negation(g: Graph, args: list[Node]) -> Node:
        if len(args) != 1:
            raise IndexError
        return g.logical(Op.NOT, f.truth(g, args[0]))

    def implies(g: Graph, args: list[Node]) -> Node:
        if len(args) != 2:
            raise IndexError
        return g.logical(Op.OR, g.logical(Op.NOT, f.truth(g, args[0])), f.truth(g, args[1]))

    builders: dict[int, Callable[[Graph, list[Node]], Node]] = {
        s.AST_CONSTANT_E: constant(math.e),
        s.AST_CONSTANT_PI: constant(math.pi),
        s.AST_CONSTANT_TRUE: lambda g, _args: f.true(g),
        s.AST_CONSTANT_FALSE: lambda g, _args: f.false(g),
        # the number SBML Level 3 names in section 3.4.6
        s.AST_NAME_AVOGADRO: constant(6.02214179e23),
        s.AST_PLUS: on_numbers(lambda g, *a: reduce(g.add, a) if a else g.const(0.0)),
        s.AST_TIMES: on_numbers(lambda g, *a: reduce(g.mul, a) if a else g.const(1.0)),
        s.AST_MINUS: on_numbers(minus),
        s.AST_DIVIDE: on_numbers(Graph.div, 2),
        s.AST_POWER: on_numbers(Graph.pow, 2),
        s.AST_FUNCTION_POWER: on_numbers(Graph.pow, 2),
        s.AST_FUNCTION_ROOT: on_numbers(root),
        s.AST_FUNCTION_LOG: on_numbers(log),
        s.AST_FUNCTION_QUOTIENT: on_numbers(f.quotient, 2),
        s.AST_FUNCTION_REM: on_numbers(f.remainder, 2),
        s.AST_FUNCTION_MIN: on_numbers(extreme(Op.MIN)),
        s.AST_FUNCTION_MAX: on_numbers(extreme(Op.MAX)),
        s.AST_RELATIONAL_LT: on_numbers(chain(Op.LT)),
        s.AST_RELATIONAL_LEQ: on_numbers(chain(Op.LE)),
        s.AST_RELATIONAL_GT: on_numbers(chain(Op.LT, swapped=True)),
        s.AST_RELATIONAL_GEQ: on_numbers(chain(Op.LE, swapped=True)),
        s.AST_RELATIONAL_EQ: on_numbers(chain(Op.EQ)),
        s.AST_RELATIONAL_NEQ: on_numbers(lambda g, a, b: g.logical(Op.NOT, g.compare(Op.EQ, a, b)), 2),
        s.AST_LOGICAL_AND: together(Op.AND, f.true),
        s.AST_LOGICAL_OR: together(Op.OR, f.false),
        s.AST_LOGICAL_XOR: lambda g, args: f.exclusive(g, [f.truth(g, a) for a in args]),
        s.AST_LOGICAL_NOT: negation,
        s.AST_LOGICAL_IMPLIES: implies,
        s.AST_FUNCTION_PIECEWISE: _piecewise,
    }
    for name, build in f.UNARY.items():
        builders[getattr(s, f"AST_FUNCTION_{name.upper()}")] = on_numbers(build, 1)
    return builders


def _piecewise(g: Graph, args: list[Node]) -> Node:
    """Return the first value whose condition holds; NaN if none does and there is no other."""
    pieces = [(args[i], f.truth(g, args[i + 1])) for i in range(0, len(args) - 1, 2)]
    values = [value for value, _ in pieces] + ([args[-1]] if len(args) % 2 else [])
    boolean = bool(values) and all(g.is_boolean(value) for value in values) and len(args) % 2 == 1
    if boolean:  # truth values have no select of their own
        result = args[-1]
        for value, condition in reversed(pieces):
            held = g.logical(Op.AND, condition, value)
            result = g.logical(Op.OR, held, g.logical(Op.AND, g.logical(Op.NOT, condition), result))
        return result
    result = f.number(g, args[-1]) if len(args) % 2 else g.const(math.nan)
    for value, condition in reversed(pieces):
        result = g.select(condition, f.number(g, value), result)
    return result
