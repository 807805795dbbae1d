"""``bimodal compare``: molecules side by side on the same virtual people."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bimodal.cli import options as o

if TYPE_CHECKING:
    from bimodal.compare.compare import MoleculeComparison


class Equal(StrEnum):
    """What the molecules have in common."""

    dose = "dose"
    exposure = "exposure"
    both = "both"


_PK_NAMES = {
    "cmax": "Cmax",
    "tmax_h": "Tmax",
    "auc_0_24": "AUC 0-24 h",
    "auc_first": "AUC, first interval",
    "cmax_tau": "Cmax, last interval",
    "auc_tau": "AUC, last interval",
    "auc_inf": "AUC to infinity",
    "auc_window": "AUC over the window",
    "t_half_h": "half-life",
    "trough": "trough before last dose",
    "accumulation": "accumulation",
}


def compare(
    drug: Annotated[
        list[str] | None,
        typer.Option("--drug", "-d", help="Drug by name or by file, two to six; the first is the reference."),
    ] = None,
    regimen: Annotated[
        list[str] | None,
        typer.Option("--regimen", "-r", help="Dosing: one for each drug in the same order, or one for all."),
    ] = None,
    cohort: o.Cohort = None,
    species: o.Species = "human",
    condition: o.Conditions = None,
    subjects: o.Subjects = None,
    equal: Annotated[
        Equal, typer.Option("--equal", help="Compare at the doses given, at equal exposure, or both.")
    ] = Equal.both,
    report_days: Annotated[
        str,
        typer.Option(
            "--report-days", help="Days since the first dose on which cells are reported, separated by commas."
        ),
    ] = "7,28",
    follow_up_days: o.FollowUpDays = None,
    patients: Annotated[
        int | None, typer.Option("--patients", "-n", help="Virtual patients per arm.", show_default="200")
    ] = None,
    seed: o.Seed = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder.", show_default="results/compare-<hash>", file_okay=False)
    ] = None,
    workers: o.Workers = 0,
    force: o.Force = False,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no figure.")] = False,
) -> int:
    """Compare molecules: PK, occupancy, pSTAT5 and cells, at the doses given and at equal exposure."""
    from bimodal.cli.console import err, progress
    from bimodal.compare.as_json import comparison_json
    from bimodal.compare.compare import compare_molecules
    from bimodal.compare.write import write_comparison
    from bimodal.study import RunOptions

    choices = RunOptions(patients=patients, seed=seed, workers=workers or o.default_workers())
    with progress("compare", quiet=quiet) as show:
        found = compare_molecules(
            drug or [],
            regimen or [],
            cohort=cohort,
            subjects=subjects,
            report_days=o.days(report_days),
            follow_up_days=follow_up_days,
            equal=equal.value,
            options=choices,
            model=o.species_model(species),
            conditions=condition or [],
            progress=show,
        )
    data = comparison_json(found)
    folder = write_comparison(data, out, force=force)
    o.write_json(data, json_file)
    drawn = [] if no_report else _draw(found, folder)
    if not quiet and str(json_file) != "-":
        _print(data)
        _print_files([folder / "comparison.json", *drawn])
    for warning in data["warnings"]:
        err().print(f"warning: {warning}", style="yellow", markup=False)
    return 1 if data["failed"] else 0


def _draw(found: MoleculeComparison, folder: Path) -> list[Path]:
    from bimodal.report import write_figure
    from bimodal.report.figures.compare import draw_comparison

    return write_figure(draw_comparison(found), folder, "compare")


def _print(data: dict[str, Any]) -> None:
    from bimodal.cli.console import out, table
    from bimodal.report.whom import of_whom

    arms = data["arms"]
    window = data["exposure"]["window_h"]
    rows = [
        [
            arm["name"],
            arm["regimen"],
            "as given" if arm["factor"] is None else f"dose x {arm['factor']:.4g}",
            f"{arm['first_dose_nmol']:.4g}",
            str(arm["doses"]),
            f"{arm['n'] - arm['failed']} of {arm['n']}",
        ]
        for arm in arms
    ]
    who = of_whom(data, "patients")
    columns = ["arm", "regimen", "dose", "first dose, nmol", "doses", who]
    out().print(table(f"Molecules side by side, the same {who} in every arm", columns, rows, right=[3, 4]), "")
    names = [arm["name"] for arm in arms]
    pk = [
        [_PK_NAMES[parts[0]["id"]], _unit(parts[0]), *map(_cell, parts)]
        for parts in zip(*(arm["pk"] for arm in arms), strict=True)
    ]
    title = f"Pharmacokinetics of the free molecule: median [{data['interval']}]"
    out().print(table(title, ["", "unit", *names], pk), "")
    signals = [
        [parts[0]["id"], parts[0]["statistic"], *map(_cell, parts)]
        for parts in zip(*(arm["signals"] for arm in arms), strict=True)
    ]
    title = f"Signal and occupancy over the first {window:g} h: median [{data['interval']}]"
    out().print(table(title, ["", "", *names], signals), "")
    cells = [
        [parts[0]["id"], f"{parts[0]['day']:g}", *map(_cell, parts)]
        for parts in zip(*(arm["cells"] for arm in arms), strict=True)
    ]
    title = f"Cells in blood, fold over day 0: median [{data['interval']}]"
    out().print(table(title, ["", "day", *names], cells, right=[1]), "")
    scaled = [arm for arm in arms if arm["factor"] is not None]
    for arm in scaled:
        said = (
            f"equal exposure: {arm['drug']} at {arm['factor']:.4g} times the given dose exposes the median patient to "
            f"{arm['median_patient_auc']:.4g} pM.h of free molecule over {window:g} h, "
            f"{data['exposure']['reference']} to {arm['median_patient_reference_auc']:.4g}"
        )
        out().print(said, markup=False)


def _unit(part: dict[str, Any]) -> str:
    return "" if part["unit"] == "1" else str(part["unit"])


def _cell(part: dict[str, Any]) -> str:
    if part["value"] is None:
        return "-"
    low, high = part["lower"], part["upper"]
    return f"{part['value']:.3g}" + (f" [{low:.3g}, {high:.3g}]" if low is not None and high is not None else "")


def _print_files(paths: list[Path]) -> None:
    from bimodal import INTENDED_USE
    from bimodal.cli.console import out

    for path in paths:
        out().print(str(path), markup=False)
    out().print("")
    out().print(INTENDED_USE, style="dim", markup=False)
