"""How much a rate differs between trials of a given size by chance alone."""

from __future__ import annotations

import math

from bimodal.errors import StudyError


def between_trials(rate: float, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Give the range that holds the observed rate of most trials of one size in one population.

    It is the part of the spread of published rates that needs no explanation. It says nothing of how well the rate
    itself is known.

    Parameters
    ----------
    rate
        Probability in the population, 0 to 1.
    n
        Patients of a trial, at least 1.
    level
        Share of the trials, between 0 and 1.

    Examples
    --------
    >>> [round(end, 3) for n in (20, 300) for end in between_trials(0.07, n)]
    [0.0, 0.2, 0.043, 0.1]
    """
    if not 0.0 <= rate <= 1.0 or math.isnan(rate) or n < 1 or not 0.0 < level < 1.0:
        raise StudyError(
            "a spread between trials needs a rate from 0 to 1, at least one patient and a level between 0 and 1",
            where=f"rate {rate:g}, n {n}, level {level:g}",
        )
    from scipy.stats import binom

    tail = (1.0 - level) / 2.0
    low, high = (float(binom.ppf(q, n, rate)) for q in (tail, 1.0 - tail))
    return max(low, 0.0) / n, max(high, 0.0) / n
