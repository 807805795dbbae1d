"""Search for parameter sets that reproduce the population figures about equally well, and keep all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
#: (P,) prior standard deviations -> (R,) residuals, each in standard deviations, and figures.
Score = Callable[[FloatArray], tuple[FloatArray, dict[str, float]]]
#: Most that one squared residual may add to the cost, so that one figure out of reach does not decide everything.
MOST = 60.0
#: Sets of a step, and what is added to the prior's weight for each: bold steps and careful ones.
_DAMPING = (0.0, 1.0, 3.0, 8.0, 0.0, 1.0, 3.0, 8.0)
#: Standard deviation of the chance added to the second half of a step, which keeps the plane of residuals known.
_CHANCE = 0.15
_BOUND = 3.0
#: The plane never looks closer than this in each direction: nearer, figures of virtual patients are steps.
_NEAREST = 0.25


@dataclass(frozen=True, eq=False)
class Searched:
    """Every parameter set a search looked at.

    Attributes
    ----------
    x
        (K, P) prior standard deviations from the centre.
    residuals
        (K, R) of the calibration targets.
    """

    x: FloatArray
    residuals: FloatArray
    figures: tuple[dict[str, float], ...]

    @property
    def cost(self) -> FloatArray:
        """(K,) misfit plus squared length of x."""
        return np.asarray(np.minimum(self.residuals**2, MOST).sum(axis=1) + (self.x**2).sum(axis=1), np.float64)

    @property
    def best(self) -> int:
        """Which one is the best."""
        return int(np.argmin(self.cost))

    def joined(self, other: Searched) -> Searched:
        """Put two searches with the same score together."""
        return Searched(
            np.concatenate([self.x, other.x]),
            np.concatenate([self.residuals, other.residuals]),
            self.figures + other.figures,
        )

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
        >>> Searched(x, np.zeros((4, 1)), ({},) * 4).ensemble(1.0, 2).tolist()
        [0, 2]
        """
        good = self.good(within)
        picked = [int(good[0])]
        away = np.linalg.norm(self.x[good] - self.x[picked[0]], axis=1)
        while len(picked) < min(size, len(good)):
            picked.append(int(good[np.argmax(away)]))
            away = np.minimum(away, np.linalg.norm(self.x[good] - self.x[picked[-1]], axis=1))
        return np.array(picked, np.int64)

    def plane(self) -> tuple[FloatArray, FloatArray]:
        """Fit a plane to the residuals of the sets near the best one.

        Returns
        -------
        residuals (R,), slopes (R, P)
            At the best set, half as seen there and half as the plane has them.
        """
        best, count = self.best, self.x.shape[1]
        away = self.x - self.x[best]
        far = (away**2).sum(axis=1)
        width = max(float(np.sort(far)[min(len(far) - 1, 3 * count // 2)]), _NEAREST**2 * count)
        weight = np.exp(-0.5 * far / width - (self.cost - self.cost[best]) / 80.0)
        design = np.column_stack([np.ones(len(away)), away])
        weighted = design * weight[:, None]
        ridge = np.diag([1e-6, *[0.01 * width] * count])
        found = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ self.residuals)
        return (found[0] + self.residuals[best]) / 2.0, found[1:].T


def evaluate(score: Score, sets: Iterable[FloatArray]) -> Searched:
    """Score parameter sets."""
    x = [np.clip(one, -_BOUND, _BOUND) for one in sets]
    scored = [score(one) for one in x]
    return Searched(np.array(x), np.array([found for found, _ in scored]), tuple(figures for _, figures in scored))


def search(
    score: Score,
    dimensions: int,
    *,
    evaluations: int,
    seed: int = 1,
    begin: FloatArray | None = None,
    known: Searched | None = None,
    spread: float = 0.35,
) -> Searched:
    """Minimise squared residuals that are no smooth functions: Gauss-Newton on a plane through all sets so far.

    Figures of virtual patients come in steps, so slopes are read from a regression over the sets tried near the best
    one and not from differences. Priors are the ridge of that regression's normal equations.

    Parameters
    ----------
    evaluations
        How many sets in all, besides those known.
    begin
        Where it begins; the centre of the priors by default.
    known
        Sets scored before by the same score; the search goes on from the best of them.
    spread
        Standard deviation of the first sets around the beginning.

    References
    ----------
    C. Cartis and L. Roberts, Math Program Comput 2019;11:631 (derivative-free Gauss-Newton).
    """
    rng = np.random.default_rng(seed)
    found = known
    if found is None:
        origin = np.zeros(dimensions) if begin is None else begin
        around = rng.normal(size=(min(evaluations - 1, 4 * dimensions // 3), dimensions))
        found = evaluate(score, [origin, *(origin + spread * around)])
    before, radius = len(found.x) if known is not None else 0, 1.0
    while len(found.x) - before < evaluations:
        best, cost = found.x[found.best], float(found.cost[found.best])
        residuals, slopes = found.plane()
        curved, uphill = slopes.T @ slopes, slopes.T @ residuals + best
        steps: list[FloatArray] = []
        for place, damping in enumerate(_DAMPING):
            step = -np.linalg.solve(curved + (1.0 + damping) * np.eye(dimensions), uphill)
            step *= min(1.0, radius / max(float(np.linalg.norm(step)), 1e-9))
            chance = _CHANCE if 2 * place >= len(_DAMPING) else 0.0
            steps.append(best + step + chance * rng.normal(size=dimensions))
        found = found.joined(evaluate(score, steps))
        better = float(found.cost[found.best]) < cost - 0.3
        radius = min(1.3 * radius, 2.5) if better else max(0.7 * radius, 0.25)
    return found


def spread_out(score: Score, found: Searched, draws: int, seed: int) -> Searched:
    """Score sets drawn around the best one as wide as the figures leave it, so that an ensemble has what to pick from.

    The draws are from the posterior that a plane of residuals and the priors give, closer in, as most draws of the
    whole width in many dimensions cost too much to be called equally good.
    """
    rng = np.random.default_rng(seed)
    _, slopes = found.plane()
    lower = np.linalg.cholesky(posterior(slopes))
    shrunk = rng.uniform(0.25, 0.75, size=(draws, 1))
    away = shrunk * rng.normal(size=(draws, len(lower))) @ lower.T
    return found.joined(evaluate(score, found.x[found.best] + away))


def posterior(slopes: FloatArray) -> FloatArray:
    """Give the covariance of standard normal parameters whose residuals of unit variance have (R, P) slopes."""
    return np.asarray(np.linalg.inv(np.eye(slopes.shape[1]) + slopes.T @ slopes), np.float64)
