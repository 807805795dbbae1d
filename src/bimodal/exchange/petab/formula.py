"""Formulas of PEtab tables as expressions, read by a small grammar and never run as code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from bimodal.errors import ModelError, PetabError
from bimodal.expr import Graph, Node, Op
from bimodal.files.number_text import NUMBER
from bimodal.model.functions import UNARY, false, logarithm, number, true, truth

_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{NUMBER})|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>&&|\|\||<=|>=|==|!=|[-+*/^(),<>!]))"
)
_LONGEST, _DEEPEST = 100_000, 100
_COMPARED = ("<", "<=", ">", ">=", "==", "!=")
#: Functions of one number that PEtab has, by their name here where it differs.
_ONE = {
    **{name: name for name in UNARY if name not in ("ceiling", "floor", "factorial")},
    "log": "ln",
}
Lookup = Callable[[str], Node]


def read_formula(text: str, graph: Graph, lookup: Lookup) -> Node:
    """Read a formula as a number.

    Parameters
    ----------
    text
        Of the PEtab language: ``+ - * / ^``, comparisons, ``&& || !``, ``piecewise(value, condition, ..., otherwise)``
        and its functions. Truth values and numbers stand for each other.
    graph
        Where the expression goes.
    lookup
        Gives what a name stands for, and raises for one it does not know.

    Raises
    ------
    PetabError
        It cannot be read.

    Examples
    --------
    >>> g = Graph()
    >>> g.value(read_formula("-2^4 + log(8, 2)", g, g.symbol))
    -13.0

    Notes
    -----
    After the PEtab data format specification, version 2, "Math expressions syntax".
    """
    if len(text) > _LONGEST:
        raise PetabError(f"the formula is longer than {_LONGEST:,} characters")
    reader = _Reader(text, _tokens(text), graph, lookup)
    try:
        node = number(graph, reader.either())
    except ModelError as fault:
        raise PetabError(f"the formula '{_short(text)}' cannot be read: {fault.what}") from None
    if reader.kind:
        reader.fail(f"'{reader.word}' is not expected there")
    return node


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = list[tuple[str, str]](), 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.end() == place:
            raise PetabError(
                f"the formula '{_short(text)}' has a letter that means nothing: '{text[place:].strip()[0]}'"
            )
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        place = match.end()
    return found


@dataclass
class _Reader:
    """Reads from the loosest binding, ``&&`` and ``||``, to the tightest, ``^``."""

    text: str
    tokens: list[tuple[str, str]]
    g: Graph
    lookup: Lookup
    place: int = 0
    depth: int = 0

    @property
    def kind(self) -> str:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    @property
    def word(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else "its end"

    def fail(self, what: str) -> NoReturn:
        raise PetabError(f"the formula '{_short(self.text)}' cannot be read: {what}")

    def take(self, *signs: str) -> str | None:
        if self.kind == "sign" and self.word in signs:
            self.place += 1
            return self.tokens[self.place - 1][1]
        return None

    def need(self, sign: str) -> None:
        if self.take(sign) is None:
            self.fail(f"'{sign}' is missing before '{self.word}'")

    def either(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail(f"it is nested more than {_DEEPEST} deep")
        node = self.compared()
        while sign := self.take("&&", "||"):
            parts = truth(self.g, node), truth(self.g, self.compared())
            node = self.g.logical(Op.AND if sign == "&&" else Op.OR, *parts)
        self.depth -= 1
        return node

    def compared(self) -> Node:
        g, node = self.g, self.sum()
        while sign := self.take(*_COMPARED):
            a, b = number(g, node), number(g, self.sum())
            if sign in (">", ">="):
                a, b = b, a
            op = Op.EQ if sign in ("==", "!=") else Op.LT if sign in ("<", ">") else Op.LE
            node = g.compare(op, a, b)
            if sign == "!=":
                node = g.logical(Op.NOT, node)
        return node

    def sum(self) -> Node:
        g, node = self.g, self.product()
        while sign := self.take("+", "-"):
            a, b = number(g, node), number(g, self.product())
            node = g.add(a, b) if sign == "+" else g.sub(a, b)
        return node

    def product(self) -> Node:
        g, node = self.g, self.signed()
        while sign := self.take("*", "/"):
            a, b = number(g, node), number(g, self.signed())
            node = g.mul(a, b) if sign == "*" else g.div(a, b)
        return node

    def signed(self) -> Node:
        g = self.g
        signs: list[str] = []
        while sign := self.take("+", "-", "!"):
            signs.append(sign)
        node = self.power()
        for sign in reversed(signs):
            if sign == "!":
                node = g.logical(Op.NOT, truth(g, node))
            else:
                node = g.neg(number(g, node)) if sign == "-" else number(g, node)
        return node

    def power(self) -> Node:
        node = self.atom()
        if self.take("^"):
            self.depth += 1
            if self.depth > _DEEPEST:
                self.fail(f"it is nested more than {_DEEPEST} deep")
            node = self.g.pow(number(self.g, node), number(self.g, self.signed()))
            self.depth -= 1
        return node

    def atom(self) -> Node:
        kind, word = self.kind, self.word
        if self.take("("):
            node = self.either()
            self.need(")")
            return node
        if kind == "number":
            self.place += 1
            return self.g.const(float(word))
        if kind != "name":
            self.fail(f"a number or name is missing before '{word}'")
        self.place += 1
        if self.take("("):
            return self.function(word)
        if word in ("true", "false"):
            return true(self.g) if word == "true" else false(self.g)
        return self.g.const(float("inf")) if word == "inf" else self.lookup(word)

    def function(self, name: str) -> Node:  # noqa: RET503 - `fail` does not return
        given = [] if self.kind == "sign" and self.word == ")" else [self.either()]
        while self.take(","):
            given.append(self.either())
        self.need(")")
        if name == "piecewise":
            return self.piecewise(given)
        g, numbers = self.g, [number(self.g, node) for node in given]
        if len(numbers) == 1 and (made := self.of_one(name, numbers[0])) is not None:
            return made
        if len(numbers) == 2 and name in ("pow", "log"):
            a, b = numbers
            return g.pow(a, b) if name == "pow" else logarithm(g, b, a)
        if len(numbers) >= 2 and name in ("min", "max"):
            node = numbers[0]
            for other in numbers[1:]:
                node = g.call(Op.MIN if name == "min" else Op.MAX, node, other)
            return node
        self.fail(f"there is no function '{name}' of {len(given)} arguments")

    def of_one(self, name: str, x: Node) -> Node | None:
        g = self.g
        if name in _ONE:
            return UNARY[_ONE[name]](g, x)
        if name == "sqrt":
            return g.call(Op.SQRT, x)
        if name in ("log2", "log10"):
            return logarithm(g, g.const(float(name[3:])), x)
        if name == "sign":
            zero, one = g.const(0.0), g.const(1.0)
            below = g.select(g.compare(Op.LT, x, zero), g.neg(one), zero)
            return g.select(g.compare(Op.LT, zero, x), one, below)
        return None

    def piecewise(self, given: list[Node]) -> Node:
        if len(given) % 2 == 0:
            self.fail("'piecewise' needs pairs of value and condition, and a value otherwise")
        g = self.g
        node = number(g, given[-1])
        for value, condition in zip(given[-3::-2], given[-2::-2], strict=True):
            node = g.select(truth(g, condition), number(g, value), node)
        return node
