"""Profile likelihood: how far one parameter can go when all others make up for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.fit.descent import Descender
from bimodal.fit.problem import Problem
from bimodal.fit.result import FitResult
from bimodal.fit.surface import Surface
from bimodal.fit.tasks import Check, run_tasks

FloatArray = npt.NDArray[np.float64]
Side = Literal["closed", "open", "failed"]

_CLOSE = 1e-4  # the end of an interval is found when the rise is the threshold within this share
_MAX_POINTS = 100
_BETTER = 0.01  # fall of twice the cost that says the fit was not at its minimum


@dataclass(frozen=True)
class Profile:
    """Cost of the best fit at each fixed value of one parameter, and the interval it gives.

    Attributes
    ----------
    values, costs
        Fixed values in natural units, ascending, and the lowest cost with all others refitted.
    estimate, level
        Estimate of the fit, and coverage of the interval such as 0.95.
    lower, upper
        Ends of the interval in natural units; None where it is not closed.
    left, right
        ``"closed"``; ``"open"``: the bound is reached and the data do not object, so the parameter is not identified
        on this side; ``"failed"``: the residuals could not be computed further out.
    better
        Lowest cost met when it is clearly below that of the fit, else None: fit again from more starts.
    """

    id: str
    values: tuple[float, ...]
    costs: tuple[float, ...]
    estimate: float
    level: float
    lower: float | None
    upper: float | None
    left: Side
    right: Side
    better: float | None

    @property
    def identified(self) -> bool:
        """Whether both ends are closed."""
        return self.left == self.right == "closed"

    def text(self) -> str:
        """Return the interval in one line."""
        ends = [
            f"{end:.4g}" if end is not None else {"open": "open to the ", "failed": "no answer to the "}[state] + side
            for end, state, side in ((self.lower, self.left, "left"), (self.upper, self.right, "right"))
        ]
        note = f"; a better fit was met (cost {self.better:.6g})" if self.better is not None else ""
        return f"{self.id}: {self.estimate:.4g}, {100 * self.level:g} % interval {ends[0]} to {ends[1]}{note}"


def profile_parameters(
    problem: Problem,
    result: FitResult,
    ids: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    tolerance: float = 1e-8,
    max_evaluations: int = 200,
    workers: int = 1,
) -> dict[str, Profile]:
    """Profile parameters one after the other, in both directions from the estimate.

    A standard error trusts the curvature at one point; a profile follows the valley and so shows one that never ends.
    Each step begins where the last one ended, carried on along the same line.

    Parameters
    ----------
    ids
        Parameters to profile; None takes all.
    level
        Coverage of the interval, which ends where twice the rise in cost reaches the chi-square quantile with one
        degree of freedom. Priors count; residuals are presumed to have unit variance.
    tolerance, max_evaluations
        As in :func:`run_fit`.
    workers
        Directions at a time, in threads; they do not change the answer.

    Examples
    --------
    >>> from bimodal.fit import FitParameter, run_fit
    >>> mean = Problem(name="mean", parameters=(FitParameter("m", start=0.0, lower=-9.0, upper=9.0, scale="linear"),),
    ...     groups=("a",) * 4, data={"made up": "0" * 64}, residuals=lambda v: v["m"] - np.array([1.0, 2.0, 3.0, 4.0]))
    >>> print(profile_parameters(mean, run_fit(mean))["m"].text())
    m: 2.5, 95 % interval 1.52 to 3.48

    Notes
    -----
    Venzon and Moolgavkar, Appl. Stat. 37 (1988) 87-94; Raue et al., Bioinformatics 25 (2009) 1923-1929.
    """
    from scipy.stats import chi2

    wanted = tuple(problem.ids if ids is None else ids)
    if tuple(result.estimates) != problem.ids:
        raise BimodalError("the result is of another problem", where=f"fit '{problem.name}'")
    for name in wanted:
        if name not in problem.ids:
            raise BimodalError(f"'{name}' was not fitted", where=f"fit '{problem.name}'", fix=", ".join(problem.ids))
    if not 0.0 < level < 1.0:
        raise BimodalError(f"a level of {level} for an interval", fix="between 0 and 1, such as 0.95")
    surface = Surface(problem)
    best = np.clip(surface.to_fit(list(result.values.values())), surface.lower, surface.upper)
    threshold = float(chi2.ppf(level, 1))
    descender = Descender(tolerance=tolerance, max_evaluations=max_evaluations)
    walks = [
        _Walk(
            surface, best, result.cost, problem.ids.index(name), sign, threshold, descender, _first_step(result, name)
        )
        for name in wanted
        for sign in (-1.0, 1.0)
    ]
    run_tasks([partial(_go, walk) for walk in walks], workers)
    return {
        name: _profile(result, name, level, walks[2 * place], walks[2 * place + 1]) for place, name in enumerate(wanted)
    }


def _first_step(result: FitResult, name: str) -> float:
    error = result.estimates[name].standard_error
    return math.inf if error is None else error


def _go(walk: _Walk, check: Check) -> None:
    walk.go(check)


@dataclass
class _Walk:
    """Outward from the estimate in one direction until the threshold or the bound."""

    surface: Surface
    best: FloatArray
    cost: float
    index: int
    sign: float
    threshold: float
    descender: Descender
    error: float
    points: list[tuple[FloatArray, float]] = field(default_factory=list[tuple[FloatArray, float]])
    end: float | None = None
    state: Side = "open"

    def go(self, check: Check) -> None:
        """Fill ``points``, ``end`` and ``state``."""
        edge = float((self.surface.upper if self.sign > 0 else self.surface.lower)[self.index])
        width = float(self.surface.upper[self.index] - self.surface.lower[self.index])
        here, before = float(self.best[self.index]), 0.0
        step = min(max(0.5 * math.sqrt(self.threshold) * self.error, 1e-6 * width), width / 8.0)
        smallest = 1e-9 * width
        self.points.append((self.best, 0.0))
        while abs(edge - here) > smallest and len(self.points) < _MAX_POINTS:
            check()
            there = edge if abs(edge - here) <= step else here + self.sign * step
            rise = self._visit(there)
            if rise is None:
                step /= 4.0
                if step < 1e-3 * abs(here - self.best[self.index]) + smallest:
                    self.state = "failed"
                    return
                continue
            if rise >= self.threshold:
                self.end, self.state = self._close_in(here, before, there, rise, check), "closed"
                return
            if rise - before < self.threshold / 8.0:
                step *= 2.0
            here, before = there, rise
        if abs(edge - here) > smallest:
            self.state = "failed"

    def _visit(self, at: float) -> float | None:
        """Refit with the parameter held at a value of the fitting scale; return twice the rise in cost."""
        free = np.arange(len(self.best)) != self.index
        near = sorted(self.points, key=lambda point: abs(point[0][self.index] - at))[:2]
        guesses = [near[0][0].copy()]
        if len(near) == 2 and (span := near[0][0][self.index] - near[1][0][self.index]) != 0.0:
            share = (at - near[0][0][self.index]) / span
            guesses.append(near[0][0] + share * (near[0][0] - near[1][0]))
        for guess in guesses:
            np.clip(guess, self.surface.lower, self.surface.upper, out=guess)
            guess[self.index] = at
        found = self.descender.descend(self.surface, self._lowest(guesses), free)
        if not math.isfinite(found.cost):
            return None
        rise = 2.0 * (found.cost - self.cost)
        self.points.append((np.array(found.x), rise))
        return rise

    def _lowest(self, guesses: list[FloatArray]) -> FloatArray:
        sets = np.array(guesses)
        squares = [
            (part**2).sum(axis=1) for part in (self.surface.data_residuals(sets), self.surface.prior_residuals(sets))
        ]
        return guesses[int(np.argmin(np.nan_to_num(sum(squares), nan=np.inf)))]

    def _close_in(self, inner: float, low: float, outer: float, high: float, check: Check) -> float:
        """Return where the rise is the threshold: the root of it is nearly straight, so secants close in fast."""
        goal = math.sqrt(self.threshold)
        a, fa, b, fb = inner, math.sqrt(max(low, 0.0)) - goal, outer, math.sqrt(high) - goal
        side = 0
        for _ in range(30):
            if abs(fb) <= 0.5 * _CLOSE * goal:
                return b
            check()
            middle = b - fb * (b - a) / (fb - fa)
            rise = self._visit(middle)
            if rise is None:
                return b
            at = math.sqrt(max(rise, 0.0)) - goal
            if abs(at) <= 0.5 * _CLOSE * goal:
                return middle
            # Illinois: an end that stays twice in a row counts half, or the secant would creep
            if at > 0.0:
                b, fb, fa = middle, at, fa / 2.0 if side == 1 else fa
                side = 1
            else:
                a, fa, fb = middle, at, fb / 2.0 if side == -1 else fb
                side = -1
        return b


def _profile(result: FitResult, name: str, level: float, left: _Walk, right: _Walk) -> Profile:
    parameter = left.surface.problem.parameters[left.index]
    rises = {float(x[left.index]): rise for x, rise in [*left.points, *right.points]}
    lowest = min(rises.values())
    return Profile(
        id=name,
        values=tuple(parameter.to_natural(x) for x in sorted(rises)),
        costs=tuple(result.cost + 0.5 * rises[x] for x in sorted(rises)),
        estimate=result.estimates[name].value,
        level=level,
        lower=None if left.end is None else parameter.to_natural(left.end),
        upper=None if right.end is None else parameter.to_natural(right.end),
        left=left.state,
        right=right.state,
        better=result.cost + 0.5 * lowest if lowest < -_BETTER else None,
    )
