"""A place in a regimen text, and the small things that can be read there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import NoReturn

from bimodal.dosing.span import Span, SpanUnit
from bimodal.errors import DosingError, RegimenError
from bimodal.files.suggest import nearest_meaning

_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[0-9]+(?:\.[0-9]+)?,(?=[0-9])")
_WORD = re.compile(r"[A-Za-z]+")
_TOKEN = re.compile(r"[^\s,]+")
_TIME_WORDS: dict[str, SpanUnit] = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "week"),
}


#: Codes of fewer letters (qd, qod, bid, tid) are too near to each other for a hint that could change a dose.
_SHORTEST_HINT = 4
_NEAR, _APART = 0.7, 0.15


class Cursor:
    """Reads a regimen from left to right and raises errors that point at a character.

    Examples
    --------
    >>> Cursor("  14 days").number("a count")
    14.0
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    @classmethod
    def within(cls, text: str, most: int, *, whose: str) -> Cursor:
        """Open a text, refusing more than ``most`` characters."""
        if len(text) <= most:
            return cls(text)
        shown = "".join(letter if letter.isprintable() else " " for letter in text[:60])
        raise RegimenError(
            f"{whose} of {len(text)} characters is too long; {most} are supported",
            text=shown + "...",
            position=len(shown),
        )

    def skip(self) -> None:
        """Pass over white space."""
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def fail(self, what: str, *, at: int | None = None, fix: str | None = None) -> NoReturn:
        """Raise a RegimenError with the caret at ``at``, or at the next character."""
        self.skip()
        # one printed column per character, so that the caret stands under the fault
        shown = "".join(letter if letter.isprintable() else " " for letter in self.text)
        raise RegimenError(what, text=shown, position=self.position if at is None else at, fix=fix)

    def expected(self, what: str, words: Iterable[str] | Mapping[str, object] = ()) -> NoReturn:
        """Raise a RegimenError that says what was expected, with a near word where only one meaning is near.

        A mapping gives the meaning of each word; without one, every word has a meaning of its own.
        """
        self.skip()
        token = _TOKEN.match(self.text, self.position)
        if not token:
            end = "the end of the text" if self.position >= len(self.text) else f"'{self.text[self.position]}'"
            self.fail(f"expected {what}, found {end}")
        near = nearest_meaning(token.group(), words)
        near = None if near == token.group() else near  # a word of the language, in a place where it means nothing
        self.fail(f"expected {what}, found '{token.group()[:40]}'", fix=f"did you mean '{near}'?" if near else None)

    def at_end(self) -> bool:
        """Whether nothing but white space is left."""
        self.skip()
        return self.position >= len(self.text)

    def word(self) -> str:
        """Look at the next word, in lower case; empty where none stands."""
        self.skip()
        found = _WORD.match(self.text, self.position)
        return found.group().lower() if found else ""

    def take(self, *words: str) -> bool:
        """Read these words in this order if all stand here."""
        before = self.position
        for word in words:
            if self.word() != word:
                self.position = before
                return False
            self.position += len(word)
        return True

    def take_symbol(self, symbols: str) -> bool:
        """Read one of these characters if it stands here."""
        self.skip()
        if self.position < len(self.text) and self.text[self.position] in symbols:
            self.position += 1
            return True
        return False

    def number_ahead(self) -> bool:
        """Whether a number stands here."""
        self.skip()
        return bool(_NUMBER.match(self.text, self.position))

    def number(self, what: str) -> float:
        """Read a positive finite number."""
        self.skip()
        found = _NUMBER.match(self.text, self.position)
        if not found:
            self._no_number(what)
        value, start = float(found.group()), self.position
        if not math.isfinite(value):
            self.fail(f"{found.group()[:40]} is too large for a number")
        if value <= 0:
            self.fail(f"{what} must be greater than zero")
        self.position = found.end()
        after = self.text[found.end() : found.end() + 1]
        if after == "." or after == "_":
            self.position = start
            self.fail("cannot read this number", at=found.end(), fix="write e.g. 600000 or 0.3")
        return value

    def _no_number(self, what: str) -> NoReturn:
        rest = self.text[self.position :]
        if rest[:1] in ("-", "−"):
            self.fail(f"{what} must be greater than zero, and not negative")
        if rest[:1].isnumeric():
            self.fail("write numbers with the digits 0 to 9")
        if rest[:4].lower().startswith(("nan", "inf")):
            self.fail(f"{what} must be a finite number")
        self.expected(f"{what}, a number")

    def whole(self, what: str) -> int:
        """Read a whole number, at least 1."""
        self.skip()
        start = self.position
        value = self.number(what)
        if value != int(value) or value > 10**9:
            self.fail(f"{what} must be a whole number", at=start)
        return int(value)

    def refuse_comma(self) -> None:
        """Refuse ``600,000`` and ``0,3``, which different readers take for different numbers."""
        self.skip()
        found = _COMMA.match(self.text, self.position)
        if found:
            self.fail(
                "a comma within a number is ambiguous",
                at=found.end() - 1,
                fix="write 600000 (no separator) or 0.3 (a point)",
            )

    def span(self, what: str) -> Span:
        """Read a length of time such as ``15 min`` or ``8 weeks``."""
        self.refuse_comma()
        start = self.position
        value = self.number(what)
        return self.span_of(value, start)

    def span_of(self, value: float, start: int) -> Span:
        """Read the unit that follows ``value``, which began at ``start``."""
        self.skip()
        word = self.word()
        if word.startswith(("month", "year")):
            self.fail(f"a {word.removesuffix('s')} has no fixed length", fix="give weeks or days")
        if word not in _TIME_WORDS:
            self.expected("a unit of time: min, h, days or weeks", _TIME_WORDS)
        try:
            span = Span(value, _TIME_WORDS[word])
        except DosingError as error:
            self.fail(error.what, at=start, fix=error.fix)
        self.position += len(word)
        return span
