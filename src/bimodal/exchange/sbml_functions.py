"""Formulas that stand on the same quantities more than once, as calls of function definitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from bimodal.exchange.sbml_expressions import Expressions
from bimodal.exchange.sbml_sharing import Formula, shared_inputs

# parts of a formula that take fewer terms are written wherever they stand
_LEAST_PART = 12


def with_functions(inside: Any) -> dict[str, list[str]]:
    """Turn such formulas of a libSBML model into calls.

    Some simulators, libRoadRunner among them, write out what a formula stands on wherever it is named, and that again,
    until only numbers are left: millions of terms for a resting state that follows from receptors and cells. The
    argument of a function is computed once. So what such a formula stands on is an input of a function, and a part that
    it has more than once is an input of the next function, which the first one calls. Formulas of one form, as those of
    cell types are, share their functions. None calls another anywhere but at its top: the check of units of libSBML
    mixes up the units of two calls in one formula.

    Returns
    -------
    dict
        By function, the quantities that follow from it.
    """
    return _Functions(inside).written()


@dataclass
class _Function:
    number: str
    inputs: list[str]
    body: Any
    users: list[str] = field(default_factory=list[str])


class _Functions:
    def __init__(self, inside: Any) -> None:
        import libsbml

        self._libsbml, self._inside = libsbml, inside
        self._weights = {
            libsbml.AST_FUNCTION_PIECEWISE: 60,
            **dict.fromkeys((libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER, libsbml.AST_FUNCTION_ROOT), 25),
            **dict.fromkeys((libsbml.AST_FUNCTION_EXP, libsbml.AST_FUNCTION_LN, libsbml.AST_FUNCTION_LOG), 25),
        }
        assignments = list(inside.getListOfInitialAssignments())
        rules = [rule for rule in inside.getListOfRules() if rule.isAssignment()]
        elements = {item.getSymbol(): item for item in assignments} | {item.getVariable(): item for item in rules}
        self._elements = {symbol: item for symbol, item in elements.items() if not self._of_time(item.getMath())}
        always = {rule.getVariable() for rule in rules}
        self._formulas = {
            symbol: Formula(tuple(self._names(item.getMath())), self._size(item.getMath()), symbol in always)
            for symbol, item in self._elements.items()
        }
        self._maths = {symbol: item.getMath().deepCopy() for symbol, item in self._elements.items()}
        self._ids = {element.getIdAttribute() for element in inside.getListOfAllElements()}
        self._made: dict[str, _Function] = {}

    def written(self) -> dict[str, list[str]]:
        """Write the functions that save something; give the quantities that follow from each."""
        for symbol, inputs in shared_inputs(self._formulas).items():
            self._elements[symbol].setMath(self._shared(symbol, inputs))
        names = self._names_of_functions()
        for made in self._made.values():
            definition = self._inside.createFunctionDefinition()
            definition.setId(names[made.number])
            body = self._libsbml.ASTNode(self._libsbml.AST_LAMBDA)
            for item in made.inputs:
                body.addChild(self._name(item))
            self._rename(made.body, names)
            body.addChild(made.body)
            for i in range(len(made.inputs)):
                body.getChild(i).setBvar()
            definition.setMath(body)
        for symbol in self._elements:
            math = self._elements[symbol].getMath().deepCopy()
            self._rename(math, names)
            self._elements[symbol].setMath(math)
        return {names[made.number]: made.users for made in self._made.values()}

    def _shared(self, symbol: str, inputs: Sequence[str]) -> Any:
        """Write a formula over its inputs, with what it has more than once as inputs of functions."""
        parts = Expressions()
        places = {name: parts.read(self._name(name)) for name in inputs}

        def place(name: str) -> int:
            if name not in places:
                inner = {each: place(each) for each in self._formulas[name].inputs}
                places[name] = parts.read(self._maths[name], inner)
            return places[name]

        root = parts.read(self._maths[symbol], {name: place(name) for name in self._formulas[symbol].inputs})
        levels = self._levels(parts, root)
        words = {where: name for name, where in places.items()}
        names: dict[int, str] = {}
        for where in [*(where for where, part in enumerate(parts.parts) if part.name is not None), *levels]:
            names[where] = self._input_name(words.get(where, "part"), symbol, set(names.values()))
        ready = {where: part.name for where, part in enumerate(parts.parts) if part.name is not None}
        return self._layer(symbol, parts, root, levels, names, ready, 0)

    def _layer(
        self, symbol: str, parts: Expressions, root: int, levels: Mapping[int, int],
        names: Mapping[int, str], ready: Mapping[int, str], level: int,
    ) -> Any:  # fmt: skip
        """Write a formula of what is known: a call that hands on what is needed above, or the formula itself."""
        if level == max(levels.values(), default=1):
            return parts.write(root, ready)
        new = {where for where, own in levels.items() if own == level + 1}
        known = {**ready, **{where: names[where] for where in new}}
        needed = dict[int, None]()
        for where in [*(where for where, own in levels.items() if own > level + 1), root]:
            # what stands in a formula stops at what is known or handed on, but it is itself not handed on ready
            stops = {stop: None for stop in [*known, *levels] if stop != where}
            needed |= {stop: None for stop in parts.below(where, stops) if stop in known}
        inputs = sorted(needed)
        inner = {where: names[where] for where in inputs}
        body = self._layer(symbol, parts, root, levels, names, inner, level + 1)
        call = self._libsbml.ASTNode(self._libsbml.AST_FUNCTION)
        call.setName(self._function([names[where] for where in inputs], body, symbol))
        for where in inputs:
            call.addChild(parts.write(where, ready))
        return call

    def _levels(self, parts: Expressions, root: int) -> dict[int, int]:
        """Find the parts that stand there more than once and are worth an input; 1 if none of them is in a part."""
        places = parts.below(root, {})
        uses = Counter(inner for place in places for inner in parts.parts[place].inside)
        sizes, levels, depth = dict[int, int](), dict[int, int](), dict[int, int]()
        for place in places:
            part = parts.parts[place]
            if part.name is not None:
                sizes[place] = depth[place] = 0
                continue
            sizes[place] = self._weight(part.math) + sum(sizes[inner] for inner in part.inside)
            depth[place] = max((depth[inner] for inner in part.inside), default=0)
            if uses[place] > 1 and sizes[place] >= _LEAST_PART and place != root:
                depth[place] += 1
                levels[place], sizes[place] = depth[place] + 1, 0
        return levels

    def _function(self, inputs: list[str], body: Any, symbol: str) -> str:
        """Give the number of the function of such a form."""
        numbers = {name: f"x{i}" for i, name in enumerate(inputs)}
        copy = body.deepCopy()
        self._rename(copy, numbers)
        new = _Function(f"#{len(self._made)}", inputs, body)
        made = self._made.setdefault(self._libsbml.writeMathMLToString(copy), new)
        made.users.append(symbol)
        return made.number

    def _names_of_functions(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for made in self._made.values():
            names[made.number] = _free(f"formula_of_{_common_end(made.users)}", self._ids | set(names.values()))
        return names

    def _input_name(self, name: str, symbol: str, taken: set[str]) -> str:
        """Name an input of a function: without the cell type if that is the quantity's own."""
        own, other = symbol.split("_"), name.split("_")
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(own, other[:-1], strict=False))))
        # libSBML puts inputs in one after the other, so none may be called like a quantity of the model
        return _free("_".join(other[same:]), self._ids | taken)

    def _name(self, name: str) -> Any:
        node = self._libsbml.ASTNode(self._libsbml.AST_NAME)
        node.setName(name)
        return node

    def _rename(self, math: Any, names: Mapping[str, str]) -> None:
        if math.getType() in (self._libsbml.AST_NAME, self._libsbml.AST_FUNCTION) and math.getName() in names:
            math.setName(names[math.getName()])
        for i in range(math.getNumChildren()):
            self._rename(math.getChild(i), names)

    def _weight(self, math: Any) -> int:
        return self._weights.get(math.getType(), 1)

    def _size(self, math: Any) -> int:
        return sum(self._weights.get(kind, 1) for kind in self._operators(math))

    def _names(self, math: Any) -> Iterator[str]:
        """Go through the names of a formula in order, each as often as it stands there."""
        if math.getType() == self._libsbml.AST_NAME:
            yield math.getName()
        for i in range(math.getNumChildren()):
            yield from self._names(math.getChild(i))

    def _operators(self, math: Any) -> Iterator[int]:
        """Go through all of a formula that is no name."""
        if math.getType() != self._libsbml.AST_NAME:
            yield math.getType()
        for i in range(math.getNumChildren()):
            yield from self._operators(math.getChild(i))

    def _of_time(self, math: Any) -> bool:
        """Say whether a formula names what a function may not: time, and what is made with it."""
        libsbml = self._libsbml
        no_input = {libsbml.AST_NAME_TIME, libsbml.AST_FUNCTION_DELAY, libsbml.AST_FUNCTION_RATE_OF}
        return any(kind in no_input for kind in self._operators(math))


def _free(base: str, taken: set[str]) -> str:
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def _common_end(symbols: Sequence[str]) -> str:
    """Say what names have in common at their ends; the first of them where that is nothing."""
    parts = zip(*(reversed(symbol.split("_")) for symbol in symbols), strict=False)
    common = [same[0] for same in takewhile(lambda same: len(set(same)) == 1, parts)]
    return "_".join(reversed(common)) if common else symbols[0]
