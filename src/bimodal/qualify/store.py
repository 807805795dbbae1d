"""Where finished sections lie: written beside and moved into place, and believed only where nothing has changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError, OutputError
from bimodal.files.as_json import read_json
from bimodal.files.fingerprint import json_sha256
from bimodal.files.read import FileKind
from bimodal.files.write import write_text
from bimodal.qualify.section import Section

_FILE = FileKind("the stored section", OutputError, max_bytes=50_000_000)


@dataclass(frozen=True)
class Stored:
    """A finished section and how long it took."""

    section: Section
    took: dict[str, Any]


@dataclass(frozen=True)
class Store:
    """A folder of finished sections.

    Examples
    --------
    >>> Store(Path("nowhere")).read("studies", "no such key") is None
    True
    """

    folder: Path

    def path(self, section: str) -> Path:
        """Return the file of a section."""
        return self.folder / f"{section}.json"

    def read(self, section: str, key: str) -> Stored | None:
        """Return a finished section; None where there is none, of another key, or a file that is not as written."""
        path = self.path(section)
        if not path.is_file():
            return None
        try:
            content = read_json(path, _FILE)
            seal = content.pop("sha256", None)
            if content.get("key") != key or seal != json_sha256(content):
                return None
            return Stored(Section.read(content["section"]), content["took"])
        except (BimodalError, KeyError, TypeError, ValueError):
            return None

    def write(self, section: Section, key: str, took: dict[str, Any]) -> None:
        """Keep a finished section."""
        content = {"key": key, "section": section.record(), "took": took}
        text = json.dumps({**content, "sha256": json_sha256(content)}, indent=1, ensure_ascii=False, allow_nan=False)
        write_text(self.path(section.id), text + "\n")
