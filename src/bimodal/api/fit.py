"""Fits: the shipped ones, one of a problem file, or a problem made in Python."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Literal, overload

from bimodal.api.workers import default_workers
from bimodal.errors import BimodalError
from bimodal.fit.calibration import load_calibration
from bimodal.fit.fit import Progress, run_fit
from bimodal.fit.population_fits import POPULATION_FITS, PopulationResult
from bimodal.fit.problem import Problem
from bimodal.fit.result import FitResult
from bimodal.fit.rounds import run_rounds


@overload
def fit(  # pyright: ignore[reportOverlappingOverload]
    problem: Literal["toxicity", "oncology"], *, seed: int = ..., workers: int | None = ...
) -> PopulationResult: ...
@overload
def fit(
    problem: str | Path | Problem,
    *,
    starts: int | None = ...,
    seed: int = ...,
    workers: int | None = ...,
    out: str | Path | None = ...,
    progress: Progress | None = ...,
) -> FitResult: ...
def fit(
    problem: str | Path | Problem,
    *,
    starts: int | None = None,
    seed: int = 1,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> FitResult | PopulationResult:
    """Fit parameters to data.

    Parameters
    ----------
    problem
        Name of a shipped fit (``receptors``, ``receptors-mass-action``, ``bivalent``, ``human``, ``toxicity``,
        ``oncology``), path of a problem file or of a PEtab problem (``.yaml``), or a :class:`bimodal.fit.Problem`.
    starts
        Descents from different starting points; None is that of the fit.
    seed
        Of the starting points, or of the virtual patients.
    workers
        Threads; None takes every processor. They change no figure.
    out
        Folder in which finished starts are kept; the same call goes on after an interruption. None keeps nothing.
    progress
        Called with (starts done, starts in all, what happened).

    Raises
    ------
    BimodalError
        There is no such fit, or the problem is wrong.

    Examples
    --------
    >>> import bimodal as bm
    >>> import numpy as np
    >>> from bimodal.fit import FitParameter, Problem
    >>> problem = Problem(name="k", parameters=(FitParameter("k", start=1.0, lower=0.1, upper=9.0),), groups=("a",),
    ...     data={"made up": "0" * 64}, residuals=lambda v: np.array([v["k"] - 3.0]) / 0.3)
    >>> bm.fit(problem)  # doctest: +ELLIPSIS
    fit k: cost ..., 1 start
      k 3 (se 11 %)
    """
    threads = workers or default_workers()
    folder = None if out is None else Path(out)
    if isinstance(problem, Problem):
        return run_fit(problem, starts=starts or 1, seed=seed, workers=threads, folder=folder, progress=progress)
    name = str(problem)
    if name in POPULATION_FITS:
        if starts is not None or out is not None:
            raise BimodalError(f"the fit '{name}' takes neither starts nor a folder", fix="leave them out")
        return POPULATION_FITS[name]().run(seed, threads)
    if name.lower().endswith((".yaml", ".yml")):
        from bimodal.exchange.petab import read_petab
        from bimodal.exchange.petab.calibration import petab_calibration

        calibration = petab_calibration(read_petab(Path(name)))
    else:
        calibration = load_calibration(name)
    _, result = run_rounds(
        calibration,
        starts=starts,
        seed=seed,
        workers=threads,
        folder=folder,
        watch=lambda _: nullcontext(progress),
    )
    return result
