"""The number of patients for a wanted power, and between which numbers chance leaves it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from bimodal.study.design.estimate import Estimate


def size_search(power: Callable[[int], Estimate], target: float, most: int, least: int = 2) -> Estimate:
    """Find how many patients per arm give a power.

    Parameters
    ----------
    power
        Of a number per arm; the same trials for every number, so that it rises with it but for small steps.
    most, least
        Where the search ends and begins.

    Returns
    -------
    Estimate
        The smallest number whose power is the target; its ends are those at which the upper and the lower end of the
        power are. None where `most` are not enough.

    Examples
    --------
    >>> found = size_search(lambda n: Estimate(n / 100, n / 110, n / 90), 0.8, 1000)
    >>> found.value, found.lower, found.upper
    (80, 72, 88)
    """
    known = cache(power)

    def reached(n: int, part: str) -> bool:
        value = getattr(known(n), part)
        return value is not None and value >= target

    def smallest(part: str, low: int) -> int | None:
        # double from below, then halve: where power is high already few patients are simulated
        high = low
        while not reached(high, part):
            if high >= most:
                return None
            low, high = high, min(2 * high, most)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if reached(middle, part) else (middle, high)
        return high

    value = smallest("value", least)
    lower = smallest("upper", least)
    upper = None if value is None else smallest("lower", value)
    return Estimate(value, lower, upper)
