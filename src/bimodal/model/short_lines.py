"""Statements of a built-in text in short form, each with the place it begins at, however many lines it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from bimodal.errors import ModelError

NAME = r"[A-Za-z_]\w*"
DIRECTIVE = re.compile(rf"@({NAME})")
EACH = re.compile(rf"@each ({NAME}) in ([^:]+?)(?:: (.+))?")
WORDS = ("list", "each", "end", "sum", "text", "insert")
_GOES_ON = re.compile(r"[,+\-*/^=]$|->[^;]*;?$")


@dataclass(frozen=True)
class Source:
    """A file, or a part of one, to be written out.

    Parameters
    ----------
    file, text
        Its name and its content.
    first_line
        Number of its first line in the file.
    """

    file: str
    text: str
    first_line: int = 1


@dataclass(frozen=True)
class Statement:
    """A directive, a comment, or a statement of Antimony.

    Parameters
    ----------
    text
        On one line.
    where
        File and line it begins at.
    """

    text: str
    where: str

    @property
    def word(self) -> str:
        """What directive it is; empty for a statement, which may have lists and sums inside."""
        found = DIRECTIVE.match(self.text)
        return found[1] if found and found[1] in WORDS and found[1] != "sum" else ""

    @property
    def is_comment(self) -> bool:
        """Whether it says nothing to Antimony."""
        return self.text.lstrip().startswith("//")

    @property
    def opens_block(self) -> bool:
        """Whether the statements after it belong to it, up to an ``@end``."""
        found = EACH.fullmatch(self.text) if self.word == "each" else None
        return self.word == "text" or (self.word == "each" and not (found and found[3]))

    def refuse(self, what: str, fix: str | None = None) -> NoReturn:
        """Raise what is wrong with it."""
        raise ModelError(what, where=self.where, fix=fix)


def statements(source: Source) -> Iterator[Statement]:
    """Join the lines of each statement; comments behind statements fall away, those on lines of their own stay."""
    text, start = "", Statement("", "")
    for number, raw in enumerate(source.text.splitlines(), source.first_line):
        here = Statement(raw, f"{source.file}, line {number}")
        if here.is_comment:
            if not text:
                yield here
            continue
        code = raw.partition("//")[0].rstrip()
        if not code:
            continue
        start = start if text else here
        text += code if not text else code.lstrip() if text.endswith("(") else f" {code.lstrip()}"
        missing = text.count("(") - text.count(")")
        if missing < 0:
            here.refuse("a bracket is closed that was not opened")
        if not missing and not _GOES_ON.search(text):
            whole = Statement(text.strip() if text.lstrip().startswith("@") else text, start.where)
            if whole.word == "end" and whole.text != "@end":
                whole.refuse("'@end' does not stand alone on its line")
            yield whole
            text = ""
    if text:
        start.refuse("the statement that begins here has no end: a bracket is open, or more is to come")


def block_of(head: Statement, lines: Sequence[Statement]) -> Sequence[Statement]:
    """Give the lines up to the ``@end`` of a block."""
    depth = 1
    for at, line in enumerate(lines):
        depth += line.opens_block - (line.word == "end")
        if depth == 0:
            return lines[:at]
    return head.refuse(f"'@{head.word}' has no '@end'", "end the block")
