"""One panel of a step: five evenly spaced values of each output, and what the quartic through them says."""

from __future__ import annotations

from typing import Any

import numpy as np

from bimodal.engine.jit import jit
from bimodal.engine.sampler import INTEGRAL, ROUGH


@jit
def quartic(five: Any, o: int, at: float) -> float:
    """Return the quartic through five points at a place of the panel (0 to 4)."""
    a, b, c, d = at - 1.0, at - 2.0, at - 3.0, at - 4.0
    return (
        five[0, o] * (a * b * c * d) / 24.0
        - five[1, o] * (at * b * c * d) / 6.0
        + five[2, o] * (at * a * c * d) / 4.0
        - five[3, o] * (at * a * b * d) / 6.0
        + five[4, o] * (at * a * b * c) / 24.0
    )


@jit
def extreme(g0: float, g1: float, g2: float, g3: float, g4: float) -> Any:
    """Return where in a panel (0 to 4) the quartic exceeds its points, below 0 if nowhere; and how high."""
    place, best = 0.0, g0
    if g1 > best:
        place, best = 1.0, g1
    if g2 > best:
        place, best = 2.0, g2
    if g3 > best:
        place, best = 3.0, g3
    if g4 > best:
        place, best = 4.0, g4
    if place == 0.0 and not -25.0 * g0 + 48.0 * g1 - 36.0 * g2 + 16.0 * g3 - 3.0 * g4 > 0.0:
        return -1.0, best
    if place == 4.0 and not 3.0 * g0 - 16.0 * g1 + 36.0 * g2 - 48.0 * g3 + 25.0 * g4 < 0.0:
        return -1.0, best
    # the quartic in powers, from forward differences
    a, b = g1 - g0, g2 - 2.0 * g1 + g0
    c, d = g3 - 3.0 * g2 + 3.0 * g1 - g0, g4 - 4.0 * g3 + 6.0 * g2 - 4.0 * g1 + g0
    c1, c2 = a - b / 2.0 + c / 3.0 - d / 4.0, b / 2.0 - c / 2.0 + 11.0 * d / 24.0
    c3, c4 = c / 6.0 - d / 4.0, d / 24.0
    low, high = max(place - 1.0, 0.0), min(place + 1.0, 4.0)
    # the slope falls through zero between: bisection, hastened by Newton's rule
    at = place if 0.0 < place < 4.0 else 0.5 * (low + high)
    for _ in range(40):
        slope = c1 + at * (2.0 * c2 + at * (3.0 * c3 + at * 4.0 * c4))
        bend = 2.0 * c2 + at * (6.0 * c3 + at * 12.0 * c4)
        if slope > 0.0:
            low = at
        else:
            high = at
        before = at
        at = at - slope / bend if bend < 0.0 else 0.5 * (low + high)
        if not (low < at < high):
            at = 0.5 * (low + high)
        if abs(at - before) < 1e-9:
            break
    return at, g0 + at * (c1 + at * (c2 + at * (c3 + at * c4)))


@jit
def monotone(five: Any, steady: Any) -> bool:
    """Write 1 for outputs that rise or fall all through a panel, 0 for others; tell whether all do."""
    every = True
    for o in range(five.shape[1]):
        g0, g1, g2, g3, g4 = five[0, o], five[1, o], five[2, o], five[3, o], five[4, o]
        early = -25.0 * g0 + 48.0 * g1 - 36.0 * g2 + 16.0 * g3 - 3.0 * g4
        late = 3.0 * g0 - 16.0 * g1 + 36.0 * g2 - 48.0 * g3 + 25.0 * g4
        rises = g0 <= g1 <= g2 <= g3 <= g4 and early >= 0.0 and late >= 0.0
        falls = g0 >= g1 >= g2 >= g3 >= g4 and early <= 0.0 and late <= 0.0
        steady[o] = 1.0 if rises or falls else 0.0
        every = every and (rises or falls)
    return every


@jit
def doubtful(g0: float, g1: float, g2: float, g3: float, g4: float, value: float, rtol: float) -> bool:
    """Tell whether the quartic may be off by more than a tenth of the tolerance, by its remainder between points."""
    return 0.03 * abs(g4 - 4.0 * g3 + 6.0 * g2 - 4.0 * g1 + g0) > 0.1 * rtol * abs(value)


@jit
def above(five: Any, o: int, level: float, width: float, area: float) -> Any:
    """Return time and area above a level in one panel, whose own length and integral are given."""
    top = max(five[0, o], five[1, o], five[2, o], five[3, o], five[4, o])
    bottom = min(five[0, o], five[1, o], five[2, o], five[3, o], five[4, o])
    margin = top - bottom  # the quartic does not leave its points by more
    if bottom - margin > level:
        return width, area - level * width
    if top + margin <= level:
        return 0.0, 0.0
    time, over = 0.0, 0.0
    before, last = five[0, o] - level, 0.0
    for i in range(1, 17):
        here = 0.25 * i
        value = quartic(five, o, here) - level
        low, high = last, here
        if (before > 0.0) != (value > 0.0):
            left, right = last, here
            for _ in range(50):
                middle = 0.5 * (left + right)
                if (quartic(five, o, middle) - level > 0.0) == (before > 0.0):
                    left = middle
                else:
                    right = middle
            if before > 0.0:
                high = right
            else:
                low = right
        if before > 0.0 or value > 0.0:
            step = high - low
            time += step
            # Gauss's rule with three points is exact for the quartic
            middle, arm = 0.5 * (low + high), 0.5 * step * 0.7745966692414834
            ends = quartic(five, o, middle - arm) + quartic(five, o, middle + arm)
            over += step * ((5.0 * ends + 8.0 * quartic(five, o, middle)) / 18.0 - level)
        before, last = value, here
    return 0.25 * width * time, 0.25 * width * over


@jit
def rough(five: Any, lane: int, width: float, h: float, share: float, rtol: float, acc: Any) -> bool:
    """Tell whether the five points are no smooth curve of an output, as far as its integral feels it.

    The same question as in the machine code of :class:`Sampler`, for a panel that is ``width`` of a step.
    """
    outputs = five.shape[1]
    for o in range(outputs):
        g0, g1, g2, g3, g4 = five[0, o], five[1, o], five[2, o], five[3, o], five[4, o]
        fourth = abs(g4 - 4.0 * g3 + 6.0 * g2 - 4.0 * g1 + g0)
        size = max(abs(g0), abs(g1), abs(g2), abs(g3), abs(g4))
        if not np.isfinite(fourth):  # where it stops being a number
            if np.isfinite(g0) or np.isfinite(g1) or np.isfinite(g2) or np.isfinite(g3) or np.isfinite(g4):
                return True
            continue
        felt = rtol * (abs(acc[INTEGRAL * outputs + o, lane]) + size * share * h)
        if not 0.05 * fourth * width * h > felt:
            continue
        third = max(abs(g3 - 3.0 * g2 + 3.0 * g1 - g0), abs(g4 - 3.0 * g3 + 3.0 * g2 - g1))
        second = max(abs(g2 - 2.0 * g1 + g0), abs(g3 - 2.0 * g2 + g1), abs(g4 - 2.0 * g3 + g2))
        if fourth > ROUGH * max(third, second):
            return True
    return False


@jit
def cut(five: Any, piece: Any, a: float, b: float, low: float, high: float, first: Any, last: Any) -> None:
    """Write five points of the part of a panel between two shares; its ends are known."""
    outputs = five.shape[1]
    for i in range(1, 4):
        at = 4.0 * (low + 0.25 * i * (high - low) - a) / (b - a)
        r, s, t, v = at - 1.0, at - 2.0, at - 3.0, at - 4.0
        w0, w1, w2 = r * s * t * v / 24.0, -at * s * t * v / 6.0, at * r * t * v / 4.0
        w3, w4 = -at * r * s * v / 6.0, at * r * s * t / 24.0
        for o in range(outputs):
            inner = w1 * five[1, o] + w2 * five[2, o] + w3 * five[3, o]
            piece[i, o] = w0 * five[0, o] + inner + w4 * five[4, o]
    for o in range(outputs):
        piece[0, o], piece[4, o] = first[o], last[o]
