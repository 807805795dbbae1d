"""A model as mathematics: immutable, with names and units, and no word about how it is solved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bimodal.engine import System
from bimodal.errors import ModelError
from bimodal.expr import Graph, Node


@dataclass(frozen=True)
class Constant:
    """A quantity that keeps its value through a run, unless an event may set it."""

    id: str
    value: float
    unit: str


@dataclass(frozen=True, eq=False)
class Network:
    """States with their rates, constants, and quantities that follow from them.

    Parameters
    ----------
    name
        Id of the model in its file.
    graph
        Where the expressions live.
    state_ids
        Quantities with a rate.
    constants
        Inputs of the model.
    derived
        ``(id, expression)`` of quantities fixed at the start, in an order in which each uses earlier ones only.
    initial, rates
        Starting value and time derivative of each state.
    rules
        Quantities that follow from states and constants at every moment, rules inside rules resolved.
    units
        Unit of each quantity as its file says, blank where it does not.
    sbml
        The flattened document it was read from.
    """

    name: str
    graph: Graph
    state_ids: tuple[str, ...]
    constants: tuple[Constant, ...]
    derived: tuple[tuple[str, Node], ...]
    initial: tuple[Node, ...]
    rates: tuple[Node, ...]
    rules: Mapping[str, Node]
    units: Mapping[str, str]
    sbml: str

    @property
    def constant_ids(self) -> tuple[str, ...]:
        """Ids of the constants in order."""
        return tuple(constant.id for constant in self.constants)

    def expression(self, name: str) -> Node:
        """Return the expression of any quantity: rule, state, constant or derived value."""
        if name in self.rules:
            return self.rules[name]
        known = {*self.state_ids, *self.constant_ids, *(derived for derived, _ in self.derived)}
        if name not in known:
            raise ModelError(f"the model '{self.name}' has no quantity called '{name}'")
        return self.graph.symbol(name)

    def system(
        self,
        outputs: Iterable[tuple[str, str]],
        *,
        settable: Iterable[str] = (),
        scales: Mapping[str, float] | None = None,
    ) -> System:
        """Return what the engine solves.

        Parameters
        ----------
        outputs
            ``(name, quantity)`` pairs: what to report under which name.
        settable
            Constants that events may change.
        scales
            Typical size of states that start at zero; 1 where none is given.
        """
        sizes = scales or {}
        return System(
            graph=self.graph,
            state_ids=self.state_ids,
            parameter_ids=self.constant_ids,
            settable=frozenset(settable),
            derived=self.derived,
            initial=self.initial,
            rates=self.rates,
            outputs=tuple((name, self.expression(quantity)) for name, quantity in outputs),
            scales=tuple(sizes.get(state, 1.0) for state in self.state_ids),
        )
