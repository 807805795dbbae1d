"""Numbers as spreadsheets of several languages write them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bimodal.errors import TimingError
from bimodal.files.faults import Faults
from bimodal.files.table import Place
from bimodal.timing.said import Question, Said, question

_COMMA = re.compile(r"\d*,\d+", re.ASCII)
_POINT = re.compile(r"\d*\.\d+", re.ASCII)
_BELOW = re.compile(r"<\s*([\d.,]+)", re.ASCII)
# no more than 1,000 mg/L is possible, so this is the one number whose mark may be one of thousands; it decides no mark
_OPEN = re.compile(r"1[.,]000", re.ASCII)


def decimal_mark(cells: Iterable[tuple[str, Place]], said: Said, faults: Faults) -> tuple[str, Question | None]:
    """Find the one mark of decimals in a table: comma, point, or nothing where all numbers are whole.

    A table that holds both is at fault, in each row of the rarer mark.
    """
    found: dict[str, list[tuple[str, Place]]] = {"comma": [], "point": []}
    unclear: dict[str, list[tuple[str, Place]]] = {"comma": [], "point": []}
    first: Place | None = None
    for text, place in cells:
        bare = bare_number(text)[0]
        if _OPEN.fullmatch(bare):
            unclear["comma" if "," in bare else "point"].append((bare, place))
            first = first or place
        elif _COMMA.fullmatch(bare):
            found["comma"].append((bare, place))
        elif _POINT.fullmatch(bare):
            found["point"].append((bare, place))
    mark = said.decimal or max(found, key=lambda one: len(found[one]))
    if not found[mark] and not said.decimal:
        return "", question("decimal", f"{first} may be 1 or 1000") if first else None
    other = "point" if mark == "comma" else "comma"
    for text, place in (*found[other], *unclear[other]):
        seen = f", a decimal {mark} in row {found[mark][0][1].line}" if found[mark] else ""
        with faults.kept():
            place.fail("value", f"'{text[:40]}' has a decimal {other}{seen}", "write all numbers in one way")
    return mark, None


def bare_number(text: str) -> tuple[str, bool]:
    """Take the sign of a detection limit off a number, and say whether it was there.

    Examples
    --------
    >>> bare_number("< 0,3"), bare_number("14,2")
    (('0,3', True), ('14,2', False))
    """
    match = _BELOW.fullmatch(text)
    return (match[1], True) if match else (text, False)


def with_point(text: str, mark: str) -> str:
    """Write a number with a decimal point; what is no number stays for the reader to refuse.

    Examples
    --------
    >>> with_point("14,2", "comma"), with_point("1.234,5", "comma")
    ('14.2', '1.234,5')
    """
    return text.replace(",", ".") if mark == "comma" and _COMMA.fullmatch(text) else text


def unit_fault(text: str, header: str, place: Place) -> TimingError | None:
    """Say where a row gives another unit than the head of its column."""
    if not text or not header or text.lower() == header.lower():
        return None
    return TimingError(
        f"the unit is {header} in the head of the column, and another here",
        where=f"{place}, column 'unit'",
        fix="bring all rows to one unit: 1 mg/dL is 10 mg/L",
    )
