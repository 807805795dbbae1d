"""Elimination and triangular solves of a large matrix as loops over tables, where straight-line code would be endless.

The arithmetic is that of the straight-line code, operation for operation in the same order, so results are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from bimodal.engine.ir import Builder, Value

Body = Callable[[str], None]


class Loops:
    """Writes loops and tables into functions of one module.

    Counters live on the stack until the optimiser puts them into registers, so that loops nest without bookkeeping.
    """

    def __init__(self) -> None:
        self._tables: dict[str, Sequence[int]] = {}

    def table(self, name: str, numbers: Sequence[int]) -> str:
        """Keep whole numbers under a name and return it."""
        self._tables[name] = numbers
        return f"@{name}"

    def tables(self) -> list[str]:
        """Return the definitions of all tables."""
        return [
            f"@{name} = internal constant [{len(numbers)} x i32] [{', '.join(f'i32 {n}' for n in numbers)}]"
            for name, numbers in self._tables.items()
        ]

    @staticmethod
    def look_up(b: Builder, table: str, index: str) -> str:
        """Return a whole number of a table."""
        place = b.emit(f"getelementptr i32, ptr {table}, i64 {index}")
        return b.emit(f"sext i32 {b.emit(f'load i32, ptr {place}')} to i64")

    @staticmethod
    def room(b: Builder, count: int) -> str:
        """Return the address of room for W-wide reals on the stack."""
        name = f"%room{b.fresh()}"
        b.lines.insert(0, f"{name} = alloca {b.real}, i64 {max(count, 1)}, align {8 * b.width}")
        return name

    @staticmethod
    def each(b: Builder, start: str, stop: str, body: Body, *, step: str = "1", down: bool = False) -> None:
        """Write a loop over start, start + step, ... below stop, or ``down`` over stop - 1, ... to start."""
        number = b.fresh()
        counter, head, inside, done = (f"{word}{number}" for word in ("count", "head", "inside", "done"))
        b.lines.insert(0, f"%{counter} = alloca i64")
        first = b.emit(f"sub i64 {stop}, 1") if down else start
        b.lines.append(f"store i64 {first}, ptr %{counter}")
        b.go_to(head)
        now = b.emit(f"load i64, ptr %{counter}")
        more = b.emit(f"icmp s{'ge' if down else 'lt'} i64 {now}, {start if down else stop}")
        b.lines.append(f"br i1 {more}, label %{inside}, label %{done}")
        b.begin(inside)
        body(now)
        following = b.emit(f"add i64 {now}, {'-1' if down else step}")
        b.lines.append(f"store i64 {following}, ptr %{counter}")
        b.lines.append(f"br label %{head}")
        b.begin(done)

    def copy(self, b: Builder, name: str, source: str, target: str, places: Sequence[tuple[int, int]]) -> None:
        """Write a loop that copies elements ``(from, to)`` of an array into another."""
        sources = self.table(f"{name}.from", [one for one, _ in places])
        targets = self.table(f"{name}.to", [other for _, other in places])

        def one(e: str) -> None:
            b.store(b.load(source, self.look_up(b, sources, e)), target, self.look_up(b, targets, e))

        self.each(b, "0", str(len(places)), one)

    def spread(self, b: Builder, source: str, target: str, count: int, lanes: int) -> None:
        """Write a loop that puts each number of an array into all lanes of a wide one."""

        def one(i: str) -> None:
            value, first = b.load(source, i), b.emit(f"mul i64 {i}, {lanes}")
            for lane in range(lanes):
                b.store(value, target, b.emit(f"add i64 {first}, {lane}"))

        self.each(b, "0", str(count), one)

    def gather(self, b: Builder, source: str, target: str, count: int, lanes: int) -> None:
        """Write a loop that takes the first lane of each number of a wide array."""
        self.each(b, "0", str(count), lambda i: b.store(b.load(source, b.emit(f"mul i64 {i}, {lanes}")), target, i))


class LoopedFactors:
    """Factors of a matrix in pivot order: their elimination, solves with them and the check of a solve.

    Parameters
    ----------
    loops
        Keeps the tables the functions read.
    order
        State of each place.
    pattern
        Entries (row, column) of the factors by places, sorted; so those of a row stand together.
    entries
        Entries (state, state) of the matrix, sorted.
    chain
        Longest sum that is added up one after the other.
    """

    def __init__(
        self,
        loops: Loops,
        order: Sequence[int],
        pattern: Sequence[tuple[int, int]],
        entries: Sequence[tuple[int, int]],
        chain: int,
    ) -> None:
        self.size = len(order)
        self.factors = len(pattern)
        self._loops = loops
        self._chain = chain
        ends, own = _row_ends(pattern, self.size), _row_ends(entries, self.size)
        self._longest = max(
            *(stop - start for start, stop in pairwise(ends)),
            *(1 + stop - start for start, stop in pairwise(own)),
        )
        table = self._loops.table
        self._order = table("order", order)
        self._rows = table("rows", ends)
        self._columns = table("columns", [j for _, j in pattern])
        self._pivots = table("pivots", [e for e, (i, j) in enumerate(pattern) if i == j])
        self._matrix_rows = table("matrix_rows", own)
        self._matrix_columns = table("matrix_columns", [j for _, j in entries])
        self._matrix_pivots = table("matrix_pivots", [e for e, (i, j) in enumerate(entries) if i == j])
        places = {state: k for k, state in enumerate(order)}
        factors = {entry: e for e, entry in enumerate(pattern)}
        self._entries = len(entries)
        self._places = table("places", [factors[places[i], places[j]] for i, j in entries])

    def less_diagonal(self, b: Builder) -> None:
        """Subtract 1/(h gamma) from the diagonal of ``%w``."""
        diagonal = b.load("%gh", 0)

        def one(i: str) -> None:
            place = self._loops.look_up(b, self._matrix_pivots, i)
            b.store(b.sub(b.load("%w", place), diagonal), "%w", place)

        self._loops.each(b, "0", str(self.size), one)

    def eliminate(self, b: Builder) -> None:
        """Factorise ``%w`` into ``%lu``: minus the reciprocal of pivots, multipliers with their sign turned."""
        each, look_up = self._loops.each, self._loops.look_up
        row = self._loops.room(b, self.size)

        def one(i: str) -> None:
            start, stop, middle = self._bounds(b, i)

            def spread(e: str) -> None:
                b.store(b.load("%lu", e), row, look_up(b, self._columns, e))

            def gather(e: str) -> None:
                b.store(b.load(row, look_up(b, self._columns, e)), "%lu", e)

            def subtract(e: str) -> None:
                k = look_up(b, self._columns, e)
                _, end, pivot = self._bounds(b, k)
                ratio = b.mul(b.load(row, k), b.load("%lu", pivot))
                b.store(ratio, row, k)

                def add(f: str) -> None:
                    j = look_up(b, self._columns, f)
                    b.store(b.fma(ratio, b.load("%lu", f), b.load(row, j)), row, j)

                each(b, _after(b, pivot), end, add)

            each(b, start, stop, spread)
            each(b, start, middle, subtract)
            b.store(b.div(b.const(-1.0), b.load(row, i)), row, i)
            each(b, start, stop, gather)

        each(b, "0", str(self.factors), lambda e: b.store(b.const(0.0), "%lu", e))
        each(b, "0", str(self._entries), lambda e: b.store(b.load("%w", e), "%lu", look_up(b, self._places, e)))
        each(b, "0", str(self.size), one)

    def substitute(self, b: Builder, right: Callable[[str], Value]) -> None:
        """Solve for a right-hand side given by state, into ``%x`` by state."""
        each, look_up = self._loops.each, self._loops.look_up
        x, sums = self._loops.room(b, self.size), self._loops.room(b, self._longest)

        def forward(k: str) -> None:
            start, _, middle = self._bounds(b, k)
            b.store(self._less(b, right(look_up(b, self._order, k)), (start, middle), x, sums), x, k)

        def backward(k: str) -> None:
            _, stop, middle = self._bounds(b, k)
            value = self._less(b, b.load(x, k), (_after(b, middle), stop), x, sums)
            found = b.mul(value, b.load("%lu", middle))
            b.store(found, x, k)
            b.store(found, "%x", look_up(b, self._order, k))

        each(b, "0", str(self.size), forward)
        each(b, "0", str(self.size), backward, down=True)

    def residual(self, b: Builder, *, limit: float, rounding: float) -> None:
        """Write the check of a solve into ``%worst``, ``%speed`` and ``%noise``; all of the matrix stands in ``%w``."""
        each, look_up = self._loops.each, self._loops.look_up
        terms, sizes, flows = (self._loops.room(b, self._longest) for _ in range(3))
        diagonal = b.load("%gh", 0)
        b.store(b.const(-1.0), "%worst", 0)

        def one(i: str) -> None:
            start, stop = self._ends(b, self._matrix_rows, i)
            right = b.load("%b", i)
            b.store(right, terms, 0)
            b.store(b.intrinsic("fabs", right), sizes, 0)

            def term(e: str) -> None:
                j, m = look_up(b, self._matrix_columns, e), b.emit(f"sub i64 {e}, {start}")
                same, place = b.load("%w", e), _after(b, m)
                product = b.mul(same, b.load("%x", j))
                b.store(product, terms, place)
                b.store(b.intrinsic("fabs", product), sizes, place)
                flow = b.mul(b.intrinsic("fabs", same), b.intrinsic("fabs", b.load("%y", j)))
                b.store(flow, flows, m)

            each(b, start, stop, term)
            count = b.emit(f"sub i64 {stop}, {start}")
            own = b.intrinsic("fabs", b.load("%w", look_up(b, self._matrix_pivots, i)))
            b.store(b.select(b.compare("ogt", own, diagonal), own, diagonal), "%speed", i)
            b.store(b.mul(self._fold(b, flows, count), b.const(rounding)), "%noise", i)
            rest, size = (self._fold(b, where, _after(b, count)) for where in (terms, sizes))
            size = b.fma(diagonal, b.load("%atol", i), size)
            good = b.compare("ole", b.intrinsic("fabs", rest), b.mul(size, b.const(limit)))
            b.store(b.select(good, b.load("%worst", 0), b.const(1.0)), "%worst", 0)

        each(b, "0", str(self.size), one)

    def _less(self, b: Builder, value: Value, span: tuple[str, str], x: str, sums: str) -> Value:
        """Add products of factors and unknowns to a value, a long row in several sums that do not wait for another."""
        each, look_up = self._loops.each, self._loops.look_up
        start, stop = span
        b.store(value, sums, 0)
        count = b.emit(f"sub i64 {stop}, {start}")
        ceiling = b.emit(f"sdiv i64 {b.emit(f'add i64 {count}, {self._chain - 1}')}, {self._chain}")
        several = b.emit(f"select i1 {b.emit(f'icmp sgt i64 {ceiling}, 1')}, i64 {ceiling}, i64 1")

        def product(e: str) -> tuple[Value, Value]:
            return b.load("%lu", e), b.load(x, look_up(b, self._columns, e))

        def begin(which: str) -> None:
            b.store(b.mul(*product(b.emit(f"add i64 {start}, {which}"))), sums, which)

        def go_on(which: str) -> None:
            # the first sum began with the value, the others with a product of their own
            own = b.emit(f"select i1 {b.emit(f'icmp eq i64 {which}, 0')}, i64 0, i64 {several}")
            first = b.emit(f"add i64 {start}, {b.emit(f'add i64 {which}, {own}')}")
            each(b, first, stop, lambda e: b.store(b.fma(*product(e), b.load(sums, which)), sums, which), step=several)

        each(b, "1", several, begin)
        each(b, "0", several, go_on)
        return self._fold(b, sums, several)

    def _fold(self, b: Builder, where: str, count: str) -> Value:
        """Add up numbers two and two, in place."""
        number = b.fresh()
        left, head, inside, done = (f"{word}{number}" for word in ("left", "pairs", "halve", "folded"))
        b.lines.insert(0, f"%{left} = alloca i64")
        b.lines.append(f"store i64 {count}, ptr %{left}")
        b.go_to(head)
        now = b.emit(f"load i64, ptr %{left}")
        b.lines.append(f"br i1 {b.emit(f'icmp sgt i64 {now}, 1')}, label %{inside}, label %{done}")
        b.begin(inside)
        half, odd = b.emit(f"sdiv i64 {now}, 2"), b.emit(f"srem i64 {now}, 2")

        def pair(m: str) -> None:
            first = b.emit(f"mul i64 {m}, 2")
            b.store(b.add(b.load(where, first), b.load(where, _after(b, first))), where, m)

        self._loops.each(b, "0", half, pair)
        # the odd one out follows the pairs; without one this moves a number onto itself
        kept = b.emit(f"sub i64 {now}, 1")
        target = b.emit(f"select i1 {b.emit(f'icmp eq i64 {odd}, 1')}, i64 {half}, i64 {kept}")
        b.store(b.load(where, kept), where, target)
        b.lines.append(f"store i64 {b.emit(f'add i64 {half}, {odd}')}, ptr %{left}")
        b.lines.append(f"br label %{head}")
        b.begin(done)
        return b.load(where, 0)

    def _bounds(self, b: Builder, k: str) -> tuple[str, str, str]:
        return *self._ends(b, self._rows, k), self._loops.look_up(b, self._pivots, k)

    def _ends(self, b: Builder, table: str, k: str) -> tuple[str, str]:
        return self._loops.look_up(b, table, k), self._loops.look_up(b, table, _after(b, k))


def _after(b: Builder, index: str) -> str:
    return b.emit(f"add i64 {index}, 1")


def _row_ends(entries: Sequence[tuple[int, int]], size: int) -> list[int]:
    """Return where each row begins, then where the last one ends."""
    ends = [0] * (size + 1)
    for i, _ in entries:
        ends[i + 1] += 1
    for i in range(size):
        ends[i + 1] += ends[i]
    return ends
