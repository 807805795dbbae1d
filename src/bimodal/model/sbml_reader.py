"""SBML documents to networks. What is not understood is refused by name, never guessed."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bimodal.errors import ModelError
from bimodal.expr import Graph, Node
from bimodal.model.guard import check_xml
from bimodal.model.mathml import MathReader
from bimodal.model.network import Constant, Network

_REFUSED = {
    "getNumEvents": "events",
    "getNumFunctionDefinitions": "function definitions",
    "getNumConstraints": "constraints",
}
#: A package without elements of its own; what it adds to formulas is refused there by name.
_READ_ANYWAY = ("l3v2extendedmath",)


def read_sbml(text: str, *, file: str, values: Mapping[str, float] | None = None) -> Network:
    """Read an SBML document.

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
    """
    return _Reader(text, file, values).network()


class _Reader:
    def __init__(self, text: str, file: str, values: Mapping[str, float] | None) -> None:
        import libsbml

        check_xml(text, file)
        self._document = libsbml.readSBMLFromString(text)
        for category in (
            libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,
            libsbml.LIBSBML_CAT_MODELING_PRACTICE,
            libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
        ):
            self._document.setConsistencyChecks(category, False)
        self._document.checkConsistency()
        for i in range(self._document.getNumErrors()):
            error = self._document.getError(i)
            if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
                message = " ".join(error.getMessage().split())
                raise ModelError(f"this is not valid SBML: {message}", where=f"{file}, line {error.getLine()}")
        self.model = self._document.getModel()
        if self.model is None:
            raise ModelError("the file holds no model", where=file)
        for i in range(self._document.getNumPlugins()):
            package = self._document.getPlugin(i).getPackageName()
            if self._document.getPackageRequired(package) and package not in _READ_ANYWAY:
                raise ModelError(f"the model needs the SBML package '{package}', which is not supported", where=file)
        self.text, self.file, self.table = text, file, values
        for method, name in _REFUSED.items():
            if getattr(self.model, method)():
                raise ModelError(f"the model uses {name}, which are not supported", where=file)
        self.graph = Graph()
        self.units: dict[str, str] = {}
        self.numbers: dict[str, float] = {}
        self.amount_of: dict[str, str] = {}  # species whose symbol is a concentration -> its compartment
        self.starts: dict[str, Node] = {}  # species given in the other measure: their start follows from the size
        self._collect()

    def _collect(self) -> None:
        for c in self.model.getListOfCompartments():
            self.numbers[c.getId()] = c.getSize() if c.isSetSize() else math.nan
            self.units[c.getId()] = c.getUnits()
        for p in self.model.getListOfParameters():
            self.numbers[p.getId()] = p.getValue() if p.isSetValue() else math.nan
            self.units[p.getId()] = p.getUnits()
        if self.model.isSetConversionFactor():
            raise ModelError("the model uses conversion factors, which are not supported", where=self.file)
        g = self.graph
        for s in self.model.getListOfSpecies():
            if s.isSetConversionFactor():
                raise ModelError("the model uses conversion factors, which are not supported", where=self.file)
            name, size = s.getId(), g.symbol(s.getCompartment())
            self.units[name] = s.getSubstanceUnits()
            if not s.getHasOnlySubstanceUnits():
                self.amount_of[name] = s.getCompartment()
            self.numbers[name] = math.nan
            if s.isSetInitialConcentration():
                self.numbers[name] = s.getInitialConcentration()
                if name not in self.amount_of:
                    self.starts[name] = g.mul(g.const(self.numbers[name]), size)
            elif s.isSetInitialAmount():
                self.numbers[name] = s.getInitialAmount()
                if name in self.amount_of:
                    self.starts[name] = g.div(g.const(self.numbers[name]), size)

    def network(self) -> Network:
        symbols = MathReader(self.graph, self._known_symbol)
        rules: dict[str, Node] = {}
        rates: dict[str, Node] = {}
        for rule in self.model.getListOfRules():
            where = f"{self.file}, rule of '{rule.getVariable()}'"
            if rule.isAlgebraic():
                raise ModelError("the model uses algebraic rules, which are not supported", where=self.file)
            self._known_symbol(rule.getVariable())
            (rules if rule.isAssignment() else rates)[rule.getVariable()] = symbols.read(rule.getMath(), where)
        self._reactions(symbols, rates)
        starts = {name: node for name, node in self.starts.items() if name not in rules}
        for a in self.model.getListOfInitialAssignments():
            self._known_symbol(a.getSymbol())
            starts[a.getSymbol()] = symbols.read(a.getMath(), f"{self.file}, initial assignment of '{a.getSymbol()}'")
        self._check_volumes(rules, rates)
        rules = _resolve(self.graph, rules, self.file)
        fixed = {name: node for name, node in starts.items() if name not in rates and name not in rules}
        constants, literals = self._constants(rates, rules, fixed)

        # every quantity at the start, in terms of constants and of what is fixed there
        zero_time: dict[str, Node] = {name: self.graph.const(number) for name, number in literals.items()}
        beginnings = {name: starts.get(name, self.graph.const(self.numbers[name])) for name in rates}
        missing = [name for name in rates if name not in starts and math.isnan(self.numbers[name])]
        if missing:
            raise ModelError(f"'{missing[0]}' has no starting value", where=self.file)
        at_start = _resolve(self.graph, {**rules, **beginnings}, self.file, keep=set(fixed))
        derived = _ordered(self.graph, fixed, at_start, self.file)
        replace = {**{n: at_start[n] for n in (*rates, *rules)}, **zero_time, "time": self.graph.const(0.0)}
        names = [name for name, _ in derived]
        derived_nodes = self.graph.substitute([node for _, node in derived], replace)
        now = {**zero_time, "time": self.graph.const(0.0)}
        initial = self.graph.substitute([at_start[name] for name in rates], now)
        live = {**rules, **zero_time}
        flat_rates = self.graph.substitute(list(rates.values()), live)
        flat_rules = self.graph.substitute(list(rules.values()), zero_time)
        return Network(
            name=self.model.getId(),
            graph=self.graph,
            state_ids=tuple(rates),
            constants=constants,
            derived=tuple(zip(names, derived_nodes, strict=True)),
            initial=tuple(initial),
            rates=tuple(flat_rates),
            rules=dict(zip(rules, flat_rules, strict=True)),
            units=self.units,
            sbml=self.text,
        )

    def _known_symbol(self, name: str) -> Node:
        if name not in self.numbers:
            raise ModelError(
                f"'{name}' is used as a quantity, and is none: not a parameter, species or compartment", where=self.file
            )
        return self.graph.symbol(name)

    def _reactions(self, symbols: MathReader, rates: dict[str, Node]) -> None:
        g = self.graph
        for reaction in self.model.getListOfReactions():
            where = f"{self.file}, reaction '{reaction.getId()}'"
            law = reaction.getKineticLaw()
            if law is None:
                raise ModelError("the reaction has no kinetic law", where=where)
            if law.getNumParameters():  # the local ones, in every level of SBML
                raise ModelError("local parameters are not supported", where=where)
            if reaction.isSetFast() and reaction.getFast():
                raise ModelError("fast reactions are not supported", where=where)
            speed = symbols.read(law.getMath(), where)
            for sign, references in ((-1.0, reaction.getListOfReactants()), (1.0, reaction.getListOfProducts())):
                for reference in references:
                    name = reference.getSpecies()
                    species = self.model.getSpecies(name)
                    if species.getBoundaryCondition():
                        continue
                    if reference.isSetStoichiometryMath():
                        raise ModelError("computed stoichiometry is not supported", where=where)
                    amount = sign * (reference.getStoichiometry() if reference.isSetStoichiometry() else 1.0)
                    change = g.mul(g.const(amount), speed)
                    if name in self.amount_of:
                        change = g.div(change, g.symbol(self.amount_of[name]))
                    rates[name] = g.add(rates[name], change) if name in rates else change

    def _check_volumes(self, rules: Mapping[str, Node], rates: Mapping[str, Node]) -> None:
        moving = {c for c in self.amount_of.values() if c in rules or c in rates}
        if moving:
            raise ModelError(
                f"the compartment '{min(moving)}' changes its size, which is not supported", where=self.file
            )

    def _constants(
        self, rates: Mapping[str, Node], rules: Mapping[str, Node], fixed: Mapping[str, Node]
    ) -> tuple[tuple[Constant, ...], dict[str, float]]:
        """Split what never changes into inputs and plain numbers of the file."""
        names = [n for n in self.numbers if n not in rates and n not in rules and n not in fixed]
        if self.table is None:
            values = {name: self.numbers[name] for name in names}
            literals: dict[str, float] = {}
        else:
            unknown = [name for name in self.table if name not in names]
            if unknown:
                raise ModelError(
                    f"the parameter table has '{unknown[0]}', which is no constant of the model", where=self.file
                )
            values = dict(self.table)
            literals = {name: self.numbers[name] for name in names if name not in values}
        blank = [name for name, value in {**values, **literals}.items() if math.isnan(value)]
        if blank:
            raise ModelError(f"'{blank[0]}' has no value", where=self.file)
        return tuple(Constant(name, value, self.units[name]) for name, value in values.items()), literals


def _resolve(graph: Graph, rules: Mapping[str, Node], file: str, *, keep: set[str] | None = None) -> dict[str, Node]:
    """Put rules into rules until none is left; ``keep`` names quantities that stay symbols."""
    done: dict[str, Node] = {}
    kept = keep or set()
    for name in rules:
        stack, waiting = [name], set()
        while stack:
            current = stack[-1]
            needs = [s for s in graph.symbols([rules[current]]) if s in rules and s not in done and s not in kept]
            if current in done:
                stack.pop()
            elif not needs:
                used = {s: done[s] for s in graph.symbols([rules[current]]) if s in done}
                done[current] = graph.substitute([rules[current]], used)[0]
                waiting.discard(stack.pop())
            else:
                waiting.add(current)
                if waiting & set(needs):
                    raise ModelError(f"the rule of '{current}' depends on itself", where=file)
                stack.extend(needs)
    return done


def _ordered(
    graph: Graph, fixed: Mapping[str, Node], at_start: Mapping[str, Node], file: str
) -> list[tuple[str, Node]]:
    """Order quantities fixed at the start so that each uses earlier ones only."""
    expressions = dict(zip(fixed, graph.substitute(list(fixed.values()), dict(at_start)), strict=True))
    needs = {name: graph.symbols([node]) & set(fixed) for name, node in expressions.items()}
    order: list[tuple[str, Node]] = []
    placed: set[str] = set()
    while len(order) < len(expressions):
        ready = [name for name in expressions if name not in placed and needs[name] <= placed]
        if not ready:
            stuck = sorted(set(expressions) - placed)
            raise ModelError(f"the starting value of '{stuck[0]}' depends on itself", where=file)
        order += [(name, expressions[name]) for name in ready]
        placed |= set(ready)
    return order
