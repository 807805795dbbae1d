"""``bimodal explore``: the model as one HTML file that simulates in the reader's browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bimodal.cli import options as o


def explore(
    out: Annotated[Path, typer.Option("--out", help="File to write.")] = Path("explore.html"),
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            help="A built-in model whose doses a page can give (bimodal list models); repeat for more.",
            show_default="human and human_oncology",
        ),
    ] = None,
    cohort: Annotated[
        list[str] | None,
        typer.Option(
            "--cohort", "-c", help="Whom to treat; repeat for more.", show_default="the usual people of each model"
        ),
    ] = None,
    drug: Annotated[
        list[str] | None,
        typer.Option(
            "--drug",
            "-d",
            help="Molecule or drug file the page offers; repeat for more, the first is given.",
            show_default="every molecule the model can be given",
        ),
    ] = None,
    patients: Annotated[int, typer.Option("--patients", "-n", min=1, help="Virtual patients of each cohort.")] = 100,
    seed: o.Seed = 1,
    set_values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="ID=VALUE", help="Give a parameter this value in every scenario; repeatable."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    quiet: o.Quiet = False,
) -> int:
    """Write a page that simulates by itself: no server, no network, the numbers of the desk."""
    from bimodal.cli.console import out as console
    from bimodal.errors import OutputError
    from bimodal.files.presence import is_there
    from bimodal.files.write import write_text
    from bimodal.page.explore import explore_bundle
    from bimodal.page.html import page_html

    if is_there(out) and not force:
        raise OutputError("the file is there already", where=str(out), fix="choose another with --out, or add --force")
    bundle = explore_bundle(
        model or ["human", "human_oncology"],
        cohorts=cohort or [],
        drugs=drug or [],
        patients=patients,
        seed=seed,
        values=o.assignments(set_values or []),
    )
    text = page_html(bundle)
    write_text(out, text)
    if not quiet:
        console().print(f"{out}  {len(text.encode()) / 1000:.0f} kB: open it in a browser, offline too", markup=False)
    return 0
