"""How well a fit predicts groups of data it has not seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from bimodal.errors import BimodalError
from bimodal.fit.derivatives import jacobian_at
from bimodal.fit.fit import run_fit
from bimodal.fit.problem import Problem
from bimodal.fit.result import FitResult
from bimodal.fit.surface import Surface
from bimodal.fit.tasks import Check, run_tasks


@dataclass(frozen=True)
class Fold:
    """One refit without some groups.

    Attributes
    ----------
    predicted
        Out-of-sample residuals by group left out; NaN where the refitted parameters cannot be simulated.
    uninformed
        Parameters the rest says nothing about; they stay at their declared start or prior, so the prediction is only
        as good as that.
    """

    left_out: str
    result: FitResult
    predicted: dict[str, tuple[float, ...]]
    uninformed: tuple[str, ...]

    @property
    def rms(self) -> float:
        """Root mean square of the out-of-sample residuals."""
        return _rms([number for numbers in self.predicted.values() for number in numbers])


@dataclass(frozen=True)
class CrossValidation:
    """All refits, and the fit to everything beside them.

    Attributes
    ----------
    folds
        Refits by name of what was left out.
    """

    full: FitResult
    folds: dict[str, Fold]

    @property
    def rms_in_sample(self) -> float:
        """Root mean square residual of the fit to everything."""
        return _rms([number for group in self.full.groups.values() for number in group.residuals])

    @property
    def rms_out_of_sample(self) -> float:
        """Root mean square of every residual as predicted by the fold that has not seen it."""
        return _rms([n for fold in self.folds.values() for numbers in fold.predicted.values() for n in numbers])

    def text(self) -> str:
        """Return in-sample and out-of-sample errors for people."""
        wide = max(map(len, [*self.folds, "everything"]))
        lines = [f"{'left out':<{wide}}  in sample  out of sample  not informed without it"]
        for name, fold in self.folds.items():
            inside = _rms([number for group in fold.predicted for number in self.full.groups[group].residuals])
            lines.append(f"{name:<{wide}}  {inside:<9.3g}  {fold.rms:<13.3g}  {', '.join(fold.uninformed) or '-'}")
        lines.append(f"{'everything':<{wide}}  {self.rms_in_sample:<9.3g}  {self.rms_out_of_sample:<13.3g}")
        return "\n".join(lines) + "\n"


def cross_validate(
    problem: Problem,
    full: FitResult,
    *,
    fold_of: Callable[[str], str] | None = None,
    workers: int = 1,
    starts: int = 1,
    seed: int = 1,
    spread: float = 1.0,
    tolerance: float = 1e-8,
    max_evaluations: int = 200,
) -> CrossValidation:
    """Leave out one group after the other, refit, and predict what was left out.

    Every refit begins at the declared start, never at the estimate of the full fit: what only the left-out group knows
    would leak into its own prediction.

    Parameters
    ----------
    problem, full
        The problem and its fit to everything.
    fold_of
        Group -> name of the fold it belongs to, such as the cell type of ``"treg, 30 min"``; None makes every group
        a fold.
    workers
        Refits at a time, in threads; they do not change the answer.
    starts, seed, spread, tolerance, max_evaluations
        As in :func:`run_fit`, for each refit.

    Examples
    --------
    >>> from bimodal.fit import FitParameter
    >>> seen = np.array([1.0, 2.0, 6.0])
    >>> mean = Problem(name="mean", parameters=(FitParameter("m", start=0.0, lower=-9.0, upper=9.0, scale="linear"),),
    ...     groups=("a", "a", "b"), data={"made up": "0" * 64}, residuals=lambda v: v["m"] - seen)
    >>> round(cross_validate(mean, run_fit(mean)).folds["b"].rms, 6)
    4.5
    """
    if tuple(full.estimates) != problem.ids or tuple(full.groups) != tuple(problem.group_index):
        raise BimodalError("the result is of another problem", where=f"fit '{problem.name}'")
    folds: dict[str, list[str]] = {}
    for group in problem.group_index:
        folds.setdefault(fold_of(group) if fold_of else group, []).append(group)
    if len(folds) < 2:
        raise BimodalError("with a single fold nothing is left to fit to", where=f"fit '{problem.name}'")

    def one(name: str, check: Check) -> Fold:
        rest = problem.without(folds[name])
        result = run_fit(
            rest,
            starts=starts,
            seed=seed,
            spread=spread,
            tolerance=tolerance,
            max_evaluations=max_evaluations,
            progress=lambda *_: check(),
        )
        x = np.array([list(result.values.values())])
        residuals = problem.evaluate(x)[0]
        slopes = jacobian_at(Surface(rest), Surface(rest).to_fit(x[0]), None)
        silent = np.linalg.norm(slopes, axis=0) == 0.0
        return Fold(
            left_out=name,
            result=result,
            predicted={group: tuple(residuals[problem.group_index[group]].tolist()) for group in folds[name]},
            uninformed=tuple(np.array(problem.ids)[silent].tolist()),
        )

    found = run_tasks([partial(one, name) for name in folds], workers)
    return CrossValidation(full, {fold.left_out: fold for fold in found})


def _rms(numbers: list[float]) -> float:
    return math.sqrt(sum(number * number for number in numbers) / len(numbers))
