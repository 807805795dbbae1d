"""An input for a reader: a valid text changed by its letters or by what it says, or bytes by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Literal

from fuzz.mutate import mutate
from fuzz.mutate_table import change_table, change_words
from fuzz.mutate_tree import change_json, change_toml, change_yaml
from fuzz.mutate_xml import change_xml

Form = Literal["text", "words", "table", "toml", "json", "yaml", "xml"]
_BY_FORM: Mapping[Form, Callable[[str, random.Random], str]] = {
    "words": change_words,
    "table": change_table,
    "toml": change_toml,
    "json": change_json,
    "yaml": change_yaml,
    "xml": change_xml,
    "text": mutate,
}
#: Inputs are no longer than this; what readers do with longer ones is tested file by file.
LONGEST = 200_000


def change(text: str, form: Form, chance: random.Random) -> str:
    """Change a text: of twenty, ten by what it says, eight by its letters, one by both, one is bytes by chance."""
    kind = chance.randrange(20)
    if kind == 0:
        count = chance.choice((1, 10, 200, 3000))
        return chance.randbytes(count).decode("utf-8", "surrogateescape")
    if kind <= 11:
        text = _BY_FORM[form](text, chance)
    if kind >= 11:
        text = mutate(text, chance)
    return text[:LONGEST]


def as_bytes(text: str) -> bytes:
    """Return the bytes an input stands for; some are no UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
