"""The YAML file of a PEtab problem: its version, and which files belong to it, none outside its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bimodal.errors import PetabError
from bimodal.files.read import FileKind
from bimodal.files.toml import DEEPEST

_YAML = FileKind("the PEtab file", PetabError, max_bytes=200_000)
#: Names, keys and brackets of a YAML file: its reader is written in Python, and slow.
MAX_PARTS = 5_000
_INSTALL = "pip install 'bimodal[petab]'"
_TABLES = ("condition", "experiment", "measurement", "observable", "parameter", "mapping")


@dataclass(frozen=True)
class PetabFiles:
    """Where the parts of a problem lie.

    Parameters
    ----------
    path
        The YAML file.
    version
        1 or 2.
    model
        The SBML file.
    tables
        Files by the kind of table: condition, experiment, measurement, observable, parameter, mapping.
    """

    path: Path
    version: int
    model: Path
    tables: Mapping[str, tuple[Path, ...]]


def find_files(path: Path) -> PetabFiles:
    """Read the YAML file of a problem.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    PetabError
        It is no PEtab file, has a version, model or extension that is not supported, or names a file outside its
        folder.
    """
    content = _load(path)
    version = _version(content, path)
    if content.get("extensions"):
        said = content["extensions"]
        names = [name[:40] for name in said if isinstance(name, str)] if isinstance(said, dict | list) else []
        raise PetabError(f"the extensions of PEtab are not supported: {', '.join(names[:20])}", where=str(path))
    if version == 1:
        problems = content.get("problems")
        if not isinstance(problems, list) or not problems or not isinstance(problems[0], dict):
            raise PetabError("the file names no problem", where=f"{path}, key 'problems'")
        if len(problems) > 1:
            raise PetabError(
                f"the file holds {len(problems)} problems, which is not supported",
                where=f"{path}, key 'problems'",
                fix="write a file for each",
            )
        inside: dict[str, Any] = dict(problems[0])
        inside["parameter_files"] = _list(content, "parameter_file", path)
        models = _list(inside, "sbml_files", path)
        if "model_files" in inside:
            raise PetabError(
                "a model in another language than SBML is not supported", where=f"{path}, key 'model_files'"
            )
    else:
        inside, models = content, _models(content, path)
    if len(models) != 1:
        raise PetabError(f"the problem has {len(models)} models, and exactly one is supported", where=str(path))
    tables = {kind: tuple(_inside(path, name) for name in _list(inside, f"{kind}_files", path)) for kind in _TABLES}
    for kind in ("measurement", "observable", "parameter"):
        if not tables[kind]:
            raise PetabError(f"the problem has no {kind} table", where=f"{path}, key '{kind}_files'")
    return PetabFiles(path, version, _inside(path, models[0]), tables)


def _load(path: Path) -> dict[str, Any]:
    text = _YAML.text(path)
    try:
        import yaml
    except ImportError:
        raise PetabError("PEtab problems need the extra 'petab', which is not installed", fix=_INSTALL) from None
    try:
        depth = 0
        for count, part in enumerate(yaml.parse(text, yaml.SafeLoader)):
            depth += isinstance(part, yaml.CollectionStartEvent) - isinstance(part, yaml.CollectionEndEvent)
            if count >= MAX_PARTS or depth > DEEPEST:
                what = "is nested too deeply" if depth > DEEPEST else f"has more than {MAX_PARTS:,} parts"
                raise PetabError(f"the PEtab file {what}", where=str(path))
        content = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as fault:
        mark = getattr(fault, "problem_mark", None)
        what = getattr(fault, "problem", None) or "it is nested too deep or holds an impossible value"
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise PetabError(f"this is no YAML: {what}", where=where) from None
    if not isinstance(content, dict):
        raise PetabError("this is no PEtab file: it names no files", where=str(path))
    return {str(key): value for key, value in content.items()}


def _version(content: Mapping[str, Any], path: Path) -> int:
    said = content.get("format_version")
    # a list of lists of lists, written as aliases, would be endless as text
    version = str(said)[:40] if isinstance(said, str | int | float) else ""
    major = version.split(".", maxsplit=1)[0]
    if major not in ("1", "2"):
        what = f"PEtab version '{version}' is not supported" if version else "the file has no format version"
        raise PetabError(what, where=f"{path}, key 'format_version'", fix="1 or 2.0.0")
    return int(major)


def _models(content: Mapping[str, Any], path: Path) -> list[str]:
    models = content.get("model_files")
    if not isinstance(models, dict):
        raise PetabError("the problem names no model", where=f"{path}, key 'model_files'")
    found: list[str] = []
    for name, facts in models.items():
        where = f"{path}, key 'model_files.{name}'"
        if not isinstance(facts, dict) or not isinstance(facts.get("location"), str):
            raise PetabError("the model has no location", where=where)
        language = facts.get("language")
        if language != "sbml":
            named = f" '{language[:40]}'" if isinstance(language, str) else ""
            raise PetabError(f"a model in the language{named} is not supported", where=where, fix="export it as SBML")
        found.append(facts["location"])
    return found


def _list(content: Mapping[str, Any], key: str, path: Path) -> list[str]:
    value = content.get(key)
    names = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise PetabError(f"'{key}' is no list of file names", where=f"{path}, key '{key}'")
    return names


def _inside(path: Path, name: str) -> Path:
    """Return the path of a file of the problem; one outside the folder is refused, and so is an address."""
    folder = path.parent.resolve()
    try:
        found = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError):
        raise PetabError(f"'{name[:80]}' is no file name", where=str(path)) from None
    if "://" in name or not found.is_relative_to(folder):
        raise PetabError(
            f"'{name[:80]}' lies outside the folder of the problem, which is not opened",
            where=str(path),
            fix="copy the file into the folder",
        )
    return path.parent / name
