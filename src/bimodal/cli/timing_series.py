"""``bimodal timing series``: serial CRP of virtual patients, to be asked by ``bimodal timing assess``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bimodal.cli import options as o
from bimodal.errors import TimingError


def series(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="File to write the samples to.")],
    study: Annotated[
        str, typer.Option("--study", help="A study that runs on the model human_cycle.")
    ] = "timing-hypothesis",
    arm: Annotated[str | None, typer.Option("--arm", help="Arm whose patients are sampled; no dose is given.")] = None,
    patients: Annotated[int, typer.Option("--patients", help="Number of patients.")] = 1,
    first: Annotated[int, typer.Option("--first", help="Index of the first patient.")] = 0,
    samples: Annotated[
        int,
        typer.Option("--samples", help="Samples per patient, one a day, the last on the day before the first dose."),
    ] = 28,
    noise: Annotated[float, typer.Option("--noise", help="Biological noise in ln units; 0.4 is a CV of 42 %.")] = 0.4,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="ID=VALUE", help="Give a parameter this value in every patient; repeat for more."
        ),
    ] = None,
    seed: o.Seed = 1,
    quiet: o.Quiet = False,
) -> int:
    """Write serial CRP of virtual patients with or without a cycle, up to their first dose."""
    from bimodal.cli import timing_tables as show
    from bimodal.cli.console import out
    from bimodal.files.write import write_text
    from bimodal.study import RunOptions, load_study
    from bimodal.study.immune_cycle.series import crp_csv, crp_series
    from bimodal.study.plan.make_plan import make_plan
    from bimodal.study.run.runner import shipped_solver

    if first < 0 or not 1 <= patients <= 10_000 or not 1 <= samples <= 150:
        raise TimingError(
            "there are no such series", where="bimodal timing series", fix="1 to 10,000 patients, 1 to 150 samples"
        )
    spec = load_study(study)
    spec = spec.model_copy(update={"set": {**spec.set, **o.assignments(settings or [])}})
    plan = make_plan(spec, RunOptions(patients=first + patients, seed=seed), shipped_solver(spec))
    who = range(first, first + patients)
    name = arm or spec.arm[0].name
    write_text(file, crp_csv(crp_series(plan, name, who, days=samples, noise_sd=noise), who))
    if not quiet:
        show.safety()
        out().print(f"series   {file}: {patients} with {samples} samples each, of arm '{name}'", markup=False)
        show.safety()
    return 0
