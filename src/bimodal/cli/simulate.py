"""``bimodal simulate``: one or several regimens on one population, every standard observable."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bimodal.cli import options as o
from bimodal.cli.simulate_table import Reading, reported_times, simulate_table
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
    species: o.Species = "human",
    condition: o.Conditions = None,
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
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--also",
            metavar="ID",
            help="Read this observable too (bimodal list endpoints), as tox_index or tumour_cells; repeat for more.",
        ),
    ] = None,
    partner: Annotated[
        list[str] | None,
        typer.Option(
            "--partner",
            metavar="DRUG: REGIMEN",
            help='Given beside in every arm, as "rapamycin: 2 mg IV daily for 28 days"; repeat for more (three in a '
            "person, two in a mouse).",
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="FILE", help="Run this SBML or Antimony file; doses come from --table alone."),
    ] = None,
    table: Annotated[
        list[Path] | None,
        typer.Option(
            "--table",
            metavar="FILE.csv",
            help="Doses subject by subject, as a NONMEM-style table: each subject is one patient of --model; without "
            "--model an arm whose patients take the subjects in turn. Repeat for more arms.",
        ),
    ] = None,
    into: Annotated[
        list[str] | None,
        typer.Option(
            "--into",
            metavar="[ROUTE=]QUANTITY",
            help="With --model and --table: where doses enter, for all routes or for one (sc, iv_bolus, iv_infusion).",
            show_default="the only state of the model",
        ),
    ] = None,
    amount_unit: Annotated[
        str | None,
        typer.Option(
            "--amount-unit", help="With --model and --table: unit of amount of the model.", show_default="of the table"
        ),
    ] = None,
    table_unit: Annotated[
        str | None, typer.Option("--table-unit", help="Unit of amt where a table has no column unit.")
    ] = None,
    table_route: Annotated[
        str, typer.Option("--table-route", help="Route where a table has neither route nor cmt: sc or iv.")
    ] = "iv",
    table_time: Annotated[str, typer.Option("--table-time", help="Unit of time and ii in tables: h or day.")] = "h",
    times: Annotated[
        str | None,
        typer.Option(
            "--times", help="With --model and --table: reported times, in the unit of the model, as 24,48; not --until."
        ),
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
    backend: o.Backend = "threads",
    scheduler: o.Scheduler = None,
    resume: o.Resume = False,
    force: o.Force = False,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
    long: o.Long = False,
    full_trajectories: o.FullTrajectories = False,
    no_report: o.NoReport = False,
    no_live: o.NoLive = False,
    png: o.Png = False,
    progress: o.ProgressStyle = "auto",
) -> int:
    """Simulate regimens side by side in the same virtual patients, or run a model file."""
    if model is not None and (backend != "threads" or scheduler or progress != "auto"):
        raise StudyError("a model file runs in one go", where="--model", fix="leave --backend and --progress out")
    if model is not None:
        if regimen or cohort or subjects or condition or also or partner or (drug and not table):
            raise StudyError(
                "a model file takes no regimen, drug, cohort, partner, subjects or ids of the registry",
                where="--model",
                fix="leave them out; doses come from --table",
            )
        values = o.assignments(set_values or [])
        if table:
            if accuracy:
                raise StudyError("--accuracy goes without --table", where="--accuracy", fix="compare runs with --rtol")
            return simulate_table(
                model,
                table,
                reading=Reading(table_unit, table_route, table_time),
                into=into or [],
                amount_unit=amount_unit,
                drugs=drug or [],
                times=reported_times(times, until, points),
                parameters=values,
                tolerances=(rtol, atol),
                out=out,
                json_file=json_file,
                quiet=quiet,
            )
        _only_with_a_table(into, amount_unit, times)
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
    _only_with_a_table(into, amount_unit, times)
    if not regimen and not table:
        raise StudyError(
            "no regimen was given",
            where="--regimen",
            fix='for example --regimen "1 MIU SC daily for 5 days", or --table FILE.csv',
        )
    from bimodal.cli.whole_run import Asked, whole_run
    from bimodal.drugs import load_molecule

    def read() -> Asked:
        for name in drug or []:
            if name.endswith(".toml"):
                load_molecule(name)  # a fault in a file is said before all that simulates is loaded
        from bimodal.study import RunOptions, simulate_spec

        spec = simulate_spec(
            drug or ["aldesleukin"],
            regimen or [],
            tables=[Reading(table_unit, table_route, table_time).spec(path) for path in table or []],
            cohort=cohort,
            subjects=subjects,
            report_days=o.days(report_days),
            parameters=o.assignments(set_values or []),
            follow_up_days=follow_up_days,
            also=also or [],
            partners=[_beside(text) for text in partner or []],
            patients=200 if patients is None else patients,
            model=o.species_model(species),
            conditions=condition or [],
        )
        choices = RunOptions(
            patients=patients,  # a cohort of parameter sets is whole unless somebody asks for fewer
            seed=seed,
            out=out,
            workers=workers or o.default_workers(),
            chunk=chunk,
            backend=backend,
            scheduler=scheduler,
            resume=resume,
            force=force,
            rtol=rtol,
            atol=atol,
            full_trajectories=full_trajectories,
        )
        return spec, choices, None

    return whole_run(
        read,
        style=progress,
        quiet=quiet,
        report=not no_report,
        live=not no_live,
        png=png,
        json_file=json_file,
        long=long,
    )


def _beside(text: str) -> tuple[str, str]:
    """Read a partner drug and its regimen."""
    drug, colon, regimen = text.partition(":")
    if not (colon and drug.strip() and regimen.strip()):
        raise StudyError(
            f"'{text[:60]}' is no drug with its regimen",
            where="--partner",
            fix='for example --partner "rapamycin: 2 mg IV daily for 28 days"',
        )
    return drug.strip(), regimen.strip()


def _only_with_a_table(into: list[str] | None, amount_unit: str | None, times: str | None) -> None:
    for name, given in (("--into", into), ("--amount-unit", amount_unit), ("--times", times)):
        if given:
            raise StudyError(f"{name} goes with --model and --table", where=name, fix="leave it out, or add --table")


def _show(found: TimeCourse, until: float, *, out: Path | None, json_file: Path | None, quiet: bool) -> int:
    from bimodal.cli.console import err, table
    from bimodal.cli.console import out as console
    from bimodal.files.file_name import file_name
    from bimodal.files.write import write_text

    o.write_json(found.to_json(), json_file)
    kept = None if out is None else write_text(out / f"{file_name(found.model)}.csv", found.to_csv())
    if found.status.failed:
        err().print(f"the run failed: {found.sentence}", style="bold red", markup=False)
        return 1
    for warning in found.warnings:
        err().print(f"warning: {warning}", style="yellow", markup=False)
    if not quiet and str(json_file) != "-":
        rows = [[name, *_ends(column.tolist())] for name, column in found.values.items()]
        title = f"{found.model}, time 0 to {until:g}"
        console().print(table(title, ["quantity", "start", "end", "lowest", "highest"], rows, right=range(1, 5)))
        if found.rates:
            rates = [[name, *_ends(column.tolist())] for name, column in found.rates.items()]
            console().print(table("", ["reaction", "start", "end", "lowest", "highest"], rates, right=range(1, 5)))
        if found.constants:
            rows = [[name, f"{value:.6g}", found.units.get(name, "")] for name, value in found.constants.items()]
            console().print(table("", ["constant", "value", "unit"], rows, right=[1]))
        console().print(_tolerances(found), markup=False)
        if kept is not None:
            console().print(f"table  {kept}", markup=False)
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
