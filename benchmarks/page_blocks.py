"""Blocks of a page that a reader copies: files to save, commands to run, and what these print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind, the file it is saved as (blank if it is none), and its text."""

    kind: str
    file: str
    text: str

    def missing_in(self, said: str) -> list[str]:
        """Return the lines of the block that were not printed, spaces aside."""
        printed = _flat(said)
        return [line for line in self.text.splitlines() if _flat(line) not in printed]


def page_blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in order."""
    return [Block(*found) for found in _BLOCK.findall(page.read_text("utf-8"))]


def _flat(text: str) -> str:
    return " ".join(text.split())
