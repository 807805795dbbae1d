"""Formulas of libSBML taken apart: equal parts are one node, so that what stands in a formula twice is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """One operator, number or name, with the parts it stands on, by their places.

    Parameters
    ----------
    math
        The libSBML node it was first seen as.
    name
        Of a quantity; None for all else.
    """

    math: Any
    name: str | None
    inside: tuple[int, ...]


class Expressions:
    """Formulas as parts that stand on parts; parts are numbered so that each comes behind what it stands on.

    Examples
    --------
    >>> import libsbml
    >>> formulas = Expressions()
    >>> root = formulas.read(libsbml.parseL3Formula("(a + b) / (a + b)"))
    >>> [formulas.text(part) for part in formulas.parts[root].inside]
    ['a + b', 'a + b']
    >>> len(formulas.parts)
    4
    """

    def __init__(self) -> None:
        import libsbml

        self._libsbml = libsbml
        self._places: dict[tuple[object, ...], int] = {}
        self.parts: list[Part] = []

    def read(self, math: Any, known: Mapping[str, int] | None = None) -> int:
        """Take a formula apart and give the place of the whole; names in `known` are the parts of these places."""
        name = math.getName() if math.getType() == self._libsbml.AST_NAME else None
        if name is not None and known is not None and name in known:
            return known[name]
        inside = tuple(self.read(math.getChild(i), known) for i in range(math.getNumChildren()))
        number = (math.getValue(), math.getUnits()) if math.isNumber() else ()
        key = (math.getType(), math.getName(), number, inside)
        if key not in self._places:
            self._places[key] = len(self.parts)
            self.parts.append(Part(math.deepCopy(), name, inside))
        return self._places[key]

    def write(self, place: int, named: Mapping[int, str]) -> Any:
        """Write a part as a libSBML formula, with names in place of some parts."""
        if place in named:
            node = self._libsbml.ASTNode(self._libsbml.AST_NAME)
            node.setName(named[place])
            return node
        part = self.parts[place]
        node = part.math.deepCopy()
        for i, inner in enumerate(part.inside):
            node.replaceChild(i, self.write(inner, named), True)
        return node

    def text(self, place: int) -> str:
        """Write a part as text."""
        return self._libsbml.formulaToL3String(self.write(place, {}))

    def below(self, root: int, stops: Mapping[int, object]) -> list[int]:
        """List a part and what it stands on, in order, down to some parts: those are listed, what is in them is not."""
        found, waiting = set[int](), [root]
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                if place not in stops:
                    waiting.extend(self.parts[place].inside)
        return sorted(found)
