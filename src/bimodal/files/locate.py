"""Finds the line of a key in a TOML text, so that a message can name it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_STRING = re.compile(
    r'"""(?:\\.|[^"\\]|"{1,2}(?!"))*+(?:"{3,5})?'
    r"|'''(?:[^']|'{1,2}(?!'))*+(?:'{3,5})?"
    r'|"(?:\\[^\n]|[^"\\\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+",
    re.DOTALL,
)
_HEADER = re.compile(r"[ \t]*(\[\[?)([^\[\]]+)\]")
_STEP = r"""(?:"(?:\\.|[^"\\])*+"|'[^']*+'|[A-Za-z0-9_-]++)"""
_KEY = re.compile(rf"[ \t]*({_STEP}(?:[ \t]*\.[ \t]*{_STEP})*+)[ \t]*=")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    r"""Return the line (from 1) of the key at `path`, of the closest table around it, or None.

    TOML readers forget where a value stood; a person who made a slip wants the line.

    Parameters
    ----------
    text
        Well-formed TOML.
    path
        Keys and list positions from the top, as pydantic reports them.

    Returns
    -------
    int or None
        None when not even the first step is there.

    Examples
    --------
    >>> line_of("name = 'x'\n[[arm]]\nregimn = 'none'\n", ("arm", 0, "regimn"))
    3
    >>> line_of("[a]\nb = {c = 1}", ("a", "b", "c"))
    2
    """
    return line_finder(text)(path)


def line_finder(text: str) -> Callable[[Sequence[str | int]], int | None]:
    """Read a text once and return what :func:`line_of` answers for any number of paths."""
    first: dict[tuple[str, ...], int] = {}
    for number, here in _places(text):
        for k in range(len(here), 0, -1):
            if here[:k] in first:
                break  # and so are all shorter ones
            first[here[:k]] = number

    def find(path: Sequence[str | int]) -> int | None:
        wanted = tuple(str(step) for step in path)
        return next((first[wanted[:k]] for k in range(len(wanted), 0, -1) if wanted[:k] in first), None)

    return find


def without_strings(text: str, *, keep_short: bool = False) -> str:
    """Blank strings and comments of a TOML text, line for line; ``keep_short`` keeps strings of one line."""

    def blank(match: re.Match[str]) -> str:
        token = match[0]
        if token[0] == "#":
            return ""
        if token[:3] in ('"""', "'''"):
            return '""' + "\n" * token.count("\n")
        return token if keep_short else '""'

    return _STRING.sub(blank, text)


def _places(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Give every header and key with its line and its whole path; positions in lists are steps."""
    lists: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(without_strings(text, keep_short=True).split("\n"), start=1):
        if header := _HEADER.match(line):
            names, table = _steps(header[2]), ()
            for k, name in enumerate(names):
                table = (*table, name)
                if header[1] == "[[" and k == len(names) - 1:
                    lists[table] = lists.get(table, -1) + 1
                if table in lists:
                    table = (*table, str(lists[table]))
            yield number, table
        elif key := _KEY.match(line):
            yield number, table + _steps(key[1])


def _steps(dotted: str) -> tuple[str, ...]:
    return tuple(step[1:-1] if step[0] in "\"'" else step for step in re.findall(_STEP, dotted))
