"""When what depends on time alone turns, jumps or passes a threshold: there the solver stops, so none is leapt over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bimodal.engine.conditions import COMPARISONS
from bimodal.engine.enclosure import Range, enclose
from bimodal.engine.schedule import Schedule
from bimodal.engine.trigger import TIME
from bimodal.errors import EngineError
from bimodal.expr import Graph, Node, Op, derivative

if TYPE_CHECKING:
    from bimodal.engine.system import System

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Slot of an event at which nothing happens: the solver only stops.
STOP = -1
#: Stretches of time looked at together for one expression, and stops of one patient: beyond, the run is refused.
_MOST_STRETCHES = 2_000_000
_MOST_STOPS = 200_000
#: Variation of an input, as a share of all of it, that a stretch may have and count as one point.
_FLAT = 1e-6
#: Shortest stretch, and how much later than a change the solver stops, relative to the whole run.
_SHORT, _LATER = 1e-13, 1e-12
_FIRST = 64  # stretches to begin with


@dataclass(frozen=True)
class Clocks:
    """What of a system is moved by time alone, otherwise than in proportion to it.

    Parameters
    ----------
    passing
        Differences whose sign decides a comparison.
    turning
        Inputs of rates and of comparisons with states.
    where
        Rate or event each of them stands in, for messages.
    """

    passing: tuple[Node, ...]
    turning: tuple[Node, ...]
    where: Mapping[Node, str]


def find_clocks(system: System) -> Clocks:
    """Find the inputs and thresholds of a system that depend on time alone.

    Left out are inputs linear in time, and thresholds linear in time but those that switch a rate of states: a trigger
    notices that it passed one however late, a rate does not.
    """
    g = system.graph
    fixed = (set(system.parameter_ids) - system.settable) | {name for name, _ in system.derived} | {TIME}
    roots = [(f"the rate of '{name}'", rate, True) for name, rate in zip(system.state_ids, system.rates, strict=True)]
    roots += [(f"the event '{trigger.id}'", trigger.condition, False) for trigger in system.triggers]
    start = dict(zip(system.state_ids, system.initial, strict=True))
    passing, turning, where = dict[Node, None](), dict[Node, None](), dict[Node, str]()
    if not any(TIME in g.symbols([root]) for _, root, _ in roots):
        return Clocks((), (), {})
    for name, root, switches in roots:
        stack, seen = [(root, False)], set[Node]()
        while stack:
            node, inside = stack.pop()
            op, args, _ = g.term(node)
            if node in seen or TIME not in (names := g.symbols([node])):
                continue
            seen.add(node)
            found, linear = None, False
            if op in COMPARISONS and names <= fixed:
                linear = switches and not inside
                found, inside = (passing, g.sub(*args)), True
            elif not g.is_boolean(node) and names <= fixed and not inside:
                found, inside = (turning, node), True
            elif op in (Op.SIN, Op.COS) and not names <= fixed:
                # a wave whose phase moves with states: a beat eight times as fast as that of the phase at the start
                found = turning, g.call(op, g.mul(g.const(8.0), g.substitute(list(args), start)[0]))
            if found is not None and (linear or not _steady(g, found[1])):
                found[0][found[1]] = None
                where.setdefault(found[1], name)
            stack += [(a, inside) for a in args]
    return Clocks(tuple(passing), tuple(turning), where)


def _steady(g: Graph, root: Node) -> bool:
    """Tell whether an expression is linear in time, with no jump or bend."""
    bends = {Op.FLOOR, Op.SELECT, Op.ABS, Op.MIN, Op.MAX, *COMPARISONS}
    if any(g.term(node).op in bends and TIME in g.symbols([node]) for node in g.order([root])):
        return False
    return TIME not in g.symbols(derivative(g, [root], TIME))


def with_stops(system: System, schedule: Schedule, parameters: FloatArray, start: float, end: float) -> Schedule:
    """Return a schedule with stops where the inputs and thresholds of each patient change.

    Parameters
    ----------
    system
        What is solved.
    schedule
        Events of N patients.
    parameters
        (N, P) parameters and derived quantities, in the order of the system.
    start, end
        Of the run.

    Raises
    ------
    EngineError
        One changes too often to be followed.
    """
    clocks = system.clocks
    if not (clocks.passing or clocks.turning) or not end > start:
        return schedule
    owners, times = [np.zeros(0, np.int64)], [np.zeros(0)]
    names = [*system.parameter_ids, *(name for name, _ in system.derived)]
    for node in (*clocks.passing, *clocks.turning):
        used = sorted(system.graph.symbols([node]) - {TIME})
        columns = parameters[:, [names.index(name) for name in used]]
        rows, which = np.unique(columns, axis=0, return_inverse=True)
        search = _Search(system.graph, node, dict(zip(used, rows.T, strict=True)), start, end, clocks.where[node])
        found, when = search.run(len(rows), passing=node in clocks.passing)
        for patient, row in enumerate(np.ravel(which)):
            own = when[found == row]
            owners.append(np.full(len(own), patient))
            times.append(own)
    owner, time = np.concatenate(owners), np.concatenate(times)
    return _merged(schedule, owner, time, 1e-10 * (end - start))


def _merged(schedule: Schedule, owner: IntArray, time: FloatArray, apart: float) -> Schedule:
    """Return a schedule with stops put in order of time, each after the events of its moment."""
    order = np.lexsort((time, owner))
    owner, time = owner[order], time[order]
    alone = np.ones(len(time), np.bool_)
    alone[1:] = (np.diff(time) > apart) | (np.diff(owner) > 0)
    owner, time = owner[alone], time[alone]
    whose = np.concatenate([np.repeat(np.arange(schedule.patients), np.diff(schedule.offsets)), owner])
    when = np.concatenate([schedule.times, time])
    order = np.lexsort((np.arange(len(when)), when, whose))
    slots = np.concatenate([schedule.slots, np.full(len(time), STOP)])[order]
    values = np.concatenate([schedule.values, np.zeros(len(time))])[order]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(whose, minlength=schedule.patients))])
    return Schedule(offsets.astype(np.int64), when[order], slots, values)


@dataclass(frozen=True, eq=False)
class _Search:
    """The search for the changes of one expression, for several sets of constants together."""

    graph: Graph
    node: Node
    constants: Mapping[str, FloatArray]
    start: float
    end: float
    where: str

    def _bounds(self, owner: IntArray, low: FloatArray, high: FloatArray) -> Range:
        values = {name: column[owner] for name, column in self.constants.items()}
        return enclose(self.graph, [self.node], values, low, high)[0]

    def run(self, sets: int, *, passing: bool) -> tuple[IntArray, FloatArray]:
        """Return which set of constants each change belongs to, and when it is over.

        A stretch is halved until nothing can change in it, or it is short, or flat enough to count as one point.
        """
        whole = self.end - self.start
        edges = np.linspace(self.start, self.end, _FIRST + 1)
        owner = np.repeat(np.arange(sets), _FIRST)
        low, high = np.tile(edges[:-1], sets), np.tile(edges[1:], sets)
        owners, times = [np.zeros(0, np.int64)], [np.zeros(0)]
        scale = np.zeros(0)
        count = 0
        while len(low):
            r = self._bounds(owner, low, high)
            if not len(scale):
                scale = self._scale(owner, r, sets)
            with np.errstate(invalid="ignore"):
                width = r.high - r.low
            rising = (r.fall > 0.0) | (r.rise < 0.0)
            if passing:
                open_ = (r.low <= 0.0) & (r.high >= 0.0)
                one, other = self._bounds(owner, low, low).low, self._bounds(owner, high, high).low
                open_ &= ~(rising & (one * other > 0.0))
                flat = ~rising & (width <= _SHORT * scale[owner])
            else:
                open_ = ~rising & (width != 0.0)
                flat = width <= _FLAT * scale[owner]
            done = open_ & (flat | (high - low <= _SHORT * whole))
            owners.append(owner[done])
            times.append(high[done] + _LATER * whole)
            count += int(done.sum())
            go = open_ & ~done
            owner, low, high = owner[go], low[go], high[go]
            if len(low) > _MOST_STRETCHES or count > _MOST_STOPS * sets:
                raise EngineError(
                    f"{self.where} has an input that changes too often between {self.start:g} and {self.end:g} "
                    f"to be followed: more than {_MOST_STOPS} times",
                    fix="shorten the run, or write the input as a state with its rate",
                )
            middle = 0.5 * (low + high)
            owner, low, high = np.tile(owner, 2), np.concatenate([low, middle]), np.concatenate([middle, high])
        owner, time = np.concatenate(owners), np.concatenate(times)
        inside = time < self.end
        return owner[inside], time[inside]

    def _scale(self, owner: IntArray, r: Range, sets: int) -> FloatArray:
        """Return how far the expression spans in all, where it is finite."""
        least, most = np.full(sets, np.inf), np.full(sets, -np.inf)
        np.minimum.at(least, owner, np.where(np.isfinite(r.low), r.low, np.inf))
        np.maximum.at(most, owner, np.where(np.isfinite(r.high), r.high, -np.inf))
        return np.where(most > least, most - least, 0.0)
