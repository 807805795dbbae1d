"""Times at which a rate jumps, as events for the engine: without them a step could leap over a short pulse unseen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bimodal.engine import TIME
from bimodal.engine.trigger import Trigger
from bimodal.expr import Graph, Node, Op, derivative

#: How much later than a jump the solver stops, relative to time, so that rounding never leaves it before the jump.
_LATER = 1e-12
#: Stands for a time that never comes.
_NEVER = 1e300


@dataclass(frozen=True)
class Switches:
    """States that hold the time of a next jump with their starting values, and events that stop the solver."""

    state_ids: tuple[str, ...]
    initial: tuple[Node, ...]
    triggers: tuple[Trigger, ...]


def find_switches(graph: Graph, rates: Iterable[Node], constants: frozenset[str]) -> Switches:
    """Find the comparisons and floors of time in rates.

    A comparison of time with constants becomes an event that changes nothing. The floor of an expression linear in
    time, as periodic pulses are written, becomes an alarm clock: a state with the next time at which the floor jumps.

    Parameters
    ----------
    graph, rates
        Expressions of states, constants and time, rules put in.
    constants
        Names that keep their value through a run.

    Examples
    --------
    >>> g = Graph()
    >>> late = g.compare(Op.LT, g.symbol("a"), g.symbol("time"))
    >>> rate = g.select(late, g.const(1.0), g.const(0.0))
    >>> [event.id for event in find_switches(g, [rate], frozenset({"a"})).triggers]
    ['switch 1']
    """
    ids: list[str] = []
    initial: list[Node] = []
    triggers: list[Trigger] = []
    known = constants | {TIME}
    for node in graph.order(rates):
        op, args, _ = graph.term(node)
        if op not in (Op.LT, Op.LE, Op.FLOOR):
            continue
        names = graph.symbols([node])
        if TIME not in names or not names <= known:
            continue
        if op is not Op.FLOOR:
            triggers.append(Trigger(f"switch {len(triggers) + 1}", node, ()))
            continue
        inside = args[0]
        if graph.term(inside).op is Op.ABS:  # |v| passes a whole number where v does
            inside = graph.term(inside).args[0]
        slope = derivative(graph, [inside], TIME)[0]
        if TIME not in graph.symbols([slope]):
            name = f"jump({len(ids) + 1})"
            first, period = _beat(graph, inside, slope)
            coming = graph.mul(graph.symbol(name), graph.const(1.0 + _LATER))
            rings = graph.compare(Op.LE, coming, graph.symbol(TIME))
            ids.append(name)
            initial.append(first)
            again = graph.add(graph.symbol(name), period)
            triggers.append(Trigger(f"switch {len(triggers) + 1}", rings, ((name, again),)))
    return Switches(tuple(ids), tuple(initial), tuple(triggers))


def _beat(g: Graph, inside: Node, slope: Node) -> tuple[Node, Node]:
    """Return when an expression first passes a whole number after time 0, and how long until the next."""
    zero, one = g.const(0.0), g.const(1.0)
    at_start = g.substitute([inside], {TIME: zero})[0]
    rising = g.select(g.compare(Op.LT, slope, zero), g.neg(at_start), at_start)
    gap = g.sub(g.add(g.call(Op.FLOOR, rising), one), rising)
    speed = g.call(Op.ABS, slope)
    still = g.compare(Op.LE, speed, zero)
    return g.select(still, g.const(_NEVER), g.div(gap, speed)), g.div(one, speed)
