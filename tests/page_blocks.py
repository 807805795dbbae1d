"""Blocks of a page that a reader copies: files to save, commands to run, and what these print."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind, the word behind that (mostly a file to save it as; may be blank), and its text."""

    kind: str
    word: str
    text: str

    def missing_in(self, said: str) -> list[str]:
        """Return the lines of the block that were not printed, spaces aside."""
        printed = _flat(said)
        return [line for line in self.text.splitlines() if _flat(line) not in printed]


def page_blocks(page: str, kind: str = "") -> list[Block]:
    """Return the blocks of the text of a page in order, all or those of one kind."""
    blocks = (Block(*found) for found in _BLOCK.findall(page))
    return [block for block in blocks if kind in ("", block.kind)]


def _flat(text: str) -> str:
    return " ".join(text.split())
