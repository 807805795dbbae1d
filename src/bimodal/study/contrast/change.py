"""One value per person in each of two arms, and how far they lie apart."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bimodal.study.contrast.median_interval import FEWEST, ORDER, median_interval
from bimodal.study.endpoints.trial.hybrid import hybrid_interval
from bimodal.study.endpoints.weighted import Weights, effective_size, mean, median, quantiles, share

Array = npt.NDArray[np.float64]
Measure = Literal["difference", "ratio"]
GEOMETRIC = "95 % of the geometric mean (Student's t of the logarithms, Monte-Carlo: more patients narrow it)"
UNPAIRED = "95 % from the order-statistic intervals of both medians (Monte-Carlo, arms as independent)"
FEW = f"no interval: fewer than {FEWEST} people"
_EXP_MAX = 700.0


@dataclass(frozen=True)
class Change:
    """First arm against second, by difference or by ratio.

    Parameters
    ----------
    statistic
        ``median`` or ``geometric mean`` over the people; ``difference of medians`` or ``ratio of medians`` of two arms
        with different people.
    lower, upper
        How well the number is known; None for too few people.
    people_lower, people_upper
        5th and 95th percentile over the people; None where they are not the same in both arms.
    """

    statistic: str
    value: float
    lower: float | None
    upper: float | None
    interval: str
    people_lower: float | None = None
    people_upper: float | None = None


@dataclass(frozen=True, eq=False)
class Sides:
    """Values of the people who have one: pairs, or two groups of different people.

    Parameters
    ----------
    first, second
        (N,) and (M,); NaN for a person without a value, who is left out (of pairs, on both sides).
    paired
        Whether person k of both is the same.
    weights
        (N,) for how many people each of the pairs stands, people of weight 0 left out; None counts all the same, and
        different people in both arms always do.

    Examples
    --------
    >>> sides = Sides(np.array([2.0, 6.0, np.nan]), np.array([1.0, 2.0, 5.0]), paired=True)
    >>> sides.n, sides.higher, sides.ratio(geometric=True).value
    (2, 1.0, 2.449489742783178)
    """

    first: Array
    second: Array
    paired: bool
    weights: Weights = None
    n: int = field(init=False)

    def __post_init__(self) -> None:
        a, b = np.isfinite(self.first), np.isfinite(self.second)
        if self.paired:
            a = b = a & b
        if self.weights is not None:
            assert self.paired
            a = b = a & (self.weights > 0.0)
            object.__setattr__(self, "weights", self.weights[a])
        object.__setattr__(self, "first", self.first[a])
        object.__setattr__(self, "second", self.second[b])
        object.__setattr__(self, "n", min(len(self.first), len(self.second)))

    @property
    def size(self) -> float:
        """How many people of equal weight there are."""
        return self.n if self.weights is None else effective_size(self.weights)

    @property
    def medians(self) -> tuple[float, float]:
        """Median of each side."""
        if self.weights is not None:
            return median(self.first, self.weights), median(self.second, self.weights)
        return float(np.median(self.first)), float(np.median(self.second))

    @property
    def positive(self) -> bool:
        """Whether every value is above 0, so that ratios say something."""
        return bool((self.first > 0.0).all() and (self.second > 0.0).all())

    @property
    def higher(self) -> float:
        """Share of people with the higher value in the first arm; of different people, the share of all couples."""
        if self.paired:
            return share(self.first > self.second, self.weights)
        return self._share_of_couples("left")

    @property
    def equal(self) -> float:
        """Share of people (or couples) with the same value in both arms."""
        if self.paired:
            return share(self.first == self.second, self.weights)
        return self._share_of_couples("right") - self._share_of_couples("left")

    def of_people(self, measure: Measure) -> Array:
        """Give the difference or ratio of each person of a pair, (N,)."""
        return self.first - self.second if measure == "difference" else np.exp(self._logs())

    def difference(self) -> Change:
        """Give the median difference over people, or the difference of the medians of different people."""
        if not self.paired:
            return self._of_medians("difference of medians", [self.first, self.second])
        return _over_people(*self._sorted(self.first - self.second))

    def ratio(self, *, geometric: bool) -> Change:
        """Give the ratio over people, the middle one or (`geometric`) their geometric mean; all values are above 0.

        References
        ----------
        Student's t of logarithms of paired ratios is how crossover studies of bioequivalence are read: FDA, Statistical
        Approaches to Establishing Bioequivalence, 2001.
        """
        if not self.paired:
            found = self._of_medians("ratio of medians", [np.log(self.first), np.log(self.second)])
        else:
            own, by = self._sorted(self._logs())
            found = _over_people(own, by, geometric=geometric)
        numbers = {name: _exp(value) for name, value in asdict(found).items() if not isinstance(value, str)}
        return Change(statistic=found.statistic, interval=found.interval, **numbers)

    def _sorted(self, values: Array) -> tuple[Array, Weights]:
        if self.weights is None:
            return np.sort(values), None
        order = np.lexsort((self.weights, values))
        return values[order], self.weights[order]

    def _logs(self) -> Array:
        return np.log(self.first) - np.log(self.second)

    def _of_medians(self, statistic: str, sides: list[Array]) -> Change:
        middles = [float(np.median(side)) for side in sides]
        ends = [median_interval(side) for side in sides]
        value = middles[0] - middles[1]
        if ends[0] is None or ends[1] is None:
            return Change(statistic, value, None, None, FEW)
        low, high = hybrid_interval((middles[0], *ends[0]), (middles[1], *ends[1]))
        return Change(statistic, value, low, high, UNPAIRED)

    def _share_of_couples(self, side: Literal["left", "right"]) -> float:
        below = np.searchsorted(np.sort(self.second), self.first, side=side)
        return int(below.sum()) / (len(self.first) * len(self.second))


def _over_people(own: Array, weights: Weights, *, geometric: bool = False) -> Change:
    if geometric:
        (middle, ends), statistic, interval = _mean(own, weights), "geometric mean", GEOMETRIC
    else:
        middle = float(np.median(own)) if weights is None else median(own, weights)
        ends, statistic, interval = median_interval(own, weights), "median", ORDER
    if len(own) < FEWEST or ends is None:
        return Change(statistic, middle, None, None, FEW, *(_people(own, weights) if len(own) > 1 else (None, None)))
    return Change(statistic, middle, *ends, interval, *_people(own, weights))


def _people(own: Array, weights: Weights) -> tuple[float, float]:
    low, high = quantiles(own, [0.05, 0.95], weights)
    return float(low), float(high)


def _mean(own: Array, weights: Weights) -> tuple[float, tuple[float, float] | None]:
    # summed exactly, so the order of the patients changes no bit
    middle = mean(own, weights)
    n = len(own) if weights is None else effective_size(weights)
    if n < FEWEST:
        return middle, None
    from scipy.special import stdtrit

    squares = [(value - middle) ** 2 for value in own.tolist()]
    variance = math.fsum(squares) / (n - 1) if weights is None else mean(np.array(squares), weights) * n / (n - 1)
    error = math.sqrt(variance / n)
    half = float(stdtrit(n - 1, 0.975)) * error
    return middle, (middle - half, middle + half)


def _exp(value: Any) -> Any:
    return None if value is None else math.exp(min(value, _EXP_MAX))
