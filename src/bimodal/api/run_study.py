"""A study from its name, its file or its specification to its result."""

from __future__ import annotations

from pathlib import Path

from bimodal.api.workers import default_workers
from bimodal.errors import StudyError
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run import runner
from bimodal.study.run.in_memory import Progress, fits_in_memory, run_in_memory
from bimodal.study.run.result import StudyResult
from bimodal.study.spec.load import load_study
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import StudySpec


def run_study(
    study: str | Path | StudySpec,
    *,
    patients: int | None = None,
    seed: int = 1,
    workers: int | None = None,
    out: str | Path | None = None,
    full_trajectories: bool = False,
    backend: str = "threads",
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Run every arm of a study and set it against what was published.

    Parameters
    ----------
    study
        Name of ``bimodal.studies``, path of a study file, or a study from ``bimodal.load_study``.
    patients
        Virtual patients per arm; None takes the number of the study.
    out
        Folder for the results: an unfinished run in it is taken up where it stopped, and trajectories stay on disk.
        None keeps everything in memory and writes nothing.
    full_trajectories
        Keep hours after doses on disk too, not only a value a day; in memory they are always kept. It changes no
        endpoint.
    backend, scheduler
        Who computes what goes into a folder: ``threads``, ``processes`` or ``dask``, and Dask's scheduler
        (docs/scaling.md).
    seed, workers, progress
        As in ``bimodal.simulate``.

    Raises
    ------
    StudyError
        There is no such study, it is wrong, or it is too large for memory and no folder was given.
    OutputError
        The folder cannot be written or holds something else.

    Examples
    --------
    >>> import bimodal as bm
    >>> koreth = bm.run_study("koreth-2011", patients=2)
    >>> koreth.arms
    ['0.3 MIU/m2', '1 MIU/m2', '3 MIU/m2']
    >>> koreth.values("1 MIU/m2", "treg_fold").shape == (2, len(koreth.days))
    True
    """
    spec = study if isinstance(study, StudySpec) else load_study(study)
    folder = None if out is None else Path(out)
    options = RunOptions(
        patients=patients,
        seed=seed,
        out=folder,
        workers=workers or default_workers(),
        full_trajectories=folder is None or full_trajectories,
        backend=backend,
        scheduler=scheduler,
    )
    if folder is None:
        if backend != "threads":
            raise StudyError(
                f"the backend '{backend}' needs a folder, which all workers see",
                where=f"study '{spec.name}'",
                fix='give one: out="FOLDER"',
            )
        plan = make_plan(spec, options, runner.shipped_solver(spec))
        if not fits_in_memory(plan):
            raise StudyError(
                f"the trajectories of {plan.population.count:,} patients need more than 2 GB of memory",
                where=f"study '{spec.name}'",
                fix='keep them on disk: out="FOLDER"; or simulate fewer patients',
            )
        return run_in_memory(plan, progress=progress)
    result = runner.run_study(spec, options=options, progress=progress)
    assert result is not None  # only a shard of a run can be unfinished, and none was asked for
    return result
