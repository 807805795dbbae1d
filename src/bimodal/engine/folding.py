"""Writes LLVM IR for patients who have some numbers in common: what these decide is not computed again at every step.

Only what changes no result is left out: products with 0 and 1, sums with 0, arithmetic on numbers known beforehand,
the choice between two values when it is known. So a patient's bits are those of the code for everybody. (Of a product
with 0 the general code says no number where the other factor is infinite, of 0 over something where that is 0; there
the two may differ.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from bimodal.engine.ir import Builder, Value

#: Pointer and element of an array, as they are called in the function that is written.
Place = tuple[str, int | str]


class Folding(Builder):
    """A builder that knows what stands at some places in memory.

    Parameters
    ----------
    known
        The numbers there, the same in all lanes. A store of a number is added to it where ``kept`` has the pointer,
        and left out: later functions do not read it from memory.
    silent
        Places where zero stands for the whole run, so that no zero has to be stored there.
    fractional
        Places with exponents of which none is a whole number from 0 to 4.
    """

    def __init__(
        self,
        width: int,
        *,
        fused: bool,
        known: dict[Place, float],
        kept: frozenset[str] = frozenset(),
        silent: frozenset[Place] = frozenset(),
        fractional: frozenset[Place] = frozenset(),
    ) -> None:
        super().__init__(width, fused=fused)
        self._numbers: dict[Value, float] = {}
        self._known, self._kept, self._silent, self._fractional = known, kept, silent, fractional
        self._odd: set[Value] = set()
        self._always, self._never = self._splat("i1", "true"), self._splat("i1", "false")

    def const(self, number: float) -> Value:
        """Return a real constant in every lane."""
        value = super().const(number)
        self._numbers[value] = number
        return value

    def number(self, value: Value) -> float | None:
        """Return the number a value is known to be."""
        return self._numbers.get(value)

    def is_fractional(self, value: Value) -> bool:
        """Tell whether a value is known to be no whole number from 0 to 4."""
        return value in self._odd

    def add(self, a: Value, b: Value) -> Value:
        """Return a + b."""
        one, two = self.number(a), self.number(b)
        if one is not None and two is not None:
            return self.const(one + two)
        if one == 0.0:
            return b
        return a if two == 0.0 else super().add(a, b)

    def sub(self, a: Value, b: Value) -> Value:
        """Return a - b."""
        one, two = self.number(a), self.number(b)
        if one is not None and two is not None:
            return self.const(one - two)
        if one == 0.0:
            return self.neg(b)
        return a if two == 0.0 else super().sub(a, b)

    def mul(self, a: Value, b: Value) -> Value:
        """Return a * b."""
        one, two = self.number(a), self.number(b)
        if one is not None and two is not None:
            return self.const(one * two)
        if 0.0 in (one, two):
            return self.const(0.0)
        if one == 1.0:
            return b
        return a if two == 1.0 else super().mul(a, b)

    def div(self, a: Value, b: Value) -> Value:
        """Return a / b."""
        one, two = self.number(a), self.number(b)
        if one is not None and two:
            return self.const(one / two)
        if one == 0.0 and two is None:
            return self.const(0.0)
        return a if two == 1.0 else super().div(a, b)

    def neg(self, a: Value) -> Value:
        """Return -a."""
        one = self.number(a)
        return super().neg(a) if one is None else self.const(-one if one else 0.0)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """Return a * b + c, rounded once where the machine can."""
        if not self.fused:
            return self.add(self.mul(a, b), c)
        one, two, three = self.number(a), self.number(b), self.number(c)
        if 0.0 in (one, two):
            return c
        if one == 1.0 or two == 1.0 or three == 0.0:
            return self.add(b, c) if one == 1.0 else self.add(a, c) if two == 1.0 else self.mul(a, b)
        numbers = [number for number in (one, two, three) if number is not None and math.isfinite(number)]
        if len(numbers) == 3:
            x, y, z = map(Fraction, numbers)
            return self.const(float(x * y + z))
        return super().fma(a, b, c)

    def intrinsic(self, name: str, *args: Value) -> Value:
        """Return an LLVM arithmetic intrinsic (sqrt, fabs, floor, fma) of reals."""
        one = self.number(args[0])
        if one is not None and name == "fabs":
            return self.const(abs(one))
        if one is not None and name == "sqrt" and one >= 0.0:
            return self.const(math.sqrt(one))
        return super().intrinsic(name, *args)

    def compare(self, predicate: str, a: Value, b: Value) -> Value:
        """Return the truth of an ordered comparison (olt, ole, oeq, ogt, uno)."""
        one, two = self.number(a), self.number(b)
        if one is None or two is None or math.isnan(one) or math.isnan(two):
            return super().compare(predicate, a, b)
        truths = {"olt": one < two, "ole": one <= two, "oeq": one == two, "ogt": one > two, "uno": False}
        return self._always if truths[predicate] else self._never

    def logical(self, operation: str, a: Value, b: Value) -> Value:
        """Return and, or, xor of truth values."""
        for one, other in ((a, b), (b, a)) if operation != "xor" else ():
            if one in (self._always, self._never):
                decides = (one == self._always) == (operation == "or")
                return one if decides else other
        return super().logical(operation, a, b)

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """Return a in lanes where ``condition`` holds, b in the others."""
        if condition == self._always or a == b:
            return a
        return b if condition == self._never else super().select(condition, a, b)

    def unless_all(self, condition: Value, quick: Value, slow: Callable[[], Value]) -> Value:
        """Return ``quick`` where ``condition`` holds, else ``slow``, which is run if a lane needs it."""
        if condition == self._always:
            return quick
        return slow() if condition == self._never else super().unless_all(condition, quick, slow)

    def load(self, pointer: str, index: int | str) -> Value:
        """Return element ``index`` of an array of W-wide reals."""
        place = (pointer, index)
        if (number := self._known.get(place)) is not None:
            return self.const(number)
        value = super().load(pointer, index)
        if place in self._fractional:
            self._odd.add(value)
        return value

    def store(self, value: Value, pointer: str, index: int | str) -> None:
        """Write element ``index`` of an array of W-wide reals."""
        number = self.number(value)
        if number is not None and pointer in self._kept:
            self._known[pointer, index] = number
        elif number != 0.0 or (pointer, index) not in self._silent:
            super().store(value, pointer, index)
