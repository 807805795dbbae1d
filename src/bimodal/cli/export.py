"""``bimodal export``: take a model, or the results of a run, elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """Formats a model, or the results of a run, can be written in."""

    sbml = "sbml"
    html = "html"
    csv = "csv"
    parquet = "parquet"
    adam_like = "adam-like"
    petab = "petab"
    omex = "omex"


def export(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL | RESULTS | FIT | STUDY",
            help="A built-in model (bimodal list models); for html also an SBML or Antimony file; for csv, parquet and "
            "adam-like a results folder, or a study with exactly one under results/; for petab a problem file (.toml); "
            "for omex a study.",
        ),
    ],
    to: Annotated[Format, typer.Option("--to", help="Format.")] = Format.sbml,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="File to write; of results and fits a folder.",
            show_default="<model>.xml, .html, <run>-csv, <fit>-petab or <study>.omex",
        ),
    ] = None,
    until: Annotated[
        float, typer.Option("--until", help="With html: length of a run at first, in the unit of the model.")
    ] = 100.0,
    values: Annotated[
        str | None,
        typer.Option(
            "--values", help="Of results: observables over time, id,id.", show_default="those of the endpoints"
        ),
    ] = None,
    every_day: Annotated[bool, typer.Option("--every-day", help="Of results: values at every saved day.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> int:
    """Write a model as SBML or as a page, results patient by patient, a fit as PEtab, or a study as an archive.

    SBML is Level 3 Version 2 with a map of its ids beside it. Results are tables of patients, times to events, values
    and doses with a dictionary of their columns (docs/queries.md). An archive (COMBINE, with SED-ML)
    has the doses and the median person of every arm (docs/sbml.md).
    """
    from bimodal.cli.console import out as console
    from bimodal.errors import ModelError
    from bimodal.exchange import export_sbml
    from bimodal.model import load_model
    from bimodal.model.manifest import list_models

    if to is Format.petab:
        from bimodal.cli.export_petab import export_petab

        return export_petab(model, out, force=force)
    if to is Format.omex:
        from bimodal.cli.export_omex import export_omex

        return export_omex(model, out, force=force)
    if to is Format.csv or to is Format.parquet or to is Format.adam_like:
        from bimodal.results.export import export_run

        folder = out or Path(f"{Path(model).name}-{to.value}")
        ids = [one.strip() for one in (values or "").split(",") if one.strip()]
        for written in export_run(model, folder, form=to.value, observables=ids, every_day=every_day, force=force):
            console().print(str(written), markup=False)
        return 0
    path = out or Path(f"{Path(model).stem}.{'html' if to == Format.html else 'xml'}")
    if to == Format.html:
        from bimodal.files.write import write_text
        from bimodal.page.explore import export_bundle
        from bimodal.page.html import page_html

        _refuse_old(path, force)
        write_text(path, page_html(export_bundle(model, until=until)))
        console().print(str(path), markup=False)
        return 0
    if model not in list_models():
        raise ModelError(
            f"'{model}' is no built-in model", where="--to sbml", fix="one of `bimodal list models`, or --to html"
        )
    loaded = load_model(model)
    _refuse_old(path, force)
    for written in export_sbml(loaded, path):
        console().print(str(written), markup=False)
    return 0


def _refuse_old(path: Path, force: bool) -> None:
    from bimodal.errors import OutputError
    from bimodal.files.presence import is_there

    if is_there(path) and not force:
        raise OutputError("the file is there already", where=str(path), fix="choose another with --out, or add --force")
