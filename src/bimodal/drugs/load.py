"""Reads molecules from TOML."""

from __future__ import annotations

import difflib
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bimodal.drugs.molecule import Molecule
from bimodal.drugs.tomlplace import line_of
from bimodal.errors import DrugError

_MAX_BYTES = 1_000_000
_KEYS = sorted(
    {
        *(field.alias or name for name, field in Molecule.model_fields.items()),
        *(
            "ka_nM",
            "kbg_nM",
            "k2_per_cell",
            "value",
            "unit",
            "source",
            "status",
            "activity",
            "activity_unit",
            "mass_mg",
        ),
        *("clearance", "v_plasma", "k_out", "k_back", "sc_transfer", "sc_bioavailability", "il2_per_conjugate"),
    }
)


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
        return _read(_bytes(Path(name_or_path)), text)
    known = list_molecules()
    name = text.strip().lower()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise DrugError(
            f"the drug '{text[:60]}' is unknown",
            fix=f"{hint}use one of: {', '.join(known)}; or the path of a .toml file",
        )
    return _read(files("bimodal.drugs").joinpath("data", f"{name}.toml").read_bytes(), f"{name}.toml")


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


def _read(data: bytes, where: str) -> Molecule:
    try:
        text = data.decode("utf-8-sig")
        content = tomllib.loads(text)
    except UnicodeDecodeError:
        raise DrugError("the drug file is not UTF-8 text", where=where) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DrugError(f"the drug file is not TOML: {error}", where=where) from None
    try:
        return Molecule.model_validate(content)
    except ValidationError as error:
        # a misspelt key is both unknown and missing: the unknown one says more
        faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
        _refuse(faults[0], text, where)


def _refuse(fault: ErrorDetails, text: str, where: str) -> NoReturn:
    """Say the first fault in words, with file, line and key."""
    key = [str(part) for part in fault["loc"]]
    dotted = ".".join(key) or "the file as a whole"
    line = line_of(text, key)
    place = f"{where}, line {line}, key {dotted}" if line else f"{where}, key {dotted}"
    fix = None
    if fault["type"] == "missing":
        what = f"{dotted} is missing"
        fix = "every number is a table with value, unit, source and status" if len(key) > 1 else None
    elif fault["type"] == "extra_forbidden":
        what = f"the key {dotted} is unknown"
        near = difflib.get_close_matches(key[-1], _KEYS, n=1)
        fix = f"did you mean '{near[0]}'?" if near else "remove it"
    elif fault["type"] == "value_error":
        what = f"{dotted}: {fault['ctx']['error']}" if "ctx" in fault else f"{dotted}: {fault['msg']}"
    elif fault["type"] == "string_too_short":
        what = f"{dotted} is blank"
        fix = "say where the number comes from" if key[-1] == "source" else None
    else:
        what = f"{dotted}: {fault['msg'][0].lower()}{fault['msg'][1:]}, not {str(fault['input'])[:60]!r}"
    raise DrugError(what, where=place, fix=fix) from None
