"""Runs a shipped fit or the fit of a problem file, round after round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from bimodal.fit.calibration import Calibration
from bimodal.fit.fit import Progress, run_fit
from bimodal.fit.problem import Problem
from bimodal.fit.result import FitResult


def run_rounds(
    calibration: Calibration,
    *,
    starts: int | None = None,
    seed: int = 1,
    workers: int = 1,
    folder: Path | None = None,
    watch: Callable[[int], AbstractContextManager[Progress | None]] = lambda _: nullcontext(),
) -> tuple[Problem, FitResult]:
    """Run the rounds of a fit; each begins where the one before came to.

    Parameters
    ----------
    calibration
        The fit.
    starts
        Descents in each round; None is that of the fit.
    seed, workers
        Of the starting points, and threads.
    folder
        Where finished starts are kept; None keeps nothing.
    watch
        Told of each round by its number, from 1; gives what is told of its steps.

    Returns
    -------
    problem, result
        Of the last round.
    """

    def one(number: int, before: Mapping[str, float] | None) -> tuple[Problem, FitResult]:
        with watch(number) as progress:
            problem = calibration.problem(before, workers)
            result = run_fit(
                problem,
                starts=starts or calibration.starts,
                seed=seed,
                tolerance=calibration.tolerance,
                workers=workers if calibration.rounds == 1 else 1,
                folder=None if folder is None else folder / f"round-{number}",
                progress=progress,
            )
        return problem, result

    problem, result = one(1, None)
    for number in range(2, calibration.rounds + 1):
        problem, result = one(number, result.values)
    return problem, result
