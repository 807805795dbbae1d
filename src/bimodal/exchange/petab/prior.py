"""Prior distributions of PEtab, with the logarithm of their density."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bimodal.errors import PetabError

Scale = Literal["lin", "log", "log10"]
#: Number of parameters of each distribution.
DISTRIBUTIONS = {
    "cauchy": 2,
    "chisquare": 1,
    "exponential": 1,
    "gamma": 2,
    "laplace": 2,
    "log-laplace": 2,
    "log-normal": 2,
    "log-uniform": 2,
    "normal": 2,
    "rayleigh": 1,
    "uniform": 2,
}


@dataclass(frozen=True)
class PetabPrior:
    """A distribution of one parameter, of its value or of its value on a scale.

    Parameters
    ----------
    distribution
        A name of ``DISTRIBUTIONS``.
    parameters
        As many as it has; of a log distribution they belong to the natural logarithm, but for log-uniform.
    scale
        On which the value is distributed.
    lower, upper
        Where it is cut off, on that scale; a density that is not cut off has infinite ends.

    Raises
    ------
    PetabError
        There is no such distribution, or its parameters are impossible.

    Examples
    --------
    >>> round(PetabPrior("normal", (4.0, 2.0)).log_density(5.0), 6)
    -1.737086
    """

    distribution: str
    parameters: tuple[float, ...]
    scale: Scale = "lin"
    lower: float = -math.inf
    upper: float = math.inf

    def __post_init__(self) -> None:
        count = DISTRIBUTIONS.get(self.distribution)
        if count is None:
            raise PetabError(
                f"there is no prior distribution '{self.distribution[:40]}'", fix=f"one of {', '.join(DISTRIBUTIONS)}"
            )
        if len(self.parameters) != count:
            raise PetabError(f"'{self.distribution}' has {count} parameters, {len(self.parameters)} are given")
        if not all(math.isfinite(value) for value in self.parameters):
            raise PetabError(f"a parameter of '{self.distribution}' is not a finite number")
        first, last = self.parameters[0], self.parameters[-1]
        if "uniform" in self.distribution:
            if not first < last or (self.distribution == "log-uniform" and first <= 0.0):
                raise PetabError(f"'{self.distribution}' from {first:g} to {last:g} is empty")
        elif last <= 0.0 or (self.distribution == "gamma" and first <= 0.0):
            raise PetabError(f"'{self.distribution}' needs a width above 0, not {min(first, last):g}")

    def log_density(self, value: float) -> float:
        """Return the logarithm of the density at a value in natural units; minus infinity where it is 0."""
        x = value if self.scale == "lin" else _logarithm(value) / (math.log(10.0) if self.scale == "log10" else 1.0)
        if not self.lower <= x <= self.upper:
            return -math.inf
        found = _DENSITY[self.distribution](x, *self.parameters)
        return found - math.log(self._mass()) if math.isfinite(found) else found

    def _mass(self) -> float:
        """Return how much of the distribution lies between its ends."""
        if math.isinf(self.lower) and math.isinf(self.upper):
            return 1.0
        from scipy import stats

        a, b = self.parameters[0], self.parameters[-1]
        given = {
            "cauchy": lambda: stats.cauchy(a, b),
            "chisquare": lambda: stats.chi2(a),
            "exponential": lambda: stats.expon(scale=a),
            "gamma": lambda: stats.gamma(a, scale=b),
            "laplace": lambda: stats.laplace(a, b),
            "log-laplace": lambda: stats.laplace(a, b),
            "log-normal": lambda: stats.norm(a, b),
            "log-uniform": lambda: stats.uniform(math.log(a), math.log(b / a)),
            "normal": lambda: stats.norm(a, b),
            "rayleigh": lambda: stats.rayleigh(scale=a),
            "uniform": lambda: stats.uniform(a, b - a),
        }[self.distribution]()
        ends = [self.lower, self.upper]
        if self.distribution.startswith("log-"):
            ends = [_logarithm(end) for end in ends]
        return float(given.cdf(ends[1]) - given.cdf(ends[0]))


def _logarithm(x: float) -> float:
    return math.log(x) if x > 0.0 else -math.inf if x == 0.0 else math.nan


def _normal(x: float, mean: float, sd: float) -> float:
    return -0.5 * ((x - mean) / sd) ** 2 - math.log(sd) - 0.5 * math.log(2.0 * math.pi)


def _laplace(x: float, mean: float, width: float) -> float:
    return -abs(x - mean) / width - math.log(2.0 * width)


def _above_zero(density: Callable[..., float]) -> Callable[..., float]:
    return lambda x, *parameters: density(x, *parameters) if x > 0.0 else -math.inf


_DENSITY: dict[str, Callable[..., float]] = {
    "normal": _normal,
    "laplace": _laplace,
    "log-normal": _above_zero(lambda x, m, s: _normal(math.log(x), m, s) - math.log(x)),
    "log-laplace": _above_zero(lambda x, m, s: _laplace(math.log(x), m, s) - math.log(x)),
    "uniform": lambda x, a, b: -math.log(b - a) if a <= x <= b else -math.inf,
    "log-uniform": _above_zero(lambda x, a, b: -math.log(x) - math.log(math.log(b / a)) if a <= x <= b else -math.inf),
    "cauchy": lambda x, m, s: -math.log(math.pi * s) - math.log1p(((x - m) / s) ** 2),
    "chisquare": _above_zero(
        lambda x, k: (0.5 * k - 1.0) * math.log(x) - 0.5 * x - 0.5 * k * math.log(2.0) - math.lgamma(0.5 * k)
    ),
    "exponential": lambda x, s: -math.log(s) - x / s if x >= 0.0 else -math.inf,
    "gamma": _above_zero(lambda x, k, s: (k - 1.0) * math.log(x) - x / s - math.lgamma(k) - k * math.log(s)),
    "rayleigh": _above_zero(lambda x, s: math.log(x) - 2.0 * math.log(s) - 0.5 * (x / s) ** 2),
}
