"""Finds the line of a key in a TOML text, so that a message can name it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(?:=|\.)""")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    r"""Return the line (from 1) of the key at `path`, of its nearest table, or None.

    TOML readers forget where a value stood; a person who made a slip wants the line.

    Parameters
    ----------
    text
        TOML.
    path
        Keys and list positions from the top, as pydantic reports them.

    Returns
    -------
    int or None
        None when nothing of the path can be found.

    Examples
    --------
    >>> line_of("name = 'x'\n[[arm]]\nregimn = 'none'\n", ("arm", 0, "regimn"))
    3
    """
    tables, keys = _index(text)
    steps = list(path)
    if len(steps) > 1 and isinstance(steps[1], int):
        table: tuple[str, int] = (str(steps[0]), steps[1])
        inner = steps[2:]
    elif len(steps) > 1 and (str(steps[0]), 0) in tables:
        table, inner = (str(steps[0]), 0), steps[1:]
    else:
        table, inner = ("", 0), steps
    if inner and (table, str(inner[0])) in keys:
        return keys[table, str(inner[0])]
    name = str(steps[0]) if steps else ""
    return tables.get(table) or tables.get((name, 0)) or keys.get((("", 0), name))


def _index(text: str) -> tuple[dict[tuple[str, int], int], dict[tuple[tuple[str, int], str], int]]:
    tables: dict[tuple[str, int], int] = {}
    keys: dict[tuple[tuple[str, int], str], int] = {}
    seen: dict[str, int] = {}
    current = ("", 0)
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            name = header[2].strip("\"' ")
            seen[name] = seen.get(name, -1) + 1
            current = (name, seen[name])
            tables[current] = number
        elif key := _KEY.match(line):
            name = next(group for group in key.groups() if group is not None)
            keys.setdefault((current, name), number)
    return tables, keys
