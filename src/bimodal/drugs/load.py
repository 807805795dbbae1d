"""Reads molecules from TOML."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from bimodal.drugs.molecule import Molecule
from bimodal.drugs.part import MisfitError
from bimodal.errors import DrugError
from bimodal.files.check import Fault, check_table
from bimodal.files.locate import line_of
from bimodal.files.read import FileKind
from bimodal.files.suggest import did_you_mean, suggest_names
from bimodal.files.toml import parse_toml

_FILE = FileKind("the drug file", DrugError)


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
        return _check(_FILE.content(Path(name_or_path)), text).of_a_user()
    known = list_molecules()
    name = text.strip().lower()
    if name not in known:
        raise DrugError(
            f"the drug '{text[:60]}' is unknown",
            fix=did_you_mean(name, known)
            + f"`bimodal list drugs` names all {len(known)}; or give the path of a .toml file",
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


def _parse(data: bytes, where: str) -> tuple[str, dict[str, Any]]:
    text = _FILE.decode(data, where)
    return text, parse_toml(text, _FILE, where=where)


def _check(data: bytes, where: str) -> Molecule:
    text, content = _parse(data, where)
    for key in ("schema", "id", "name"):
        if "base" in content and key not in content:
            raise DrugError(f"{key} is missing: a file with a base has its own", where=f"{where}, line 1, key {key}")
    whole = _with_base(content, text, where)
    return check_table(Molecule, whole, _FILE, where=where, text=text, explain=lambda fault: _explain(fault, text))


def _with_base(content: dict[str, Any], text: str, where: str) -> dict[str, Any]:
    """Fill in, from the built-in molecule that a file names as its base, the tables that the file does not have."""
    known = list_molecules()
    whole, base = content, content.get("base")
    while base is not None:
        if not isinstance(base, str) or base not in known:
            raise DrugError(
                f"the base {str(base)[:60]!r} is not a built-in molecule",
                where=f"{where}, line {line_of(text, ['base'])}, key base",
                fix=suggest_names(str(base), known, "bimodal list drugs"),
            )
        _, below = _parse(_built_in(base), f"{base}.toml")
        whole, base = {**below, **whole}, below.get("base")
    return whole


def _explain(fault: Fault, text: str) -> DrugError:
    """Say a fault in words, with file, line and key."""
    key = fault.key or "the file as a whole"
    line = fault.line or line_of(text, ["base"])
    place = f"{fault.where}, line {line}, key {key}" if line else f"{fault.where}, key {key}"
    fix = None
    if fault.sort == "missing":
        what = f"{key} is missing"
        fix = "every number is a table with value, unit, source and status" if len(fault.path) > 1 else None
    elif fault.sort == "extra_forbidden":
        what = f"the key {key} is unknown"
        fix = suggest_names(str(fault.path[-1]), fault.known)
    elif isinstance(fault.cause, MisfitError):
        what = str(fault.cause)
    elif fault.sort == "value_error":
        what = f"{key}: {fault.cause}"
    elif fault.sort == "string_too_short":
        what = f"{key} is blank"
        fix = "say where the number comes from" if fault.path[-1] == "source" else None
    else:
        what = f"{key}: {fault.message}, not {fault.shown}"
    return DrugError(what, where=place, fix=fix)
