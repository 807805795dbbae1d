"""First guesses of a continual reassessment method that nobody gave."""

from __future__ import annotations

import math

HALF_WIDTH = 0.05


def default_skeleton(target: float, doses: int, half_width: float = HALF_WIDTH) -> tuple[float, ...]:
    """Give first guesses with the middle dose at the target, neighbours told apart by half an indifference interval.

    Examples
    --------
    >>> [round(one, 2) for one in default_skeleton(0.25, 5, 0.05)]
    [0.08, 0.16, 0.25, 0.35, 0.46]

    References
    ----------
    S. M. Lee, Y. K. Cheung, Clin Trials 2009;6:227, for the power model.
    """
    width = min(half_width, 0.9 * target, 0.9 * (1.0 - target))
    step = math.log(target + width) / math.log(target - width)
    middle = (doses - 1) // 2
    return tuple(math.exp(math.log(target) * step ** (k - middle)) for k in range(doses))
