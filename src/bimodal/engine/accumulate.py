"""Reads the segments of a run step by step: extremes, integral, values at edges, time and area above a level.

A step is seen at five evenly spaced points, by the dense output of the method: a quartic through them gives the
integral (Boole's rule) and says where an extreme lies between them, and there the output itself is looked at. Where the
five points are no smooth curve (a kink, a jump, a steep switch) the step is halved and halved again. So an edge never
cuts a step, and what is read depends on nothing but the path. Plain steps, nearly all, are added by the machine code of
:class:`Sampler`; here is what happens at edges, at extremes, and where a closer look is needed.
"""

from __future__ import annotations

from typing import Any

from bimodal.engine.jit import jit
from bimodal.engine.open_segment import add_area, begin, finish, look, meet
from bimodal.engine.panel import cut, doubtful, extreme, monotone, rough
from bimodal.engine.sampler import HIGH, LOW, NOTICED
from bimodal.engine.segment_memory import HALVINGS, Pad, Read

#: How many looks inside a step halving it may cost.
MOST_LOOKS = 160


@jit
def _settle(which: int, value: float, time: float, lane: int, outputs: int, acc: Any) -> None:
    """Let a value between the points of a panel count; ``which`` is even for the highest of output which / 2."""
    o, row = which // 2, HIGH if which % 2 == 0 else LOW
    sign = 1.0 if which % 2 == 0 else -1.0
    if sign * value > sign * acc[row * outputs + o, lane]:
        acc[row * outputs + o, lane], acc[(row + 1) * outputs + o, lane] = value, time


@jit
def peek(which: int, lane: int, t: float, h: float, rtol: float, start: Any, nodes: Any, flags: Any, acc: Any) -> Any:
    """Find extremes between the points of a plain step.

    Returns
    -------
    From ``which`` on, the first that has to be looked at itself, and at which share of the step; below 0 if none has.
    """
    outputs = len(start)
    while which < 2 * outputs:
        o, side = which // 2, which % 2
        if not flags[o, lane] > 0.0:
            which += 2 - side
            continue
        sign, row = (1.0, HIGH) if side == 0 else (-1.0, LOW)
        g0, g1, g2 = sign * start[o, lane], sign * nodes[o, lane], sign * nodes[outputs + o, lane]
        g3, g4 = sign * nodes[2 * outputs + o, lane], sign * nodes[3 * outputs + o, lane]
        known = max(sign * acc[row * outputs + o, lane], g0, g1, g2, g3, g4)
        at, promised = extreme(g0, g1, g2, g3, g4)
        if at >= 0.0 and promised > known + NOTICED * rtol * abs(known):
            if doubtful(g0, g1, g2, g3, g4, promised, rtol):
                return which, 0.25 * at
            _settle(which, sign * promised, t + 0.25 * at * h, lane, outputs, acc)
        which += 1
    return -1, 0.0


@jit
def sharpen(
    which: int, at: float, lane: int, t: float, h: float, rtol: float, y: Any, u: Any, pl: Any, read: Read, pad: Pad
) -> None:
    """Look at extremes of a plain step one after the other, from the first that :func:`peek` found."""
    while which >= 0:
        look(at, lane, t, h, y, u, pl, read.observe, read.needs, pad.bend, pad.x, pad.one, pad.seen)
        _settle(which, pad.seen[which // 2], t + at * h, lane, len(pad.seen), pad.acc)
        which, at = peek(which + 1, lane, t, h, rtol, pad.start, pad.nodes, pad.flags, pad.acc)


@jit
def _hump(
    which: int, panel: Any, real: bool, a: float, b: float, lane: int, t: float, h: float, ends: float, rtol: float,
    steady: Any, acc: Any,
) -> Any:  # fmt: skip
    """Let a panel, from share a to share b of a step, count for the extremes of the open segment, as :func:`peek` does.

    Its ends are outputs; the points between may be those of a longer panel's quartic, if not ``real``. There outputs
    that are steady in the longer panel have no extreme inside. ``ends`` is when the panel ends.
    """
    outputs = len(steady)
    while which < 2 * outputs:
        o, side = which // 2, which % 2
        if not real and steady[o] > 0.0:
            which += 2 - side
            continue
        sign, row = (1.0, HIGH) if side == 0 else (-1.0, LOW)
        g0, g1, g2 = sign * panel[0, o], sign * panel[1, o], sign * panel[2, o]
        g3, g4 = sign * panel[3, o], sign * panel[4, o]
        top, known = max(g0, g1, g2, g3, g4), sign * acc[row * outputs + o, lane]
        if 2.0 * top - min(g0, g1, g2, g3, g4) > known:  # the quartic does not rise so far above its points
            for i in range(1, 5):
                if (real or i == 4) and sign * panel[i, o] > known:
                    known = sign * panel[i, o]
                    acc[row * outputs + o, lane] = panel[i, o]
                    acc[(row + 1) * outputs + o, lane] = ends if i == 4 else t + (a + 0.25 * i * (b - a)) * h
            at, promised = extreme(g0, g1, g2, g3, g4)
            if at >= 0.0 and promised > known + NOTICED * rtol * abs(known):
                at = a + 0.25 * at * (b - a)
                if not real or doubtful(g0, g1, g2, g3, g4, promised, rtol):
                    return which, at
                _settle(which, sign * promised, t + at * h, lane, outputs, acc)
        which += 1
    return -1, 0.0


@jit
def follow(
    lane: int, who: int, place: int, t: float, h: float, share: float, snap: float, rtol: float, y: Any, u: Any,
    pl: Any, read: Read, pad: Pad,
) -> Any:  # fmt: skip
    """Read an accepted step with an edge in it or something to look at closer, up to a share of it.

    Parameters
    ----------
    place
        The next edge.
    share
        Below 1 if a trigger ended the step early.
    snap
        How close to the end of the step an edge counts as on it, if something may happen there; otherwise 0.

    Returns
    -------
    The next edge, and whether the segment before it waits to begin where the step ends.
    """
    edges, outputs, arrives = read.edges, len(pad.seen), pad.lands[lane]
    five, count, acc = pad.five, len(read.edges) - 1, pad.acc
    observe, needs, bend, x, one = read.observe, read.needs, pad.bend, pad.x, pad.one
    for o in range(outputs):
        five[0, o] = pad.start[o, lane]
    for j in range(1, 5):
        if share < 1.0:
            look(0.25 * j * share, lane, t, h, y, u, pl, observe, needs, bend, x, one, five[j])
        else:
            for o in range(outputs):
                five[j, o] = pad.nodes[(j - 1) * outputs + o, lane]
    for o in range(outputs):
        pad.start[o, lane] = five[4, o]
    a, b, waiting, looks, still = 0.0, share, 0, 0, False
    while True:
        while (
            looks < MOST_LOOKS and b - a > share * 0.5**HALVINGS and rough(five, lane, b - a, h, share, rtol, pad.acc)
        ):
            eighth, right = 0.125 * (b - a), pad.waiting[waiting]
            for o in range(outputs):
                right[0, o], right[2, o], right[4, o] = five[2, o], five[3, o], five[4, o]
                five[2, o], five[4, o] = five[1, o], five[2, o]
            look(a + eighth, lane, t, h, y, u, pl, observe, needs, bend, x, one, five[1])
            look(a + 3.0 * eighth, lane, t, h, y, u, pl, observe, needs, bend, x, one, five[3])
            look(a + 5.0 * eighth, lane, t, h, y, u, pl, observe, needs, bend, x, one, right[1])
            look(a + 7.0 * eighth, lane, t, h, y, u, pl, observe, needs, bend, x, one, right[3])
            pad.spans[waiting, 0], pad.spans[waiting, 1] = a + 4.0 * eighth, b
            b = a + 4.0 * eighth
            waiting += 1
            looks += 4
        low = a
        for o in range(outputs):
            pad.head[o] = five[0, o]
        while place <= count:
            edge = edges[place]
            if edge >= arrives - snap if snap > 0.0 else edge > arrives:
                break
            there = (edge - t) / h
            if there > b and waiting > 0:
                break
            there = min(max(there, low), b)
            if low == a:
                still = monotone(five, pad.steady)
            look(there, lane, t, h, y, u, pl, observe, needs, bend, x, one, pad.edge)
            if place > 0:
                if there > low:
                    cut(five, pad.piece, a, b, low, there, pad.head, pad.edge)
                    add_area(pad.piece, (there - low) * h, lane, pad.level, acc)
                    which = -1 if still else 0
                    while which >= 0:
                        which, at = _hump(which, pad.piece, False, low, there, lane, t, h, edge, rtol, pad.steady, acc)
                        if which >= 0:
                            look(at, lane, t, h, y, u, pl, observe, needs, bend, x, one, pad.seen)
                            _settle(which, pad.seen[which // 2], t + at * h, lane, outputs, acc)
                            which += 1
                finish(lane, who, place - 1, pad.edge, edge, acc, read.found)
            begin(lane, pad.edge, edge, acc)
            for o in range(outputs):
                pad.head[o] = pad.edge[o]
            place += 1
            low = there
        if 0 < place <= count and b > low:
            real, panel, ends = low == a, five if low == a else pad.piece, arrives if b == share else t + b * h
            if not real:
                cut(five, pad.piece, a, b, low, b, pad.head, five[4])
                meet(lane, five[4], ends, acc)
            add_area(panel, (b - low) * h, lane, pad.level, acc)
            which = -1 if still and not real else 0
            while which >= 0:
                which, at = _hump(which, panel, real, low, b, lane, t, h, ends, rtol, pad.steady, acc)
                if which >= 0:
                    look(at, lane, t, h, y, u, pl, observe, needs, bend, x, one, pad.seen)
                    _settle(which, pad.seen[which // 2], t + at * h, lane, outputs, acc)
                    which += 1
        if waiting == 0:
            break
        waiting -= 1
        a, b = pad.spans[waiting, 0], pad.spans[waiting, 1]
        for i in range(5):
            for o in range(outputs):
                five[i, o] = pad.waiting[waiting, i, o]
    if snap > 0.0 and place <= count and edges[place] <= arrives + snap:
        if place > 0:
            for o in range(outputs):
                pad.edge[o] = pad.start[o, lane]
            finish(lane, who, place - 1, pad.edge, edges[place], acc, read.found)
        return place + 1, place < count
    return place, False
