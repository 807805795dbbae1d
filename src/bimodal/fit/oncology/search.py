"""Search for parameter sets that reproduce the population figures about equally well, and keep all of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError

FloatArray = npt.NDArray[np.float64]
Cost = Callable[[FloatArray], tuple[float, dict[str, float]]]


@dataclass(frozen=True, eq=False)
class Searched:
    """Every parameter set a search looked at.

    Attributes
    ----------
    x
        (K, P) prior standard deviations from the centre.
    cost
        (K,) misfit plus squared length of x.
    """

    x: FloatArray
    cost: FloatArray
    figures: tuple[dict[str, float], ...]

    def joined(self, other: Searched) -> Searched:
        """Put two searches with the same cost together."""
        return Searched(
            np.concatenate([self.x, other.x]), np.concatenate([self.cost, other.cost]), self.figures + other.figures
        )

    @property
    def best(self) -> int:
        """Which one is the best."""
        return int(np.argmin(self.cost))

    def good(self, within: float) -> npt.NDArray[np.int64]:
        """Say which sets cost at most `within` more than the best, best first."""
        order = np.argsort(self.cost, kind="stable")
        return order[self.cost[order] <= self.cost[self.best] + within]

    def ensemble(self, within: float, size: int) -> npt.NDArray[np.int64]:
        """Pick good sets far from each other: the best first, then always the one farthest from all picked.

        Parameters
        ----------
        within
            How much more than the best a set may cost.

        Examples
        --------
        >>> x = np.array([[0.0], [0.1], [1.0], [9.0]])
        >>> Searched(x, np.array([1.0, 1.1, 1.2, 99.0]), ({},) * 4).ensemble(1.0, 2).tolist()
        [0, 2]
        """
        good = self.good(within)
        picked = [int(good[0])]
        away = np.linalg.norm(self.x[good] - self.x[picked[0]], axis=1)
        while len(picked) < min(size, len(good)):
            picked.append(int(good[np.argmax(away)]))
            away = np.minimum(away, np.linalg.norm(self.x[good] - self.x[picked[-1]], axis=1))
        return np.array(picked, np.int64)


def search(
    cost: Cost,
    dimensions: int,
    *,
    evaluations: int,
    seed: int = 1,
    starts: int = 1,
    begin: FloatArray | None = None,
    spread: float = 0.5,
    progress: Callable[[int], None] | None = None,
) -> Searched:
    """Minimise a cost that is no smooth function by covariance matrix adaptation, and keep every set that was tried.

    Parameters
    ----------
    cost
        (P,) prior standard deviations -> cost and figures.
    evaluations
        How many sets in all.
    starts
        Searches from different points.
    begin
        Where the first begins; the centre of the priors by default.
    spread
        Standard deviation of the first sets that are tried.
    progress
        Called with the number of sets tried so far.

    References
    ----------
    N. Hansen, The CMA evolution strategy: a tutorial, arXiv:1604.00772; package pycma.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import cma
    except ImportError:
        raise BimodalError(
            "the optimiser of this fit is not installed", fix="pip install 'bimodal[fit]', which brings pycma"
        ) from None
    tried: list[FloatArray] = []
    costs: list[float] = []
    figures: list[dict[str, float]] = []
    rng = np.random.default_rng(seed)
    for start in range(starts):
        first = np.zeros(dimensions) if begin is None else np.clip(begin, -2.9, 2.9)
        origin = first if start == 0 else rng.normal(scale=0.7, size=dimensions)
        budget = evaluations * (start + 1) // starts
        options: dict[str, Any] = {"seed": seed + start, "verbose": -9, "popsize": 16, "bounds": [-3.0, 3.0]}
        strategy: Any = cma.CMAEvolutionStrategy(origin, spread, options)
        while len(tried) < budget and not strategy.stop():
            asked = [np.asarray(one, np.float64) for one in strategy.ask()]
            found = [cost(one) for one in asked]
            strategy.tell(asked, [value for value, _ in found])
            tried += asked
            costs += [value for value, _ in found]
            figures += [simulated for _, simulated in found]
            if progress is not None:
                progress(len(tried))
    return Searched(np.array(tried), np.array(costs), tuple(figures))
