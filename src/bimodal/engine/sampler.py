"""Machine code that reads chosen outputs along a step, by the dense output of the method, for W patients at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine.ir import Builder, Value, fold
from bimodal.engine.kernel import Kernel, Written, has_fused, load_planned
from bimodal.engine.lower import lower
from bimodal.engine.trigger import TIME

#: Where in a step outputs are looked at, as shares of it; its beginning is known from the step before.
NODES = (0.25, 0.5, 0.75, 1.0)
#: Rows of an accumulator, one for each output.
HIGH, HIGH_TIME, LOW, LOW_TIME, INTEGRAL, FIRST, LAST, TIME_ABOVE, AREA_ABOVE = range(9)
READINGS = 9
#: Fourth differences over second and third, above which five points are no smooth curve.
ROUGH = 0.5
#: An extreme between points is looked for where it may exceed what is known by this many relative tolerances.
NOTICED = 1e-3


@dataclass(frozen=True, eq=False)
class Sampler:
    """Machine code for some outputs of a compiled system.

    Parameters
    ----------
    addresses
        Of ``observe`` (outputs of one patient from the states that matter), ``sample`` (coefficients of dense output,
        outputs at ``NODES``, and which need a closer look) and ``gather`` (adds a plain step to the readings
        of chosen lanes).
    needs
        (M,) states the outputs depend on.
    """

    addresses: npt.NDArray[np.int64]
    needs: npt.NDArray[np.int64]
    _keep: Any  # the execution engine owns the code


def compile_sampler(kernel: Kernel, positions: tuple[int, ...], *, levels: bool) -> Sampler:
    """Compile the code for the outputs at some positions of a kernel's system, with levels or without."""

    def make() -> tuple[Written, dict[str, Any]]:
        text = _Text(kernel, positions, levels)
        return Written(text.module(), kernel.width), {"needs": text.needs}

    made_from = None if kernel.made_from is None else (kernel.made_from, positions, levels)
    engine, known = load_planned(made_from, make)
    addresses = [engine.get_function_address(name) for name in ("observe", "sample", "gather")]
    return Sampler(np.array(addresses, np.int64), np.array(known["needs"], np.int64), engine)


class _Text:
    """The module of one choice of outputs as LLVM IR; arrays of W-wide reals are interleaved as in the kernel."""

    def __init__(self, kernel: Kernel, positions: tuple[int, ...], levels: bool) -> None:
        program = kernel.program
        system = program.system
        self.kernel, self.levels = kernel, levels
        self.graph = system.graph
        self.roots = [program.outputs[i] for i in positions]
        used = self.graph.symbols(self.roots)
        self.needs = [i for i, name in enumerate(system.state_ids) if name in used]
        self.place = {system.state_ids[i]: j for j, i in enumerate(self.needs)}
        self.parameter = program.places
        self.declarations: set[str] = set()
        self.functions: list[str] = []

    def module(self) -> str:
        """Return the whole text."""
        self._observe("observe", 1, exported=True)
        self._observe("observe_all", self.kernel.width, exported=False)
        self._sample()
        self._gather()
        return "\n".join([*sorted(self.declarations), *self.functions])

    def _finish(self, b: Builder, name: str, arguments: tuple[str, ...], *, exported: bool) -> None:
        self.declarations |= b.declarations
        self.functions.append(b.function(name, arguments, exported=exported))

    def _observe(self, name: str, width: int, *, exported: bool) -> None:
        """Write the outputs of states ``%x`` (those that matter)."""
        b = Builder(width, fused=has_fused())
        for i, value in enumerate(lower(b, self.graph, self.roots, self._symbols(b))):
            b.store(value, "%out", i)
        self._finish(b, name, ("%t", "%x", "%p", "%out"), exported=exported)

    def _symbols(self, b: Builder) -> Callable[[str], Value]:
        def symbol(name: str) -> Value:
            if name in self.place:
                return b.load("%x", self.place[name])
            return b.load("%t", 0) if name == TIME else b.load("%p", self.parameter[name])

        return symbol

    def _sample(self) -> None:
        kernel, m, outputs = self.kernel, len(self.needs), len(self.roots)
        b = Builder(kernel.width, fused=has_fused())
        b.lines.append(f"%x = alloca {b.real}, i64 {max(m, 1)}, align {8 * kernel.width}")
        b.lines.append(f"%when = alloca {b.real}, align {8 * kernel.width}")
        bends: list[list[Value]] = []
        for j, i in enumerate(self.needs):
            stages = [b.load("%k", s * kernel.size + i) for s in range(kernel.tableau.stages)]
            own: list[Value] = []
            for r, row in enumerate(kernel.tableau.dense):
                total = b.mul(stages[0], b.const(row[0]))
                for stage, weight in zip(stages[1:], row[1:], strict=True):
                    total = b.fma(stage, b.const(weight), total)
                b.store(total, "%bend", r * m + j)
                own.append(total)
            bends.append(own)
        time, h = b.load("%t", 0), b.load("%h", 0)
        for node, share in enumerate(NODES):
            at, rest = b.const(share), b.const(1.0 - share)
            for j, i in enumerate(self.needs):
                value = b.load("%u", i)
                if share < 1.0:
                    bend = bends[j][-1]
                    for coefficient in reversed(bends[j][:-1]):
                        bend = b.fma(at, bend, coefficient)
                    inner = b.fma(rest, bend, value)
                    value = b.fma(rest, b.load("%y", i), b.mul(at, inner))
                b.store(value, "%x", j)
            b.store(b.fma(h, at, time), "%when", 0)
            b.lines.append(f"%out{node} = getelementptr {b.real}, ptr %nodes, i64 {node * outputs}")
            b.lines.append(f"call void @observe_all(ptr %when, ptr %x, ptr %p, ptr %out{node})")
        rtol = b.load("%rtol", 0)
        worst = b.const(0.0)
        for o in range(outputs):
            flag = self._suspicion(b, o, h, rtol)
            b.store(flag, "%flags", o)
            worst = self._larger(b)(worst, flag)
        b.store(worst, "%closer", 0)
        arguments = ("%t", "%y", "%p", "%h", "%rtol", "%k", "%u", "%start", "%acc", "%level", "%bend", "%nodes")
        self._finish(b, "sample", (*arguments, "%flags", "%closer"), exported=True)

    def _points(self, b: Builder, o: int) -> list[Value]:
        outputs = len(self.roots)
        return [b.load("%start", o), *(b.load("%nodes", node * outputs + o) for node in range(len(NODES)))]

    def _suspicion(self, b: Builder, o: int, h: Value, rtol: Value) -> Value:
        """Return 2 where an output is rough or may cross its level, 1 where it may have an extreme between points."""
        g = self._points(b, o)
        most, least = self._larger(b), self._smaller(b)
        top, bottom = fold(most, g), fold(least, g)
        spread = b.sub(top, bottom)
        above, below = b.add(top, spread), b.sub(bottom, spread)
        first = [b.sub(g[i + 1], g[i]) for i in range(4)]
        second = [b.sub(first[i + 1], first[i]) for i in range(3)]
        third = [b.sub(second[i + 1], second[i]) for i in range(2)]
        fourth = b.intrinsic("fabs", b.sub(third[1], third[0]))
        lower_ones = fold(most, [b.intrinsic("fabs", value) for value in (*second, *third)])
        size = most(b.intrinsic("fabs", top), b.intrinsic("fabs", bottom))
        integral = b.intrinsic("fabs", b.load("%acc", self._row(INTEGRAL, o)))
        felt = b.mul(rtol, b.fma(size, h, integral))
        matters = b.compare("ogt", b.mul(b.mul(fourth, b.const(0.05)), h), felt)
        rough = b.logical("and", matters, b.compare("ogt", fourth, b.mul(lower_ones, b.const(ROUGH))))
        rough = b.logical("or", rough, b.compare("uno", fourth, fourth))
        begins = self._weighted(b, g, (-25.0, 48.0, -36.0, 16.0, -3.0))
        ends = self._weighted(b, g, (3.0, -16.0, 36.0, -48.0, 25.0))
        humps: list[Value] = []
        zero, noticed = b.const(0.0), b.mul(rtol, b.const(NOTICED))
        for row, join, more, less, reach, change in (
            (HIGH, most, "ogt", "olt", above, b.add),
            (LOW, least, "olt", "ogt", below, b.sub),
        ):
            known, extreme = b.load("%acc", self._row(row, o)), fold(join, g)
            matters = b.compare(more, reach, change(known, b.mul(noticed, b.intrinsic("fabs", known))))
            inside = b.compare(more, fold(join, g[1:4]), join(g[0], g[4]))
            early = b.logical("and", b.compare(more, begins, zero), b.compare("oeq", g[0], extreme))
            late = b.logical("and", b.compare(less, ends, zero), b.compare("oeq", g[4], extreme))
            between = b.logical("or", inside, b.logical("or", early, late))
            humps.append(b.logical("and", matters, between))
        if self.levels:
            level = b.load("%level", o)
            plain = b.logical("or", b.compare("ogt", below, level), b.compare("ole", above, level))
            rough = b.logical("or", rough, b.negate_truth(plain))
        hump = b.select(b.logical("or", humps[0], humps[1]), b.const(1.0), zero)
        return b.select(rough, b.const(2.0), hump)

    def _gather(self) -> None:
        """Add a step without anything to look at closer, in the lanes whose ``%taken`` is not zero."""
        b = Builder(self.kernel.width, fused=has_fused())
        chosen = b.compare("ogt", b.load("%taken", 0), b.const(0.0))
        time, h, lands = b.load("%t", 0), b.load("%h", 0), b.load("%lands", 0)
        moments = [b.fma(h, b.const(share), time) for share in NODES[:-1]] + [lands]
        outputs, nothing = len(self.roots), b.const(0.0)
        for o in range(outputs):
            g = self._points(b, o)
            weighted = self._weighted(b, g, (7.0, 32.0, 12.0, 32.0, 7.0))
            area = b.mul(b.mul(h, b.const(1.0 / 90.0)), weighted)
            self._change(b, chosen, self._row(INTEGRAL, o), lambda old, area=area: b.add(old, area))
            for row, more in ((HIGH, "ogt"), (LOW, "olt")):
                value, when = b.load("%acc", self._row(row, o)), b.load("%acc", self._row(row + 1, o))
                for point, moment in zip(g[1:], moments, strict=True):
                    further = b.logical("and", chosen, b.compare(more, point, value))
                    value, when = b.select(further, point, value), b.select(further, moment, when)
                b.store(value, "%acc", self._row(row, o))
                b.store(when, "%acc", self._row(row + 1, o))
            b.store(b.select(chosen, g[4], g[0]), "%start", o)
            if not self.levels:
                continue
            bottom, level = fold(self._smaller(b), g), b.load("%level", o)
            over = b.logical("and", chosen, b.compare("ogt", bottom, level))
            for row, more in ((TIME_ABOVE, h), (AREA_ABOVE, b.sub(area, b.mul(level, h)))):
                gain = b.select(over, more, nothing)
                self._change(b, chosen, self._row(row, o), lambda old, gain=gain: b.add(old, gain))
        arguments = ("%taken", "%t", "%h", "%lands", "%nodes", "%level", "%start", "%acc")
        self._finish(b, "gather", arguments, exported=True)

    def _row(self, row: int, o: int) -> int:
        return row * len(self.roots) + o

    @staticmethod
    def _change(b: Builder, chosen: Value, place: int, new: Callable[[Value], Value]) -> None:
        old = b.load("%acc", place)
        b.store(b.select(chosen, new(old), old), "%acc", place)

    @staticmethod
    def _weighted(b: Builder, values: list[Value], weights: tuple[float, ...]) -> Value:
        total = b.mul(values[0], b.const(weights[0]))
        for value, weight in zip(values[1:], weights[1:], strict=True):
            total = b.fma(value, b.const(weight), total)
        return total

    @staticmethod
    def _larger(b: Builder) -> Callable[[Value, Value], Value]:
        return lambda one, other: b.select(b.compare("ogt", one, other), one, other)

    @staticmethod
    def _smaller(b: Builder) -> Callable[[Value, Value], Value]:
        return lambda one, other: b.select(b.compare("olt", one, other), one, other)
