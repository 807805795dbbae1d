"""What a compiled model computes: rates, exact Jacobian and outputs, with everything constant moved out of the loop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from bimodal.engine.elimination import Elimination, eliminate
from bimodal.engine.system import System
from bimodal.engine.trigger import TIME
from bimodal.expr import Graph, Node, Op, derivative, derivatives

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
    steep = _Steep(system)
    entries: dict[tuple[int, int], Node] = {}
    for column, found in enumerate(derivatives(graph, system.rates, system.state_ids)):
        for row, node in found.items():
            entries[row, column] = steep.finite(node)
    uses_time = TIME in graph.symbols(system.rates)
    slopes = [steep.finite(node) for node in derivative(graph, system.rates, TIME)] if uses_time else []

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


class _Steep:
    """Finds derivatives that may be infinite: of a steep function, or over a quotient, of what changes."""

    def __init__(self, system: System) -> None:
        self._graph = system.graph
        self._moves = {*system.state_ids, *system.settable, TIME}
        self._seen = 0
        self._changing = set[Node]()
        self._quotients = set[Node]()
        self._infinite = set[Node]()

    def finite(self, node: Node) -> Node:
        """Return a derivative that is 0 where it is infinite or no number, if its form allows that at all."""
        graph = self._graph
        self._look()
        if node not in self._infinite:
            return node
        small = graph.compare(Op.LT, graph.call(Op.ABS, node), graph.const(math.inf))
        return graph.select(small, node, graph.const(0.0))

    def _look(self) -> None:
        """Look at the nodes that are new; arguments are older than what uses them."""
        changing, quotients = self._changing, self._quotients
        for node in range(self._seen, len(self._graph)):
            op, args, payload = self._graph.term(node)
            if payload in self._moves or not changing.isdisjoint(args):
                changing.add(node)
            if not quotients.isdisjoint(args) or (op is Op.DIV and args[1] in changing):
                quotients.add(node)
            steep = node in changing and (op in _STEEP or (op is Op.DIV and args[1] in quotients))
            if steep or not self._infinite.isdisjoint(args):
                self._infinite.add(node)
        self._seen = len(self._graph)


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
