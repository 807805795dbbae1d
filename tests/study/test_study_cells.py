"""A cell type is one row of the registry: everything said of it is made from there."""

import ast
import csv
import io
from importlib.resources import files
from pathlib import Path

import pytest

import bimodal
from bimodal.errors import StudyError
from bimodal.report.style import CELL_PALETTE, cell_colour
from bimodal.report.text import cell_label
from bimodal.study import load_registry
from bimodal.study.endpoints.cell import Cell
from bimodal.study.endpoints.each_cell import for_each_cell
from bimodal.study.endpoints.registry import parse_registry

SHIPPED = files("bimodal.study.endpoints").joinpath("registry.toml").read_text("utf-8")
B_CELL = """
[[cell]]
id = "b"
label = "B"
short = "B"
counted = "B cells"
kind = "nk"
spread = "NK"
colour = "blue"
"""
HEAD = '[[cell_kind]]\nid = "nk"\nshort = "NK"\ncolour = "sky"\ntcr = false\n' + B_CELL
ROW = '[[observable]]\nid = "{}"\nunit = "1"\nlabel = "{}"\ndefinition = "d"\nkind = "{}"\n{}\n'


def test_a_cell_gives_its_count_fold_signal_and_occupancy_where_the_others_stand():
    plain, more = load_registry(), parse_registry(SHIPPED.replace("\n# ---- observables ----", B_CELL + "\n# ----"))
    own = {
        "b_count": "nk_mature_count",
        "b_fold": "nk_mature_fold",
        "pstat5_b": "pstat5_nk_mature",
        "occupancy_b": "occupancy_nk_mature",
    }
    assert [name for name in more if name not in own] == list(plain)
    names = list(more)
    assert {name: names[names.index(name) - 1] for name in own} == own
    assert more["b_count"].definition == "B cells per microlitre of blood"
    assert more["b_fold"].of == ("b_count",)
    assert more["nk_count"].of == ("nk_bright_count", "nk_dim_count", "b_count")
    assert more["lymphocytes_count"].of == (*plain["lymphocytes_count"].of, "b_count")


def test_what_a_cell_points_to_is_there():
    registry = load_registry()
    spreads = (files("bimodal.evidence") / "data" / "receptor_spread.csv").read_text("utf-8")
    known = {row["cell"] for row in csv.DictReader(io.StringIO(spreads))}
    for cell in registry.cells.values():
        assert cell.spread in known
        assert cell.colour in CELL_PALETTE
        assert (cell_label(cell.id), cell_colour(cell.id)) == (cell.short, CELL_PALETTE[cell.colour])
    assert all(kind.colour in CELL_PALETTE for kind in registry.cell_kinds.values())
    own = [registry.cells[cell].colour for cell in registry.cells_of("human")]
    assert len(set(own)) == len(own)


def cell(name, kind="t", species=("human",)):
    return Cell(
        id=name,
        label=name.upper(),
        short=name,
        counted=f"{name} cells",
        kind=kind,
        spread="x",
        colour="blue",
        species=species,
    )


def test_rows_are_written_out_for_cells_of_their_species():
    cells = [cell("a"), cell("b", species=("human", "mouse")), cell("c", "nk", ("mouse",)), cell("d", "nk", ())]
    rows = [
        {"id": "{cell}_n", "label": "{label}: {counted}", "of": ["{cell}_x", "y"]},
        {"id": "{cell}_m", "species": ["mouse"], "n": 3},
    ]
    assert for_each_cell(rows, cells) == [
        *({"id": f"{x}_n", "label": f"{x.upper()}: {x} cells", "of": [f"{x}_x", "y"]} for x in "abcd"),
        *({"id": f"{x}_m", "species": ["mouse"], "n": 3} for x in "bcd"),
    ]


def test_parts_are_those_of_every_cell_of_all_species_of_the_row():
    cells = [cell("a"), cell("b", species=("human", "mouse")), cell("c", "nk", ("mouse",)), cell("d", "nk", ())]

    def parts(named, **row):
        return for_each_cell([{"id": "sum", "of": [named], **row}], cells)[0]["of"]

    assert parts("{cell}_n", species=["human"]) == ["a_n", "b_n", "d_n"]
    assert parts("{cell}_n", species=["human", "mouse"]) == ["b_n", "d_n"]
    assert parts("{cell}_n") == ["a_n", "b_n", "c_n", "d_n"]
    assert parts("{nk}_n", species=["mouse"]) == ["c_n", "d_n"]
    assert parts("plain") == ["plain"]
    both = for_each_cell([{"id": "sum", "over": ["x", "{t}_n"], "weights": ["{nk}_w"]}], cells)
    assert both == [{"id": "sum", "over": ["x", "a_n", "b_n"], "weights": ["c_w", "d_w"]}]


def test_a_row_goes_behind_the_one_it_names():
    rows = [{"id": "first"}, {"id": "last"}, {"id": "{cell}_n", "after": "first"}, {"id": "end", "after": "last"}]
    assert [row["id"] for row in for_each_cell(rows, [cell("a"), cell("b")])] == ["first", "a_n", "b_n", "last", "end"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD.replace('kind = "nk"', 'kind = "t"'), "kind 't'"),
        (HEAD + ROW.format("{cell}_count", "{name}", "model", ""), "'{name}'"),
        (HEAD + ROW.format("a", "a", "sum", 'of = ["{t}_count"]'), "no cell is of that kind"),
        (HEAD + ROW.format("a", "a", "model", 'after = "c"'), "after 'c'"),
        (HEAD + ROW.format("{cell}_count", "c", "model", "") + ROW.format("b_count", "c", "model", ""), "twice"),
        (HEAD + B_CELL + ROW.format("{cell}_count", "c", "model", ""), "twice"),
        (HEAD.replace('short = "B"\n', ""), "short' is missing"),
    ],
)
def test_a_wrong_row_is_refused(text, says):
    with pytest.raises(StudyError, match="registry") as fault:
        parse_registry(text)
    assert says in str(fault.value)


def test_no_list_or_table_in_the_code_names_cell_types():
    cells, found = set(load_registry().cells), list[str]()
    folder = Path(bimodal.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        # fits name the parameters they free; markers of a patient's own series are not cells of the model
        if path.relative_to(folder).parts[0] in ("fit", "timing"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", ())
            named = {part.value for part in parts if isinstance(part, ast.Constant)} & cells
            if len(named) > 1:
                found.append(f"{path.relative_to(folder)}: {sorted(named)}")
    assert found == []
