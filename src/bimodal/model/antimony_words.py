"""The words of an Antimony text outside its comments and strings, as its own scanner sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_NEXT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[^\sA-Za-z_]")
#: What opens a comment or a string, what closes it, and whether it may run over lines.
_HIDDEN = (("//", "\n", True), ("#", "\n", True), ("/*", "*/", True), ("```", "```", True), ('"', '"', False))


class Word(NamedTuple):
    """A name or a sign, and its line counted from 1."""

    text: str
    line: int


def antimony_words(text: str) -> Iterator[Word]:
    r"""Give names and signs in order.

    What is opened and never closed hides nothing: of two readings this is the one that shows more.

    Examples
    --------
    >>> [word.text for word in antimony_words('a = 1 // b\nimport/* */"c" /* // */ d')]
    ['a', '=', '1', 'import', 'd']
    """
    at, line, counted = 0, 1, 0
    never = set[str]()  # closings that do not come any more: looking again would take time without end
    while (found := _NEXT.search(text, at)) is not None:
        start = found.start()
        for opening, closing, lines in _HIDDEN:
            if text.startswith(opening, start) and closing not in never:
                end = text.find(closing, start + len(opening))
                if end < 0:
                    never.add(closing)
                    if closing == "\n":
                        return
                elif lines or "\n" not in text[start:end]:
                    at = end + len(closing)
                    break
        else:
            line += text.count("\n", counted, start)
            counted = start
            yield Word(found.group(), line)
            at = found.end()


def contained_in_itself(text: str) -> Word | None:
    """Return a module that contains itself, by way of others too, where it does; None if there is none.

    Examples
    --------
    >>> contained_in_itself("model a(); x: b(); end model b(); y: a(); end")
    Word(text='a', line=1)
    """
    inside: dict[str, list[Word]] = {}
    owner = ""
    before = [Word("", 0)] * 3
    for word in antimony_words(text):
        if before[2].text in ("model", "module") or (before[1].text in ("model", "module") and before[2].text == "*"):
            owner = word.text
            inside.setdefault(owner, [])
        elif word.text == "end":
            owner = ""
        elif owner and word.text == "(" and before[1].text == ":":
            inside[owner].append(before[2])
        before = [*before[1:], word]
    return _circle(inside)


def _circle(inside: Mapping[str, list[Word]]) -> Word | None:
    done = set[str]()
    for first in inside:
        path, ways = [first], [iter(inside[first])]
        while path:
            word = next(ways[-1], None)
            if word is None:
                done.add(path.pop())
                ways.pop()
            elif word.text in path:
                return word
            elif word.text in inside and word.text not in done:
                path.append(word.text)
                ways.append(iter(inside[word.text]))
    return None
