"""Writes the functions of a compiled model as LLVM IR text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from bimodal.engine.control import judge, shorten
from bimodal.engine.elimination import grouped
from bimodal.engine.folding import Folding, Place
from bimodal.engine.ir import Builder, Value, fold
from bimodal.engine.looped import LoopedFactors, Loops
from bimodal.engine.lower import lower
from bimodal.engine.parts import IN_PART, MOST_TOGETHER, Parts
from bimodal.engine.program import Program
from bimodal.engine.residual import RESIDUAL_LIMIT, ROUNDING, write_residual
from bimodal.engine.shared import NOTHING, Shared
from bimodal.engine.tableau import Tableau
from bimodal.engine.trigger import TIME
from bimodal.expr import Node, Op

#: Longest sum in a linear solve that is added up one after the other.
CHAIN = 4
#: Multiply-adds of an elimination, and states, above which linear algebra is loops: straight-line code would take
#: minutes to compile.
MOST_UNROLLED = 10_000
MOST_STATES = 400
#: Constants computed at the start in one function; each is a small expression of its own.
MOST_CONSTANTS = 1_000

#: Arrays whose known entries later functions need not read; what is not known of them is written by the first.
_KEPT = frozenset({"%w", "%lu"})
_RATES = ("%t", "%y", "%p", "%f")
_JACOBIAN = ("%t", "%y", "%p", "%j")
_FACTOR = ("%t", "%y", "%p", "%gh", "%w", "%lu", "%f")
_STAGE = ("%t", "%y", "%p", "%s", "%lu", "%x")

#: An expression, and the array and element where it is stored.
Target = tuple[Node, str, int]


class Assembly:
    """The functions of one model for one vector width.

    Exported: ``step`` (one Rosenbrock step of W patients), ``judge`` (how long the next step may be, from the error of
    this one), ``take`` (moves on the patients whose step counts), and for a single patient ``shorten`` (how much of a
    rejected step to try), ``start`` (constants and starting values), ``observe`` (outputs), ``rate``, ``conditions``
    (of triggers, 0 or 1), ``instant`` (the same, where some sides count as equal) and ``assign`` (the values all
    triggers would assign, then their delays and priorities); and in a module of its own, as few runs ask for it,
    ``jacobian`` (over zeros). Arrays of W-wide reals are interleaved: element i of lane l lies at ``i * W + l``.
    """

    def __init__(
        self, program: Program, tableau: Tableau, width: int, *, fused: bool, shared: Shared = NOTHING
    ) -> None:
        self.program = program
        self.shared = shared
        self.tableau = tableau
        self.width = width
        self.fused = fused
        system = program.system
        self.size = len(system.state_ids)
        self._state = system.state_index
        diagonal = {(i, i) for i in range(self.size)}
        self._entries = sorted(diagonal | set(program.jacobian))
        self._functions: list[str] = []
        self._declarations: set[str] = set()
        elimination = program.elimination
        self._loops = Loops()
        self._looped: LoopedFactors | None = None
        if elimination.products > MOST_UNROLLED or self.size > MOST_STATES:
            self._looped = LoopedFactors(self._loops, elimination.order, elimination.pattern, self._entries, CHAIN)
        self._facts: dict[Place, float] = {("%p", i): value for i, value in shared.values}
        self._facts |= {(array, i): 0.0 for array in ("%y", "%x", "%b", "%s") for i in shared.still}
        self._silent = frozenset((array, i) for array in ("%f", "%x") for i in shared.still)
        self._fractional = frozenset(("%p", i) for i in shared.fractional)

    @property
    def unrolled(self) -> bool:
        """Whether linear algebra is straight-line code."""
        return self._looped is None

    def text(self) -> str:
        """Return the whole module."""
        self._write_plain()
        self._write_step()
        return self._module()

    def plain_text(self) -> str:
        """Return the module of what does not depend on what patients share: all but ``step``."""
        self._write_plain()
        return self._module()

    def step_text(self) -> str:
        """Return the module of ``step`` alone."""
        self._write_step()
        return self._module()

    def jacobian_text(self) -> str:
        """Return the module of ``jacobian`` alone."""
        self._scalar("jacobian", _JACOBIAN, self._jacobian)
        return self._module()

    def _module(self) -> str:
        return "\n".join([*sorted(self._declarations), *self._loops.tables(), *self._functions])

    def _write_plain(self) -> None:
        self._scalar("start", ("%p", "%y"), self._start)
        self._plain("observe", self.program.outputs, "%out")
        if self._looped is None:
            self._plain("rate", self.program.rates, "%f")
        else:
            self._plain("rates", self.program.rates, "%f", vector=True)
            self._scalar("rate", _RATES, self._looped_rate)
        self._scalar("conditions", ("%t", "%y", "%p", "%out"), self._conditions)
        self._scalar("instant", ("%t", "%y", "%p", "%force", "%out"), self._instant)
        self._plain("assign", self.program.assigned, "%out")
        order = self.tableau.order
        judging = self._builder(self.width)
        judge(judging, order)
        self._finish(judging, "judge", ("%err", "%factor"), exported=True)
        self._scalar("shorten", ("%trial",), lambda b: shorten(b, order))
        self._take()

    def _write_step(self) -> None:
        if self.program.time_slopes:
            self._plain("slopes", self.program.time_slopes, "%f", vector=True)
        self._vector("factor", _FACTOR, self._factor if self._looped is None else self._looped_factor)
        self._vector(
            "residual", ("%w", "%lu", "%x", "%y", "%b", "%gh", "%atol", "%speed", "%noise", "%worst"), self._residual
        )
        self._vector("solve", ("%lu", "%b", "%x"), self._solve)
        self._vector("stage", _STAGE, self._stage)
        self._step()

    def _builder(self, width: int) -> Builder:
        return Builder(width, fused=self.fused)

    def _folding(self) -> Builder:
        if self.shared == NOTHING:
            return self._builder(self.width)
        return Folding(
            self.width, fused=self.fused, known=self._facts, kept=_KEPT, silent=self._silent,
            fractional=self._fractional,
        )  # fmt: skip

    def _scalar(self, name: str, arguments: tuple[str, ...], write: Callable[[Builder], None]) -> None:
        b = self._builder(1)
        write(b)
        self._finish(b, name, arguments, exported=True)

    def _vector(self, name: str, arguments: tuple[str, ...], write: Callable[[Builder], None]) -> None:
        b = self._folding()
        write(b)
        if b.ordinary:  # done again from the beginning, so nothing is read that it has written
            careful = self._folding()
            careful.careful = True
            write(careful)
            self._finish(careful, f"{name}.careful", arguments, exported=False)
            ordinary = fold(lambda one, other: b.logical("and", one, other), b.ordinary)
            b.do_again_unless(ordinary, f"{name}.careful", arguments)
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
            return b.load("%p", self.program.places[name])

        return symbol

    def _plain(self, name: str, roots: Sequence[Node], target: str, *, vector: bool = False) -> None:
        arguments = ("%t", "%y", "%p", target)

        def write(b: Builder) -> None:
            self._compute(b, name, arguments, [(root, target, i) for i, root in enumerate(roots)])

        (self._vector if vector else self._scalar)(name, arguments, write)

    def _compute(self, b: Builder, name: str, arguments: tuple[str, ...], targets: Sequence[Target]) -> None:
        """Compute expressions and store each, in functions of their own where they are many."""
        graph, roots = self.program.system.graph, [root for root, _, _ in targets]
        if len(graph.order(roots)) <= (MOST_TOGETHER if self._looped is None else IN_PART):
            for (_, pointer, index), value in zip(targets, lower(b, graph, roots, self._symbols(b)), strict=True):
                b.store(value, pointer, index)
            return
        # thousands of entries of a Jacobian may be one and the same expression: those are copied by a loop
        uses = Counter(roots)
        parts = Parts(graph, roots, [root for root in roots if uses[root] > 1])
        b.lines.insert(0, f"%z = alloca {b.real}, i64 {max(parts.crossing, 1)}, align {8 * b.width}")
        given = (*arguments, "%z")
        mine: dict[int, list[Target]] = {}
        copies: dict[str, list[tuple[int, int]]] = {}
        for root, pointer, index in targets:
            if uses[root] > 1:
                copies.setdefault(pointer, []).append((parts.slot(root), index))
            else:
                mine.setdefault(parts.part[root], []).append((root, pointer, index))
        for number in range(len(parts)):
            inner = self._builder(b.width)
            known = parts.write(number, inner, self._symbols(inner), "%z")
            for root, pointer, index in mine.get(number, []):
                inner.store(known[root], pointer, index)
            self._finish(inner, f"{name}.{number}", given, exported=False)
            b.lines.append(f"call void @{name}.{number}({', '.join(f'ptr {a}' for a in given)})")
        for pointer, places in copies.items():
            self._loops.copy(b, f"{name}.{pointer[1:]}", "%z", pointer, places)

    def _start(self, b: Builder) -> None:
        graph, constants = self.program.system.graph, self.program.constants
        if len(constants) > MOST_CONSTANTS:
            for first in range(0, len(constants), IN_PART):
                name, inner = f"start.{first}", self._builder(1)
                self._constants(inner, constants[first : first + IN_PART])
                self._finish(inner, name, ("%p",), exported=False)
                b.lines.append(f"call void @{name}(ptr %p)")
            known: dict[str, Value] = {}
        else:
            known = self._constants(b, constants)
        values = lower(b, graph, self.program.system.initial, self._known(b, known))
        for i, value in enumerate(values):
            b.store(value, "%y", i)

    def _constants(self, b: Builder, constants: Sequence[tuple[str, Node]]) -> dict[str, Value]:
        """Write constants, each of parameters and of those before it, and return what is known by then."""
        known: dict[str, Value] = {}
        for name, node in constants:
            known[name] = lower(b, self.program.system.graph, [node], self._known(b, known))[0]
            b.store(known[name], "%p", self.program.places[name])
        return known

    def _known(self, b: Builder, known: dict[str, Value]) -> Callable[[str], Value]:
        def symbol(name: str) -> Value:
            if name not in known:
                known[name] = b.load("%p", self.program.places[name])
            return known[name]

        return symbol

    def _conditions(self, b: Builder) -> None:
        self._truths(b, None)

    def _instant(self, b: Builder) -> None:
        """Write the conditions where the sides of comparisons marked in ``%force`` count as equal."""
        graph, place = self.program.system.graph, self.program.system.conditions.place

        def forced(node: Node, value: Value) -> Value:
            if node not in place:
                return value
            equal = b.compare("ogt", b.load("%force", place[node]), b.const(0.0))
            if graph.term(node).op is Op.LT:
                return b.logical("and", value, b.negate_truth(equal))
            return b.logical("or", value, equal)

        self._truths(b, forced)

    def _truths(self, b: Builder, forced: Callable[[Node, Value], Value] | None) -> None:
        conditions = self.program.conditions
        values = lower(b, self.program.system.graph, conditions, self._symbols(b), forced)
        for i, value in enumerate(values):
            b.store(b.select(value, b.const(1.0), b.const(0.0)), "%out", i)

    def _jacobian(self, b: Builder) -> None:
        entries = self.program.jacobian.items()
        self._compute(b, "jacobian", _JACOBIAN, [(node, "%j", i * self.size + j) for (i, j), node in entries])

    def _factor(self, b: Builder) -> None:
        """Factorise J - I/(h gamma) in pivot order and write the rates, which share much with J.

        ``%lu`` holds minus the reciprocal of each pivot, below it the multipliers with their sign turned, above it the
        rows as they are: so no number has to be negated anywhere. ``%w`` holds what ``%lu`` lacks of the matrix.
        """
        order, pattern = self.program.elimination.order, self.program.elimination.pattern
        place = {state: k for k, state in enumerate(order)}
        diagonal = b.load("%gh", 0)
        entries = self.program.jacobian
        roots = [*self.program.rates, *entries.values()]
        found = lower(b, self.program.system.graph, roots, self._symbols(b))
        for i, value in enumerate(found[: self.size]):
            b.store(value, "%f", i)
        known = {(place[i], place[j]): v for (i, j), v in zip(entries, found[self.size :], strict=True)}
        factor: dict[tuple[int, int], Value | None] = dict.fromkeys(pattern)
        still = {place[i] for i in self.shared.still}
        for (i, j), value in known.items():
            if not still & {i, j}:
                factor[i, j] = b.sub(value, diagonal) if i == j else value
        for k in range(self.size):
            if factor[k, k] is None:
                factor[k, k] = b.const(-1.0) if k in still else b.neg(diagonal)
        changed = self.program.elimination.changed
        for index, (i, j) in enumerate(self._entries):
            if (entry := (place[i], place[j])) in changed:
                b.store(factor[entry] or b.const(0.0), "%w", index)
        rows = grouped(pattern)
        columns = grouped([(j, i) for i, j in pattern])
        for k in range(self.size):
            pivot = b.div(b.const(-1.0), factor[k, k])  # type: ignore[arg-type]
            factor[k, k] = pivot
            for i in (i for i in columns[k] if i > k):
                if (lead := factor[i, k]) is None:
                    continue
                ratio = factor[i, k] = b.mul(lead, pivot)
                for j in (j for j in rows[k] if j > k):
                    if (upper := factor[k, j]) is None:
                        continue
                    old = factor[i, j]
                    factor[i, j] = b.mul(ratio, upper) if old is None else b.fma(ratio, upper, old)
        for index, entry in enumerate(pattern):
            b.store(factor[entry] or b.const(0.0), "%lu", index)

    def _looped_factor(self, b: Builder) -> None:
        """Write the same as loops; all of the matrix stands in ``%w`` then."""
        assert self._looped is not None
        matrix = {entry: e for e, entry in enumerate(self._entries)}
        entries = self.program.jacobian
        for i in range(self.size):
            if (i, i) not in entries:
                b.store(b.const(0.0), "%w", matrix[i, i])
        targets = [(rate, "%f", i) for i, rate in enumerate(self.program.rates)]
        targets += [(node, "%w", matrix[entry]) for entry, node in entries.items()]
        self._compute(b, "factor", _FACTOR, targets)
        self._looped.less_diagonal(b)
        self._looped.eliminate(b)

    def _looped_rate(self, b: Builder) -> None:
        """Write the rates of one patient by the code of the step, the same patient in all its lanes."""
        if self.width == 1:
            b.lines.append(f"call void @rates({', '.join(f'ptr {a}' for a in _RATES)})")
            return
        wide = self._builder(self.width)
        lengths = {"%t": 1, "%y": self.size, "%p": len(self.program.places), "%f": self.size}
        for array, length in lengths.items():
            b.lines.append(f"{array}w = alloca {wide.real}, i64 {max(length, 1)}, align {8 * self.width}")
        for array in ("%t", "%y", "%p"):
            self._loops.spread(b, array, f"{array}w", lengths[array], self.width)
        b.lines.append(f"call void @rates({', '.join(f'ptr {a}w' for a in _RATES)})")
        self._loops.gather(b, "%fw", "%f", self.size, self.width)

    def _residual(self, b: Builder) -> None:
        """Write whether the factors cannot be trusted: 1 if W x + b is too large, or no number, in any row, else -1.

        In passing, write what the rounding of flows may make of each state: ``%noise`` over ``%speed``.
        """
        if self._looped is not None:
            self._looped.residual(b, limit=RESIDUAL_LIMIT, rounding=ROUNDING)
            return
        write_residual(b, self._entries, self.program.elimination, self.shared.still)

    def _solve(self, b: Builder) -> None:
        if self._looped is not None:
            self._looped.substitute(b, lambda state: b.load("%b", state))
            return
        self._substitute(b, [b.load("%b", i) for i in range(self.size)])

    def _stage(self, b: Builder) -> None:
        """Write the rates, add %s, and solve, all in one: the right-hand side stays in registers where it can."""
        if self._looped is not None:
            b.lines.append("call void @rates(ptr %t, ptr %y, ptr %p, ptr %x)")
            self._looped.substitute(b, lambda state: b.add(b.load("%x", state), b.load("%s", state)))
            return
        values = lower(b, self.program.system.graph, self.program.rates, self._symbols(b))
        self._substitute(b, [b.add(value, b.load("%s", i)) for i, value in enumerate(values)])

    def _substitute(self, b: Builder, right: Sequence[Value]) -> None:
        """Solve with the factors for a right-hand side in the order of the states."""
        order, pattern = self.program.elimination.order, self.program.elimination.pattern
        index = {entry: i for i, entry in enumerate(pattern)}
        rows = grouped(pattern)
        x: list[Value] = []
        for k in range(self.size):
            x.append(self._less(b, right[order[k]], [(index[k, j], x[j]) for j in rows[k] if j < k]))
        for k in reversed(range(self.size)):
            value = self._less(b, x[k], [(index[k, j], x[j]) for j in rows[k] if j > k])
            x[k] = b.mul(value, b.load("%lu", index[k, k]))
            b.store(x[k], "%x", order[k])

    def _less(self, b: Builder, value: Value, terms: Sequence[tuple[int, Value]]) -> Value:
        """Add products of factors and unknowns to a value, a long row in several sums that do not wait for another."""
        sums = [value]
        for place, (index, known) in enumerate(terms):
            factor, which = b.load("%lu", index), place % -(-len(terms) // CHAIN)
            if which < len(sums):
                sums[which] = b.fma(factor, known, sums[which])
            else:
                sums.append(b.mul(factor, known))
        return fold(b.add, sums)

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
        b.lines.append(f"%s = alloca {b.real}, i64 {n}, align {8 * self.width}")
        b.lines.append(f"%speed = alloca {b.real}, i64 {n}, align {8 * self.width}")
        b.lines.append(f"%noise = alloca {b.real}, i64 {n}, align {8 * self.width}")
        h, time = b.load("%h", 0), b.load("%t", 0)
        inverse = b.div(b.const(1.0), h)
        b.store(b.mul(inverse, b.const(1.0 / tableau.gamma)), "%stage", 0)
        # %u is free until the second stage: it keeps the right-hand side of the first for the check
        b.lines.append("call void @factor(ptr %t, ptr %y, ptr %p, ptr %stage, ptr %w, ptr %lu, ptr %u)")
        if self.program.time_slopes:
            b.lines.append("call void @slopes(ptr %t, ptr %y, ptr %p, ptr %slope)")
            weight = b.mul(h, b.const(float(tableau.slopes[0])))
            self._each(b, "t0", lambda k: b.store(b.fma(weight, b.load("%slope", k), b.load("%u", k)), "%u", k))
        b.lines.append("call void @solve(ptr %lu, ptr %u, ptr %k0)")
        seen = ("%w", "%lu", "%k0", "%y", "%u", "%stage", "%atol", "%speed", "%noise", "%res")
        b.lines.append(f"call void @residual({', '.join(f'ptr {a}' for a in seen)})")
        for i in range(1, stages):
            weight = b.mul(h, b.const(float(tableau.slopes[i])))
            self._each(b, f"sum{i}", lambda k, i=i, w=weight: self._sums(b, i, k, inverse, w))
            b.store(b.fma(h, b.const(float(tableau.times[i])), time), "%stage", 0)
            b.lines.append(f"call void @stage(ptr %stage, ptr %u, ptr %p, ptr %s, ptr %lu, ptr %k{i})")
        b.store(b.const(0.0), "%stage", 0)
        self._each(b, "end", lambda k: self._finish_state(b, k))
        total = b.load("%stage", 0)
        b.store(b.mul(total, b.const(1.0 / n)), "%err", 0)
        arguments = ("%t", "%y", "%p", "%h", "%atol", "%rtol", "%floor", "%lu", "%k", "%u", "%err", "%res")
        self._finish(b, "step", arguments, exported=True)

    def _take(self) -> None:
        """Write the new state over the old one in the lanes whose ``%taken`` is not zero.

        The absolute tolerance of a state is ``%share`` of the largest size it has had.
        """
        b = self._builder(self.width)
        chosen = b.compare("ogt", b.load("%taken", 0), b.const(0.0))

        def move(k: str) -> None:
            new, old = b.load("%u", k), b.load("%atol", k)
            mine = b.mul(b.load("%share", k), b.intrinsic("fabs", new))
            b.store(b.select(chosen, new, b.load("%y", k)), "%y", k)
            b.store(b.select(b.logical("and", chosen, b.compare("ogt", mine, old)), mine, old), "%atol", k)

        b.repeat("take", 0, self.size, move)
        self._finish(b, "take", ("%taken", "%u", "%y", "%atol", "%share"), exported=True)

    def _each(self, b: Builder, label: str, body: Callable[[str], None]) -> None:
        """Write a loop over the states that move, run by run of neighbours."""
        moving = [i for i in range(self.size) if i not in self.shared.still]
        firsts = [i for i in moving if i - 1 not in moving]
        for first in firsts:
            stop = next(i for i in range(first, self.size + 1) if i not in moving)
            b.repeat(f"{label}.{first}", first, stop, body)

    def _sums(self, b: Builder, i: int, k: str, inverse: Value, weight: Value) -> None:
        """Write what stage i takes from earlier ones: its argument in %u, its share of the right-hand side in %s."""
        stages = [b.load(f"%k{j}", k) for j in range(i)]
        weights = self.tableau.a
        if i < len(weights):
            value = b.load("%y", k)
            for stage, a in zip(stages, weights[i], strict=True):
                value = b.fma(stage, b.const(a), value)
        else:
            value = b.add(b.load("%u", k), stages[-1])
        b.store(value, "%u", k)
        total = b.mul(stages[0], b.const(self.tableau.c[i][0]))
        for stage, c in zip(stages[1:], self.tableau.c[i][1:], strict=True):
            total = b.fma(stage, b.const(c), total)
        total = b.mul(inverse, total)
        if self.program.time_slopes and abs(float(self.tableau.slopes[i])) > 1e-12:
            total = b.fma(weight, b.load("%slope", k), total)
        b.store(total, "%s", k)

    def _error(self, b: Builder, k: str) -> Value:
        """Write the error of a state that the step is judged by: that of a stiffly accurate pair is its last stage."""
        return b.load(f"%k{self.tableau.stages - 1}", k)

    def _finish_state(self, b: Builder, k: str) -> None:
        old = b.load("%y", k)
        new = b.add(b.load("%u", k), b.load(f"%k{self.tableau.stages - 1}", k))
        b.store(new, "%u", k)
        old_size, new_size = b.intrinsic("fabs", old), b.intrinsic("fabs", new)
        larger = b.select(b.compare("ogt", old_size, new_size), old_size, new_size)
        # no state need be more exact than the rounding of the flows through it allows, where they cancel
        speed, weight = b.load("%speed", k), b.fma(b.load("%rtol", 0), larger, b.load("%atol", k))
        ratio = b.div(b.mul(self._error(b, k), speed), b.fma(weight, speed, b.load("%noise", k)))
        # a state below its floor makes the step a failed one, never a clipped one
        floor = b.mul(b.load("%floor", k), b.load("%atol", k))
        square = b.select(b.compare("olt", new, floor), b.const(math.inf), b.mul(ratio, ratio))
        b.store(b.add(b.load("%stage", 0), square), "%stage", 0)
