"""Reads the JSON of a user or of a results folder; the answer is a table, or an error in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn, cast

from bimodal.files.read import FileKind
from bimodal.files.toml import DEEPEST, every_value


def read_json(path: Path, kind: FileKind, *, where: str | None = None) -> dict[str, Any]:
    """Read a file that holds one JSON object, nested at most 64 deep, with finite numbers of up to 64 bits.

    Parameters
    ----------
    path
        The file.
    kind
        How it is read, and what is raised.
    where
        Name of the file for messages; None is the path.

    Examples
    --------
    >>> read_json(Path("nowhere.json"), FileKind("the prediction"))
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: the prediction cannot be read: No such file or directory
      where: nowhere.json
    """
    where = str(path) if where is None else where
    return parse_json(kind.text(path, where), kind, where=where)


def parse_json(text: str, kind: FileKind, *, where: str) -> dict[str, Any]:
    """Read one JSON object from text; parameters as in :func:`read_json`.

    Examples
    --------
    >>> parse_json("[1]", FileKind("the prediction"), where="x.json")
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: the prediction is not JSON: no object in braces
      where: x.json
    """

    def refuse(reason: str) -> NoReturn:
        malformed = kind.malformed or f"{kind.noun} is not JSON"
        raise kind.error(f"{malformed}: {reason}", where=where, fix=kind.fix) from None

    try:
        content: Any = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        refuse("it is nested too deeply")
    except json.JSONDecodeError as fault:
        refuse(f"{fault.msg} (line {fault.lineno}, column {fault.colno})")
    except ValueError as fault:  # Python reads no number of over 4300 digits
        refuse(str(fault) if str(fault) in _CONSTANTS else "a whole number is too large: 64 bits are the limit")
    if not isinstance(content, dict):
        refuse("no object in braces")
    for depth, value in every_value(content):
        if depth > DEEPEST:
            refuse("it is nested too deeply")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            refuse("a whole number is too large: 64 bits are the limit")
    return cast(dict[str, Any], content)


_CONSTANTS = ("NaN is no number of JSON", "Infinity is no number of JSON", "-Infinity is no number of JSON")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
