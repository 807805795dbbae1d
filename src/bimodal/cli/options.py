"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bimodal.errors import StudyError

if TYPE_CHECKING:
    from bimodal.study.run.ensemble import Ensemble

Patients = Annotated[
    int | None, typer.Option("--patients", "-n", help="Virtual patients per arm.", show_default="of the study")
]
Seed = Annotated[int, typer.Option(help="Seed of every random stream.")]
Out = Annotated[
    Path | None, typer.Option(help="Results folder.", show_default="results/<study>-<hash>", file_okay=False)
]
Workers = Annotated[
    int, typer.Option("--workers", "-w", help="Threads; changes no byte of the results.", show_default="cores")
]
Chunk = Annotated[int, typer.Option(help="Patients stored at a time; changes no byte of the results.")]
Shard = Annotated[str | None, typer.Option(metavar="I/N", help="Compute only the I-th of N parts.")]
Resume = Annotated[bool, typer.Option("--resume", help="Only go on with a run that was begun (it is always resumed).")]
Force = Annotated[bool, typer.Option("--force", help="Replace what another run left in the folder.")]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Also write the figures as JSON; - prints them.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 unless every scored target is inside.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no tables, only problems.")]
EnsembleFlag = Annotated[
    bool, typer.Option("--ensemble", help="Also simulate the equally good parameter sets: a range per trial endpoint.")
]
EnsemblePatients = Annotated[
    int | None,
    typer.Option(
        "--ensemble-patients",
        min=1,
        max=1_000_000,
        help="Virtual patients per arm and parameter set; fewer is faster.",
        show_default="as many as the run",
    ),
]
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
NoReport = Annotated[bool, typer.Option("--no-report", help="Skip the report and the figures.")]


def default_workers() -> int:
    """Return the number of processors this process may use."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def write_json(data: dict[str, Any], path: Path | None) -> None:
    """Write figures where ``--json`` asks for them."""
    if path is None:
        return
    text = json.dumps(data, indent=2, ensure_ascii=False)
    if str(path) == "-":
        print(text)
        return
    from bimodal.files.write import write_text

    write_text(path, text + "\n")


def assignments(items: Sequence[str]) -> dict[str, float]:
    """Read what ``--set id=value`` says.

    Raises
    ------
    StudyError
        An item is no assignment, or names what another one has set.
    """
    values: dict[str, float] = {}
    for item in items:
        name, equals, number = item.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = None
        if not equals or value is None or not name.strip():
            raise StudyError(f"'{item}' sets nothing", where="--set", fix="write id=value, for example clearance=7.7")
        if name.strip() in values:
            raise StudyError(f"'{name.strip()}' is set twice", where="--set", fix="set it once")
        values[name.strip()] = value
    return values


def days(text: str) -> list[float]:
    """Read a list of elapsed days, as in ``--report-days 7,28``.

    Raises
    ------
    StudyError
        It is no list of days.
    """
    try:
        return [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise StudyError(f"'{text}' is not a list of days", where="--report-days", fix="for example 7,28,56") from None


def ensemble(patients: int | None) -> Ensemble:
    """Open the equally good parameter sets that ship with the package."""
    from bimodal.fit.oncology.ensemble import oncology_ensemble

    return oncology_ensemble(patients)
