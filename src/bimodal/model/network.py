"""A model as mathematics: immutable, with names and units, and no word about how it is solved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from bimodal.engine import System
from bimodal.engine.trigger import Trigger
from bimodal.errors import ModelError
from bimodal.expr import Graph, Node
from bimodal.model.switches import find_switches


@dataclass(frozen=True)
class Constant:
    """A quantity that keeps its value through a run, unless an event may set it."""

    id: str
    value: float
    unit: str


@dataclass(frozen=True)
class Species:
    """A species in both measures; there is no concentration where the compartment has no size."""

    compartment: str
    amount: Node
    concentration: Node | None


@dataclass(frozen=True)
class Delay:
    """A value of earlier: what, and how late; both also as they were before time 0, of constants and time alone."""

    inside: Node
    by: Node
    inside_before: Node
    by_before: Node


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
    reactions
        Speed of each reaction.
    species
        Amount and concentration of each species.
    stoichiometry
        By how much each reaction changes the amount of each species, of species that nothing else changes.
    triggers
        Events the model causes itself.
    warnings
        What a reader must know of how the file was read.
    numbers
        Constants of the file that are no inputs: infinite ones, those without a value that nothing uses, and, where
        there is a parameter table, those outside it.
    renamed
        Id here by id in the file, where they differ.
    delays
        Delayed values, by the symbol that stands for each.
    delayed
        Quantities that follow from delayed values, which the states do not determine: rules, and speeds of reactions.
    lag
        How much after its time a value has to be read, in the model's unit of time.
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
    reactions: Mapping[str, Node] = field(default_factory=dict)
    species: Mapping[str, Species] = field(default_factory=dict)
    stoichiometry: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()
    warnings: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    delays: Mapping[str, Delay] = field(default_factory=dict)
    delayed: Mapping[str, Node] = field(default_factory=dict)
    lag: float = 0.0

    @property
    def constant_ids(self) -> tuple[str, ...]:
        """Ids of the constants in order."""
        return tuple(constant.id for constant in self.constants)

    def expression(self, name: str) -> Node:
        """Return the expression of any quantity by its id here or in the file.

        It may be a rule, state, constant, derived value, number of the file or speed of a reaction.
        """
        name = self.renamed.get(name, name)
        if name in self.numbers:
            return self.graph.const(self.numbers[name])
        for expressions in (self.rules, self.reactions, self.delayed):
            if name in expressions:
                return expressions[name]
        known = {*self.state_ids, *self.constant_ids, *(derived for derived, _ in self.derived)}
        if name not in known:
            raise ModelError(f"the model '{self.name}' has no quantity called '{name}'")
        return self.graph.symbol(name)

    @property
    def quantities(self) -> tuple[str, ...]:
        """Ids of everything that may change through a run: states, then what follows from them."""
        return (*(name for name in self.state_ids if "(" not in name), *self.rules)

    def amount(self, species: str) -> Node:
        """Return the amount of a species."""
        return self._species(species).amount

    def concentration(self, species: str) -> Node:
        """Return the concentration of a species.

        Raises
        ------
        ModelError
            There is no such species, or its compartment has no size.
        """
        node = self._species(species).concentration
        if node is None:
            raise ModelError(f"the compartment of '{species}' has no dimensions, so it has no concentration")
        return node

    def _species(self, name: str) -> Species:
        if name not in self.species:
            raise ModelError(f"the model '{self.name}' has no species called '{name}'")
        return self.species[name]

    def without_constants(self, names: Collection[str]) -> Network:
        """Return the network without constants that nothing uses."""
        return replace(self, constants=tuple(c for c in self.constants if c.id not in names))

    def system(
        self,
        outputs: Iterable[tuple[str, str | Node]],
        *,
        settable: Iterable[str] = (),
        scales: Mapping[str, float] | None = None,
        nonnegative: Iterable[str] = (),
        observers: Iterable[str] = (),
        switches: bool = True,
    ) -> System:
        """Return what the engine solves.

        Parameters
        ----------
        outputs
            ``(name, quantity)`` pairs: what to report under which name; a quantity is an id or an expression.
        settable
            Constants that events may change.
        scales
            Typical size of states that start at zero; 1 where none is given.
        nonnegative
            States that must not go negative.
        observers
            Outputs that may be missing where they are not finite numbers.
        switches
            Whether jumps of rates in time are events; without them the engine finds and stops at these jumps itself.
        """
        sizes = scales or {}
        own = replace(self, graph=self.graph.copy())  # what one system adds is in no other
        nothing = own.graph.const(0.0)
        constants = frozenset((*self.constant_ids, *(name for name, _ in self.derived)))
        jumps = find_switches(own.graph, self.rates if switches else (), constants)
        # the engine integrates something: a model of rules alone gets a state that stays 0
        states = (*self.state_ids, *jumps.state_ids) or ("(none)",)
        rest = len(states) - len(self.state_ids)
        return System(
            graph=own.graph,
            state_ids=states,
            parameter_ids=self.constant_ids,
            settable=frozenset(settable),
            derived=self.derived,
            initial=(*self.initial, *jumps.initial) or (nothing,),
            rates=(*self.rates, *[nothing] * rest),
            outputs=tuple((name, own.expression(q) if isinstance(q, str) else q) for name, q in outputs),
            scales=tuple(sizes.get(state, 1.0) for state in states),
            triggers=(*self.triggers, *jumps.triggers),
            nonnegative=frozenset(nonnegative),
            observers=frozenset(observers),
        )
