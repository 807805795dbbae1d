"""``bimodal run``: a study, every arm of it, against what was published."""

from __future__ import annotations

from typing import Annotated

import typer

from bimodal.cli import options as o


def run(
    study: Annotated[str, typer.Argument(help="A built-in study (bimodal list studies) or the path of a study file.")],
    patients: o.Patients = None,
    seed: o.Seed = 1,
    out: o.Out = None,
    workers: o.Workers = 0,
    chunk: o.Chunk = 250,
    shard: o.Shard = None,
    backend: o.Backend = "threads",
    scheduler: o.Scheduler = None,
    resume: o.Resume = False,
    force: o.Force = False,
    json_file: o.JsonFile = None,
    strict: o.Strict = False,
    quiet: o.Quiet = False,
    long: o.Long = False,
    no_report: o.NoReport = False,
    no_live: o.NoLive = False,
    png: o.Png = False,
    ensemble: o.EnsembleFlag = False,
    ensemble_patients: o.EnsemblePatients = None,
    full_trajectories: o.FullTrajectories = False,
    progress: o.ProgressStyle = "auto",
    rtol: o.Rtol = None,
    atol: o.Atol = None,
) -> int:
    """Run a study: simulate every arm, compare with published results, write a report.

    An unfinished run of the same study in the results folder is continued.
    """
    from bimodal.cli.whole_run import Asked, whole_run
    from bimodal.study import RunOptions, load_study
    from bimodal.study.spec.options import parse_shard

    def read() -> Asked:
        choices = RunOptions(
            patients=patients,
            seed=seed,
            out=out,
            workers=workers or o.default_workers(),
            chunk=chunk,
            shard=parse_shard(shard) if shard else None,
            backend=backend,
            scheduler=scheduler,
            resume=resume,
            force=force,
            rtol=rtol,
            atol=atol,
            full_trajectories=full_trajectories,
        )
        return load_study(study), choices, o.ensemble(ensemble_patients) if ensemble else None

    return whole_run(
        read,
        style=progress,
        quiet=quiet,
        report=not no_report,
        live=not no_live,
        png=png,
        json_file=json_file,
        long=long,
        strict=strict,
    )
