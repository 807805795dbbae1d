"""``bimodal response``: what a concentration means to each cell type."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bimodal.cli import options as o
from bimodal.errors import StudyError

if TYPE_CHECKING:
    from bimodal.drugs import Molecule
    from bimodal.response.response import Response

_UNFINISHED = "*"


def _reference(data: dict[str, Any]) -> str:
    """Name the native IL-2 that is the measure, by the species of the cells."""
    from bimodal.response.common import REFERENCES

    return REFERENCES[data.get("conditions", {}).get("species", "human")]


def _common(data: dict[str, Any]) -> str:
    return f"10 % of {_reference(data)}'s maximum in the same cell"


def response(
    drug: Annotated[
        list[str] | None,
        typer.Option(
            "--drug",
            "-d",
            help="Drug by name or by file; repeat to compare several.",
            show_default="aldesleukin; mouse-il-2 for cells of a mouse",
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", "-t", help="Minutes with the drug before pSTAT5 is read.", show_default="30"),
    ] = None,
    times: Annotated[
        str | None,
        typer.Option(
            "--time-course",
            "--times",
            metavar="MIN,MIN,...",
            help="Several reading times, for example 30,60,120,240.",
        ),
    ] = None,
    cells: Annotated[
        str | None,
        typer.Option("--cells", metavar="CELL,CELL,...", help="Print only these cell types, for example treg,cd8,nk."),
    ] = None,
    partner: Annotated[
        list[str] | None,
        typer.Option(
            "--partner",
            metavar="NAME=CONC",
            help="A partner drug in the medium, for example tofacitinib=100nM or daclizumab=10nM.",
        ),
    ] = None,
    tcr: Annotated[float, typer.Option("--tcr", metavar="N", help="Engaged T-cell receptors on each T cell.")] = 0.0,
    alpha_masked: Annotated[
        float, typer.Option("--alpha-masked", metavar="SHARE", help="Share of CD25 that is blocked, 0 to 1.")
    ] = 0.0,
    set_values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="ID=VALUE", help="Give a parameter of the human model this value; repeat for more."
        ),
    ] = None,
    species: Annotated[str, typer.Option("--species", help="Whose cells: human or mouse.")] = "human",
    heterogeneity: Annotated[
        bool,
        typer.Option(
            "--heterogeneity", help="Also simulate 256 cells that differ in CD25 and CD122, and average them."
        ),
    ] = False,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure",
            metavar="FILE",
            help="Also draw, as PNG and SVG: FILE (curves), FILE-map (the bimodal map), and where asked for "
            "FILE-selectivity (several drugs), FILE-times, FILE-cells (heterogeneity).",
        ),
    ] = None,
    workers: o.Workers = 0,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
) -> int:
    """Simulate the pSTAT5 dose-response of each cell type in vitro: EC50, potency at a common effect, selectivity."""
    if minutes is not None and times is not None:
        raise StudyError("--minutes and --time-course both say when to look", fix="give one of them")
    if figure is not None and species != "human":
        raise StudyError("figures of a dish are of human cells", where="--figure", fix="take the table or --json")
    if partner and len(partner) > 1:
        raise StudyError("there is one partner drug in the dish", where="--partner", fix="give --partner once")
    from bimodal.api.response import response as simulate
    from bimodal.response.common import REFERENCES

    answer = simulate(
        drug or [REFERENCES[o.species_model(species)]],
        minutes=_minutes(times) if times is not None else 30.0 if minutes is None else minutes,
        cells=[] if cells is None else _names(cells),
        partner=partner[0] if partner else None,
        tcr=tcr,
        alpha_masked=alpha_masked,
        set=o.assignments(set_values or []),
        species=o.species_model(species),
        heterogeneity=heterogeneity,
        workers=workers or None,
        progress=_say if heterogeneity and not quiet and len(drug or []) > 1 else None,
    )
    data, condition = answer.to_json(), answer.dish.sentence
    objects: list[dict[str, Any]] = data.get("drugs", [data])
    o.write_json(data, json_file)
    drawn = _draw(figure, answer.found, objects, condition) if figure is not None else []
    if not quiet and str(json_file) != "-":
        _print(answer.molecules, objects, condition)
        _print_files(drawn)
    return 0


def _say(done: int, count: int, name: str) -> None:
    from bimodal.cli.console import err

    err().print(f"cells: {done} of {count} molecules ({name})", markup=False)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise StudyError(f"'{text}' names no subset", where="--cells", fix="for example treg,cd8,nk")
    return names


def _minutes(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise StudyError(
            f"'{text}' is not a list of minutes", where="--time-course", fix="for example 30,60,120,240"
        ) from None


def _draw(
    figure: Path, found: Sequence[Sequence[Response]], objects: Sequence[dict[str, Any]], condition: str
) -> list[Path]:
    from bimodal.report import response_figures, write_figure

    made = response_figures(found, objects, condition)
    return [path for ending, drawing in made for path in write_figure(drawing, figure.parent, figure.stem + ending)]


def _print_files(drawn: Sequence[Path]) -> None:
    from bimodal.cli.console import out

    for path in drawn:
        out().print(f"figure  {path}", markup=False)


def _print(molecules: Sequence[Molecule], objects: Sequence[dict[str, Any]], condition: str) -> None:
    from bimodal.cli.console import out
    from bimodal.study.verdict.outside import potency_warning

    each = [objects] if "time_course" not in objects[0] else _by_time(objects)
    for same_time in each:
        if len(same_time) == 1:
            _print_one(same_time[0], condition)
        else:
            _print_several(same_time, condition)
    for data in objects:
        _print_cells(data)
    said = ["maximum: relative to the subset that responds most; occupancy: share of CD122 in complexes"]
    if len(objects) > 1:
        said = []
    said.append("an EC50 is half of a cell's own maximum, not a threshold of response")
    rows = [cell for same_time in each for data in same_time for cell in data["cells"]]
    if any(not cell["plateau"] for cell in rows):
        said.append(
            f"{_UNFINISHED} no plateau up to {_last(rows)}: no EC, slope or ratio; compare at the common effect"
        )
    if any(cell["ec10_of_aldesleukin_pM"] is None for cell in rows):
        said.append("none at the common effect: the highest tested effect, beside it, is below 10 %")
    for molecule in molecules:
        if molecule.release is not None:
            said.append(f"{molecule.id}: of the released form; what is injected is inactive")
        if molecule.valency > 1:
            said.append(f"{molecule.id}: concentrations count IL-2, of which a molecule carries {molecule.valency}")
    if any(molecule.ligand == "engineered" and molecule.species == "human" for molecule in molecules):
        said.append(potency_warning())
    for line in said:
        out().print(line, style="dim", markup=False)


def _by_time(objects: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    courses = [[{"drug": data["drug"], **entry} for entry in data["time_course"]] for data in objects]
    return [list(same_time) for same_time in zip(*courses, strict=True)]


def _print_one(data: dict[str, Any], condition: str) -> None:
    from bimodal.cli.console import out, table
    from bimodal.response.curves import ratios_to_treg

    ratios = ratios_to_treg(data)
    rows = [
        [
            cell["cell"],
            *(_text(cell[key], cell) for key in ("ec10_pM", "ec20_pM", "ec50_pM", "hill")),
            *(_text(cell[key]) for key in ("emax_relative", "occupancy_at_ec50")),
            _text(ratios[cell["cell"]][0]),
        ]
        for cell in data["cells"]
    ]
    columns = ["cell", "EC10 pM", "EC20 pM", "EC50 pM", "slope", "maximum", "occupancy at EC50", "EC50 / Treg"]
    title = f"pSTAT5 after {data['minutes']:g} min with {data['drug']}{condition}"
    out().print(table(title, columns, rows, right=range(1, 8)), "")
    common = [
        [
            cell["cell"],
            _text(cell["ec10_of_aldesleukin_pM"]),
            _text(ratios[cell["cell"]][1]),
            _percent(cell["emax_of_aldesleukin"]),
        ]
        for cell in data["cells"]
    ]
    heads = ["cell", "pM", "over Treg", "highest tested effect"]
    out().print(table(f"At a common effect: {_common(data)}", heads, common, right=range(1, 4)), "")


def _last(rows: Sequence[dict[str, Any]]) -> str:
    """Read from a reason up to where was tested."""
    reasons = [cell["reason"] for cell in rows if not cell["plateau"] and cell["reason"]]
    return reasons[0].removeprefix("no plateau up to ").partition(";")[0] if reasons else "the highest concentration"


def _print_several(objects: Sequence[dict[str, Any]], condition: str) -> None:
    from bimodal.cli.console import out, table

    names = [cell["cell"] for cell in objects[0]["cells"]]
    after = f"after {objects[0]['minutes']:g} min{condition}"
    parts = {
        f"EC50 in pM, {after}": [[_text(c["ec50_pM"], c) for c in data["cells"]] for data in objects],
        f"EC50 over that of Treg, {after}": [[_text(ratio[0]) for ratio in _in_order(data, names)] for data in objects],
        f"pM for {_common(objects[0])}, {after}": [
            [_text(c["ec10_of_aldesleukin_pM"]) for c in data["cells"]] for data in objects
        ],
        f"the same over that of Treg, {after}": [
            [_text(ratio[1]) for ratio in _in_order(data, names)] for data in objects
        ],
        f"slope, {after}": [[_text(c["hill"], c) for c in data["cells"]] for data in objects],
        f"maximum relative to that of {_reference(objects[0])} in the same cell, {after}": [
            [_percent(c["emax_of_aldesleukin"]) for c in data["cells"]] for data in objects
        ],
    }
    for title, rows in parts.items():
        named = [[data["drug"], *row] for data, row in zip(objects, rows, strict=True)]
        out().print(table(title, ["drug", *names], named, right=range(1, len(names) + 1)), "")


def _print_cells(data: dict[str, Any]) -> None:
    """Print the typical cell beside the mean and the median of unlike cells."""
    from bimodal.cli.console import out, table

    varied = [cell for cell in data["cells"] if "heterogeneity" in cell]
    if not varied:
        return
    rows, notes = [], dict[str, list[str]]()
    for cell in varied:
        own = cell["heterogeneity"]
        curves = (cell, own["mean_of_cells"], own["median_of_cells"])
        rows.append(
            [
                cell["cell"],
                *("fixed" if own[key] is None else _text(own[key]) for key in ("cv_cd25", "cv_cd122")),
                *(_text(curve[key], curve) for key in ("ec50_pM", "hill") for curve in curves),
                *(_text(curve["emax_relative"]) for curve in curves),
            ]
        )
        if "note" in own:
            notes.setdefault(own["note"], []).append(cell["cell"])
    three = [f"{name} {kind}" for name in ("EC50", "slope", "maximum") for kind in ("typical", "mean", "median")]
    title = f"Cells that differ in receptors: {data['drug']}, {data['minutes']:g} min, EC50 in pM"
    out().print(table(title, ["cell", "CV CD25", "CV CD122", *three], rows, right=range(1, 12)), "")
    for note, cells in notes.items():
        out().print(f"{', '.join(cells)}: {note}", style="dim", markup=False)


def _in_order(data: dict[str, Any], names: Sequence[str]) -> list[tuple[float | None, float | None]]:
    from bimodal.response.curves import ratios_to_treg

    ratios = ratios_to_treg(data)
    return [ratios[name] for name in names]


def _text(value: float | None, cell: dict[str, Any] | None = None) -> str:
    if value is None:
        return "none" + (_UNFINISHED if cell is not None and not cell["plateau"] else "")
    return f"{value:.3g}"


def _percent(share: float | None) -> str:
    from bimodal.response.common import percent

    return "none" if share is None else percent(share)
