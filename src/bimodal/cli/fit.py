"""``bimodal fit``: calibrate, judge, and write the values back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bimodal.cli import options as o

if TYPE_CHECKING:
    from bimodal.fit import FitResult, Problem
    from bimodal.fit.calibration import Calibration
    from bimodal.fit.fit import Progress

#: Relative difference between a fit run again and the shipped table that counts as reproduced.
REPRODUCED = 1e-2


def fit(
    name: Annotated[
        str,
        typer.Argument(
            help="A shipped fit (`bimodal list fits`), a problem file, or a PEtab problem (.yaml).", show_default=False
        ),
    ],
    starts: Annotated[
        int | None,
        typer.Option(
            help="Number of starting points; 0 only evaluates a PEtab problem.", min=0, show_default="as in the fit"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the starting points.")] = 1,
    workers: o.Workers = 0,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Results folder; finished starts are not run again.")
    ] = None,
    cross_validate: Annotated[
        bool, typer.Option("--cross-validate", help="Also leave out parts of the data, and predict them.")
    ] = False,
    profile: Annotated[
        bool,
        typer.Option("--profile", help="Also profile the likelihood of every parameter, to see which are identified."),
    ] = False,
    sensitivity: Annotated[
        str | None,
        typer.Option(
            metavar="morris|sobol", help="Also a global sensitivity analysis: which parameter moves which data."
        ),
    ] = None,
    samples: Annotated[int, typer.Option(help="With --sensitivity: number of samples.", min=4)] = 16,
    posterior: Annotated[
        int | None, typer.Option(metavar="STEPS", help="Also sample the posterior, with so many steps.", min=8)
    ] = None,
    block: Annotated[
        str | None, typer.Option(metavar="ID,ID", help="With --posterior: sample only these parameters.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option(metavar="TABLE", help="Write the estimates into this parameter table (CSV).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --write: only show what would change.")] = False,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Estimates only, no comparison with the data.")
    ] = False,
    json_file: o.JsonFile = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 1 if the shipped values differ from this fit.")
    ] = False,
    quiet: o.Quiet = False,
) -> int:
    """Fit part of the model, or your own problem, to data; report agreement and which parameters are identified."""
    from bimodal.cli.console import err, out
    from bimodal.cli.fit_petab import evaluate_only, open_petab, write_tables
    from bimodal.cli.fit_population import fit_population
    from bimodal.errors import BimodalError
    from bimodal.files.write import write_text
    from bimodal.fit import measure_sloppiness, profile_parameters
    from bimodal.fit.calibration import load_calibration
    from bimodal.fit.population_fits import POPULATION_FITS
    from bimodal.fit.rounds import run_rounds

    if name in POPULATION_FITS:
        return fit_population(
            POPULATION_FITS[name](),
            seed=seed,
            workers=workers or o.default_workers(),
            folder=folder or Path("results") / f"fit-{name}",
            write=write,
            dry_run=dry_run,
            json_file=json_file,
            strict=strict,
            quiet=quiet,
            tolerance=REPRODUCED,
        )
    threads = workers or o.default_workers()
    petab = open_petab(name, write=write)
    if starts == 0:
        if petab is None:
            raise BimodalError("0 starts only evaluate, which is for PEtab problems", fix="give 1 or more")
        folder = folder or Path("results") / f"fit-{Path(name).stem}"
        return evaluate_only(petab, workers=threads, folder=folder, json_file=json_file, quiet=quiet)
    if petab is None:
        calibration = load_calibration(name)
    else:
        from bimodal.exchange.petab.calibration import petab_calibration

        calibration = petab_calibration(petab)
    folder = folder or Path("results") / f"fit-{calibration.name}"
    problem, result = run_rounds(
        calibration,
        starts=starts,
        seed=seed,
        workers=threads,
        folder=folder,
        watch=lambda number: _watched(calibration, number, quiet=quiet),
    )
    report: dict[str, Any] = {"fit": result.model_dump(mode="json")}
    pages = [result.text(), measure_sloppiness(problem, result.values).text()]
    if not no_report:
        if not quiet:
            err().print("judging the fit")
        report["report"] = calibration.report(result, threads)
        pages.append(calibration.text(report["report"]))
    if cross_validate:
        for by in calibration.folds:
            found, scores = calibration.cross_validate(result, by, threads)
            report[f"left_out_{by}"] = scores
            pages.append(f"leaving out one {by} after the other\n{found.text()}\nerror by time: {scores}\n")
    if profile:
        profiles = profile_parameters(problem, result, workers=threads)
        pages.append("\n".join(one.text() for one in profiles.values()))
    if sensitivity is not None:
        pages.append(_sensitivity(problem, sensitivity, samples, seed, report, quiet=quiet))
    if posterior is not None:
        pages.append(_posterior(problem, result, posterior, block, seed, folder, report, quiet=quiet))
    mismatches = _against_shipped(calibration, result)
    if calibration.table is not None:
        pages.append(_shipped_text(mismatches))
    result.save(folder / "fit.json")
    if petab is not None:
        write_tables(petab, result, folder, threads)
    write_text(folder / "report.txt", "\n".join(pages))
    o.write_json(report, json_file)
    if not quiet and str(json_file) != "-":
        out().print("\n".join(pages), markup=False)
        out().print(f"report  {folder / 'report.txt'}", markup=False)
    if write is not None:
        out().print(
            _write(calibration, result, write, dry_run=dry_run) or "the table already holds these values", markup=False
        )
    return 1 if strict and mismatches else 0


@contextmanager
def _watched(calibration: Calibration, number: int, *, quiet: bool) -> Iterator[Progress | None]:
    from bimodal.cli.console import err, progress

    if calibration.rounds > 1 and not quiet:
        err().print(f"round {number} of {calibration.rounds}")
    with progress(calibration.title, quiet=quiet, unit="starts") as show:
        yield show


def _sensitivity(problem: Problem, method: str, samples: int, seed: int, report: dict[str, Any], *, quiet: bool) -> str:
    from bimodal.cli.console import progress
    from bimodal.errors import BimodalError
    from bimodal.fit.global_sensitivity import global_sensitivity

    if method not in ("morris", "sobol"):
        raise BimodalError(f"there is no method '{method}'", where="--sensitivity", fix="morris or sobol")
    with progress("global sensitivity", quiet=quiet, unit="sets") as show:
        found = global_sensitivity(problem, method=method, samples=samples, seed=seed, progress=show)
    report["sensitivity"] = found.report()
    return found.text()


def _posterior(
    problem: Problem,
    result: FitResult,
    steps: int,
    block: str | None,
    seed: int,
    folder: Path,
    report: dict[str, Any],
    *,
    quiet: bool,
) -> str:
    from bimodal.cli.console import progress
    from bimodal.fit.posterior import sample_posterior

    ids = [name.strip() for name in block.split(",")] if block else None
    with progress("sampling the posterior", quiet=quiet, unit="steps") as show:
        found = sample_posterior(
            problem, result.values, block=ids, steps=steps, seed=seed, folder=folder, progress=show
        )
    report["posterior"] = found.report()
    return found.text()


def _against_shipped(calibration: Calibration, result: FitResult) -> list[str]:
    from bimodal.fit import check_table
    from bimodal.model.files import read_data
    from bimodal.model.parameters import ParameterTable

    if calibration.table is None:
        return []
    table = ParameterTable.read(read_data(calibration.table), calibration.table)
    found = list(check_table(table, result, REPRODUCED))
    for row, source in calibration.rows.items():
        found += check_table(table, result, REPRODUCED, rows={source: row})
    return [f"{one.id}: {one.what}" for one in found]


def _shipped_text(mismatches: list[str]) -> str:
    if not mismatches:
        return f"the shipped table holds what this fit finds, within {100 * REPRODUCED:g} %\n"
    return "the shipped table holds something else:\n" + "\n".join(f"  {line}" for line in mismatches) + "\n"


def _write(calibration: Calibration, result: FitResult, table: Path, *, dry_run: bool) -> str:
    from bimodal.fit import write_back

    changed = write_back(table, result, command=calibration.command, dry_run=dry_run)
    for row, source in calibration.rows.items():
        changed += write_back(
            table, result, command=calibration.command, ids={source: row}, notes={row: f"as {source}"}, dry_run=dry_run
        )
    return changed
