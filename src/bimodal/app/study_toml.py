"""Writes a study as the TOML of a study file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

_BARE = re.compile(r"^[A-Za-z0-9_-]+$")


def study_toml(study: Mapping[str, Any]) -> str:
    """Write plain data as TOML: values first, then tables, then lists of tables.

    Examples
    --------
    >>> print(study_toml({"name": "x", "arm": [{"name": "a", "days": [1.0, 7.0]}], "set": {"k": 0.5}}))
    name = "x"
    <BLANKLINE>
    [set]
    k = 0.5
    <BLANKLINE>
    [[arm]]
    name = "a"
    days = [1.0, 7.0]
    <BLANKLINE>
    """
    values = {key: value for key, value in study.items() if not _is_table(value) and not _is_tables(value)}
    blocks = ["\n".join(_lines(values))] if values else []
    for key, value in study.items():
        if _is_table(value) and value:
            blocks.append("\n".join([f"[{_key(key)}]", *_lines(value)]))
    for key, value in study.items():
        if _is_tables(value):
            blocks += ["\n".join([f"[[{_key(key)}]]", *_lines(one)]) for one in value]
    return "\n\n".join(blocks) + "\n"


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: object) -> bool:
    if not isinstance(value, list | tuple) or not value:
        return False
    return all(_is_table(one) for one in cast(Sequence[object], value))


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    return (f"{_key(key)} = {_value(value)}" for key, value in table.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inside = ", ".join(_lines(cast(Mapping[str, Any], value)))
        return f"{{{inside}}}"
    return f"[{', '.join(_value(one) for one in cast(Sequence[Any], value))}]"


def _key(key: str) -> str:
    return key if _BARE.match(key) else _text(key)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
