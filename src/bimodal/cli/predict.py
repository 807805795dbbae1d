"""``bimodal predict``: dated, hashed predictions, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bimodal.cli import options as o
from bimodal.cli.commands import Commands
from bimodal.errors import StudyError

if TYPE_CHECKING:
    from bimodal.predict.observed import Observation
    from bimodal.predict.prediction import PredictedEndpoint, Prediction
    from bimodal.predict.rerun import Rerun

app = Commands(no_args_is_help=True, help="Register dated predictions, and compare them with data later.")

Folder = Annotated[Path, typer.Option("--folder", help="Folder of your predictions.", file_okay=False)]


@app.callback()
def _group() -> None:
    """Register dated predictions, and compare them with data later."""


@app.command("register")
def register(
    study: Annotated[
        Path | None, typer.Argument(metavar="FILE.toml", help="A study file, in place of regimens and endpoints.")
    ] = None,
    regimen: Annotated[list[str] | None, typer.Option("--regimen", "-r", help="Dosing; repeat for more arms.")] = None,
    drug: o.Drugs = None,
    cohort: Annotated[
        str | None, typer.Option("--cohort", "-c", help="Who is treated.", show_default="healthy")
    ] = None,
    endpoints: Annotated[
        list[str] | None,
        typer.Option("--endpoints", "-e", help="Endpoints and their days, for example treg_fold@28,84,cmax."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Short name, part of the file name.")] = None,
    why: Annotated[str, typer.Option("--why", help="What the prediction is for.")] = "",
    batch: Annotated[
        Path | None, typer.Option("--batch", metavar="FILE.toml", help="Register every entry of a batch file.")
    ] = None,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="YYYY-MM-DD", help="Date of registration.", show_default="today, UTC"),
    ] = None,
    folder: Folder = Path("predictions"),
    follow_up_days: Annotated[
        float | None,
        typer.Option("--follow-up-days", help="Days to simulate after the end of dosing.", show_default="0"),
    ] = None,
    patients: o.Patients = None,
    ensemble: o.EnsembleFlag = False,
    ensemble_patients: o.EnsemblePatients = None,
    seed: o.Seed = 1,
    workers: o.Workers = 0,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
) -> int:
    """Simulate, and write a dated prediction file with fingerprints; it is never overwritten."""
    threads = workers or o.default_workers()
    if batch is not None:
        given = (study, regimen, drug, cohort, endpoints, name, why, patients, json_file, ensemble)
        if any(given) or seed != 1 or follow_up_days is not None:
            raise StudyError("a batch file says everything itself", where="--batch", fix="leave the other options out")
        return _batch(batch, date, folder, threads, quiet=quiet)
    from bimodal.cli.console import err, progress
    from bimodal.predict.file import read_prediction
    from bimodal.predict.register import register_prediction
    from bimodal.study import RunOptions

    spec = _spec(study, regimen, drug, cohort, endpoints, name, follow_up_days)
    with progress("predict", quiet=quiet) as show:
        path = register_prediction(
            spec,
            name=name,
            why=why,
            day=date,
            folder=folder,
            options=RunOptions(patients=patients, seed=seed, workers=threads),
            ensemble=o.ensemble(ensemble_patients) if ensemble else None,
            progress=show,
        )
    made = read_prediction(path)
    o.write_json(made.model_dump(mode="json", by_alias=True), json_file)
    if not quiet and str(json_file) != "-":
        _print(made)
        _print_file(path, made)
    for warning in made.warnings:
        err().print(f"warning: {warning}", style="yellow", markup=False)
    return 1 if made.failed else 0


@app.command("open")
def open_(
    prediction: Annotated[
        str | None,
        typer.Argument(help="Id, name, or path of a prediction file.", show_default="every one with observed values"),
    ] = None,
    observed: Annotated[
        Path | None,
        typer.Option(
            "--observed",
            metavar="FILE.csv",
            help="Observed values: endpoint,day,statistic,value,n[,arm,source].",
            show_default="observed/ID.csv beside the prediction, if there",
        ),
    ] = None,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Simulate again and say whether the result is the same.")
    ] = False,
    folder: Folder = Path("predictions"),
    workers: o.Workers = 0,
    json_file: o.JsonFile = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 1 if an observed value is outside or a rerun differs.")
    ] = False,
    quiet: o.Quiet = False,
) -> int:
    """Check that a prediction is unchanged, show it, and compare it with observed values."""
    from bimodal.cli.console import progress
    from bimodal.predict.file import find_prediction, observed_beside, read_prediction
    from bimodal.predict.observed import judge_observations
    from bimodal.predict.rerun import rerun_prediction

    if prediction is None:
        if observed is not None or rerun:
            raise StudyError("no prediction was named", where="--observed, --rerun", fix="name it, or leave them out")
        return _open_all(folder, json_file, strict=strict, quiet=quiet)
    path = find_prediction(prediction, folder)
    found = read_prediction(path)
    observed = observed_beside(path) if observed is None else observed
    judged = judge_observations(found, observed) if observed is not None else ()
    again: Rerun | None = None
    if rerun:
        with progress("rerun", quiet=quiet) as show:
            again = rerun_prediction(found, workers=workers or o.default_workers(), progress=show)
    o.write_json(_json(found, judged if observed is not None else None, again), json_file)
    if not quiet and str(json_file) != "-":
        if judged:
            _print_observed(judged)
        if again is not None:
            _print_rerun(again)
        _print(found)
        _print_file(path, found)
    missed = any(not one.inside for one in judged) or (again is not None and not again.reproduced)
    return 1 if strict and missed else 0


def _open_all(folder: Path, json_file: Path | None, *, strict: bool, quiet: bool) -> int:
    """Say how every prediction fared whose observed values lie beside it, misses first."""
    from dataclasses import asdict

    from bimodal.predict.outcomes import prediction_outcomes

    judged = [(each.prediction.id, one) for each in prediction_outcomes(folder) for one in each.judged or ()]
    judged.sort(key=lambda each: each[1].inside)
    o.write_json({"opened": [{"prediction": name, **asdict(one)} for name, one in judged]}, json_file)
    if not quiet and str(json_file) != "-":
        _print_observed([one for _, one in judged], [name for name, _ in judged])
    return 1 if strict and any(not one.inside for _, one in judged) else 0


@app.command("list")
def list_(folder: Folder = Path("predictions")) -> int:
    """List the predictions of the package and of a folder, and whether each is unchanged."""
    from bimodal.cli.console import out, table
    from bimodal.predict.file import list_predictions, read_prediction

    rows: list[list[str]] = []
    faults: list[str] = []
    for name, path in list_predictions(folder).items():
        try:
            found = read_prediction(path)
        except StudyError as fault:
            rows.append([name, "broken", "", ""])
            faults.append(f"{name}: {fault.what}")
            continue
        arms = "; ".join(f"{arm.drug} {arm.regimen}" for arm in found.arms)
        rows.append([name, "intact", arms, str(sum(len(arm.endpoints) for arm in found.arms))])
    if not rows:
        out().print(f"no predictions in {folder}", markup=False)
        return 0
    out().print(table("Predictions", ["id", "file", "regimens", "values"], rows, right=[3]))
    for fault in faults:
        out().print(fault, style="bold red", markup=False)
    return 0


def _spec(
    study: Path | None,
    regimen: list[str] | None,
    drug: list[str] | None,
    cohort: str | None,
    endpoints: list[str] | None,
    name: str | None,
    follow_up_days: float | None,
) -> Any:
    from bimodal.predict.endpoints import parse_endpoints
    from bimodal.predict.register import prediction_spec
    from bimodal.study import load_study

    if study is not None:
        if regimen or drug or cohort or endpoints or follow_up_days is not None:
            raise StudyError(
                "a study file says its drugs, regimens, cohort, endpoints and follow-up itself",
                where=str(study),
                fix="leave the options out, or the file",
            )
        return load_study(study)
    if not regimen:
        raise StudyError("no regimen was given", where="--regimen", fix="--regimen or a study file")
    wanted = parse_endpoints(endpoints or [])
    if name is None:
        raise StudyError("the prediction has no name", where="--name", fix="for example --name daily-1-miu")
    return prediction_spec(name, drug or ["aldesleukin"], regimen, wanted, cohort=cohort, follow_up_days=follow_up_days)


def _batch(batch: Path, date: str | None, folder: Path, workers: int, *, quiet: bool) -> int:
    from bimodal.cli.console import err, out
    from bimodal.predict.batch import register_batch
    from bimodal.predict.file import read_prediction

    def tell(name: str, file: Path, new: bool) -> None:
        if not quiet:
            out().print(f"{'registered' if new else 'there already'}  {file}", markup=False)

    files = register_batch(batch, day=date, folder=folder, workers=workers, tell=tell, ensemble=o.ensemble)
    failed = sum(read_prediction(file).failed for file in files)
    if failed:
        err().print(f"{failed} patients could not be computed; each file counts its own", style="bold yellow")
    return 1 if failed else 0


def _json(found: Prediction, judged: Sequence[Observation] | None, again: Rerun | None) -> dict[str, Any]:
    from dataclasses import asdict

    data: dict[str, Any] = {"prediction": found.model_dump(mode="json", by_alias=True)}
    if judged is not None:
        data["observed"] = [asdict(one) for one in judged]
    if again is not None:
        data["rerun"] = {"reproduced": again.reproduced, "sentence": again.sentence, **asdict(again)}
    return data


def _print(found: Prediction) -> None:
    from bimodal.cli.console import out, table

    rows: list[list[str]] = []
    of_trials: list[list[str]] = []
    for arm in found.arms:
        for row in arm.endpoints:
            day, unit = "" if row.day is None else f"{row.day:g}", "" if row.unit == "1" else row.unit
            if row.statistic is not None:
                of_trials.append([arm.name, row.id, unit, *_trial_cells(row), str(row.n)])
                continue
            shown = "-" if row.median is None else f"{row.median:.3g} [{row.lower:.3g}, {row.upper:.3g}]"
            error = "-" if row.median_se is None else f"{row.median_se:.2g}"
            rows.append([arm.name, row.id, day, unit, shown, error, str(row.n)])
    title = f"{found.id}: predicted median [{found.interval}]"
    columns = ["arm", "endpoint", "day", "unit", "predicted", "MC error", "n"]
    if rows:
        out().print(table(title, columns, rows, right=[2, 5, 6]), "")
    if of_trials:
        columns = ["arm", "endpoint", "unit", "predicted [95 %, chance]", "over parameter sets", "n"]
        out().print(table(f"{found.id}: trial endpoints", columns, of_trials, right=[5]))
        about = found.ensemble
        said = (
            "no parameter sets were simulated: these numbers do not include parameter uncertainty"
            if about is None
            else f"{about.words}, {about.patients} patients each: a part of the range is chance"
        )
        out().print(said, "", style="dim", markup=False)


def _trial_cells(row: PredictedEndpoint) -> tuple[str, str]:
    value = row.note or "-" if row.value is None else f"{row.value:.3g}"
    ends = "" if row.lower is None or row.upper is None else f" [{row.lower:.3g}, {row.upper:.3g}]"
    low, high = row.ensemble_lower, row.ensemble_upper
    return value + ends, "-" if low is None or high is None else f"{low:.3g} to {high:.3g}"


def _print_observed(judged: Sequence[Observation], names: Sequence[str] = ()) -> None:
    from rich.text import Text

    from bimodal.cli.console import out, table

    rows = [
        [
            Text("inside", "green") if one.inside else Text("outside", "bold red"),
            one.arm,
            one.endpoint,
            "" if one.day is None else f"{one.day:g}",
            f"{one.statistic} of {one.n}" if one.n else one.statistic,
            f"{one.value:.4g}",
            f"{one.predicted:.3g}" + (f" [{one.lower:.3g}, {one.upper:.3g}]" if one.upper > one.lower else ""),
            one.rule,
        ]
        for one in judged
    ]
    columns = ["verdict", "arm", "endpoint", "day", "statistic", "observed", "predicted [90 %]", "rule"]
    if names:
        columns.insert(1, "prediction")
        for row, name in zip(rows, names, strict=True):
            row.insert(1, name)
    missed = sum(not one.inside for one in judged)
    title = f"Observed against predicted: {missed} of {len(judged)} outside"
    out().print(table(title, columns, rows, right=[4, 6] if names else [3, 5]))
    for source in dict.fromkeys(one.source for one in judged if one.source):
        out().print(source, style="dim", markup=False)
    said = (
        "the interval holds 90 % of such statistics if the prediction is right; uncertainty of parameters is in it "
        "only where its rule says so"
    )
    out().print(said, "", style="dim", markup=False)


def _print_rerun(again: Rerun) -> None:
    from bimodal.cli.console import out, table

    out().print(again.sentence, style="green" if again.reproduced else "bold yellow", markup=False)
    if again.changes:
        rows = [
            [one.arm, one.endpoint, "" if one.day is None else f"{one.day:g}", _text(one.registered), _text(one.now)]
            for one in again.changes
        ]
        out().print(table("What changed, largest first", ["arm", "endpoint", "day", "registered", "now"], rows))
    out().print("")


def _print_file(path: Path, found: Prediction) -> None:
    from bimodal.cli.console import out

    console = out()
    console.print(f"{path}  (sha256 {found.sha256})", markup=False)
    console.print("")
    console.print(found.intended_use, style="dim", markup=False)


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
