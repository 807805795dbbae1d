"""SBML documents to networks. What is not understood is refused by name, never guessed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from bimodal.engine.trigger import Trigger
from bimodal.errors import ModelError
from bimodal.expr import Graph, Node, Op
from bimodal.model.mathml import Function, MathReader, rate_symbol
from bimodal.model.network import Constant, Delay, Network, Species
from bimodal.model.rule_order import ordered, resolve
from bimodal.model.sbml_algebraic import solve_algebraic, undetermined
from bimodal.model.sbml_document import open_document
from bimodal.model.sbml_events import assigned_variables, read_events
from bimodal.model.sbml_quantities import read_quantities
from bimodal.model.sbml_renamed import rename_time

#: How many times as fast as its law says a fast reaction is run, and how much later values are read.
FAST = 1e10
_LAG = 1e-6


def read_sbml(text: str, *, file: str, values: Mapping[str, float] | None = None) -> Network:
    """Read an SBML document, Level 1 to Level 3, core.

    Parameters
    ----------
    text
        The document.
    file
        What to call it in messages.
    values
        The model's parameter table. Constants in it take its value; a constant outside it is a number of the file and
        becomes part of the mathematics. Without a table every constant is an input.

    Raises
    ------
    ModelError
        The document is broken, hostile, or uses what is not supported.

    Notes
    -----
    After the specification: Hucka et al. 2019, J Integr Bioinform 16(2):20190021 (SBML Level 3 Version 2 Core).
    """
    return _Reader(text, file, values).network()


def amount_symbol(species: str) -> str:
    """Return the name of the amount of a species whose id stands for its concentration; no SBML id looks like it."""
    return f"amount({species})"


class _Reader:
    def __init__(self, text: str, file: str, values: Mapping[str, float] | None) -> None:
        self.file, self.table = file, values
        self.document, self.model, self.text, self.warnings = open_document(text, file)
        self.graph = Graph()
        self.renamed = rename_time(self.model, file)
        self.q = read_quantities(self.model)
        self.math = MathReader(self.graph, self._symbol, self._functions())
        self.changed = assigned_variables(self.model)
        self.rules: dict[str, Node] = {}  # what follows from other quantities, by id
        self.rates: dict[str, Node] = {}  # of states
        self.starts: dict[str, Node] = {}  # starting values that are more than a number
        self.reactions: dict[str, Node] = {}
        self.fast: list[str] = []
        self.stoichiometry: dict[str, dict[str, float]] = {}  # of species that only plain reactions change
        initial = {a.getSymbol() for a in self.model.getListOfInitialAssignments() if a.isSetMath()}
        ruled = {rule.getVariable() for rule in self.model.getListOfRules() if rule.isSetMath()}
        # a stoichiometry that never changes and is a plain number becomes part of the mathematics
        self.plain = self.q.references - self.changed - initial - ruled

    def _functions(self) -> dict[str, Function]:
        found: dict[str, Function] = {}
        for definition in self.model.getListOfFunctionDefinitions():
            names = tuple(definition.getArgument(i).getName() for i in range(definition.getNumArguments()))
            found[definition.getId()] = Function(names, definition.getBody() if definition.isSetMath() else None)
        return found

    def _symbol(self, name: str) -> Node:
        if name in self.plain:
            if math.isnan(self.q.numbers[name]):
                raise ModelError(f"the stoichiometry '{name}' has no value", where=self.file)
            return self.graph.const(self.q.numbers[name])
        if name not in self.q.numbers and name not in self.q.reactions:
            raise ModelError(
                f"'{name}' is used as a quantity, and is none: not a parameter, species or compartment", where=self.file
            )
        return self.graph.symbol(name)

    def network(self) -> Network:
        g = self.graph
        self._read_rules()
        moving = {c.getId() for c in self.model.getListOfCompartments() if self._varies(c.getId())}
        told = set(self.rules)
        # species kept as amounts, because a concentration changes with the size
        self.held = {
            name
            for name, s in self.q.species.items()
            if not s.as_amount
            and s.compartment in moving
            and name not in told
            and not (name in self.rates and s.compartment not in self.changed)
        }
        self._read_reactions()
        self._hold_amounts()
        for name in sorted(self.changed):
            if name in told:
                raise ModelError(f"an event sets '{name}', which a rule determines", where=self.file)
            self.rates.setdefault(self._state_of(name), g.const(0.0))
        triggers = read_events(self.model, self.math, self._assignment, self.file)
        self._read_starts()
        self._add_rates_of(told)
        return self._assemble(told, triggers)

    def _varies(self, name: str) -> bool:
        return name in self.rules or name in self.rates or name in self.changed

    def _state_of(self, name: str) -> str:
        return amount_symbol(name) if name in self.held else name

    def _read_rules(self) -> None:
        formulas: list[Node] = []
        for rule in self.model.getListOfRules():
            if not rule.isSetMath():
                continue
            if rule.isAlgebraic():
                formulas.append(self.math.read(rule.getMath(), f"{self.file}, algebraic rule {len(formulas) + 1}"))
                continue
            name = rule.getVariable()
            self._symbol(name)
            into = self.rules if rule.isAssignment() else self.rates
            into[name] = self.math.read(rule.getMath(), f"{self.file}, rule of '{name}'")
        if formulas:
            unknown = undetermined(self.model, self.changed)
            self.rules |= solve_algebraic(self.graph, formulas, self.rules, unknown, self.file)

    def _read_reactions(self) -> None:
        g = self.graph
        uneven = {*self.rates, *self.changed}  # changed by something else too, or by amounts that are no plain number
        for reaction in self.model.getListOfReactions():
            where = f"{self.file}, reaction '{reaction.getId()}'"
            law = reaction.getKineticLaw()
            if law is None or not law.isSetMath():
                raise ModelError("the reaction has no kinetic law", where=where)
            speed = self.math.read(law.getMath(), where, self._local(reaction, law))
            if reaction.isSetFast() and reaction.getFast():
                self.fast.append(reaction.getId())
                speed = g.mul(g.const(FAST), speed)
            self.reactions[reaction.getId()] = speed
            for sign, references in ((-1.0, reaction.getListOfReactants()), (1.0, reaction.getListOfProducts())):
                for reference in references:
                    name = reference.getSpecies()
                    facts = self.q.species[name]
                    if facts.boundary:
                        continue
                    amount = self._amount(reference, where)
                    change = g.mul(g.mul(g.const(sign), amount), speed)
                    plain, own = g.value(amount), self.stoichiometry.setdefault(name, {})
                    if plain is None or facts.factor is not None:
                        uneven.add(name)
                    own[reaction.getId()] = own.get(reaction.getId(), 0.0) + sign * (plain or 0.0)
                    if facts.factor is not None:
                        change = g.mul(self._symbol(facts.factor), change)
                    state = self._state_of(name)
                    if not facts.as_amount and state == name:
                        change = g.div(change, g.symbol(facts.compartment))
                    self.rates[state] = g.add(self.rates[state], change) if state in self.rates else change
        for name in uneven & set(self.stoichiometry):
            del self.stoichiometry[name]

    def _local(self, reaction: Any, law: Any) -> dict[str, Node]:
        """Give local parameters names of their own; they hide quantities of the model."""
        scope: dict[str, Node] = {}
        parameters = law.getListOfLocalParameters() if self.model.getLevel() > 2 else law.getListOfParameters()
        for p in parameters:
            name = f"{reaction.getId()}.{p.getId()}"
            self.q.numbers[name] = p.getValue() if p.isSetValue() else math.nan
            self.q.units[name] = p.getUnits()
            scope[p.getId()] = self.graph.symbol(name)
        return scope

    def _amount(self, reference: Any, where: str) -> Node:
        g, level = self.graph, self.model.getLevel()
        if level == 2 and reference.isSetStoichiometryMath():
            mathematics = reference.getStoichiometryMath()
            if not mathematics.isSetMath():
                raise ModelError("a stoichiometry has no formula", where=where)
            return self.math.read(mathematics.getMath(), where)
        if level > 2 and reference.isSetId() and reference.getId() not in self.plain:
            return g.symbol(reference.getId())
        if level > 2 and not reference.isSetStoichiometry():
            raise ModelError(f"the stoichiometry of '{reference.getSpecies()}' has no value", where=where)
        return g.const(reference.getStoichiometry() / (reference.getDenominator() if level == 1 else 1))

    def _hold_amounts(self) -> None:
        """Turn rates of concentrations in compartments of changing size into rates of amounts, and tell the others."""
        g = self.graph
        for name in sorted(self.held):
            compartment = self.q.species[name].compartment
            size, value = g.symbol(compartment), g.symbol(name)
            if name in self.rates:
                swelling = self.rates.get(compartment, g.const(0.0))
                growth = g.add(g.mul(size, self.rates.pop(name)), g.mul(value, swelling))
                self.rates[amount_symbol(name)] = growth
            self.rules[name] = g.div(g.symbol(amount_symbol(name)), size)

    def _assignment(self, name: str, value: Node, *, mixed: bool) -> tuple[str, Node]:
        """Return the state and expression of an event assignment.

        A concentration is one in the size before the event, which then keeps the amount if it sets the size too.
        ``mixed`` tells that values are taken earlier than the event happens, when the size may still be another.
        """
        self._symbol(name)
        if name not in self.held:
            return name, value
        if mixed:
            raise ModelError(
                f"a delayed event sets the concentration of '{name}', whose compartment changes its size, "
                "to a value from before the delay, which is not supported"
            )
        size = self.graph.symbol(self.q.species[name].compartment)
        return amount_symbol(name), self.graph.mul(value, size)

    def _read_starts(self) -> None:
        g = self.graph
        for name, s in self.q.species.items():
            if name in self.held or (s.as_amount and not math.isnan(s.amount)):
                continue
            size = g.symbol(s.compartment)
            if s.as_amount and not math.isnan(s.concentration):
                self.starts[name] = g.mul(g.const(s.concentration), size)
            elif not s.as_amount and math.isnan(s.concentration) and not math.isnan(s.amount):
                self.starts[name] = g.div(g.const(s.amount), size)
        for a in self.model.getListOfInitialAssignments():
            if a.isSetMath() and a.getSymbol() not in self.plain:
                where = f"{self.file}, initial assignment of '{a.getSymbol()}'"
                self._symbol(a.getSymbol())
                self.starts[a.getSymbol()] = self.math.read(a.getMath(), where)
        for name in self.held:
            s, size = self.q.species[name], g.symbol(self.q.species[name].compartment)
            if name in self.starts:
                self.starts[amount_symbol(name)] = g.mul(self.starts[name], size)
            elif not math.isnan(s.amount):
                self.starts[amount_symbol(name)] = g.const(s.amount)
            elif not math.isnan(s.concentration):
                self.starts[amount_symbol(name)] = g.mul(g.const(s.concentration), size)
            else:
                raise ModelError(f"'{name}' has no starting value", where=self.file)

    def _add_rates_of(self, told: set[str]) -> None:
        """Say what the rates of change are that formulas ask for."""
        g = self.graph
        for name in sorted(self.math.rates_wanted):
            compartment = self.q.species[name].compartment if name in self.held else ""
            if name in told or name in self.reactions or compartment in told:
                raise ModelError(
                    f"the model uses 'rateOf' of '{name}', which follows from a rule, which is not supported",
                    where=self.file,
                )
            rate = self.rates.get(self._state_of(name), g.const(0.0))
            if name in self.held:
                swelling = g.mul(g.symbol(name), self.rates.get(compartment, g.const(0.0)))
                rate = g.div(g.sub(rate, swelling), g.symbol(compartment))
            self.rules[rate_symbol(name)] = rate

    def _assemble(self, told: set[str], triggers: tuple[Trigger, ...]) -> Network:
        g, rates = self.graph, self.rates
        everything = {**self.rules, **self.reactions}
        fixed = {
            name: node
            for name, node in self.starts.items()
            if name not in rates and name not in everything and name not in self.plain
        }
        live = resolve(g, everything, self.file)
        self._check_jumps(told, live)
        constants, literals = self._constants(fixed)
        numbers = {name: g.const(value) for name, value in literals.items()}
        missing = [name for name in rates if name not in self.starts and math.isnan(self.q.numbers[name])]
        if missing:
            raise ModelError(f"'{missing[0]}' has no starting value", where=self.file)

        # every quantity at the start, in terms of constants and of what is fixed there
        beginnings = {n: self.starts[n] if n in self.starts else g.const(self.q.numbers[n]) for n in rates}
        beginnings.update((name, self.starts[name]) for name in self.held if name in self.starts)
        at_start = resolve(g, {**everything, **beginnings}, self.file, keep=set(fixed))
        now = {**numbers, "time": g.const(0.0)}
        derived = ordered(g, fixed, at_start, self.file)
        derived_nodes = g.substitute([node for _, node in derived], now)
        derived = [(name, node) for (name, _), node in zip(derived, derived_nodes, strict=True)]
        if not all(math.isfinite(g.value(node) or 0.0) for node in derived_nodes):
            derived = _without_infinite(g, derived, now, literals)
            numbers.update((name, g.const(value)) for name, value in literals.items())
        initial = g.substitute([at_start[name] for name in rates], now)
        to_states = {**live, **numbers}

        def flat(nodes: list[Node]) -> list[Node]:
            return g.substitute(g.substitute(nodes, to_states), numbers)

        shown = [name for name in live if name in self.q.numbers]
        network = Network(
            name=self.model.getId(),
            graph=g,
            state_ids=tuple(rates),
            constants=constants,
            derived=tuple(derived),
            initial=tuple(initial),
            rates=tuple(flat(list(rates.values()))),
            rules=dict(zip(shown, flat([live[name] for name in shown]), strict=True)),
            units=self.q.units,
            sbml=self.text,
            reactions=dict(zip(self.reactions, flat(list(self.reactions.values())), strict=True)),
            species=self._species(flat),
            stoichiometry=self.stoichiometry,
            triggers=tuple(_flat_trigger(trigger, flat) for trigger in triggers),
            warnings=self._warnings(),
            numbers=literals,
            renamed=self.renamed,
            lag=_LAG if self.fast else 0.0,
        )
        if self.math.delays:
            still = dict.fromkeys(map(rate_symbol, self.math.rates_wanted), g.const(0.0))
            before = resolve(g, {**everything, **still, **beginnings, **fixed}, self.file)
            network = self._apart_from_delayed(network, flat, before, numbers)
        return self._without_blanks(network)

    def _warnings(self) -> tuple[str, ...]:
        found = list(self.warnings)
        for old, new in self.renamed.items():
            found.append(
                f"the quantity '{old}' of the file is called '{new}' here: '{old}' is the independent variable"
            )
        if self.fast:
            found.append(
                f"the fast reactions ({', '.join(self.fast)}) are run {FAST:g} times as fast as their law says: this "
                f"is an approximation, and values are read {_LAG:g} after their time"
            )
        found += [
            f"the compartment '{place.getId()}' has a negative size ({place.getSize():g}): concentrations there have "
            "the opposite sign of amounts"
            for place in self.model.getListOfCompartments()
            if place.getSize() < 0.0  # the specification allows it
        ]
        return tuple(found)

    def _apart_from_delayed(
        self, network: Network, flat: Any, before: Mapping[str, Node], numbers: Mapping[str, Node]
    ) -> Network:
        """Take what follows from delayed values out of what is solved; refuse them where they change its course.

        Before time 0 a quantity was what its start would be at that time, and its rate of change 0.
        """
        g, late = self.graph, set(self.math.delays)
        if late & g.symbols(_course(network)):
            raise ModelError(
                "the model uses 'delay' in what changes its course, which is not supported",
                where=self.file,
                fix="only a rule that nothing depends on may use it",
            )
        looking = {
            name: node for name, node in {**network.rules, **network.reactions}.items() if late & g.symbols([node])
        }
        return replace(
            network,
            rules={name: node for name, node in network.rules.items() if name not in looking},
            reactions={name: node for name, node in network.reactions.items() if name not in looking},
            delayed=looking,
            delays={
                name: Delay(*flat(list(nodes)), *g.substitute(g.substitute(nodes, before), numbers))
                for name, nodes in self.math.delays.items()
            },
        )

    def _species(self, flat: Any) -> dict[str, Species]:
        g, found = self.graph, dict[str, Species]()
        for name, s in self.q.species.items():
            size, value = g.symbol(s.compartment), g.symbol(name)
            if name in self.held:
                amount, concentration = g.symbol(amount_symbol(name)), value
            elif s.as_amount:
                amount, concentration = value, g.div(value, size) if s.sized else None
            else:
                amount, concentration = g.mul(value, size), value
            found[name] = Species(
                s.compartment, flat([amount])[0], None if concentration is None else flat([concentration])[0]
            )
        return found

    def _constants(self, fixed: Mapping[str, Node]) -> tuple[tuple[Constant, ...], dict[str, float]]:
        """Split what never changes into inputs and plain numbers of the file."""
        taken = {*self.rates, *self.rules, *fixed, *self.plain}
        names = [name for name in self.q.numbers if name not in taken]
        if self.table is None:
            values = {name: self.q.numbers[name] for name in names if not math.isinf(self.q.numbers[name])}
        else:
            unknown = [name for name in self.table if name not in names]
            if unknown:
                raise ModelError(
                    f"the parameter table has '{unknown[0]}', which is no constant of the model", where=self.file
                )
            values = dict(self.table)
        literals = {name: self.q.numbers[name] for name in names if name not in values}
        blank = [name for name, value in literals.items() if math.isnan(value)]
        for name in blank:  # stays a symbol, to be refused if anything uses it
            values[name] = literals.pop(name)
        return tuple(Constant(name, value, self.q.units[name]) for name, value in values.items()), literals

    def _without_blanks(self, network: Network) -> Network:
        """Drop constants without value that nothing uses; refuse those that something does."""
        blank = {constant.id for constant in network.constants if math.isnan(constant.value)}
        if not blank:
            return network
        nodes = [*_course(network), *network.rules.values(), *network.delayed.values()]
        nodes += chain.from_iterable(vars(delay).values() for delay in network.delays.values())
        used = sorted(blank & self.graph.symbols(nodes))
        if used:
            raise ModelError(f"'{used[0]}' has no value", where=self.file)
        return replace(network.without_constants(blank), numbers={**network.numbers, **dict.fromkeys(blank, math.nan)})

    def _check_jumps(self, told: set[str], live: Mapping[str, Node]) -> None:
        """Refuse rates of concentrations in a compartment whose size may jump: what happens then is not defined."""
        for name, s in self.q.species.items():
            if name in self.rates and name not in self.held and not s.as_amount and s.compartment in told:
                node = live[s.compartment]
                operations = {self.graph.term(part).op for part in self.graph.order([node])}
                states = {self._state_of(changed) for changed in self.changed}
                if operations & {Op.SELECT, Op.FLOOR} or self.graph.symbols([node]) & states:
                    raise ModelError(
                        f"the concentration '{name}' has a rate rule in a compartment whose size may jump, "
                        "which is not supported",
                        where=self.file,
                    )


def _course(network: Network) -> list[Node]:
    """Return all that decides how the states move."""
    nodes = [*network.initial, *network.rates, *(node for _, node in network.derived)]
    for trigger in network.triggers:
        nodes += [trigger.condition, *(node for _, node in trigger.assignments)]
        nodes += [node for node in (trigger.delay, trigger.priority) if node is not None]
    return nodes


def _without_infinite(
    graph: Graph, derived: list[tuple[str, Node]], now: dict[str, Node], literals: dict[str, float]
) -> list[tuple[str, Node]]:
    """Move what is infinite or not a number at the start to the numbers of the file: no run may start from it."""
    kept: list[tuple[str, Node]] = []
    for name, node in derived:
        inside = graph.substitute([node], now)[0]
        value = graph.value(inside)
        if value is None or math.isfinite(value):
            kept.append((name, inside))
        else:
            literals[name], now[name] = value, inside
    return kept


def _flat_trigger(trigger: Trigger, flat: Any) -> Trigger:
    targets = [target for target, _ in trigger.assignments]
    values = flat([node for _, node in trigger.assignments])
    return Trigger(
        id=trigger.id,
        condition=flat([trigger.condition])[0],
        assignments=tuple(zip(targets, values, strict=True)),
        initial_value=trigger.initial_value,
        persistent=trigger.persistent,
        delay=None if trigger.delay is None else flat([trigger.delay])[0],
        priority=None if trigger.priority is None else flat([trigger.priority])[0],
        values_at_trigger=trigger.values_at_trigger,
    )
