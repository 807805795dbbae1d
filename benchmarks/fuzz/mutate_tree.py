"""Changes of what a TOML, JSON or YAML file says: other types, keys gone or twice, numbers, depth, wrong units."""

from __future__ import annotations

import copy
import json
import math
import random
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from fuzz.mutate import NUMBERS, WORDS

#: Values that a change adds at most, about.
_MOST = 60_000


class Verbatim(str):
    """Written into a file as it stands."""


_TYPES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 2**31, 2**63 - 1, -(2**63), 2**63, 10**40, 0.0, -0.0, 1e-320, 5e-324, 1e308,
    -1e308, math.nan, math.inf, -math.inf, "", " ", "7", "1e400", "nan", [], {}, [[]], [{}], [None], {"": ""},
    [1, "a"], [0.0] * 300, [1] * 60_000, "x" * 90_000, "é\u0301" * 200, "\u202e", "a\nb", "1979-05-27",
    "../../etc/passwd", "canary.txt",
)  # fmt: skip
_UNITS = (
    "MIU/m2",
    "IU/kg",
    "mg",
    "nM",
    "pM",
    "L/h",
    "1/day",
    "kDa",
    "g/mol",
    "°C",
    "%",
    "m2/MIU",
    "mg/mg",
    "1/0",
    "h**999",
    "",
)


def change_toml(text: str, chance: random.Random) -> str:
    """Change a TOML text as what it says; one that is not TOML stays."""
    return _changed(text, chance, tomllib.loads, as_toml)


def change_json(text: str, chance: random.Random) -> str:
    """Change a JSON text as what it says."""
    return _changed(text, chance, json.loads, as_json)


def change_yaml(text: str, chance: random.Random) -> str:
    """Change a YAML text as what it says: all JSON is YAML, and some of what is written has aliases that multiply."""
    import yaml

    if chance.random() < 0.1:
        levels = chance.choice((5, 10, 30))
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, levels)]
        return (
            text
            + "\n".join(lines)
            + f"\n{chance.choice(('format_version', 'extensions', 'parameter_files'))}: *a{levels - 1}\n"
        )
    return _changed(text, chance, yaml.safe_load, as_json)


def _changed(text: str, chance: random.Random, read: Callable[[str], Any], write: Callable[[Any], str]) -> str:
    tree = read(text)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        places = list(_places(tree))
        if not places:
            break
        where, key = chance.choice(places)
        chance.choice(_WAYS)(where, key, chance, places)
    try:
        return write(tree)
    except RecursionError:  # deeper than we can write it
        return text + "[" * 300


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Give every container with each of its keys."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _places(tree[key])


def _typed(where: Any, key: Any, chance: random.Random, _: Any) -> None:
    where[key] = copy.deepcopy(chance.choice(_TYPES))


def _numbered(where: Any, key: Any, chance: random.Random, _: Any) -> None:
    old = where[key]
    if isinstance(old, int | float) and not isinstance(old, bool):
        factor = chance.choice((-1, 0, 1e-12, 1e12, 1e300, 0.5, 1.0001, 1e6))
        new = old * factor
        where[key] = int(new) if isinstance(old, int) and math.isfinite(new) and chance.random() < 0.5 else new
    else:
        where[key] = Verbatim(chance.choice(NUMBERS))


def _gone(where: Any, key: Any, _: random.Random, __: Any) -> None:
    del where[key]


def _renamed(where: Any, key: Any, chance: random.Random, _: Any) -> None:
    if isinstance(where, dict):
        other = chance.choice(
            (key.upper(), key + "s", key[:-1], key[::-1], "", "a.b", "é", "x" * 5000, "__class__", "\x1b[31m")
        )
        where[other] = where.pop(key)


def _doubled(where: Any, key: Any, chance: random.Random, _: Any) -> None:
    if isinstance(where, list):
        times = chance.choice((1, 1, 2, 30, 400))
        size = sum(1 for _ in _places(where[key])) + 1
        where.extend(copy.deepcopy(where[key]) for _ in range(min(times, _MOST // size)))
    else:  # a key of the same letters, written twice
        where[_Twin(key)] = copy.deepcopy(where[key])


class _Twin(str):
    """A key beside the same one."""

    __slots__ = ()

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def _moved(where: Any, key: Any, chance: random.Random, places: Any) -> None:
    other, there = chance.choice(places)
    where[key] = copy.deepcopy(other[there])


def _deep(where: Any, key: Any, chance: random.Random, _: Any) -> None:
    for _ in range(chance.choice((1, 2, 30, 63, 64, 65, 90))):
        where[key] = [where[key]] if chance.random() < 0.5 else {"a": where[key]}


def _worded(where: Any, key: Any, chance: random.Random, _: Any) -> None:
    old = str(where[key]) if not isinstance(where[key], dict | list) else ""
    words = old.split(" ")
    kind = chance.randrange(4)
    if kind == 0:
        words[chance.randrange(len(words))] = chance.choice(_UNITS)
    elif kind == 1:
        words[chance.randrange(len(words))] = chance.choice(NUMBERS)
    elif kind == 2:
        words.insert(chance.randrange(len(words) + 1), chance.choice(WORDS))
    else:
        words = words * (chance.choice((2, 3, 300)) if len(old) < 200 else 1)
    where[key] = " ".join(words)


_WAYS = (_typed, _typed, _numbered, _numbered, _gone, _renamed, _doubled, _moved, _deep, _worded, _worded)


def as_json(value: Any) -> str:
    """Write plain data as JSON, hostile numbers as they are."""
    if isinstance(value, Verbatim):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str.__str__(key))}: {as_json(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False, default=str)


def as_toml(tree: Any) -> str:
    """Write plain data as TOML: tables of the top by their heads, everything below within its line."""
    if not isinstance(tree, dict):
        return _toml(tree)
    plain, heads = list[str](), list[str]()
    for key, value in tree.items():
        if isinstance(value, dict):
            heads += [f"[{_key(key)}]", *_lines(value)]
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            heads += [line for one in value for line in (f"[[{_key(key)}]]", *_lines(one))]
        else:
            plain.append(f"{_key(key)} = {_toml(value)}")
    return "\n".join([*plain, *heads]) + "\n"


def _lines(table: dict[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_toml(value)}" for key, value in table.items()]


def _key(key: str) -> str:
    return json.dumps(str.__str__(key), ensure_ascii=False)


def _toml(value: Any) -> str:
    if isinstance(value, Verbatim):
        return str(value)
    if value is None:
        return "null"  # TOML has none
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(_lines(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return value.isoformat()  # a date
