"""``bimodal init``: commented templates to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Write a commented template to begin with.")


@app.callback()
def _group() -> None:
    """Write a commented template to begin with."""


@app.command("study")
def study(
    out: Annotated[Path, typer.Argument(help="File to write.")] = Path("my-study.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> int:
    """Write a commented study file; run it with `bimodal run FILE`."""
    from bimodal.cli.console import out as console
    from bimodal.errors import OutputError
    from bimodal.files import write_text
    from bimodal.study import study_template

    if out.exists() and not force:
        raise OutputError("the file is there already", where=str(out), fix="choose another name, or add --force")
    write_text(out, study_template())
    console().print(f"{out}  (run it with: bimodal run {out})", markup=False)
    return 0
