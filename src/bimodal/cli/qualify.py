"""``bimodal qualify``: why to trust this installation, this model and these numbers, and where not to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bimodal.cli import options as o
from bimodal.errors import StudyError

if TYPE_CHECKING:
    from bimodal.qualify.qualification import Qualification
    from bimodal.qualify.section import Section

_COLOURS = {"passed": "green", "missed": "bold red", "failed": "bold red", "not run": "dim"}
_LIST = "list"


def qualify(
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Fewer patients, models and series: minutes; each section says what it left out."),
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", "--section", metavar="SECTION", help="Only this section, repeatable; 'list' names all."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report and JSON.", show_default="results/qualify-<hash>", file_okay=False),
    ] = None,
    patients: Annotated[
        int | None,
        typer.Option(
            "--patients",
            "-n",
            min=1,
            max=1_000_000,
            help="Most virtual patients in an arm of a study.",
            show_default="as in the study; a few with --quick",
        ),
    ] = None,
    seed: o.Seed = 1,
    workers: o.Workers = 0,
    sbml_suite: Annotated[
        Path | None, typer.Option("--sbml-suite", metavar="FOLDER", help="The SBML semantic test suite, to run it.")
    ] = None,
    petab_suite: Annotated[
        Path | None, typer.Option("--petab-suite", metavar="FOLDER", help="The PEtab test suite, to run it.")
    ] = None,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="Write no PDF, also where there is a browser.")] = False,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
) -> int:
    """Write a credibility report: closed forms, other solvers, published studies, predictions, and their limits.

    A finished section stays in the folder, and the same command goes on from there. Not a regulatory submission or
    credibility determination.
    """  # fmt: skip
    from bimodal.cli.console import err, interruptible, progress
    from bimodal.cli.console import out as console
    from bimodal.files.write import write_text
    from bimodal.qualify.package_hash import request_key
    from bimodal.qualify.qualify import qualify as run
    from bimodal.qualify.request import Request
    from bimodal.report.pdf import write_pdf
    from bimodal.report.qualify_page import qualify_page

    if only and _LIST in only:
        return _sections()
    request = Request(
        quick=quick,
        seed=seed,
        patients=patients,
        workers=workers or o.default_workers(),
        sbml_suite=_folder(sbml_suite, "--sbml-suite"),
        petab_suite=_folder(petab_suite, "--petab-suite"),
    )
    folder = out or Path("results") / f"qualify-{request_key(request, '')[:12]}"
    loud = not quiet and str(json_file) != "-"
    with interruptible() as check, progress("qualify", quiet=not loud, unit="steps", remaining=False) as show:

        def tell(done: int, total: int, what: str) -> None:
            check()
            if show is not None:
                show(done, total, what)

        def heard(section: Section, kept: bool) -> None:
            check()
            if loud or (quiet and section.status in ("missed", "failed") and str(json_file) != "-"):
                _line(section, kept)

        found = run(request, folder, only=only or (), tell=tell, heard=heard)
        page = write_text(folder / "qualify.html", qualify_page(found.record()))
        printed = "" if no_pdf else write_pdf(page, folder / "qualify.pdf")
    o.write_json(found.record(), json_file)
    if loud:
        _summary(found, page)
        if printed:
            err().print(f"no PDF: {printed}", style="dim", markup=False)
        elif not no_pdf:
            console().print(str(folder / "qualify.pdf"), markup=False)
    return 0 if found.passed else 1


def _folder(path: Path | None, option: str) -> Path | None:
    if path is not None and not path.is_dir():
        raise StudyError(f"there is no folder '{path}'", where=option, fix="give the folder of the suite")
    return path


def _sections() -> int:
    from bimodal.cli.console import out, table
    from bimodal.qualify.registry import SECTIONS

    rows = [[plan.id, plan.title, plan.question] for plan in SECTIONS]
    out().print(table("Sections", ["id", "title", "question"], rows))
    return 0


def _line(section: Section, kept: bool) -> None:
    from rich.text import Text

    from bimodal.cli.console import out

    met, of = section.met
    said = section.said.removeprefix("not run: ")
    counted = f" {met} of {of}" if of else ""
    line = Text(f"{section.status:8}", style=_COLOURS[section.status])
    line.append(f"{section.id}{counted}: {said}{' (kept)' if kept else ''}", style="not bold default")
    out().print(line, soft_wrap=True)


def _summary(found: Qualification, page: Path) -> None:
    from bimodal.cli.console import out
    from bimodal.qualify.qualification import HEADING

    counts = found.counts
    said = ", ".join(f"{count} {status}" for status, count in counts.items())
    out().print(f"{len(found.sections)} sections: {said}", style="bold", markup=False)
    out().print(HEADING, style="dim", markup=False)
    out().print(str(page), markup=False)
    out().print(str(page.with_suffix(".json")), markup=False)
