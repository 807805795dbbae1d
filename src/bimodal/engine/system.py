"""What the engine solves: rates, starting values and outputs as expressions, with no word about what they mean."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property

from bimodal.engine.clock import Clocks, find_clocks
from bimodal.engine.conditions import Conditions, find_conditions
from bimodal.engine.trigger import TIME, Trigger
from bimodal.errors import EngineError
from bimodal.expr import Graph, Node, Term


@dataclass(frozen=True, eq=False)
class System:
    """An initial-value problem with named states, parameters and outputs.

    Parameters
    ----------
    settable
        Parameters that events may change; all others are constant through a run.
    derived
        ``(id, expression)`` of quantities fixed at the start, each of parameters and earlier derived ones.
    initial
        Starting value of each state, of parameters and derived quantities.
    rates
        Time derivative of each state, of states, parameters, derived quantities and ``time``.
    scales
        Typical size of each state, for the absolute tolerance where the starting value is zero.
    triggers
        Events the system causes itself.
    nonnegative
        States that must not go negative: a step that takes one below zero by more than rounding is taken again, and a
        patient in whom this does not help fails.
    observers
        Outputs nothing depends on: where one is not a finite number it is missing (NaN), which is no failure.

    Raises
    ------
    EngineError
        Lengths disagree, a name is used twice, or an expression uses an unknown quantity or is a truth value.
    """

    graph: Graph
    state_ids: tuple[str, ...]
    parameter_ids: tuple[str, ...]
    settable: frozenset[str]
    derived: tuple[tuple[str, Node], ...]
    initial: tuple[Node, ...]
    rates: tuple[Node, ...]
    outputs: tuple[tuple[str, Node], ...]
    scales: tuple[float, ...]
    triggers: tuple[Trigger, ...] = ()
    nonnegative: frozenset[str] = frozenset()
    observers: frozenset[str] = frozenset()
    #: nodes the graph had when the system was made
    _size: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_size", len(self.graph))
        n = len(self.state_ids)
        if n == 0:
            raise EngineError("the model has no state to integrate")
        if not len(self.rates) == len(self.initial) == len(self.scales) == n:
            raise EngineError("every state needs one rate, one starting value and one scale")
        derived_ids = [name for name, _ in self.derived]
        names = [*self.state_ids, *self.parameter_ids, *derived_ids]
        if len(set(names)) != len(names):
            raise EngineError("two quantities of the model share a name")
        if TIME in names:
            raise EngineError(f"a quantity of the model is called '{TIME}', which is the independent variable")
        constants = set(self.parameter_ids) | set(derived_ids)
        self._check("a starting value", [*self.initial, *(e for _, e in self.derived)], constants)
        everything = constants | set(self.state_ids) | {TIME}
        self._check("a rate", self.rates, everything)
        self._check("an output", [e for _, e in self.outputs], everything)
        for name in self.nonnegative:
            self._position(self.state_index, name, "state")
        for trigger in self.triggers:
            for target, _ in trigger.assignments:
                self._position(self.state_index, target, "state")
            nodes = [trigger.delay, trigger.priority, *(e for _, e in trigger.assignments)]
            what = f"the event '{trigger.id}'"
            self._check(what, [node for node in nodes if node is not None], everything)
            if not self.graph.is_boolean(trigger.condition):
                raise EngineError(f"the condition of {what} is a number where a truth value is needed")
            self._known(what, [trigger.condition], everything)

    def _check(self, what: str, roots: list[Node] | tuple[Node, ...], allowed: set[str]) -> None:
        self._known(what, roots, allowed)
        if any(self.graph.is_boolean(root) for root in roots):
            raise EngineError(f"{what} is a truth value where a number is needed")

    def _known(self, what: str, roots: list[Node] | tuple[Node, ...], allowed: set[str]) -> None:
        unknown = sorted(self.graph.symbols(roots) - allowed)
        if unknown:
            raise EngineError(f"{what} uses '{unknown[0]}', which has no value there")

    @property
    def terms(self) -> tuple[Term, ...]:
        """Nodes of the graph when the system was made: what others add to it later decides nothing here."""
        return self.graph.terms[: self._size]

    def alone(self) -> System:
        """Return the same system on a graph of its own, as it was when the system was made.

        The order in which nodes were made decides operands of fused operations, so the last bits of compiled code.
        """
        return replace(self, graph=Graph.of(self.terms))

    @property
    def output_ids(self) -> tuple[str, ...]:
        """Names of the outputs, in order."""
        return tuple(name for name, _ in self.outputs)

    @cached_property
    def state_index(self) -> dict[str, int]:
        """Position of each state."""
        return {name: i for i, name in enumerate(self.state_ids)}

    @cached_property
    def parameter_index(self) -> dict[str, int]:
        """Position of each parameter."""
        return {name: i for i, name in enumerate(self.parameter_ids)}

    @cached_property
    def conditions(self) -> Conditions:
        """What the solver watches for the triggers."""
        return find_conditions(self)

    @cached_property
    def clocks(self) -> Clocks:
        """What of it is moved by time alone."""
        return find_clocks(self)

    def slot_add(self, state: str) -> int:
        """Return the event slot that adds a value to a state."""
        return self._position(self.state_index, state, "state")

    def slot_set_state(self, state: str) -> int:
        """Return the event slot that gives a state a new value."""
        return len(self.state_ids) + self._position(self.state_index, state, "state")

    def slot_set(self, parameter: str) -> int:
        """Return the event slot that gives a settable parameter a new value."""
        if parameter in self.parameter_index and parameter not in self.settable:
            raise EngineError(f"'{parameter}' is fixed at the start of a run and cannot be changed by an event")
        return 2 * len(self.state_ids) + self._position(self.parameter_index, parameter, "parameter")

    @staticmethod
    def _position(index: dict[str, int], name: str, kind: str) -> int:
        if name not in index:
            raise EngineError(f"the model has no {kind} called '{name}'")
        return index[name]

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of the mathematics: names and expressions, not how they were written down."""
        digest = hashlib.sha256()
        roots = [*self.initial, *self.rates, *(e for _, e in self.derived), *(e for _, e in self.outputs)]
        for trigger in self.triggers:
            nodes = [trigger.condition, trigger.delay, trigger.priority, *(e for _, e in trigger.assignments)]
            roots += [node for node in nodes if node is not None]
        order = self.graph.order(roots)
        place = {node: i for i, node in enumerate(order)}
        for node in order:
            op, args, payload = self.graph.term(node)
            digest.update(repr((op.name, [place[a] for a in args], payload)).encode())
        ids = (self.state_ids, self.parameter_ids, self.output_ids)
        names = (*ids, sorted(self.settable), self.scales, sorted(self.nonnegative))
        derived = [name for name, _ in self.derived]
        causes = [
            (t.id, [name for name, _ in t.assignments], t.delay is None, t.priority is None) for t in self.triggers
        ]
        kinds = [(t.initial_value, t.persistent, t.values_at_trigger) for t in self.triggers]
        digest.update(repr((names, derived, causes, kinds, [place[r] for r in roots])).encode())
        return digest.hexdigest()
