"""Builds the documentation as a site of plain files that asks nothing of any other machine.

    python docs/site/build.py [FOLDER]

Needs the extra `docs`. Pages are those of docs/; commands, keys, Python interface, equations and parameters are made
from the code. A warning of Sphinx, a link that leads nowhere and a request to another machine are errors.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from api_page import api_page
from commands_page import commands_page
from keys_page import keys_page
from science_pages import science_pages
from sphinx.cmd.build import build_main
from stage import ROOT, parts, stage

_LOADED = re.compile(
    r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=[\"'](?:https?:)?//"
    r"|<link\b[^>]*\bhref=[\"'](?:https?:)?//|@import|url\([\"']?(?:https?:)?//"
)


def main(words: list[str]) -> int:
    """Build into a folder, `site` if none is named, and return the exit code."""
    out = Path(words[0]) if words else ROOT / "site"
    with tempfile.TemporaryDirectory(prefix="bimodal-docs-") as place:
        source = Path(place) / "source"
        made = write_made(source)
        aside = sorted(stage(source))
        write_menu(source, made, aside)
        strict = ["-q", "-W", "--keep-going", "-j", "auto", "-b", "html"]
        code = build_main([*strict, "-c", str(Path(__file__).parent), "-d", f"{place}/trees", str(source), str(out)])
    if code:
        return int(code)
    asked = sorted(requests(out))
    for line in asked:
        print(f"asks another machine: {line}", file=sys.stderr)
    pages = len(list(out.rglob("*.html")))
    print(f"{out / 'index.html'}: {pages} pages")
    return 1 if asked else 0


def write_made(source: Path) -> dict[str, list[str]]:
    """Write the pages made from the code; return their names by kind."""
    reference, science = source / "docs" / "reference", source / "docs" / "science"
    for folder in (reference, science):
        folder.mkdir(parents=True)
    (reference / "commands.md").write_text(commands_page(), "utf-8")
    (reference / "keys.md").write_text(keys_page(), "utf-8")
    (reference / "python.rst").write_text(api_page(), "utf-8")
    names = []
    for name, text in science_pages():
        (science / f"{name}.md").write_text(text, "utf-8")
        names.append(f"docs/science/{name}")
    return {"reference": [f"docs/reference/{name}" for name in ("commands", "keys", "python")], "science": names}


def write_menu(source: Path, made: dict[str, list[str]], aside: list[str]) -> None:
    """Write the first page: that of docs/, and after it the menu of all pages."""
    text = (source / "docs" / "index.md").read_text("utf-8")
    text = re.sub(r"\]\((?!\w+:)", "](docs/", text)
    for part in parts():
        pages = [*part["pages"], *made.get(part.get("made", ""), [])]
        options = f":caption: {part['title']}\n:hidden:\n:maxdepth: 1\n"
        text += f"\n```{{toctree}}\n{options}\n" + "\n".join(pages) + "\n```\n"
    (source / "docs" / "index.md").unlink()
    (source / "index.md").write_text(text, "utf-8")
    readme = source / "README.md"
    readme.write_text(readme.read_text("utf-8").replace("(docs/index.md)", "(index.md)"), "utf-8")
    for name in aside:  # tables of results: reached by links, in no menu
        page = source / name
        page.write_text(f"---\norphan: true\n---\n\n{page.read_text('utf-8')}", "utf-8")


def requests(out: Path) -> Iterator[str]:
    """Find what a browser would fetch from elsewhere while it shows a page."""
    for path in [*out.rglob("*.html"), *out.rglob("*.css")]:
        for found in _LOADED.findall(path.read_text("utf-8")):
            yield f"{path.relative_to(out)}: {found}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
