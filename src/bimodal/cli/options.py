"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bimodal.api.workers import default_workers as default_workers
from bimodal.errors import StudyError, visible
from bimodal.files.share import read_share

if TYPE_CHECKING:
    from bimodal.study.run.ensemble import Ensemble

#: Species with a model of that name.
SPECIES = ("human", "mouse")

Patients = Annotated[
    int | None, typer.Option("--patients", "-n", help="Virtual patients in each arm.", show_default="as in the study")
]
Drugs = Annotated[
    list[str] | None,
    typer.Option(
        "--drug",
        "-d",
        help="Drug by name or by file; one for all regimens or one for each.",
        show_default="aldesleukin",
    ),
]
Cohort = Annotated[
    str | None,
    typer.Option("--cohort", "-c", help="Who is treated: a built-in cohort or a cohort file.", show_default="healthy"),
]
Species = Annotated[
    str, typer.Option("--species", help="Whose body: human or mouse; a mouse has one parameter set after the other.")
]
Conditions = Annotated[
    list[str] | None,
    typer.Option("--condition", help="A named cause that holds in every arm, such as il2-null of a mouse; repeatable."),
]
Subjects = Annotated[
    Path | None,
    typer.Option("--subjects", help="Real people in place of a cohort: a CSV with one per line.", metavar="FILE.csv"),
]
FollowUpDays = Annotated[
    float | None,
    typer.Option("--follow-up-days", help="Days to simulate after the end of dosing.", show_default="28"),
]
Seed = Annotated[int, typer.Option(help="Seed of the random numbers.")]
Out = Annotated[
    Path | None, typer.Option(help="Results folder.", show_default="results/<study>-<hash>", file_okay=False)
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers", "-w", help="Threads or processes; results do not depend on it.", show_default="all cores"
    ),
]
Backend = Annotated[
    str, typer.Option("--backend", help="Who computes: threads, processes or dask; results do not depend on it.")
]
ProgressStyle = Annotated[
    str, typer.Option("--progress", help="How far it is: auto, or json for one event a line on standard error.")
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Dask's scheduler: its address, its scheduler file (.json), or local.",
        show_default="local",
    ),
]
Chunk = Annotated[int, typer.Option(help="Patients computed and stored at a time; results do not depend on it.")]
Shard = Annotated[
    str | None, typer.Option(metavar="I/N", help="Compute only share I of N, to divide a run over machines.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an unfinished run; an error if there is none.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the files of another run in the folder.")]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Also write the results as JSON; - prints them.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with code 1 if a scored target is missed.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print problems only: no progress, no tables.")]
EnsembleFlag = Annotated[
    bool,
    typer.Option(
        "--ensemble",
        help="Also simulate the other parameter sets that fit equally well; adds a range to trial endpoints.",
    ),
]
EnsemblePatients = Annotated[
    int | None,
    typer.Option(
        "--ensemble-patients",
        min=1,
        max=1_000_000,
        help="Virtual patients in each arm for each parameter set; fewer is faster.",
        show_default="as in the run",
    ),
]
Long = Annotated[
    bool,
    typer.Option("--long", help="Print every endpoint of every arm, also where arms are compared."),
]
NoLive = Annotated[bool, typer.Option("--no-live", help="Leave the live panel out of the report, about 0.4 MB.")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Write no report and no figures.")]
FullTrajectories = Annotated[
    bool,
    typer.Option(
        "--full-trajectories", help="Also keep hours after doses and minutes after IV doses; it changes no endpoint."
    ),
]
Png = Annotated[bool, typer.Option("--png", help="Write the figures of the report as PNG too, beside the SVG.")]
Rtol = Annotated[
    float | None,
    typer.Option(
        "--rtol",
        help="Relative tolerance of the solver.",
        show_default="of the study; else 1e-6, 1e-8 for a model file",
    ),
]
Atol = Annotated[
    float | None,
    typer.Option(
        "--atol",
        help="Absolute tolerance of every state in its own unit.",
        show_default="follows the size of each state",
    ),
]


def species_model(species: str) -> str:
    """Name the model of a species.

    Examples
    --------
    >>> species_model("mouse")
    'mouse'
    """
    if species not in SPECIES:
        raise StudyError(f"there is no model of '{species}'", where="--species", fix=f"one of: {', '.join(SPECIES)}")
    return species


def write_json(data: dict[str, Any], path: Path | None) -> None:
    """Write figures where ``--json`` asks for them."""
    if path is None:
        return
    if str(path) == "-":
        text = json.dumps(data, indent=2, ensure_ascii=sys.stdout.encoding.lower() not in ("utf-8", "utf8"))
        print(visible(text, as_json=True))
        return
    text = json.dumps(data, indent=2, ensure_ascii=False)
    from bimodal.files.write import write_text

    write_text(path, text + "\n")


def assignments(items: Sequence[str]) -> dict[str, float]:
    """Read what ``--set id=value`` says."""
    values: dict[str, float] = {}
    for item in items:
        name, equals, number = item.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = None
        if not equals or value is None or not name.strip():
            share = read_share(number)
            fix = "write id=value, for example clearance=7.7"
            if isinstance(share, float):
                fix = f"no percentage can stand here; if a share is meant, write {name.strip()}={share:g}"
            elif "," in number:
                fix = "write a decimal point; " + fix
            raise StudyError(f"'{item}' sets nothing", where="--set", fix=fix)
        if name.strip() in values:
            raise StudyError(f"'{name.strip()}' is set twice", where="--set", fix="set it once")
        values[name.strip()] = value
    return values


def share(text: str) -> float:
    """Read a share such as ``0.5`` or ``50%``.

    Examples
    --------
    >>> share("0.5"), share("50 %")
    (0.5, 0.5)
    """
    value = read_share(text)
    try:
        return float(str(value))
    except ValueError:
        fix = "write a decimal point" if "," in text else "for example 0.5 or 50%"
        raise typer.BadParameter(f"'{text}' is no share: {fix}") from None


def days(text: str) -> list[float]:
    """Read a list of elapsed days, as in ``--report-days 7,28``."""
    try:
        found = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        found = []
    if not found:
        raise StudyError(f"'{text}' is not a list of days", where="--report-days", fix="for example 7,28,56")
    return found


def ensemble(patients: int | None) -> Ensemble:
    """Open the equally good parameter sets that ship with the package."""
    from bimodal.fit.oncology.ensemble import oncology_ensemble

    return oncology_ensemble(patients)
