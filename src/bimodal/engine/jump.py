"""Steps over a jump of the rates in time where step control cannot: the change across it grows with no power of a step.

A solver that stops just after a jump reaches it by a step in which the jump lies, and only a short one is accurate:
about the tolerance over the rate that begins there. Where that is less than two numbers of time can be apart, the jump
itself is looked for and stepped over: no more than the rates before it, for what is left before it, is added.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bimodal.engine.call import call
from bimodal.engine.jit import jit

#: How far behind a jump the solver stops, at most, relative to the whole run and to the time.
BEHIND = 2e-12
#: How much of a jump rates may change beside it, squared: a pole or a steep bend is none.
_BESIDE = 1e-4
#: How many numbers of time a jump may take: several expressions that jump at one time differ in rounding.
_WIDE = 64


@jit
def stop_behind(t: float, whole: float, event_times: Any, event_slots: Any) -> float:
    """Return the first stop so shortly after a time that a jump may lie between, or the time itself."""
    most = t + BEHIND * max(abs(t), whole)
    for e in range(len(event_times)):
        if event_slots[e] < 0 and t < event_times[e] <= most:
            return event_times[e]
    return t


@jit
def _apart(first: Any, second: Any, weight: Any) -> float:
    """Return how far two rates are apart, squared."""
    total = 0.0
    for i in range(len(first)):
        total += ((first[i] - second[i]) / weight[i]) ** 2
    return total


@jit
def over_jump(rate: int, t: float, stop: float, y: Any, p: Any, atol: Any, rtol: float, one: Any, work: Any) -> float:
    """Return the first time after a jump of the rates between a time and a stop, or the time where none is.

    Parameters
    ----------
    rate
        Address of the code of the rates.
    t, stop
        Where the solver stands, just before the jump, and where it would have stopped, just after it.
    y, p, atol
        (n,) state, (P',) full parameters and (n,) absolute tolerances.
    one, work
        (1,) and (4, n) scratch; the rates before the jump are left in the first row.
    """
    here, there, now, weight = work[0], work[1], work[2], work[3]
    for i in range(len(y)):
        weight[i] = atol[i] + rtol * abs(y[i])
    for when, found in ((t, here), (stop, there)):
        one[0] = when
        call(rate, (one.ctypes.data, y.ctypes.data, p.ctypes.data, found.ctypes.data))
    most = _BESIDE * _apart(here, there, weight)
    if not 0.0 < most < np.inf:
        return t
    low, high = t, stop  # the last time at which the rates are those before, and the first with those after
    for side in range(2):
        before, after = (t, stop) if side == 0 else (low, stop)
        while True:
            middle = 0.5 * (before + after)
            if middle <= before or middle >= after:
                break
            one[0] = middle
            call(rate, (one.ctypes.data, y.ctypes.data, p.ctypes.data, now.ctypes.data))
            if (_apart(now, here, weight) <= most) if side == 0 else not (_apart(now, there, weight) <= most):
                before = middle
            else:
                after = middle
        if side == 0:
            low = before
        else:
            high = after
    return high if high - low <= _WIDE * 2.3e-16 * max(abs(high), abs(low)) else t
