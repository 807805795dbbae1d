"""Writes LLVM IR: arithmetic on W patients at a time, one per vector lane; a branch skips only what no lane needs.

No flag that lets the compiler reorder arithmetic is ever set, so a lane's result does not depend on its neighbours or
on W; fused multiply-adds appear only where they are written here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

Value = str


def _hex(number: float) -> str:
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"


class Builder:
    """Collects the body of one function.

    A width of 1 writes scalars, more writes vectors; without ``fused`` multiply-adds the two operations round apart.
    """

    def __init__(self, width: int, *, fused: bool) -> None:
        self.width = width
        self.fused = fused
        self.lines: list[str] = []
        self.declarations: set[str] = set()
        # of powers that are written without a branch: what holds where they are right, and ln of what was raised
        self.ordinary: list[Value] = []
        self.logarithms: dict[Value, Value] = {}
        self.careful = False
        self._count = 0
        self._block = "entry"
        self.real = self._type("double")
        self.integer = self._type("i64")
        self._suffix = f"v{width}" if width > 1 else ""

    def _type(self, scalar: str) -> str:
        return f"<{self.width} x {scalar}>" if self.width > 1 else scalar

    def _splat(self, scalar_type: str, text: str) -> Value:
        if self.width == 1:
            return text
        return "<" + ", ".join([f"{scalar_type} {text}"] * self.width) + ">"

    def const(self, number: float) -> Value:
        """Return a real constant in every lane."""
        return self._splat("double", _hex(number))

    def number(self, value: Value) -> float | None:
        """Return the number a value is known to be, ``None`` if it is not kept in mind."""
        return None

    def is_fractional(self, value: Value) -> bool:
        """Tell whether a value is known to be no whole number from 0 to 4."""
        return False

    def iconst(self, number: int) -> Value:
        """Return a 64-bit whole number in every lane."""
        return self._splat("i64", str(number))

    def fresh(self) -> int:
        """Return a number no name has yet."""
        self._count += 1
        return self._count

    def begin(self, block: str) -> None:
        """Begin a basic block."""
        self.lines.append(f"{block}:")
        self._block = block

    def go_to(self, block: str) -> None:
        """End the basic block with a jump to one that begins here."""
        self.lines.append(f"br label %{block}")
        self.begin(block)

    def emit(self, text: str) -> Value:
        """Append an instruction and return its name."""
        self._count += 1
        name = f"%v{self._count}"
        self.lines.append(f"{name} = {text}")
        return name

    def binary(self, operation: str, a: Value, b: Value) -> Value:
        """Return fadd, fsub, fmul or fdiv of two reals."""
        return self.emit(f"{operation} {self.real} {a}, {b}")

    def add(self, a: Value, b: Value) -> Value:
        """Return a + b."""
        return self.binary("fadd", a, b)

    def sub(self, a: Value, b: Value) -> Value:
        """Return a - b."""
        return self.binary("fsub", a, b)

    def mul(self, a: Value, b: Value) -> Value:
        """Return a * b."""
        return self.binary("fmul", a, b)

    def div(self, a: Value, b: Value) -> Value:
        """Return a / b."""
        return self.binary("fdiv", a, b)

    def neg(self, a: Value) -> Value:
        """Return -a."""
        return self.emit(f"fneg {self.real} {a}")

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """Return a * b + c, rounded once where the machine can."""
        if not self.fused:
            return self.add(self.mul(a, b), c)
        return self.intrinsic("fma", a, b, c)

    def intrinsic(self, name: str, *args: Value) -> Value:
        """Return an LLVM arithmetic intrinsic (sqrt, fabs, floor, fma) of reals."""
        function = f"@llvm.{name}.{self._suffix}f64"
        self.declarations.add(f"declare {self.real} {function}({', '.join([self.real] * len(args))})")
        return self.emit(f"call {self.real} {function}({', '.join(f'{self.real} {a}' for a in args)})")

    def integer_op(self, operation: str, a: Value, b: Value) -> Value:
        """Return add, sub, shl, ashr, and, or of whole numbers."""
        return self.emit(f"{operation} {self.integer} {a}, {b}")

    def compare(self, predicate: str, a: Value, b: Value) -> Value:
        """Return the truth of an ordered comparison (olt, ole, oeq, ogt, uno)."""
        return self.emit(f"fcmp {predicate} {self.real} {a}, {b}")

    def logical(self, operation: str, a: Value, b: Value) -> Value:
        """Return and, or, xor of truth values."""
        return self.emit(f"{operation} {self._type('i1')} {a}, {b}")

    def negate_truth(self, a: Value) -> Value:
        """Return not a."""
        return self.logical("xor", a, self._splat("i1", "true"))

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """Return a in lanes where ``condition`` holds, b in the others."""
        return self.emit(f"select {self._type('i1')} {condition}, {self.real} {a}, {self.real} {b}")

    def unless_all(self, condition: Value, quick: Value, slow: Callable[[], Value]) -> Value:
        """Return ``quick`` where ``condition`` holds, else ``slow``, which is run if a lane needs it.

        Which lanes stand side by side changes the time and no result.
        """
        everywhere = self._everywhere(condition)
        number, before = self.fresh(), self._block
        some, joined = f"some{number}", f"joined{number}"
        self.lines.append(f"br i1 {everywhere}, label %{joined}, label %{some}")
        self.begin(some)
        chosen = self.select(condition, quick, slow())
        after = self._block
        self.go_to(joined)
        return self.emit(f"phi {self.real} [ {quick}, %{before} ], [ {chosen}, %{after} ]")

    def _everywhere(self, condition: Value) -> Value:
        if self.width == 1:
            return condition
        function = f"@llvm.vector.reduce.and.v{self.width}i1"
        self.declarations.add(f"declare i1 {function}({self._type('i1')})")
        return self.emit(f"call i1 {function}({self._type('i1')} {condition})")

    def do_again_unless(self, condition: Value, name: str, arguments: Sequence[str]) -> None:
        """Call another function with the same arguments if a lane has not what ``condition`` says."""
        number = self.fresh()
        usual, other = f"usual{number}", f"other{number}"
        self.lines.append(f"br i1 {self._everywhere(condition)}, label %{usual}, label %{other}")
        self.begin(other)
        self.lines.append(f"call void @{name}({', '.join(f'ptr {a}' for a in arguments)})")
        self.go_to(usual)

    def call(self, name: str, x: Value, y: Value, write: Callable[[Builder, Value, Value], Value]) -> Value:
        """Return a function of two reals, written once for the module and called: for what is hardly ever needed."""
        b = Builder(self.width, fused=self.fused)
        result, own = write(b, "%x", "%y"), f"@{name}.v{self.width}"
        body = "\n  ".join(b.lines)
        head = f"define internal {self.real} {own}({self.real} %x, {self.real} %y) noinline nounwind"
        self.declarations |= {*b.declarations, f"{head} {{\nentry:\n  {body}\n  ret {self.real} {result}\n}}"}
        return self.emit(f"call {self.real} {own}({self.real} {x}, {self.real} {y})")

    def to_bits(self, a: Value) -> Value:
        """Return the bits of a real."""
        return self.emit(f"bitcast {self.real} {a} to {self.integer}")

    def from_bits(self, a: Value) -> Value:
        """Return the real with these bits."""
        return self.emit(f"bitcast {self.integer} {a} to {self.real}")

    def load(self, pointer: str, index: int | str) -> Value:
        """Return element ``index`` of an array of W-wide reals."""
        place = self.emit(f"getelementptr {self.real}, ptr {pointer}, i64 {index}")
        return self.emit(f"load {self.real}, ptr {place}, align {8 * self.width}")

    def store(self, value: Value, pointer: str, index: int | str) -> None:
        """Write element ``index`` of an array of W-wide reals."""
        place = self.emit(f"getelementptr {self.real}, ptr {pointer}, i64 {index}")
        self.lines.append(f"store {self.real} {value}, ptr {place}, align {8 * self.width}")

    def repeat(self, label: str, first: int, stop: int, body: Callable[[str], None]) -> None:
        """Write a loop over whole numbers from ``first`` to below ``stop``."""
        self.lines += [f"br label %pre.{label}", f"pre.{label}:", f"br label %body.{label}", f"body.{label}:"]
        self.lines.append(f"%i.{label} = phi i64 [{first}, %pre.{label}], [%n.{label}, %body.{label}]")
        body(f"%i.{label}")
        self.lines.append(f"%n.{label} = add i64 %i.{label}, 1")
        self.lines.append(f"%c.{label} = icmp eq i64 %n.{label}, {stop}")
        self.lines += [f"br i1 %c.{label}, label %done.{label}, label %body.{label}", f"done.{label}:"]

    def function(self, name: str, arguments: tuple[str, ...], *, exported: bool = False) -> str:
        """Return the finished function; arguments are pointers that never overlap."""
        heads = ", ".join(f"ptr noalias {a}" for a in arguments)
        linkage = "define" if exported else "define internal"
        tail = "nounwind" if exported else "noinline nounwind"
        body = "\n  ".join(self.lines)
        return f"{linkage} void @{name}({heads}) {tail} {{\nentry:\n  {body}\n  ret void\n}}"


def fold(join: Callable[[Value, Value], Value], values: Sequence[Value]) -> Value:
    """Join values two and two, so that few operations wait for one another."""
    while len(values) > 1:
        pairs = [values[i : i + 2] for i in range(0, len(values), 2)]
        values = [join(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return values[0]
