"""What the open segment of a patient holds while it rides in a lane, and what may happen to it at one moment."""

from __future__ import annotations

from typing import Any

import numpy as np

from bimodal.engine.call import call
from bimodal.engine.jit import jit
from bimodal.engine.panel import above
from bimodal.engine.sampler import (
    AREA_ABOVE,
    FIRST,
    HIGH,
    HIGH_TIME,
    INTEGRAL,
    LAST,
    LOW,
    LOW_TIME,
    TIME_ABOVE,
)
from bimodal.engine.segment_memory import Pad, Read


@jit
def look(
    share: float, lane: int, t: float, h: float, y: Any, u: Any, pl: Any, observe: int, needs: Any, bend: Any, x: Any,
    one: Any, into: Any,
) -> None:  # fmt: skip
    """Write the outputs of one lane at a share of its step."""
    m = len(needs)
    rows = len(bend) // max(m, 1)
    rest = 1.0 - share
    for j in range(m):
        total = 0.0
        for r in range(rows - 1, -1, -1):
            total = bend[r * m + j, lane] + share * total
        i = needs[j]
        x[j] = rest * y[i, lane] + share * (u[i, lane] + rest * total)
    one[0] = t + share * h
    call(observe, (one.ctypes.data, x.ctypes.data, pl[lane].ctypes.data, into.ctypes.data))


@jit
def load(lane: int, who: int, read: Read, pad: Pad) -> Any:
    """Put a patient's open segment into a lane; return the next edge and whether the segment before it waits."""
    outputs = len(pad.seen)
    for o in range(outputs):
        pad.level[o, lane] = read.levels[who, o]
        for row in range(read.carry.shape[1]):
            pad.acc[row * outputs + o, lane] = read.carry[who, row, o]
    return read.opened[who, 0], read.opened[who, 1] != 0


@jit
def store(lane: int, who: int, edge: int, waits: bool, read: Read, pad: Pad) -> None:
    """Keep a lane's open segment for when the patient goes on."""
    outputs = len(pad.seen)
    for o in range(outputs):
        for row in range(read.carry.shape[1]):
            read.carry[who, row, o] = pad.acc[row * outputs + o, lane]
    read.opened[who, 0], read.opened[who, 1] = edge, waits


@jit
def begin(lane: int, values: Any, time: float, acc: Any) -> None:
    """Let a segment begin with the outputs at its first edge."""
    outputs = len(values)
    for o in range(outputs):
        for row in (HIGH, LOW, FIRST):
            acc[row * outputs + o, lane] = values[o]
        for row in (HIGH_TIME, LOW_TIME):
            acc[row * outputs + o, lane] = time
        for row in (INTEGRAL, TIME_ABOVE, AREA_ABOVE):
            acc[row * outputs + o, lane] = 0.0


@jit
def meet(lane: int, values: Any, time: float, acc: Any) -> None:
    """Let values count for the extremes of the open segment."""
    outputs = len(values)
    for o in range(outputs):
        if values[o] > acc[HIGH * outputs + o, lane]:
            acc[HIGH * outputs + o, lane], acc[HIGH_TIME * outputs + o, lane] = values[o], time
        if values[o] < acc[LOW * outputs + o, lane]:
            acc[LOW * outputs + o, lane], acc[LOW_TIME * outputs + o, lane] = values[o], time


@jit
def finish(lane: int, who: int, segment: int, values: Any, time: float, acc: Any, found: Any) -> None:
    """Let a segment end with the outputs just before its last edge, and write it down."""
    outputs = len(values)
    meet(lane, values, time, acc)
    for o in range(outputs):
        acc[LAST * outputs + o, lane] = values[o]
    for row in range(found.shape[2]):
        for o in range(outputs):
            # an output that was no number on the way has no extremes either
            lost = row < INTEGRAL and not np.isfinite(acc[INTEGRAL * outputs + o, lane])
            found[who, segment, row, o] = np.nan if lost else acc[row * outputs + o, lane]


@jit
def stand(lane: int, edge: int, waits: bool, t: float, y: Any, pl: Any, read: Read, pad: Pad) -> None:
    """Look at a lane after the events of a moment: a segment may begin here, or a value jump in an open one."""
    for j in range(len(read.needs)):
        pad.x[j] = y[read.needs[j], lane]
    pad.one[0] = t
    call(read.observe, (pad.one.ctypes.data, pad.x.ctypes.data, pl[lane].ctypes.data, pad.seen.ctypes.data))
    if waits:
        begin(lane, pad.seen, read.edges[edge - 1], pad.acc)
    elif 0 < edge < len(read.edges):
        meet(lane, pad.seen, t, pad.acc)
    for o in range(len(pad.seen)):
        pad.start[o, lane] = pad.seen[o]


@jit
def add_area(panel: Any, width: float, lane: int, level: Any, acc: Any) -> None:
    """Add what a panel of a length holds to the integral, and what lies above levels."""
    outputs = panel.shape[1]
    for o in range(outputs):
        outer, inner = panel[0, o] + panel[4, o], panel[1, o] + panel[3, o]
        area = width * (7.0 * outer + 32.0 * inner + 12.0 * panel[2, o]) / 90.0
        acc[INTEGRAL * outputs + o, lane] += area
        if level[o, lane] < np.inf:
            time, over = above(panel, o, level[o, lane], width, area)
            acc[TIME_ABOVE * outputs + o, lane] += time
            acc[AREA_ABOVE * outputs + o, lane] += over
