"""The short form of the built-in Antimony texts, which is written out before Antimony reads them.

A statement goes on to the next line while a bracket is open, after a comma or an operator, and between a reaction and
its rate. ``@`` begins what is written out:

``@list NAME = a, b, c``
    names that belong together; an item ``@OTHER`` stands for the items of another list
``@NAME``
    the items of a list, with commas between them
``@each X in a, b, @NAME`` ... ``@end``
    the lines between, once for each item, which stands where ``{X}`` is; on one line: ``@each X in @NAME: statement``
``@sum(X in @NAME: expression)``
    the expression once for each item, added up
``@text NAME(X, Y)`` ... ``@end``, ``@insert NAME(a, b)``
    lines to be put where they are asked for, with what is given for ``{X}`` and ``{Y}``

Lists and texts hold for the files that come after in the same model. A user's own file is plain Antimony.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bimodal.errors import ModelError
from bimodal.model.short_lines import DIRECTIVE, EACH, NAME, WORDS, Source, Statement, block_of, statements

_ITEM = re.compile(r"@?[A-Za-z_{][\w{}.]*")
_LIST = re.compile(rf"@list ({NAME}) = (.+)")
_CALL = re.compile(rf"@(?:text|insert) ({NAME})\((.*)\)")
_SUM = re.compile(rf"({NAME}) in ([^:]+): (.+)")
_BLANK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class PlainText:
    """Antimony as it is read: every line with the file and line it comes from.

    Parameters
    ----------
    lines
        (text, where it stands), in order.
    lists
        The lists of the short form and their items.
    """

    lines: tuple[tuple[str, str], ...]
    lists: Mapping[str, tuple[str, ...]]

    @property
    def text(self) -> str:
        """All lines."""
        return "".join(f"{line}\n" for line, _ in self.lines)

    def where(self, line: int) -> str:
        """Say where a line of `text` comes from, counted from 1."""
        return self.lines[min(max(line, 1), len(self.lines)) - 1][1]


def write_out(sources: Iterable[Source]) -> PlainText:
    r"""Turn texts in short form into plain Antimony.

    Parameters
    ----------
    sources
        In the order in which Antimony is to read them.

    Raises
    ------
    ModelError
        A directive is unknown or incomplete, or names a list or text that is not above it.

    Examples
    --------
    >>> short = "@list cells = a, b\nall := @sum(x in @cells: n_{x} *\n  k);"
    >>> write_out([Source("m.ant", short)]).text
    'all := (n_a * k + n_b * k);\n'
    """
    writer = _Writer()
    for source in sources:
        writer.read(source)
    return PlainText(tuple(writer.out), writer.lists)


def read_list(name: str, source: Source) -> tuple[str, ...]:
    r"""Return the items of a list of one file, which builds on no list of another.

    Raises
    ------
    ModelError
        The file has no such list.

    Examples
    --------
    >>> read_list("cells", Source("m.ant", "@list t_cells = a, b\n@list cells = @t_cells, c"))
    ('a', 'b', 'c')
    """
    writer = _Writer()
    for line in statements(source):
        if line.word == "list":
            writer.define(line)
            if name in writer.lists:
                return writer.lists[name]
    raise ModelError(f"there is no list '{name}'", where=source.file)


@dataclass
class _Writer:
    out: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    texts: dict[str, tuple[tuple[str, ...], tuple[Statement, ...]]] = field(
        default_factory=dict[str, tuple[tuple[str, ...], tuple[Statement, ...]]]
    )

    def read(self, source: Source) -> None:
        self._write(tuple(statements(source)), {}, ())

    def _write(self, lines: Sequence[Statement], known: Mapping[str, str], inside: tuple[str, ...]) -> None:
        """Write lines out, with what stands for each name in braces, and the texts and blocks around them."""
        at = 0
        while at < len(lines):
            line = lines[at]
            at += 1
            if line.is_comment:
                self.out.append((line.text, line.where))
            elif line.word in ("list", "text") and inside:
                line.refuse(f"'@{line.word}' stands inside another block", "put it above")
            elif line.word == "list":
                self.define(line)
            elif line.word == "insert":
                self._insert(line, known, inside)
            elif line.word == "end":
                line.refuse("'@end' ends nothing", "remove it")
            elif line.word == "each" and (found := EACH.fullmatch(line.text)) and found[3]:
                self._each(found, (Statement(found[3], line.where),), line, known, inside)
            elif line.word in ("each", "text"):
                body = block_of(line, lines[at:])
                at += len(body) + 1
                if line.word == "text":
                    self._text(line, body)
                elif (found := EACH.fullmatch(line.text)) is None:
                    line.refuse("'@each' is incomplete", "@each NAME in ITEM, ITEM, @LIST")
                else:
                    self._each(found, body, line, known, inside)
            else:
                self.out.append((self._filled(line.text, line, known), line.where))

    def _each(
        self,
        found: re.Match[str],
        body: Sequence[Statement],
        line: Statement,
        known: Mapping[str, str],
        inside: tuple[str, ...],
    ) -> None:
        lines = body
        for item in self._items(found[2], line, known):
            self._write(lines, {**known, found[1]: item}, (*inside, "each"))
            lines = [one for one in body if not one.is_comment]

    def define(self, line: Statement) -> None:
        """Take a list in."""
        found = _LIST.fullmatch(line.text)
        if found is None:
            line.refuse("'@list' is incomplete", "@list NAME = ITEM, ITEM, @OTHER")
        self._new(found[1], self.lists, line)
        items = tuple(self._items(found[2], line, None))
        twice = [item for item, count in Counter(items).items() if count > 1]
        if twice:
            line.refuse(f"'{twice[0]}' is in the list '{found[1]}' twice")
        self.lists[found[1]] = items

    def _text(self, line: Statement, body: Sequence[Statement]) -> None:
        name, names = self._call(line)
        self._new(name, self.texts, line)
        self.texts[name] = (names, tuple(body))

    def _insert(self, line: Statement, known: Mapping[str, str], inside: tuple[str, ...]) -> None:
        name, given = self._call(line)
        if name not in self.texts:
            line.refuse(f"there is no text '{name}' above", f"one of: {', '.join(self.texts) or 'none'}")
        names, body = self.texts[name]
        if name in inside:
            line.refuse(f"the text '{name}' inserts itself")
        if len(given) != len(names):
            line.refuse(f"the text '{name}' takes {len(names)} names, not {len(given)}", ", ".join(names))
        filled = [self._filled(one, line, known) for one in given]
        self._write(body, dict(zip(names, filled, strict=True)), (*inside, name))

    def _call(self, line: Statement) -> tuple[str, tuple[str, ...]]:
        found = _CALL.fullmatch(line.text.rstrip(";"))
        if found is None:
            line.refuse(f"'@{line.word}' is incomplete", f"@{line.word} NAME(A, B)")
        return found[1], tuple(part.strip() for part in found[2].split(",") if part.strip())

    def _new(self, name: str, there: Mapping[str, object], line: Statement) -> None:
        if name in there or name in WORDS:
            line.refuse(f"the name '{name}' is taken", "take another")

    def _items(self, text: str, line: Statement, known: Mapping[str, str] | None) -> Iterator[str]:
        for part in (part.strip() for part in text.split(",")):
            if not _ITEM.fullmatch(part):
                line.refuse(f"'{part}' is neither a name nor a list")
            own = self._named(part[1:], line) if part.startswith("@") else (part,)
            yield from own if known is None else (_put(one, line, known) for one in own)

    def _named(self, name: str, line: Statement) -> tuple[str, ...]:
        if name not in self.lists:
            there = ", ".join(self.lists) or "none"
            line.refuse(f"'@{name}' is neither a directive nor a list above", f"lists: {there}")
        return self.lists[name]

    def _filled(self, text: str, line: Statement, known: Mapping[str, str]) -> str:
        while (start := text.find("@sum(")) >= 0:
            end = _closing(text, start + 4)
            found = _SUM.fullmatch(text[start + 5 : end])
            if found is None:
                line.refuse("'@sum' is incomplete", "@sum(NAME in @LIST: expression)")
            items = self._items(found[2], line, known)
            parts = [self._filled(found[3], line, {**known, found[1]: item}) for item in items]
            text = f"{text[:start]}({' + '.join(parts)}){text[end + 1 :]}"
        text = DIRECTIVE.sub(lambda asked: ", ".join(self._named(asked[1], line)), text)
        if "@" in text:
            line.refuse("'@' stands alone", "@NAME is a list; what else begins with it: model/short_form.py")
        return _put(text, line, known)


def _put(text: str, line: Statement, known: Mapping[str, str]) -> str:
    for name in _BLANK.findall(text):
        if name not in known:
            line.refuse(f"nothing stands for '{{{name}}}' here", f"known: {', '.join(known) or 'nothing'}")
    return _BLANK.sub(lambda blank: known[blank[1]], text)


def _closing(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return len(text)
