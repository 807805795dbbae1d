"""``bimodal export``: take a model elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """Formats a model can be written in."""

    sbml = "sbml"


def export(
    model: Annotated[str, typer.Argument(help="A built-in model (bimodal list models).")],
    to: Annotated[Format, typer.Option("--to", help="Format.")] = Format.sbml,
    out: Annotated[Path | None, typer.Option("--out", help="File to write.", show_default="<model>.xml")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> int:
    """Write a model as SBML Level 3 Version 2, with a map of its ids beside it."""
    from bimodal.cli.console import out as console
    from bimodal.errors import OutputError
    from bimodal.exchange import export_sbml
    from bimodal.files.presence import is_there
    from bimodal.model import load_model

    path = out or Path(f"{model}.xml")
    loaded = load_model(model)
    if is_there(path) and not force:
        raise OutputError("the file is there already", where=str(path), fix="choose another with --out, or add --force")
    for written in export_sbml(loaded, path):
        console().print(str(written), markup=False)
    return 0
