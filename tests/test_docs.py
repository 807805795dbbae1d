"""Pages name files, headings and pages that are there, and the glossary says each term once."""

from __future__ import annotations

import re
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import bimodal

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/tutorials/*.md"), ROOT / "benchmarks" / "README.md"]
)
TEXTS = [*PAGES, *ROOT.glob("src/**/*.py"), *ROOT.glob("src/**/*.toml")]


def plain(page: Path) -> str:
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", plain(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", plain(page)):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`((?:src|tests|docs|benchmarks|examples)/[\w./*-]+)`", plain(page))
    assert [path for path in named if not any(ROOT.glob(path))] == []


def test_pages_of_docs_named_in_texts_are_there() -> None:
    lost = {
        f"{text.relative_to(ROOT)}: {page}"
        for text in TEXTS
        for page in re.findall(r"\bdocs/[\w-]+\.md\b", text.read_text("utf-8"))
        if not (ROOT / page).exists()
    }
    assert lost == set()


def test_every_page_is_reached_from_the_readme() -> None:
    seen, queue = set(), [ROOT / "README.md"]
    while queue:
        page = queue.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        queue += [(page.parent / link).resolve() for link in re.findall(r"\]\(([\w./-]+\.md)", plain(page))]
    assert sorted(page.name for page in set(PAGES) - seen - {ROOT / "benchmarks" / "README.md"}) == []


def test_the_glossary_says_each_term_once_and_in_order() -> None:
    terms = re.findall(r"^\*\*([^*]+)\*\*", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
    assert len(terms) > 40
    assert terms == sorted(set(terms), key=str.casefold)


def test_every_page_of_docs_is_in_the_menu_of_the_site_once() -> None:
    parts = tomllib.loads((ROOT / "docs" / "site" / "contents.toml").read_text("utf-8"))["part"]
    listed = [page for part in parts for page in part["pages"]]
    pages = {str(page.relative_to(ROOT).with_suffix("")) for page in PAGES if "docs" in page.parts} - {"docs/index"}
    assert len(set(listed)) == len(listed)
    assert pages <= set(listed)
    assert all((ROOT / f"{page}.md").exists() for page in listed)


def test_the_reference_of_the_site_has_every_public_name() -> None:
    spec = spec_from_file_location("api_page", ROOT / "docs" / "site" / "api_page.py")
    assert spec is not None
    assert spec.loader is not None
    page = module_from_spec(spec)
    spec.loader.exec_module(page)
    named = {*page.FUNCTIONS, *page.LISTINGS, "timing", "INTENDED_USE", "__version__"}
    assert named == set(bimodal.__all__)
    text = page.api_page()
    assert all(f".. autofunction:: {path}" in text for path in page.FUNCTIONS.values())
