"""``bimodal search``: maps of dose, schedule and molecule, and the front of several goals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bimodal.cli import options as o

if TYPE_CHECKING:
    from bimodal.search.spec import SearchSpec


def search(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.toml]", help="A search file.", dir_okay=False)] = None,
    drug: o.Drugs = None,
    dose: Annotated[
        str | None, typer.Option("--dose", help='Doses, "0.5,1,2 MIU/m2", or a range, "0.25 to 4 MIU/m2".')
    ] = None,
    schedule: Annotated[
        list[str] | None,
        typer.Option("--schedule", help='What stands behind the dose, "SC daily for 28 days"; repeatable.'),
    ] = None,
    goal: Annotated[
        list[str] | None,
        typer.Option("--goal", help='"maximise treg_fold day 28", "minimise pstat5_nk peak"; repeatable.'),
    ] = None,
    days: Annotated[float | None, typer.Option("--days", help="Days simulated of every candidate.")] = None,
    cohort: o.Cohort = None,
    patients: o.Patients = None,
    budget: Annotated[int | None, typer.Option("--budget", min=1, help="At most so many candidates.")] = None,
    seed: o.Seed = 1,
    out: o.Out = None,
    workers: o.Workers = 0,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
    no_report: Annotated[bool, typer.Option("--no-figures", help="Draw no figures.")] = False,
    ensemble: Annotated[
        bool,
        typer.Option("--ensemble", help="Also simulate each candidate with the parameter sets that fit equally well."),
    ] = False,
    ensemble_patients: o.EnsemblePatients = None,
) -> int:
    """Simulate every dose by every schedule and molecule, and say which no other beats in every goal.

    Candidates are kept on disk and used again. Doses given as a range are chosen by an optimiser (extra `fit`).
    """
    from bimodal import INTENDED_USE
    from bimodal.cli.console import err, interruptible, progress
    from bimodal.cli.console import out as console
    from bimodal.search.search import run_search
    from bimodal.study import RunOptions

    spec = _spec(file, drug, dose, schedule, goal, days)
    more = {"cohort": cohort, "patients": patients, "budget": budget}
    spec = _checked({**spec, **{key: value for key, value in more.items() if value is not None}}, file)
    sets = o.ensemble(ensemble_patients) if ensemble else None
    options = RunOptions(seed=seed, out=out, workers=workers or o.default_workers())
    with interruptible() as check, progress(spec.name, quiet=quiet, unit="candidates") as show:

        def tell(done: int, total: int, what: str) -> None:
            check()
            if show is not None:
                show(done, total, what)

        result = run_search(spec, options=options, ensemble=sets, progress=tell)
    folder = Path(result["folder"])
    if not no_report:
        _draw(result, folder)
    o.write_json(result, json_file)
    if quiet or str(json_file) == "-":
        return 1 if any(row["failed"] for row in result["candidates"]) else 0
    _print(result)
    for name in ("search.json", "candidates.csv", *(() if no_report else ("front.svg", "map.svg"))):
        console().print(str(folder / name), markup=False)
    for text in result["warnings"]:
        err().print(f"warning: {text}", style="yellow", markup=False)
    console().print(INTENDED_USE, markup=False)
    return 1 if any(row["failed"] for row in result["candidates"]) else 0


def _spec(
    file: Path | None,
    drug: list[str] | None,
    dose: str | None,
    schedule: list[str] | None,
    goal: list[str] | None,
    days: float | None,
) -> dict[str, Any]:
    from bimodal.errors import StudyError
    from bimodal.search.spec import load_search

    given = {"drugs": drug, "schedules": schedule, "goals": goal, "days": days}
    said: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if dose is not None:
        said["dose"] = _dose(dose)
    if file is not None:
        return {**load_search(file).model_dump(exclude_defaults=True), **said}
    lacking = [name for name in ("dose", "schedules", "goals", "days") if name not in said]
    if lacking:
        names = {"dose": "--dose", "schedules": "--schedule", "goals": "--goal", "days": "--days"}
        raise StudyError(
            f"the search lacks {', '.join(names[name] for name in lacking)}", fix="give them, or a search file"
        )
    return said


def _dose(text: str) -> dict[str, Any]:
    from bimodal.errors import StudyError

    numbers, _, unit = text.strip().rpartition(" ")
    try:
        if " to " in numbers:
            low, high = numbers.split(" to ")
            return {"low": float(low), "high": float(high), "unit": unit}
        return {"values": [float(part) for part in numbers.split(",")], "unit": unit}
    except ValueError:
        fix = 'write "0.5,1,2 MIU/m2" or "0.25 to 4 MIU/m2"'
        raise StudyError(f"'{text}' are no doses", where="--dose", fix=fix) from None


def _checked(raw: dict[str, Any], file: Path | None) -> SearchSpec:
    from bimodal.errors import StudyError
    from bimodal.files.check import check_table
    from bimodal.files.read import FileKind
    from bimodal.search.spec import SearchSpec

    return check_table(
        SearchSpec, raw, FileKind("the search", StudyError), where=str(file or "the command line"), text=""
    )


def _draw(result: dict[str, Any], folder: Path) -> None:
    from bimodal.report.figures.search_front import front_figure, map_figure

    for name, made in (("front", front_figure(result)), ("map", map_figure(result))):
        made.savefig(folder / f"{name}.svg", metadata={"Date": None})


def _print(result: dict[str, Any]) -> None:
    from bimodal.cli.console import out, table

    rows = [result["candidates"][k] for k in result["front"]]
    columns = ["regimen", *result["goals"], "left what was calibrated"]
    several = len({row["drug"] for row in result["candidates"]}) > 1
    shown = [
        [
            f"{row['drug']}: {row['regimen']}" if several else row["regimen"],
            *(_goal(one) for one in row["goals"]),
            "; ".join(row["outside"]),
        ]
        for row in rows
    ]
    title = f"{len(rows)} of {len(result['candidates'])} candidates that no other beats in every goal"
    out().print(table(title, columns, shown))
    more = [k for k in result["front_possible"] if k not in result["front"]]
    out().print(f"{len(more)} more are not beaten beyond both Monte-Carlo intervals.", markup=False)


def _goal(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "-"
    ends = "" if row["lower"] is None else f" ({row['lower']:.3g} to {row['upper']:.3g})"
    sets = ""
    if row.get("ensemble_lower") is not None:
        sets = f"; sets {row['ensemble_lower']:.3g} to {row['ensemble_upper']:.3g}"
    return f"{row['value']:.3g}{ends}{sets}"
