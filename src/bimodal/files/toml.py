"""Reads the TOML of a user; whatever stands in the file, the answer is a table or the caller's kind of error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from bimodal.files.locate import line_of, without_strings
from bimodal.files.read import FileKind

#: Levels of tables and lists that a file may have.
DEEPEST = 64
# each may be a fault, and a person waits for the words about it
_MOST_VALUES = 50_000
# tomllib needs the square of the length of a dotted key: a small file could keep it busy for hours
_LONG_KEY = re.compile(rf'(?<![A-Za-z0-9_"-])(?:(?:[A-Za-z0-9_-]++|"")[ \t]*+\.[ \t]*+){{{DEEPEST}}}')
_AT_LINE = re.compile(r"\(at line (\d+), ")
_DECIMAL_COMMA = re.compile(r"^[^\[{\"'#]*=\s*[+-]?\d+,\d+\s*(?:#|$)")
_BARE_TEXT = re.compile(r"^[^\"'#]*=\s*(?:[A-Za-z]|[+-]?[\d.]+\s*[%A-Za-z])")
_MANY_DIGITS = re.compile(r"[0-9_]{4300,}+")


def read_toml(path: Path, kind: FileKind, *, where: str | None = None) -> tuple[dict[str, Any], str]:
    """Read a TOML file.

    Parameters
    ----------
    path
        The file.
    kind
        How it is read, and what is raised.
    where
        Name of the file for messages; None is the path.

    Returns
    -------
    content, text
        Its tables, and its text to find lines in.

    Examples
    --------
    >>> read_toml(Path("nowhere.toml"), FileKind("the study file"))
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: the study file cannot be read: No such file or directory
      where: nowhere.toml
    """
    where = str(path) if where is None else where
    text = kind.text(path, where)
    return parse_toml(text, kind, where=where), text


def parse_toml(text: str, kind: FileKind, *, where: str) -> dict[str, Any]:
    """Read a TOML text; tables over 64 deep, whole numbers over 64 bits and over 50,000 values are refused.

    Parameters
    ----------
    text
        TOML.
    kind
        What is raised.
    where
        Name of the file for messages.

    Returns
    -------
    dict
        Its tables.

    Examples
    --------
    >>> parse_toml("a = ]", FileKind("the study file"), where="x.toml")
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: the study file is not TOML: Invalid value (at line 1, column 5)
      where: x.toml
    """
    malformed = kind.malformed or f"{kind.noun} is not TOML"
    deep = kind.error(f"{malformed}: it is nested too deeply", where=where, fix=kind.fix)
    if _LONG_KEY.search(without_strings(text)):
        raise deep
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise kind.error(f"{malformed}: {fault}", where=where, fix=_remedy(str(fault), text) or kind.fix) from None
    except RecursionError:
        raise deep from None
    except ValueError:  # Python reads no decimal number of over 4300 digits
        digits = _MANY_DIGITS.search(text)
        line = f", line {text.count(chr(10), 0, digits.start()) + 1}" if digits else ""
        raise kind.error("a whole number is too large: 64 bits are the limit", where=f"{where}{line}") from None
    for count, (path, value) in enumerate(_values(content)):
        if count >= _MOST_VALUES:
            raise kind.error(f"{kind.noun} holds more than {_MOST_VALUES:,} values", where=where, fix=kind.fix)
        if len(path) > DEEPEST:
            raise deep
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            key = ".".join(map(str, path))
            raise kind.error(
                "a whole number is too large: 64 bits are the limit",
                where=f"{where}, line {line_of(text, path)}, key {key}",
            )
    return content


def _remedy(fault: str, text: str) -> str | None:
    """Name the slips that TOML's own words do not: decimal commas, and text or units without quotes."""
    found = _AT_LINE.search(fault)
    lines = text.splitlines()
    line = lines[int(found[1]) - 1] if found and int(found[1]) <= len(lines) else ""
    if _DECIMAL_COMMA.search(line):
        return "write a decimal point in place of the comma"
    if _BARE_TEXT.search(line):
        return "put text, and a number with its unit, in quotes"
    return None


def every_value(content: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    """Give everything in a table with its depth, level by level: what is below the deepest need never be reached."""
    return ((len(path), value) for path, value in _values(content))


def _values(content: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Give everything in a table with its path, level by level: what is below the deepest is never reached."""
    level: list[tuple[tuple[str | int, ...], Any]] = [((), content)]
    while level:
        below: list[tuple[tuple[str | int, ...], Any]] = []
        for path, value in level:
            if isinstance(value, dict):
                below += [((*path, key), part) for key, part in cast(dict[str, Any], value).items()]
            elif isinstance(value, list):
                below += [((*path, k), part) for k, part in enumerate(cast(list[Any], value))]
        yield from below
        level = below
