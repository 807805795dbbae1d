"""Formulas that name a determined quantity more than once, as calls of function definitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

# a formula of fewer names, everything it stands on written out, stays as it is
_LEAST_NAMES = 50


def with_functions(inside: Any) -> int:
    """Turn such formulas of a libSBML model into calls; return how many functions were defined.

    Some simulators, libRoadRunner among them, write out what an initial assignment stands on wherever it is named, and
    that again, until only numbers are left: millions of terms for a resting state that follows from receptors and
    cells. The argument of a function is computed once. Formulas of one form, as those of cell types are, share one.
    """
    import libsbml

    assignments = [inside.getInitialAssignment(i) for i in range(inside.getNumInitialAssignments())]
    rules = [rule for i in range(inside.getNumRules()) if (rule := inside.getRule(i)).isAssignment()]
    elements = {item.getSymbol(): item for item in assignments} | {item.getVariable(): item for item in rules}
    named = {symbol: _names(libsbml, item.getMath()) for symbol, item in elements.items()}
    sizes = _sizes(named)
    forms: dict[str, list[str]] = {}
    for symbol, names in named.items():
        repeated = any(count > 1 and name in named for name, count in Counter(names).items())
        if repeated and sizes[symbol] >= _LEAST_NAMES:
            forms.setdefault(_form(libsbml, elements[symbol].getMath(), names), []).append(symbol)
    used = {element.getIdAttribute() for element in inside.getListOfAllElements()}
    for symbols in forms.values():
        name = _free_name(symbols, used)
        used.add(name)
        math = elements[symbols[0]].getMath()
        inputs = list(dict.fromkeys(named[symbols[0]]))
        body = libsbml.ASTNode(libsbml.AST_LAMBDA)
        for item in inputs:
            body.addChild(_name(libsbml, item))
        body.addChild(math.deepCopy())
        for i in range(len(inputs)):
            body.getChild(i).setBvar()
        definition = inside.createFunctionDefinition()
        definition.setId(name)
        definition.setMath(body)
        for symbol in symbols:
            call = libsbml.ASTNode(libsbml.AST_FUNCTION)
            call.setName(name)
            for item in dict.fromkeys(named[symbol]):
                call.addChild(_name(libsbml, item))
            elements[symbol].setMath(call)
    return len(forms)


def _names(libsbml: Any, math: Any) -> list[str]:
    """List the names of a formula in order, each as often as it stands there."""
    own = [math.getName()] if math.getType() == libsbml.AST_NAME else []
    return own + [name for i in range(math.getNumChildren()) for name in _names(libsbml, math.getChild(i))]


def _name(libsbml: Any, name: str) -> Any:
    node = libsbml.ASTNode(libsbml.AST_NAME)
    node.setName(name)
    return node


def _form(libsbml: Any, math: Any, names: list[str]) -> str:
    """Write a formula with its names numbered, so that formulas of one form are equal."""
    copy = math.deepCopy()
    numbers = {name: f"x{i}" for i, name in enumerate(dict.fromkeys(names))}

    def renamed(node: Any) -> None:
        if node.getType() == libsbml.AST_NAME:
            node.setName(numbers[node.getName()])
        for i in range(node.getNumChildren()):
            renamed(node.getChild(i))

    renamed(copy)
    return libsbml.writeMathMLToString(copy)


def _sizes(named: Mapping[str, list[str]]) -> dict[str, int]:
    """Count the names of each formula with everything it stands on written out."""
    sizes: dict[str, int] = {}

    def size(symbol: str) -> int:
        if symbol not in named:
            return 1
        if symbol not in sizes:
            sizes[symbol] = sum(size(name) for name in named[symbol])
        return sizes[symbol]

    for symbol in named:
        size(symbol)
    return sizes


def _free_name(symbols: list[str], used: set[str]) -> str:
    """Name a function after what the quantities that use it have in common at their ends."""
    parts = zip(*(reversed(symbol.split("_")) for symbol in symbols), strict=False)
    common = [same[0] for same in takewhile(lambda same: len(set(same)) == 1, parts)]
    name = base = f"formula_of_{'_'.join(reversed(common)) if common else symbols[0]}"
    number = 1
    while name in used:
        number += 1
        name = f"{base}_{number}"
    return name
