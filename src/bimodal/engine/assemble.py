"""Writes the functions of a compiled model as LLVM IR text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from bimodal.engine.ir import Builder, Value
from bimodal.engine.lower import lower
from bimodal.engine.program import Program
from bimodal.engine.system import TIME
from bimodal.engine.tableau import Tableau
from bimodal.expr import Node

#: Residual of a linear solve, relative to the sizes of its terms, above which a step is taken again.
RESIDUAL_LIMIT = 1e-6


class Assembly:
    """The functions of one model for one vector width.

    Exported: ``step`` (one Rosenbrock step of W patients), and for a single patient ``start`` (constants and starting
    values), ``observe`` (outputs), ``rate``, ``jacobian`` (dense, row by row), ``conditions`` (of triggers, 0 or 1) and
    ``assign`` (the values all triggers would assign, then their delays and priorities). Arrays of W-wide reals are
    interleaved: element i of lane l lies at ``i * W + l``.
    """

    def __init__(self, program: Program, tableau: Tableau, width: int, *, fused: bool) -> None:
        self.program = program
        self.tableau = tableau
        self.width = width
        self.fused = fused
        system = program.system
        self.size = len(system.state_ids)
        names = [*system.parameter_ids, *(name for name, _ in program.constants)]
        self._parameter = {name: i for i, name in enumerate(names)}
        self._state = system.state_index
        diagonal = {(i, i) for i in range(self.size)}
        self._entries = sorted(diagonal | set(program.jacobian))
        self._functions: list[str] = []
        self._declarations: set[str] = set()

    def text(self) -> str:
        """Return the whole module."""
        self._scalar("start", ("%p", "%y"), self._start)
        self._scalar("observe", ("%t", "%y", "%p", "%out"), self._plain(self.program.outputs, "%out"))
        self._scalar("rate", ("%t", "%y", "%p", "%f"), self._plain(self.program.rates, "%f"))
        self._scalar("jacobian", ("%t", "%y", "%p", "%j"), self._dense_jacobian)
        self._scalar("conditions", ("%t", "%y", "%p", "%out"), self._conditions)
        self._scalar("assign", ("%t", "%y", "%p", "%out"), self._plain(self.program.assigned, "%out"))
        self._vector("rates", ("%t", "%y", "%p", "%f"), self._plain(self.program.rates, "%f"))
        if self.program.time_slopes:
            self._vector("slopes", ("%t", "%y", "%p", "%f"), self._plain(self.program.time_slopes, "%f"))
        self._vector("factor", ("%t", "%y", "%p", "%gh", "%w", "%lu"), self._factor)
        self._vector("residual", ("%w", "%x", "%b", "%worst"), self._residual)
        self._vector("solve", ("%lu", "%b"), self._solve)
        self._step()
        return "\n".join([*sorted(self._declarations), *self._functions])

    def _builder(self, width: int) -> Builder:
        return Builder(width, fused=self.fused)

    def _scalar(self, name: str, arguments: tuple[str, ...], write: Callable[[Builder], None]) -> None:
        b = self._builder(1)
        write(b)
        self._finish(b, name, arguments, exported=True)

    def _vector(self, name: str, arguments: tuple[str, ...], write: Callable[[Builder], None]) -> None:
        b = self._builder(self.width)
        write(b)
        self._finish(b, name, arguments, exported=False)

    def _finish(self, b: Builder, name: str, arguments: tuple[str, ...], *, exported: bool) -> None:
        self._declarations |= b.declarations
        self._functions.append(b.function(name, arguments, exported=exported))

    def _symbols(self, b: Builder) -> Callable[[str], Value]:
        """Load each quantity from memory where it is first used."""

        def symbol(name: str) -> Value:
            if name in self._state:
                return b.load("%y", self._state[name])
            if name == TIME:
                return b.load("%t", 0)
            return b.load("%p", self._parameter[name])

        return symbol

    def _plain(self, roots: Sequence[Node], target: str) -> Callable[[Builder], None]:
        def write(b: Builder) -> None:
            for i, value in enumerate(lower(b, self.program.system.graph, roots, self._symbols(b))):
                b.store(value, target, i)

        return write

    def _start(self, b: Builder) -> None:
        graph, system = self.program.system.graph, self.program.system
        known: dict[str, Value] = {}

        def symbol(name: str) -> Value:
            if name not in known:
                known[name] = b.load("%p", self._parameter[name])
            return known[name]

        for name, node in self.program.constants:
            known[name] = lower(b, graph, [node], symbol)[0]
            b.store(known[name], "%p", self._parameter[name])
        for i, value in enumerate(lower(b, graph, system.initial, symbol)):
            b.store(value, "%y", i)

    def _conditions(self, b: Builder) -> None:
        conditions = self.program.conditions
        values = lower(b, self.program.system.graph, conditions, self._symbols(b))
        for i, value in enumerate(values):
            b.store(b.select(value, b.const(1.0), b.const(0.0)), "%out", i)

    def _dense_jacobian(self, b: Builder) -> None:
        entries = self.program.jacobian
        values = lower(b, self.program.system.graph, list(entries.values()), self._symbols(b))
        known = dict(zip(entries, values, strict=True))
        for i in range(self.size):
            for j in range(self.size):
                b.store(known.get((i, j), b.const(0.0)), "%j", i * self.size + j)

    def _factor(self, b: Builder) -> None:
        """Factorise I/(h gamma) - J in pivot order; the diagonal is kept as its reciprocal."""
        order, pattern = self.program.elimination.order, self.program.elimination.pattern
        place = {state: k for k, state in enumerate(order)}
        diagonal = b.load("%gh", 0)
        entries = self.program.jacobian
        values = lower(b, self.program.system.graph, list(entries.values()), self._symbols(b))
        known = {(place[i], place[j]): v for (i, j), v in zip(entries, values, strict=True)}
        factor: dict[tuple[int, int], Value | None] = dict.fromkeys(pattern)
        for (i, j), value in known.items():
            factor[i, j] = b.sub(diagonal, value) if i == j else b.neg(value)
        for k in range(self.size):
            if factor[k, k] is None:
                factor[k, k] = diagonal
        for index, (i, j) in enumerate(self._entries):
            b.store(factor[place[i], place[j]] or b.const(0.0), "%w", index)
        rows = _grouped(pattern)
        columns = _grouped([(j, i) for i, j in pattern])
        for k in range(self.size):
            pivot = b.div(b.const(1.0), factor[k, k])  # type: ignore[arg-type]
            factor[k, k] = pivot
            for i in (i for i in columns[k] if i > k):
                if (lead := factor[i, k]) is None:
                    continue
                ratio = factor[i, k] = b.mul(lead, pivot)
                for j in (j for j in rows[k] if j > k):
                    if (upper := factor[k, j]) is None:
                        continue
                    old = factor[i, j]
                    minus = b.neg(ratio)
                    factor[i, j] = b.mul(minus, upper) if old is None else b.fma(minus, upper, old)
        for index, entry in enumerate(pattern):
            b.store(factor[entry] or b.const(0.0), "%lu", index)

    def _residual(self, b: Builder) -> None:
        """Write how far W x - b exceeds its limit in the worst row; above zero the factors cannot be trusted."""
        rows = _grouped(self._entries)
        index = {entry: i for i, entry in enumerate(self._entries)}
        x = [b.load("%x", j) for j in range(self.size)]
        worst = b.const(-1.0)
        for i in range(self.size):
            right = b.load("%b", i)
            rest, size = b.neg(right), b.intrinsic("fabs", right)
            for j in rows[i]:
                term = b.mul(b.load("%w", index[i, j]), x[j])
                rest = b.add(rest, term)
                size = b.add(size, b.intrinsic("fabs", term))
            excess = b.fma(size, b.const(-RESIDUAL_LIMIT), b.intrinsic("fabs", rest))
            worst = b.select(b.compare("ogt", excess, worst), excess, worst)
        b.store(worst, "%worst", 0)

    def _solve(self, b: Builder) -> None:
        order, pattern = self.program.elimination.order, self.program.elimination.pattern
        index = {entry: i for i, entry in enumerate(pattern)}
        rows = _grouped(pattern)
        x: list[Value] = []
        for k in range(self.size):
            value = b.load("%b", order[k])
            for j in (j for j in rows[k] if j < k):
                value = b.fma(b.neg(b.load("%lu", index[k, j])), x[j], value)
            x.append(value)
        for k in reversed(range(self.size)):
            value = x[k]
            for j in (j for j in rows[k] if j > k):
                value = b.fma(b.neg(b.load("%lu", index[k, j])), x[j], value)
            x[k] = b.mul(value, b.load("%lu", index[k, k]))
            b.store(x[k], "%b", order[k])

    def _step(self) -> None:
        """Write one step: new state in %u, stages in %k, scaled error (mean square) in %err."""
        b, tableau, n = self._builder(self.width), self.tableau, self.size
        stages = tableau.stages
        for i in range(stages):
            b.lines.append(f"%k{i} = getelementptr {b.real}, ptr %k, i64 {i * n}")
        b.lines.append(f"%stage = alloca {b.real}, align {8 * self.width}")
        slopes = n if self.program.time_slopes else 1
        b.lines.append(f"%slope = alloca {b.real}, i64 {slopes}, align {8 * self.width}")
        b.lines.append(f"%w = alloca {b.real}, i64 {len(self._entries)}, align {8 * self.width}")
        h = b.load("%h", 0)
        inverse = b.div(b.const(1.0), h)
        b.store(b.mul(inverse, b.const(1.0 / tableau.gamma)), "%stage", 0)
        b.lines.append("call void @factor(ptr %t, ptr %y, ptr %p, ptr %stage, ptr %w, ptr %lu)")
        if self.program.time_slopes:
            b.lines.append("call void @slopes(ptr %t, ptr %y, ptr %p, ptr %slope)")
        time = b.load("%t", 0)
        for i in range(stages):
            if i > 0:
                self._loop(b, f"u{i}", lambda k, i=i: self._argument(b, i, k))
            b.store(b.fma(h, b.const(float(tableau.times[i])), time), "%stage", 0)
            source = "%u" if i > 0 else "%y"
            b.lines.append(f"call void @rates(ptr %stage, ptr {source}, ptr %p, ptr %k{i})")
            if i > 0:
                self._loop(b, f"r{i}", lambda k, i=i: self._right_side(b, i, k, inverse))
            weight = float(tableau.slopes[i])
            if self.program.time_slopes and abs(weight) > 1e-12:
                self._loop(b, f"t{i}", lambda k, i=i, w=weight: self._time_term(b, i, k, b.mul(h, b.const(w))))
            if i == 0:  # %u is free until the second stage: it keeps the right-hand side for the check
                self._loop(b, "copy", lambda k: b.store(b.load("%k0", k), "%u", k))
            b.lines.append(f"call void @solve(ptr %lu, ptr %k{i})")
            if i == 0:
                b.lines.append("call void @residual(ptr %w, ptr %k0, ptr %u, ptr %res)")
        b.store(b.const(0.0), "%stage", 0)
        self._loop(b, "end", lambda k: self._finish_state(b, k))
        total = b.load("%stage", 0)
        b.store(b.mul(total, b.const(1.0 / n)), "%err", 0)
        arguments = ("%t", "%y", "%p", "%h", "%atol", "%rtol", "%floor", "%lu", "%k", "%u", "%err", "%res")
        self._finish(b, "step", arguments, exported=True)

    def _loop(self, b: Builder, label: str, body: Callable[[str], None]) -> None:
        b.lines += [f"br label %pre.{label}", f"pre.{label}:", f"br label %body.{label}", f"body.{label}:"]
        b.lines.append(f"%i.{label} = phi i64 [0, %pre.{label}], [%n.{label}, %body.{label}]")
        body(f"%i.{label}")
        b.lines.append(f"%n.{label} = add i64 %i.{label}, 1")
        b.lines.append(f"%c.{label} = icmp eq i64 %n.{label}, {self.size}")
        b.lines += [f"br i1 %c.{label}, label %done.{label}, label %body.{label}", f"done.{label}:"]

    def _argument(self, b: Builder, i: int, k: str) -> None:
        weights = self.tableau.a
        if i < len(weights):
            value = b.load("%y", k)
            for j, a in enumerate(weights[i]):
                value = b.fma(b.load(f"%k{j}", k), b.const(a), value)
        else:
            value = b.add(b.load("%u", k), b.load(f"%k{i - 1}", k))
        b.store(value, "%u", k)

    def _right_side(self, b: Builder, i: int, k: str, inverse: Value) -> None:
        total = b.const(0.0)
        for j, c in enumerate(self.tableau.c[i]):
            total = b.fma(b.load(f"%k{j}", k), b.const(c), total)
        b.store(b.fma(inverse, total, b.load(f"%k{i}", k)), f"%k{i}", k)

    def _time_term(self, b: Builder, i: int, k: str, weight: Value) -> None:
        b.store(b.fma(weight, b.load("%slope", k), b.load(f"%k{i}", k)), f"%k{i}", k)

    def _finish_state(self, b: Builder, k: str) -> None:
        error = b.load(f"%k{self.tableau.stages - 1}", k)
        old = b.load("%y", k)
        new = b.add(b.load("%u", k), error)
        b.store(new, "%u", k)
        old_size, new_size = b.intrinsic("fabs", old), b.intrinsic("fabs", new)
        larger = b.select(b.compare("ogt", old_size, new_size), old_size, new_size)
        ratio = b.div(error, b.fma(b.load("%rtol", 0), larger, b.load("%atol", k)))
        total = b.fma(ratio, ratio, b.load("%stage", 0))
        # a state below its floor makes the step a failed one, never a clipped one
        b.store(b.select(b.compare("olt", new, b.load("%floor", k)), b.const(math.inf), total), "%stage", 0)


def _grouped(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for i, j in sorted(pairs):
        groups.setdefault(i, []).append(j)
    return groups
