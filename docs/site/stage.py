"""Puts the pages of the repository where Sphinx reads them, with what they link to beside them."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"(?<!\\)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def parts() -> list[dict[str, Any]]:
    """Return the parts of the site, as contents.toml says."""
    return tomllib.loads((ROOT / "docs" / "site" / "contents.toml").read_text("utf-8"))["part"]


def stage(folder: Path) -> set[str]:
    """Copy the pages, and every file they link to, under the same relative paths; return what is not in a menu."""
    listed = [f"{page}.md" for part in parts() for page in part["pages"]]
    queue, seen = ["docs/index.md", *listed], set[str]()
    while queue:
        name = queue.pop()
        if name in seen:
            continue
        seen.add(name)
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():  # a folder is named in words; it is no page
            continue
        shutil.copyfile(source, target)
        if source.suffix == ".md":
            queue += _linked(source)
    return {name for name in seen if name.endswith(".md")} - set(listed) - {"docs/index.md"}


def _linked(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    found = [link for link, _ in _LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]
    return [str((page.parent / link).resolve().relative_to(ROOT)) for link in found]
