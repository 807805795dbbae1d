"""Bounded least squares from many starts, resumable."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.files.fingerprint import json_sha256
from bimodal.fit.checkpoint import Checkpoint
from bimodal.fit.covariance import covariance_of
from bimodal.fit.derivatives import jacobian_at
from bimodal.fit.descent import Descender, Descent
from bimodal.fit.problem import Problem
from bimodal.fit.result import Estimate, FitResult, GroupFit, StartFit
from bimodal.fit.starts import start_points
from bimodal.fit.surface import Surface
from bimodal.fit.tasks import Check, run_tasks

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int, str], None]

#: Share of a parameter's range, on the fitting scale, within which it counts as lying at a bound.
AT_BOUND = 1e-3


def run_fit(
    problem: Problem,
    *,
    starts: int = 1,
    seed: int = 1,
    spread: float = 1.0,
    tolerance: float = 1e-8,
    max_evaluations: int = 200,
    workers: int = 1,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> FitResult:
    """Minimise half the sum of squared residuals and priors, from the declared start and others.

    Starts do not know of each other, so neither workers nor an interruption change the answer.

    Parameters
    ----------
    starts, seed, spread
        Descents in all; the first is from the declared start, the others from a scrambled Sobol sequence over this
        share of the box around it.
    tolerance, max_evaluations
        When a descent is done; keep the tolerance above the noise of the residuals.
    workers
        Descents at a time, in threads.
    folder
        Where finished starts are kept; the same call with the same folder goes on after an interruption.
    progress
        Called with (starts finished, starts in all, what happened) after every step, one thread at a time.

    Returns
    -------
    FitResult
        The lowest cost found; of equal ones, the earliest start.

    Raises
    ------
    BimodalError
        Residuals or their derivatives are not finite at the declared start or at the estimate, or an option is
        out of range.
    OutputError
        The folder holds another fit or cannot be written.

    Examples
    --------
    >>> from bimodal.fit import FitParameter
    >>> t = np.array([0.0, 1.0, 2.0])
    >>> decay = Problem(name="decay", parameters=(FitParameter("rate", start=1.0, lower=0.01, upper=10.0),),
    ...     groups=("a", "a", "b"), data={"made up": "0" * 64},
    ...     residuals=lambda v: (np.exp(-v["rate"] * t) - np.exp(-0.5 * t)) / 0.01)
    >>> round(run_fit(decay, starts=3).values["rate"], 6)
    0.5
    """
    if not (0.0 < tolerance < 1.0 and max_evaluations >= 1):
        raise BimodalError("the tolerance must lie between 0 and 1, and at least one evaluation is needed")
    surface = Surface(problem)
    points = start_points(surface, starts, seed, spread)
    first = surface.data_residuals(points[:1])[0]
    refuse_nan(problem, first, "at the declared start")
    settings = {"seed": seed, "spread": spread, "tolerance": tolerance, "max_evaluations": max_evaluations}
    fingerprint = json_sha256({**_identity(problem, first), **settings})
    checkpoint = None if folder is None else Checkpoint.claim(folder, fingerprint, problem.name)
    descender = Descender(tolerance=tolerance, max_evaluations=max_evaluations)
    lock, finished = threading.Lock(), 0

    def tell(check: Check, what: str, done: int = 0) -> None:
        nonlocal finished
        check()
        with lock:
            finished += done
            if progress:
                progress(finished, starts, what)

    def one(index: int, check: Check) -> Descent:
        found = checkpoint.load(index, size=len(points[index])) if checkpoint else None
        if found is None:
            said = partial(_step_words, index)
            found = descender.descend(surface, points[index], on_step=lambda cost: tell(check, said(cost)))
            if checkpoint:
                checkpoint.keep(index, found)
        tell(check, f"start {index + 1}: {found.message}, cost {found.cost:.6g}", 1)
        return found

    ends = run_tasks([partial(one, index) for index in range(starts)], workers)
    return _result(surface, ends, fingerprint, seed)


def refuse_nan(problem: Problem, residuals: FloatArray, where: str) -> None:
    """Raise when a residual is not finite, and say of which group."""
    bad = np.flatnonzero(~np.isfinite(residuals))
    if len(bad):
        groups = list(dict.fromkeys(problem.groups[place] for place in bad.tolist()))
        named = ", ".join(f"'{name}'" for name in groups[:3]) + (" and others" if len(groups) > 3 else "")
        raise BimodalError(
            f"{len(bad)} of {len(residuals)} residuals are not finite {where}",
            where=f"fit '{problem.name}', group {named}",
            fix="look for missing data, a simulation that fails there, or the logarithm of a number not above 0",
        )


def _step_words(index: int, cost: float) -> str:
    return f"start {index + 1}: cost {cost:.6g}"


def _identity(problem: Problem, first: FloatArray) -> dict[str, object]:
    # the residuals at the start stand for the code that computes them
    return {
        "name": problem.name,
        "parameters": [asdict(parameter) for parameter in problem.parameters],
        "groups": list(problem.groups),
        "data": dict(problem.data),
        "differences": [problem.step, problem.two_sided, problem.jacobian is not None],
        "residuals": hashlib.sha256(first.tobytes()).hexdigest(),
    }


def _result(surface: Surface, ends: list[Descent], fingerprint: str, seed: int) -> FitResult:
    problem = surface.problem
    costs = [end.cost if math.isfinite(end.cost) else math.inf for end in ends]
    best = int(np.argmin(costs))
    x = np.array(ends[best].x)
    data, priors = surface.data_residuals(x[None])[0], surface.prior_residuals(x)
    if not math.isfinite(costs[best]):
        raise BimodalError(f"no descent came to an end: {ends[0].message}", where=f"fit '{problem.name}'")
    refuse_nan(problem, data, "at the estimate")
    slopes = np.concatenate([jacobian_at(surface, x, data), surface.prior_rows])
    width = surface.upper - surface.lower
    low, high = (x - surface.lower) / width < AT_BOUND, (surface.upper - x) / width < AT_BOUND
    inside = np.flatnonzero(~(low | high))
    if not np.isfinite(slopes).all():
        raise BimodalError("the derivatives of the residuals are not finite at the estimate", where=problem.name)
    errors, correlations = np.full(len(x), np.inf), np.full((len(x), len(x)), np.nan)
    errors[inside], correlations[np.ix_(inside, inside)] = covariance_of(slopes[:, inside])
    natural = surface.values(x)
    return FitResult(
        name=problem.name,
        problem_sha256=fingerprint,
        data=dict(problem.data),
        seed=seed,
        estimates={
            parameter.id: Estimate(
                value=natural[parameter.id],
                lower=parameter.lower,
                upper=parameter.upper,
                scale=parameter.scale,
                standard_error=float(errors[c]) if math.isfinite(errors[c]) else None,
                at_bound="lower" if low[c] else "upper" if high[c] else None,
                prior=parameter.prior.source if parameter.prior else None,
            )
            for c, parameter in enumerate(problem.parameters)
        },
        cost=0.5 * float(data @ data) + 0.5 * float(priors @ priors),
        cost_data=0.5 * float(data @ data),
        cost_priors=0.5 * float(priors @ priors),
        correlations=tuple(tuple(None if math.isnan(c) else c for c in row) for row in correlations.tolist()),
        groups={name: GroupFit(residuals=tuple(data[at].tolist())) for name, at in problem.group_index.items()},
        starts=tuple(
            StartFit(
                cost=end.cost if math.isfinite(end.cost) else None, evaluations=end.evaluations, message=end.message
            )
            for end in ends
        ),
        best_start=best,
    )
