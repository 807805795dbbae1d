"""``bimodal simulate``: one or several regimens on one population, every standard observable."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bimodal.cli import options as o
from bimodal.cli.finished import execute, finish
from bimodal.errors import StudyError

if TYPE_CHECKING:
    from bimodal.exchange import TimeCourse


def simulate(
    regimen: Annotated[
        list[str] | None,
        typer.Option(
            "--regimen", "-r", help='Dosing, for example "1 MIU/m2 SC daily for 56 days"; repeat for more arms.'
        ),
    ] = None,
    drug: o.Drugs = None,
    cohort: o.Cohort = None,
    subjects: o.Subjects = None,
    report_days: Annotated[
        str, typer.Option("--report-days", help="Days since the first dose to report, separated by commas.")
    ] = "7,28",
    set_values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="ID=VALUE", help="Give a parameter this value in every patient; repeat for more."
        ),
    ] = None,
    follow_up_days: o.FollowUpDays = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="FILE", help="Run this SBML or Antimony file, without doses."),
    ] = None,
    until: Annotated[float, typer.Option("--until", help="With --model: end time, in the unit of the model.")] = 100.0,
    points: Annotated[
        int, typer.Option("--points", help="With --model: number of saved times, start and end included.")
    ] = 101,
    accuracy: Annotated[
        bool,
        typer.Option("--accuracy", help="With --model: also run at a hundredth of the tolerance; say what changes."),
    ] = False,
    rtol: o.Rtol = None,
    atol: o.Atol = None,
    patients: o.Patients = None,
    seed: o.Seed = 1,
    out: o.Out = None,
    workers: o.Workers = 0,
    chunk: o.Chunk = 250,
    resume: o.Resume = False,
    force: o.Force = False,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
    long: o.Long = False,
    no_report: o.NoReport = False,
) -> int:
    """Simulate regimens side by side in the same virtual patients, or run a model file."""
    if model is not None:
        if regimen or drug or cohort or subjects:
            raise StudyError(
                "a model file takes no regimen, drug, cohort or subjects", where="--model", fix="leave them out"
            )
        values = o.assignments(set_values or [])
        from bimodal.exchange import time_course
        from bimodal.model.model import FILE_RTOL

        found = time_course(
            model,
            until=until,
            points=points,
            parameters=values,
            rtol=FILE_RTOL if rtol is None else rtol,
            atol=atol,
            estimate=accuracy,
        )
        return _show(found, until, out=out, json_file=json_file, quiet=quiet)
    if accuracy:
        raise StudyError("--accuracy goes with --model", where="--accuracy", fix="compare runs with another --rtol")
    if not regimen:
        raise StudyError(
            "no regimen was given", where="--regimen", fix='for example --regimen "1 MIU SC daily for 5 days"'
        )
    from bimodal.study import RunOptions, simulate_spec

    spec = simulate_spec(
        drug or ["aldesleukin"],
        regimen,
        cohort=cohort,
        subjects=subjects,
        report_days=o.days(report_days),
        parameters=o.assignments(set_values or []),
        follow_up_days=follow_up_days,
        patients=200 if patients is None else patients,
    )
    choices = RunOptions(
        seed=seed,
        out=out,
        workers=workers or o.default_workers(),
        chunk=chunk,
        resume=resume,
        force=force,
        rtol=rtol,
        atol=atol,
    )
    result = execute(spec, choices, quiet=quiet, report=not no_report)
    if result is None:
        return 0
    return finish(result, json_file=json_file, strict=False, quiet=quiet, report=not no_report, long=long)


def _show(found: TimeCourse, until: float, *, out: Path | None, json_file: Path | None, quiet: bool) -> int:
    from bimodal.cli.console import err, table
    from bimodal.cli.console import out as console
    from bimodal.files.write import write_text

    o.write_json(found.to_json(), json_file)
    if out is not None:
        write_text(out / f"{found.model}.csv", found.to_csv())
    if found.status.failed:
        err().print(f"the run failed: {found.sentence}", style="bold red", markup=False)
        return 1
    for warning in found.warnings:
        err().print(f"warning: {warning}", style="yellow", markup=False)
    if not quiet and str(json_file) != "-":
        rows = [[name, *_ends(column.tolist())] for name, column in found.values.items()]
        title = f"{found.model}, time 0 to {until:g}"
        console().print(table(title, ["quantity", "start", "end", "lowest", "highest"], rows, right=range(1, 5)))
        console().print(_tolerances(found), markup=False)
        if out is not None:
            console().print(f"table  {out / found.model}.csv", markup=False)
    return 0


def _ends(column: list[float]) -> list[str]:
    """Write the first, last, lowest and highest value of a quantity; some may be missing."""
    known = [value for value in column if math.isfinite(value)]
    shown = [column[0], column[-1], min(known, default=math.nan), max(known, default=math.nan)]
    return [f"{value:.6g}" if math.isfinite(value) else "missing" for value in shown]


def _tolerances(found: TimeCourse) -> str:
    text = f"relative tolerance {found.settings.rtol:g}"
    if found.settings.atol is not None:
        text += f", absolute {found.settings.atol:g}"
    if found.error is not None:
        text += f"; a run at a hundredth of it differs by {found.error:.1e} of a value at most"
    return text
