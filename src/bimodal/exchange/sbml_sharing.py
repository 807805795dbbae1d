"""From what each formula of a document is best computed where formulas are written out down to numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

# a formula that takes fewer terms, everything it stands on written out, stays as it is
_LEAST = 50
# inputs that take fewer terms are taken as they are
_LEAST_INPUT = 10
# libSBML writes out functions where it checks units: no formula becomes longer than this
_MOST = 200
# taken where it saves a tenth; of those that are about as good, the one that stays nearest to the formula
_SAVES, _ABOUT = 0.9, 1.1


@dataclass(frozen=True)
class Formula:
    """What one quantity follows from: the names in its formula, each as often as it stands there, and its size without.

    Parameters
    ----------
    always
        Whether it holds at every moment; else it is a starting value.
    """

    names: tuple[str, ...]
    size: int
    always: bool

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names in the order of the formula, each once."""
        return tuple(dict.fromkeys(self.names))


def shared_inputs(formulas: Mapping[str, Formula]) -> dict[str, tuple[str, ...]]:
    """Choose the inputs of the functions that formulas become; a formula that is not named stays as it is.

    A program that writes out what a formula stands on writes the input of a function once, however often the function
    uses it. So a formula becomes a function where it repeats a quantity, and one of quantities further down where its
    own inputs stand on the same ones. Sizes are those such a program writes: at the start down to the constants, and
    for rules at every other moment down to states. A rule, which holds at all times, takes in other rules only.

    Examples
    --------
    >>> chain = {f"x{i}": Formula((f"x{i - 1}",) * 2, 1, always=False) for i in range(1, 40)}
    >>> shared_inputs(chain)["x39"]
    ('x38',)
    """
    sizes, chosen = dict[str, _Size](), dict[str, tuple[str, ...]]()
    for symbol in _in_order(formulas):
        formula = formulas[symbol]
        size = _sum(formula, formula.size, formula.names, sizes)
        if size.start >= _LEAST:
            tried = [(formula.inputs, _sum(formula, formula.size, formula.inputs, sizes))]
            further = (_tried(symbol, formulas, sizes, most) for most in _limits(symbol, formulas, sizes))
            tried += [(inputs, one) for inputs, one in further if _written(symbol, formulas, inputs) <= _MOST]
            least = min(one.total for _, one in tried)
            if least < _SAVES * size.total:
                nearest = (pair for pair in [tried[0], *reversed(tried)] if pair[1].total <= _ABOUT * least)
                chosen[symbol], size = next(nearest)
        sizes[symbol] = size
    return chosen


@dataclass(frozen=True)
class _Size:
    """How many terms a quantity takes written out: at the start, and later; a state or constant is one."""

    start: int = 1
    later: int = 1

    @property
    def total(self) -> int:
        return self.start + self.later


_ONE = _Size()


def _in_order(formulas: Mapping[str, Formula]) -> list[str]:
    """List quantities behind those they stand on."""
    found = dict[str, None]()

    def add(symbol: str) -> None:
        if symbol not in found and symbol in formulas:
            for name in formulas[symbol].inputs:
                add(name)
            found[symbol] = None

    for symbol in formulas:
        add(symbol)
    return list(found)


def _sum(formula: Formula, body: int, names: Collection[str], sizes: Mapping[str, _Size]) -> _Size:
    found = [sizes.get(name, _ONE) for name in names]
    later = body + sum(one.later for one in found) if formula.always else 1
    return _Size(body + sum(one.start for one in found), later)


def _limits(symbol: str, formulas: Mapping[str, Formula], sizes: Mapping[str, _Size]) -> list[int]:
    """List in rising order the sizes of what a quantity stands on, those that differ by a tenth."""
    inner, _ = _parted(symbol, formulas, lambda name: name not in formulas)
    found = list[int]()
    for size in sorted(sizes[name].start for name in inner):
        if size >= _LEAST_INPUT and (not found or size > 1.1 * found[-1]):
            found.append(size)
    return found


def _tried(
    symbol: str, formulas: Mapping[str, Formula], sizes: Mapping[str, _Size], most: int
) -> tuple[tuple[str, ...], _Size]:
    """Write into a formula whatever takes more than so many terms, and what is only another name of something."""
    formula = formulas[symbol]

    def stays(name: str) -> bool:
        inner = formulas.get(name)
        if inner is None or (formula.always and not inner.always):
            return True
        return inner.size > 0 and sizes[name].start <= most

    inner, inputs = _parted(symbol, formulas, stays)
    body = formula.size + sum(formulas[name].size for name in inner)
    return tuple(inputs), _sum(formula, body, inputs, sizes)


def _written(symbol: str, formulas: Mapping[str, Formula], inputs: Collection[str]) -> int:
    """Count the terms of a formula over its inputs if nothing in it is shared."""
    known = dict.fromkeys(inputs, 0)

    def size(name: str) -> int:
        if name not in known:
            known[name] = formulas[name].size + sum(size(each) for each in formulas[name].names)
        return known[name]

    return size(symbol)


def _parted(
    symbol: str, formulas: Mapping[str, Formula], stays: Callable[[str], bool]
) -> tuple[dict[str, None], dict[str, None]]:
    """List what a quantity stands on: what is written into it, and what stays and is its input."""
    inner, inputs = dict[str, None](), dict[str, None]()

    def add(name: str) -> None:
        for each in formulas[name].inputs:
            if stays(each):
                inputs[each] = None
            elif each not in inner:
                inner[each] = None
                add(each)

    add(symbol)
    return inner, inputs
