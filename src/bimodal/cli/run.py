"""``bimodal run``: a study, every arm of it, against what was published."""

from __future__ import annotations

from typing import Annotated

import typer

from bimodal.cli import options as o
from bimodal.cli.finished import execute, finish


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
    from bimodal.cli.console import err
    from bimodal.cli.run_progress import done_event, ends_told, say_event
    from bimodal.study import RunOptions, load_study
    from bimodal.study.spec.options import parse_shard

    with ends_told(progress):
        spec = load_study(study)
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
        sets = o.ensemble(ensemble_patients) if ensemble else None
        result = execute(
            spec, choices, quiet=quiet, report=not no_report, live=not no_live, png=png, sets=sets, style=progress
        )
        if result is None:
            code = 0
            err().print("this shard is done; the one that finishes last writes the summary")
        else:
            code = finish(result, json_file=json_file, strict=strict, quiet=quiet, report=not no_report, long=long)
    if progress == "json":
        say_event(done_event(result, code))
    return code
