"""Changes of a valid text that people and attackers make: fast, and the same for the same seed."""

from __future__ import annotations

import random
import re

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
WORDS = (
    "\x1b[31m",
    "\x07",
    "\r",
    "\t",
    "\u202e",
    "\u2028",
    "\ufeff",
    "é",
    "\ud800",
    "𝟛",
    "\0",
    "\n",
    "\n\n",
    " " * 3000,
    "[" * 200,
    "{" * 200,
    "(" * 200,
    "a." * 300,
    '"',
    "'",
    '"""',
    "'''",
    "\\",
    "#",
    ",",
    ";",
    "=",
    "%",
    "-",
    "--",
    "+",
    "/*",
    "*/",
    "//",
    "<!DOCTYPE a>",
    "&a;",
    "<cn>",
    "]]>",
    'import "/etc/passwd"',
    'import "canary.txt"',
    "read_text('canary.txt')",
    "file:canary.txt",
    "__import__('os').system('true')",
    "{0.__class__}",
    "$(true)",
    "${HOME}",
    "../" * 40,
    "__class__",
    "\\u0000",
    "\\ud800",
)
NUMBERS = (
    "0",
    "-1",
    "-0.0",
    "1e-320",
    "1e308",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "9" * 400,
    "9" * 4400,
    "7" * 50_000 + "x",
    "0x" + "f" * 4400,
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e9",
    "1_000",
    "1,5",
    "٣",
    "true",
    '"7"',
    "[]",
    "{}",
    "''",
    "1979-05-27",
)


def mutate(text: str, chance: random.Random) -> str:
    """Change a text in one to five places."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        text = chance.choice(_WAYS)(text, chance)
    return text[:100_000]


def minimise(text: str, fails: object, *, tries: int = 400) -> str:
    """Take pieces out of a text as long as it still fails."""
    assert callable(fails)
    size = max(len(text) // 2, 1)
    while size and tries:
        for start in range(0, len(text), size):
            tries -= 1
            shorter = text[:start] + text[start + size :]
            if tries and fails(shorter):
                text = shorter
                break
        else:
            size //= 2
    return text


def _span(text: str, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(text) + 1)
    return start, min(len(text), start + int(chance.expovariate(1 / 12)) + 1)


def _cut(text: str, chance: random.Random) -> str:
    start, stop = _span(text, chance)
    return text[:start] + text[stop:]


def _again(text: str, chance: random.Random) -> str:
    start, stop = _span(text, chance)
    return text[:start] + text[start:stop] * chance.choice((2, 3, 50, 1000)) + text[stop:]


def _moved(text: str, chance: random.Random) -> str:
    (start, stop), place = _span(text, chance), chance.randrange(len(text) + 1)
    return text[:place] + text[start:stop] + text[place:]


def _hostile(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(WORDS) + text[place:]


def _letter(text: str, chance: random.Random) -> str:
    start = chance.randrange(len(text) + 1)
    return text[:start] + chr(chance.choice((chance.randrange(128), chance.randrange(0x3000)))) + text[start + 1 :]


def _number(text: str, chance: random.Random) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return _hostile(text, chance)
    one = chance.choice(found)
    return text[: one.start()] + chance.choice(NUMBERS) + text[one.end() :]


def _lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return "\n".join(lines[: chance.choice((len(lines), len(lines), a + 1))])


def _word(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    a, b = chance.randrange(len(words)), chance.randrange(len(words))
    words[a] = words[b]
    return " ".join(words)


_WAYS = (_cut, _again, _moved, _hostile, _letter, _number, _number, _lines, _word)
