"""Finds the line on which a TOML file says something."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*\[\[?([^\]\[]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+)\s*=")


def line_of(text: str, key: Sequence[str]) -> int | None:
    r"""Find the line of a dotted key, or of the closest table around it, so that an error can point there.

    None where not even the outermost part of the key is named.

    Examples
    --------
    >>> line_of("[a]\nb = {c = 1}", ["a", "b", "c"])
    2
    """
    best: tuple[int, int | None] = (0, None)
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header, assignment = _HEADER.match(line), _KEY.match(line)
        if header:
            path = table = _parts(header.group(1))
        elif assignment:
            path = table + _parts(assignment.group(1))
        else:
            continue
        common = _common(path, key)
        if common > best[0]:
            best = (common, number)
    return best[1]


def _common(path: Sequence[str], key: Sequence[str]) -> int:
    return next((i for i, (a, b) in enumerate(zip(path, key, strict=False)) if a != b), min(len(path), len(key)))


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
