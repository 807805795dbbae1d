"""``bimodal init``: commented templates to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bimodal.cli.commands import Commands

app = Commands(no_args_is_help=True, help="Write a commented template to begin with.")

Force = Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")]


@app.callback()
def _group() -> None:
    """Write a commented template to begin with."""


@app.command("study")
def study(
    out: Annotated[Path, typer.Argument(help="File to write.")] = Path("my-study.toml"),
    force: Force = False,
) -> int:
    """Write a commented study file; run it with `bimodal run FILE`."""
    from bimodal.study import study_template

    return _write(out, study_template(), f"run it with: bimodal run {out}", force=force)


@app.command("drug")
def drug(
    out: Annotated[Path, typer.Argument(help="File to write.")] = Path("my-drug.toml"),
    force: Force = False,
) -> int:
    """Write a commented drug file that says what each command needs; try it with `bimodal response --drug FILE`."""
    from bimodal.drugs import molecule_template

    return _write(out, molecule_template(), f"try it with: bimodal response --drug {out}", force=force)


def _write(out: Path, text: str, hint: str, *, force: bool) -> int:
    from bimodal.cli.console import out as console
    from bimodal.errors import OutputError
    from bimodal.files.presence import is_there
    from bimodal.files.write import write_text

    if is_there(out) and not force:
        raise OutputError("the file is there already", where=str(out), fix="choose another name, or add --force")
    write_text(out, text)
    console().print(f"{out}  ({hint})", markup=False)
    return 0
