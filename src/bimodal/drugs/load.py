"""Reads molecules from TOML."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bimodal.drugs.molecule import Molecule
from bimodal.drugs.part import MisfitError
from bimodal.drugs.tomlplace import line_of
from bimodal.errors import DrugError

_MAX_BYTES = 1_000_000


def list_molecules() -> list[str]:
    """List the molecules that come with the package.

    Returns
    -------
    list of str
        Their ids, sorted.

    Examples
    --------
    >>> "aldesleukin" in list_molecules()
    True
    """
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in files("bimodal.drugs").joinpath("data").iterdir()
        if entry.name.endswith(".toml")
    )


def load_molecule(name_or_path: str | Path) -> Molecule:
    """Load a molecule by name, or from a TOML file of the user's.

    Parameters
    ----------
    name_or_path
        An id of :func:`list_molecules`, or a path: anything that ends in ``.toml`` or has a folder in it.

    Returns
    -------
    Molecule
        The molecule.

    Raises
    ------
    DrugError
        The molecule is unknown (with near names), or its file is wrong (with file, line and key).

    Examples
    --------
    >>> load_molecule("aldesleukin").name.split()[0]
    'Aldesleukin'
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        return _check(_bytes(Path(name_or_path)), text)
    known = list_molecules()
    name = text.strip().lower()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise DrugError(
            f"the drug '{text[:60]}' is unknown",
            fix=f"{hint}`bimodal list drugs` names all {len(known)}; or give the path of a .toml file",
        )
    return _check(_built_in(name), f"{name}.toml")


def molecule_template() -> str:
    """Give a commented drug file to begin with; it loads as it stands.

    Returns
    -------
    str
        TOML.

    Examples
    --------
    >>> "[affinity" in molecule_template()
    True
    """
    return files("bimodal.drugs").joinpath("template.toml").read_text("utf-8")


def _built_in(name: str) -> bytes:
    return files("bimodal.drugs").joinpath("data", f"{name}.toml").read_bytes()


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DrugError(f"the drug file cannot be read: {reason}", where=str(path)) from None
    if len(data) > _MAX_BYTES:
        raise DrugError(f"the drug file is larger than {_MAX_BYTES} bytes", where=str(path))
    return data


def _parse(data: bytes, where: str) -> tuple[str, dict[str, Any]]:
    try:
        text = data.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError:
        raise DrugError("the drug file is not UTF-8 text", where=where) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DrugError(f"the drug file is not TOML: {error}", where=where) from None


def _check(data: bytes, where: str) -> Molecule:
    text, content = _parse(data, where)
    for key in ("schema", "id", "name"):
        if "base" in content and key not in content:
            raise DrugError(f"{key} is missing: a file with a base has its own", where=f"{where}, line 1, key {key}")
    try:
        return Molecule.model_validate(_with_base(content, text, where))
    except ValidationError as error:
        # a misspelt key is both unknown and missing: the unknown one says more
        faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
        _refuse(faults[0], text, where)


def _with_base(content: dict[str, Any], text: str, where: str) -> dict[str, Any]:
    """Fill in, from the built-in molecule that a file names as its base, the tables that the file does not have."""
    known = list_molecules()
    whole, base = content, content.get("base")
    while base is not None:
        if not isinstance(base, str) or base not in known:
            near = difflib.get_close_matches(str(base), known, n=1)
            raise DrugError(
                f"the base {str(base)[:60]!r} is not a built-in molecule",
                where=f"{where}, line {line_of(text, ['base'])}, key base",
                fix=f"did you mean '{near[0]}'?" if near else "bimodal list drugs",
            )
        _, below = _parse(_built_in(base), f"{base}.toml")
        whole, base = {**below, **whole}, below.get("base")
    return whole


def _keys(part: type[BaseModel]) -> Iterator[str]:
    """Every key that a table and the tables below it may have."""
    for name, field in part.model_fields.items():
        yield field.alias or name
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            for below in (kind, *getattr(kind, "__args__", ())):
                if isinstance(below, type) and issubclass(below, BaseModel):
                    yield from _keys(below)


def _refuse(fault: ErrorDetails, text: str, where: str) -> NoReturn:
    """Say the first fault in words, with file, line and key."""
    key = [str(part) for part in fault["loc"]]
    context: Mapping[str, Any] = fault.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, MisfitError):
        key += cause.key
    dotted = ".".join(key) or "the file as a whole"
    line = line_of(text, key) or line_of(text, ["base"])
    place = f"{where}, line {line}, key {dotted}" if line else f"{where}, key {dotted}"
    fix = None
    if fault["type"] == "missing":
        what = f"{dotted} is missing"
        fix = "every number is a table with value, unit, source and status" if len(key) > 1 else None
    elif fault["type"] == "extra_forbidden":
        what = f"the key {dotted} is unknown"
        near = difflib.get_close_matches(key[-1], sorted(set(_keys(Molecule))), n=1)
        fix = f"did you mean '{near[0]}'?" if near else "remove it"
    elif isinstance(cause, MisfitError):
        what = str(cause)
    elif fault["type"] == "value_error":
        what = f"{dotted}: {cause or fault['msg']}"
    elif fault["type"] == "string_too_short":
        what = f"{dotted} is blank"
        fix = "say where the number comes from" if key[-1] == "source" else None
    else:
        what = f"{dotted}: {fault['msg'][0].lower()}{fault['msg'][1:]}, not {str(fault['input'])[:60]!r}"
    raise DrugError(what, where=place, fix=fix) from None
