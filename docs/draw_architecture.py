"""Draws docs/architecture.svg and the table in docs/architecture.md from the imports and docstrings of the code.

    python docs/draw_architecture.py            # draw both again
    python docs/draw_architecture.py --check    # exit 1 where either is out of date; sizes are not compared

The floors and their order are the import contracts in pyproject.toml. Needs the extra `dev`.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
CODE = ROOT / "src" / "bimodal"
PICTURE = ROOT / "docs" / "architecture.svg"
PAGE = ROOT / "docs" / "architecture.md"
SIZE = re.compile(r'(<text class="size"[^>]*>)[^<]*')
TABLE = re.compile(r"(?<=<!-- rooms, by docs/draw_architecture.py -->\n).*?(?=<!-- end of rooms -->)", re.DOTALL)

WIDTH, LEFT, TOP, CELL, LINE = 1080, 24, 150, 19, 15
SHADES = ("#eef3f8", "#ffffff")
STYLE = """
text{font-family:'DejaVu Sans',Verdana,Arial,sans-serif;fill:#1f2d3a}
.title{font-size:19px;font-weight:bold} .note{font-size:11.5px;fill:#51606e}
.room{font-size:14px;font-weight:bold;fill:#0b4a7a} .what{font-size:11.5px}
.size{font-size:10.5px;fill:#6b7985} .head{font-size:11.5px;fill:#0b4a7a} .inside{font-size:10.5px}
.chip{fill:#ffffff;stroke:#7a97b0} .floor{stroke:#c9d3de;stroke-width:0.7}
.uses{fill:#0b4a7a} .self{fill:none;stroke:#b9c6d2} .none{fill:#c3ced8}
"""
RADIUS = {"uses": 5, "self": 3.5, "none": 1}
HEAD = (
    "A floor is a band of one shade. Imports point down only; rooms on one floor do not import each other.",
    "A dot: the room of the row imports that of the column.",
    "Labels in a row are the rooms inside a room; in study each may import those to its right.",
)
FOOT = "Drawn from the code by docs/draw_architecture.py. Sizes are those of the day it was drawn."


@dataclass(frozen=True)
class Room:
    """A package or module directly under `bimodal`, or one inside such a package."""

    name: str
    what: str
    files: int
    lines: int
    uses: frozenset[str]
    inside: tuple[Room, ...] = ()


def layers(name: str) -> list[list[str]]:
    """List the floors of the contract of that name, the topmost first, as room names."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    found = next(contract for contract in contracts if contract["name"] == name)
    return [[short(part.strip()) for part in layer.split("|")] for layer in found["layers"]]


def short(module: str) -> str:
    """Give the last part of a dotted name."""
    return module.rpartition(".")[2]


def room(graph: grimp.ImportGraph, module: str, order: list[str]) -> Room:
    """Describe a room: first line of documentation, size, the rooms beside it that it imports, those inside it."""
    path = ROOT / "src" / Path(*module.split("."))
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    entry = path / "__init__.py" if path.is_dir() else files[0]
    what = (ast.get_docstring(ast.parse(entry.read_text("utf-8"))) or "").partition("\n")[0]
    parent = module.rpartition(".")[0]
    own = {module, *graph.find_descendants(module)}
    imported = {name for one in own for name in graph.find_modules_directly_imported_by(one)}
    beside = {name.removeprefix(f"{parent}.").partition(".")[0] for name in imported if name.startswith(f"{parent}.")}
    inside = [name for name in graph.find_children(module) if graph.find_children(name)]
    rank = {name: place for place, name in enumerate(order)}
    inside.sort(key=lambda name: (rank.get(short(name), len(rank)), name))
    return Room(
        short(module),
        what,
        len(files),
        sum(len(file.read_text("utf-8").splitlines()) for file in files),
        frozenset(beside - {short(module)}),
        tuple(room(graph, name, []) for name in inside),
    )


def house() -> list[list[Room]]:
    """Read every floor, the topmost first; a room that no floor holds is an error."""
    sys.path.insert(0, str(ROOT / "src"))
    graph = grimp.build_graph("bimodal", cache_dir=None)
    floors = layers("Imports point one way")
    staircase = [name for step in layers("Rooms of a study stand on each other") for name in step]
    known = {name for floor in floors for name in floor}
    homeless = {short(name) for name in graph.find_children("bimodal")} - known - {"__main__"}
    if homeless:
        raise SystemExit(f"pyproject.toml, 'Imports point one way': add a layer for {', '.join(sorted(homeless))}")
    return [[room(graph, f"bimodal.{name}", staircase) for name in floor] for floor in floors]


def text(x: float, y: float, words: str, style: str, more: str = "") -> str:
    """Write a line of SVG text."""
    return f'<text class="{style}" x="{x:g}" y="{y:g}"{more}>{escape(words)}</text>'


def chips(rooms: tuple[Room, ...], x: float, y: float, end: float) -> tuple[list[str], float]:
    """Draw rooms inside a room as labels in a row, broken where the row is full, and say the height they take."""
    drawn, at, top = [], x, y
    for one in rooms:
        width = 7.0 * len(one.name) + 14
        if at + width > end:
            at, top = x, top + 22
        drawn.append(f'<rect class="chip" x="{at:g}" y="{top:g}" width="{width:g}" height="17" rx="8"/>')
        drawn.append(text(at + width / 2, top + 12.5, one.name, "inside", ' text-anchor="middle"'))
        at += width + 6
    return drawn, top + 24 - y


def row(one: Room, y: float, columns: dict[str, float]) -> tuple[list[str], float]:
    """Draw one room with its dots, and say the height it takes."""
    sizes, start = min(columns.values()) - CELL, LEFT + 96
    words = textwrap.wrap(one.what, 62)
    drawn = [text(LEFT + 8, y + 17, one.name, "room")]
    drawn += [text(start, y + 17 + LINE * at, line, "what") for at, line in enumerate(words)]
    drawn.append(text(sizes, y + 17, f"{one.files}  ·  {one.lines:,}", "size", ' text-anchor="end"'))
    for name, x in columns.items():
        kind = "uses" if name in one.uses else "self" if name == one.name else "none"
        drawn.append(f'<circle class="{kind}" cx="{x:g}" cy="{y + 13:g}" r="{RADIUS[kind]}"/>')
    height = LINE * max(len(words), 1) + 10
    if one.inside:
        labels, more = chips(one.inside, start, y + height - 2, sizes - 76)
        return drawn + labels, height + more
    return drawn, height


def picture(floors: list[list[Room]]) -> str:
    """Draw the house as SVG: floors from top to bottom, and on the right a dot for every import."""
    rooms = [one for floor in floors for one in floor]
    grid = WIDTH - LEFT - CELL * len(rooms)
    columns = {one.name: grid + CELL * (place + 0.5) for place, one in enumerate(rooms)}
    out, y = [], float(TOP)
    for number, floor in enumerate(floors):
        rows, start = [], y
        for one in floor:
            drawn, height = row(one, y, columns)
            rows += drawn
            y += height
        box = f'x="{LEFT}" y="{start:g}" width="{WIDTH - 2 * LEFT}" height="{y - start:g}" fill="{SHADES[number % 2]}"'
        out += [f'<rect class="floor" {box}/>', *rows]
    out += [
        text(x + 4, TOP - 8, name, "head", f' transform="rotate(-55 {x + 4:g} {TOP - 8})"')
        for name, x in columns.items()
    ]
    imports = "; ".join(f"{one.name} imports {', '.join(sorted(one.uses)) or 'nothing'}" for one in rooms)
    box = f'viewBox="0 0 {WIDTH} {y + 46:g}" width="{WIDTH}" height="{y + 46:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">',
        f"<title>The rooms of bimodal and what they import</title><desc>{escape(imports)}</desc>",
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{y + 46:g}" rx="6" fill="#ffffff"/>',
        text(LEFT, 38, "The rooms of bimodal and what they import", "title"),
        *(text(LEFT, 60 + 16 * at, words, "note") for at, words in enumerate(HEAD)),
        text(min(columns.values()) - CELL, TOP - 8, "files  ·  lines", "size", ' text-anchor="end"'),
        *out,
        text(LEFT, y + 28, FOOT, "note"),
        "</svg>",
    ]
    return "\n".join([*lines, ""])


def table(floors: list[list[Room]]) -> str:
    """Write the rooms as a table in Markdown, those inside a room below it."""
    rows = ["| room | what lives there |", "|---|---|"]
    for one in (one for floor in floors for one in floor):
        place = one.name if (CODE / one.name).is_dir() else f"{one.name}.py"
        rows.append(f"| `src/bimodal/{place}` | {one.what} |")
        rows += [f"| `src/bimodal/{one.name}/{inner.name}` | {inner.what} |" for inner in one.inside]
    return "\n".join([*rows, ""])


def main() -> int:
    """Draw, or with `--check` say what is out of date."""
    floors = house()
    page = PAGE.read_text("utf-8")
    fresh = {PICTURE: picture(floors), PAGE: TABLE.sub(lambda _: table(floors), page)}
    if sys.argv[1:] != ["--check"]:
        for path, words in fresh.items():
            path.write_text(words, "utf-8")
        return 0
    stale = [
        path.relative_to(ROOT)
        for path, words in fresh.items()
        if not path.exists() or SIZE.sub(r"\1", path.read_text("utf-8")) != SIZE.sub(r"\1", words)
    ]
    for path in stale:
        print(f"{path} no longer shows the code; run: python docs/draw_architecture.py")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
