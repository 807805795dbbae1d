"""Makes the page of keys from the classes that read the files of users."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from bimodal.drugs.molecule import Molecule
from bimodal.fit.from_file.problem_spec import ProblemSpec
from bimodal.predict.prediction import Prediction
from bimodal.search.spec import SearchSpec
from bimodal.study.spec.spec import StudySpec
from bimodal.timing.config import TimingConfig

#: What is written in a file, the page that explains it, and the class that reads it.
FILES: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("Study file", "studies", StudySpec),
    ("Drug file", "molecules", Molecule),
    ("Search file", "search", SearchSpec),
    ("Fit file, beyond the study in it", "fitting", ProblemSpec),
    ("Prediction", "predictions", Prediction),
    ("Settings of the cycle question", "timing", TimingConfig),
)
_SECTION = re.compile(r"\n+Parameters\n-+\n(.*?)(?=\n\n[A-Z]\w+\n-+\n|\Z)", re.DOTALL)


def keys_page() -> str:
    """Return a table of keys for each kind of file and each table in it, as Markdown."""
    lines = ["# Keys of files", "", "Made from the classes that read the files; a key that is not here is refused."]
    for title, page, reader in FILES:
        schema = reader.model_json_schema()
        lines += ["", f"## {title}", "", f"Explained in [{page}.md](../{page}.md)."]
        lines += _table(schema)
        for name, part in sorted(schema.get("$defs", {}).items()):
            if "properties" in part:
                lines += ["", f"### {title}: {name}", *_table(part)]
    return "\n".join([*lines, ""])


def _table(schema: dict[str, Any]) -> list[str]:
    said = schema.get("description", "")
    meanings = _meanings(said)
    first = _SECTION.sub("", said).split("\n\nExamples\n")[0].split("\n\n")[0].replace("\n", " ")
    needed = set(schema.get("required", ()))
    rows = [
        f"| `{key}` | {_kind(part)} | {_default(key, part, needed)} | {_cell(meanings.get(key, ''))} |"
        for key, part in schema["properties"].items()
    ]
    return ["", _cell(first), "", "| key | value | default | meaning |", "|---|---|---|---|", *rows]


def _meanings(said: str) -> dict[str, str]:
    found = _SECTION.search(said)
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in found[1].splitlines() if found else ():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
        else:
            for name in names:
                meanings[name] = f"{meanings.get(name, '')} {line.strip()}".strip()
    return meanings


def _kind(part: dict[str, Any]) -> str:
    if "$ref" in part:
        return part["$ref"].rpartition("/")[2]
    if "enum" in part:
        return ", ".join(f"`{one}`" for one in part["enum"])
    if "const" in part:
        return f"`{part['const']}`"
    for several in ("anyOf", "oneOf"):
        if several in part:
            return " or ".join(dict.fromkeys(_kind(one) for one in part[several] if one.get("type") != "null"))
    kind = str(part.get("type", "any"))
    if kind == "array":
        return f"list of {_kind(part['items'])}" if "items" in part else "list"
    if kind == "object":
        inside = part.get("additionalProperties")
        return f"table of {_kind(inside)}" if isinstance(inside, dict) and inside else "table"
    words = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}
    return words.get(kind, kind) + _limits(part)


def _limits(part: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = [f"{sign} {part[key]:g}" for key, sign in signs.items() if key in part]
    return f", {' and '.join(found)}" if found else ""


def _default(key: str, part: dict[str, Any], needed: set[str]) -> str:
    if key in needed:
        return "**required**"
    value = part.get("default")
    return "" if value in (None, "", [], {}) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|").replace("<", "&lt;")
