"""``bimodal response``: what a concentration means to each cell type."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bimodal.cli import options as o


def response(
    drug: Annotated[str, typer.Option("--drug", "-d", help="Molecule or path of a drug file.")] = "aldesleukin",
    minutes: Annotated[float, typer.Option("--minutes", "-t", help="Time with the ligand.")] = 30.0,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="FILE", help="Also draw the curves, as FILE.png and FILE.svg.")
    ] = None,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
) -> int:
    """Simulate pSTAT5 dose-response of every cell subset in a dish: EC10, EC20, EC50, slope, maximum, selectivity."""
    from bimodal.cli.console import out, table
    from bimodal.drugs import load_molecule
    from bimodal.study.response import simulate_response

    found = simulate_response(load_molecule(drug), minutes=minutes)
    data = found.to_json()
    o.write_json(data, json_file)
    drawn: list[Path] = []
    if figure is not None:
        from bimodal.report import dose_response, write_figure

        curves = {cell: (found.concentrations, curve) for cell, curve in found.pstat5.items()}
        drawn = write_figure(dose_response(data, curves), figure.parent, figure.stem)
    if quiet or str(json_file) == "-":
        return 0
    ratios = {row["cell"]: f"{row['ratio_to_treg']:.3g}" for row in data["selectivity"]}
    rows = [
        [
            cell["cell"],
            *(
                f"{cell[key]:.3g}"
                for key in ("ec10_pM", "ec20_pM", "ec50_pM", "hill", "emax_relative", "occupancy_at_ec50")
            ),
            ratios.get(cell["cell"], "1"),
        ]
        for cell in data["cells"]
    ]
    columns = ["cell", "EC10 pM", "EC20 pM", "EC50 pM", "slope", "maximum", "occupancy at EC50", "EC50 / Treg"]
    title = f"pSTAT5 after {minutes:g} min with {found.drug}"
    out().print(table(title, columns, rows, right=range(1, 8)))
    out().print(
        "maximum: relative to the subset that responds most; occupancy: share of CD122 in complexes", style="dim"
    )
    for path in drawn:
        out().print(f"figure  {path}", markup=False)
    return 0
