"""What a compiled model computes: rates, exact Jacobian and outputs, with everything constant moved out of the loop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from bimodal.engine.elimination import Elimination, eliminate
from bimodal.engine.system import System
from bimodal.engine.trigger import TIME
from bimodal.expr import Graph, Node, Op, derivative

#: Operations whose derivative can be infinite, or no number, where their value is finite.
_STEEP = frozenset({Op.POW, Op.SQRT, Op.EXP, Op.LOG, Op.EXPM1, Op.LOG1P, Op.ATAN})


@dataclass(frozen=True, eq=False)
class Program:
    """Expressions ready to be written as machine code.

    Parameters
    ----------
    constants
        ``(symbol, expression)`` computed once per patient: the system's derived quantities, then what was hoisted.
    time_slopes
        Partial derivative of each rate by time, empty if no rate uses time; 0 where it is not finite.
    jacobian
        ``(row, column) -> expression`` of every entry that can be nonzero; 0 where a derivative is not finite, as that
        of ``x^0.75`` at 0: the step then loses order there, and its error says so, instead of being no number.
    elimination
        Pivot order and fill of ``I/(h gamma) - J``.
    conditions
        Condition of each trigger, then what else is watched for them.
    assigned
        What the triggers assign, one after the other, then the delay and the priority of each trigger.
    """

    system: System
    constants: tuple[tuple[str, Node], ...]
    rates: tuple[Node, ...]
    outputs: tuple[Node, ...]
    time_slopes: tuple[Node, ...]
    jacobian: dict[tuple[int, int], Node]
    elimination: Elimination
    conditions: tuple[Node, ...]
    assigned: tuple[Node, ...]

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each parameter and constant stands in a patient's full parameters."""
        names = [*self.system.parameter_ids, *(name for name, _ in self.constants)]
        return {name: i for i, name in enumerate(names)}


def build_program(system: System) -> Program:
    """Differentiate a system and hoist what is constant during a run."""
    graph = system.graph
    zero = graph.const(0.0)
    depends = [graph.symbols([rate]) for rate in system.rates]
    entries: dict[tuple[int, int], Node] = {}
    for column, state in enumerate(system.state_ids):
        rows = [i for i, names in enumerate(depends) if state in names]
        for row, node in zip(rows, derivative(graph, [system.rates[i] for i in rows], state), strict=True):
            if node != zero:
                entries[row, column] = _finite(system, node)
    uses_time = any(TIME in names for names in depends)
    slopes = [_finite(system, node) for node in derivative(graph, system.rates, TIME)] if uses_time else []

    hoist = _Hoist(system)
    roots = [*system.rates, *(e for _, e in system.outputs), *slopes, *entries.values()]
    new = iter(hoist.rewrite(roots))
    rates = tuple(next(new) for _ in system.rates)
    outputs = tuple(next(new) for _ in system.outputs)
    time_slopes = tuple(next(new) for _ in slopes)
    jacobian = {place: next(new) for place in entries}
    constants = (*system.derived, *hoist.found)
    elimination = eliminate(len(system.state_ids), entries)
    conditions = system.conditions.nodes
    assigned = [value for trigger in system.triggers for _, value in trigger.assignments]
    for trigger in system.triggers:
        assigned += [zero if node is None else node for node in (trigger.delay, trigger.priority)]
    return Program(system, constants, rates, outputs, time_slopes, jacobian, elimination, conditions, tuple(assigned))


def _finite(system: System, node: Node) -> Node:
    """Return a derivative that is 0 where it is infinite or no number, if its form allows that at all."""
    graph = system.graph
    if not _may_be_infinite(system, node):
        return node
    small = graph.compare(Op.LT, graph.call(Op.ABS, node), graph.const(math.inf))
    return graph.select(small, node, graph.const(0.0))


def _may_be_infinite(system: System, root: Node) -> bool:
    """Tell whether a derivative has a steep function of what changes, or divides by a quotient of what changes."""
    graph = system.graph
    changing, quotient = set[Node](), set[Node]()
    moves = {*system.state_ids, *system.settable, TIME}
    for node in graph.order([root]):
        op, args, payload = graph.term(node)
        if payload in moves or changing.intersection(args):
            changing.add(node)
        if quotient.intersection(args) or (op is Op.DIV and args[1] in changing):
            quotient.add(node)
        if node in changing and (op in _STEEP or (op is Op.DIV and args[1] in quotient)):
            return True
    return False


class _Hoist:
    """Replaces expressions of constants alone by symbols, and division by a constant by a product."""

    def __init__(self, system: System) -> None:
        self.graph: Graph = system.graph
        self.names = (set(system.parameter_ids) - system.settable) | {name for name, _ in system.derived}
        self.found: list[tuple[str, Node]] = []
        self._symbols: dict[Node, Node] = {}

    def rewrite(self, roots: list[Node]) -> list[Node]:
        g = self.graph
        constant: dict[Node, bool] = {}
        new: dict[Node, Node] = {}
        for node in g.order(roots):
            op, args, payload = g.term(node)
            if op is Op.SYMBOL:
                constant[node] = str(payload) in self.names
            else:
                constant[node] = all(constant[a] for a in args)
            if constant[node] or not args:
                new[node] = node
                continue
            inputs = tuple(self._symbol(a) if constant[a] and not g.is_boolean(a) else new[a] for a in args)
            if op is Op.DIV and constant[args[1]] and g.value(args[1]) is None:
                new[node] = g.mul(inputs[0], self._symbol(g.div(g.const(1.0), args[1])))
            else:
                new[node] = node if inputs == args else g.rebuild(op, inputs)
        return [self._symbol(r) if constant[r] and not g.is_boolean(r) else new[r] for r in roots]

    def _symbol(self, node: Node) -> Node:
        if not self.graph.term(node).args:
            return node
        if node not in self._symbols:
            name = f"#{len(self.found)}"
            self.found.append((name, node))
            self._symbols[node] = self.graph.symbol(name)
        return self._symbols[node]
