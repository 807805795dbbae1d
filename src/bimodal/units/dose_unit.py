"""Units of doses as people write them: what is counted, and per which body size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from bimodal.errors import UnitError
from bimodal.files.suggest import nearest_meaning
from bimodal.units.amounts import ACTIVITY, MASS_MG, MOLES_NMOL

_MOIETIES = ("IL-2", "conjugate")
_AMOUNTS = (*MASS_MG, *MOLES_NMOL)
_SYMBOLS = frozenset(
    (*ACTIVITY, "Roche U", *_AMOUNTS, *(f"{symbol} {moiety}" for symbol in _AMOUNTS for moiety in _MOIETIES))
)
_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {"iu": "IU", "kiu": "kIU", "mcg": "ug", **{symbol: symbol for symbol in _AMOUNTS}}
)
_PLURALS = frozenset({"u", "ku", "mu", "unit", "units", "munits", "kunits"})
_KNOWN = "IU, kIU, MIU, mg, ug, ng, nmol, pmol, Cetus U, Roche U"
_CHOICES = "say which unit: IU (or kIU, MIU), Cetus U (= 6 IU), or Roche U (needs its factor and source)"

_WORD = re.compile(r"[A-Za-zµμ]+")
_BRAND_UNIT = re.compile(r"\s+(?:units?|u)(?![A-Za-z])", re.IGNORECASE)
_MILLION = re.compile(r"\s+IU(?![A-Za-z])")
_MOIETY = re.compile(r"\s+(?:of\s+)?(?:(il-?2)|(conjugate))(?![A-Za-z0-9])", re.IGNORECASE)
_PER = re.compile(r"\s*/\s*|\s+per\s+", re.IGNORECASE)
_SIZE = re.compile(r"(kg)(?![A-Za-z0-9])|(m(?:2|²|\^2))(?![A-Za-z0-9])", re.IGNORECASE)
_DAY = re.compile(r"(?:days?|d|24\s*h)(?![A-Za-z0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class DoseUnit:
    """The unit of a dose: what is counted, and per which body size.

    Parameters
    ----------
    per
        ``"flat"``, ``"kg"`` (body weight) or ``"m2"`` (body surface area).

    Examples
    --------
    >>> str(DoseUnit("MIU", "m2"))
    'MIU/m2'
    """

    symbol: str
    per: Literal["flat", "kg", "m2"] = "flat"

    def __post_init__(self) -> None:
        if self.symbol not in _SYMBOLS:
            raise UnitError(f"'{self.symbol}' is not a dose unit", fix=f"use one of {_KNOWN}")
        if self.per not in ("flat", "kg", "m2"):
            raise UnitError(f"a dose cannot be per {self.per}", fix="use flat, kg or m2")

    def __str__(self) -> str:
        return self.symbol if self.per == "flat" else f"{self.symbol}/{self.per}"


def scan_symbol(text: str, start: int) -> tuple[str, int]:
    """Read a unit symbol at ``start``, so that the regimen parser and :func:`parse_dose_unit` cannot disagree.

    Gives the canonical symbol and the index after it; refuses what is ambiguous (``U``, ``mIU``).

    Examples
    --------
    >>> scan_symbol("5 mcg SC", 2)
    ('ug', 5)
    """
    found = _WORD.match(text, start)
    if not found:
        raise UnitError("expected a dose unit", fix=f"use one of {_KNOWN}, each flat, /kg or /m2")
    word, end = found.group(), found.end()
    key = word.replace("µ", "u").replace("μ", "u").lower()
    if key in ("cetus", "roche"):
        brand = _BRAND_UNIT.match(text, end)
        if not brand:
            raise UnitError(f"expected 'U' after '{word}'", fix=f"write '{key.capitalize()} U'")
        return f"{key.capitalize()} U", brand.end()
    if key == "million":
        million = _MILLION.match(text, end)
        if not million:
            raise UnitError("expected 'IU' after 'million'", fix="write MIU")
        return "MIU", million.end()
    if key in _PLURALS:
        raise UnitError(f"the unit '{word}' is ambiguous: several units of IL-2 are called U", fix=_CHOICES)
    if key == "miu":
        if word != "MIU":
            raise UnitError(f"'{word}' may mean milli-IU or million IU", fix="write MIU for million IU, or give IU")
        return "MIU", end
    if key not in _SPELLINGS:
        near = nearest_meaning(word, sorted({*_SPELLINGS.values(), *ACTIVITY}))
        hint = f"did you mean {near}? " if near else ""
        raise UnitError(f"'{word}' is not a dose unit", fix=f"{hint}use one of {_KNOWN}")
    symbol = _SPELLINGS[key]
    moiety = _MOIETY.match(text, end) if symbol in _AMOUNTS else None
    if moiety:
        return f"{symbol} {'IL-2' if moiety.group(1) else 'conjugate'}", moiety.end()
    return symbol, end


def scan_per(text: str, start: int) -> tuple[Literal["flat", "kg", "m2"], int]:
    """Read ``/kg`` or ``/m2`` at ``start``; a ``/day`` is left for the caller, as a dose is an amount and no rate.

    Examples
    --------
    >>> scan_per("MIU/m² SC", 3)
    ('m2', 6)
    """
    slash = _PER.match(text, start)
    if not slash or _DAY.match(text, slash.end()):
        return "flat", start
    size = _SIZE.match(text, slash.end())
    if not size:
        raise UnitError("expected kg or m2 after '/'", fix="doses are flat, per kg or per m2, e.g. 1 MIU/m2")
    return ("kg" if size.group(1) else "m2"), size.end()


def parse_dose_unit(text: str) -> DoseUnit:
    """Read a dose unit, refusing what could mean two things, because a wrong unit is a wrong dose.

    A bare ``U`` is refused. ``"MIU/m2"``, ``"Cetus U/m2"``, ``"µg"`` and ``"mg conjugate/kg"`` are units.

    Examples
    --------
    >>> parse_dose_unit("µg/kg")
    DoseUnit(symbol='ug', per='kg')
    """
    stripped = text.strip()
    try:
        symbol, end = scan_symbol(stripped, 0)
        per, end = scan_per(stripped, end)
    except UnitError as error:
        raise UnitError(error.what, where=f"unit {text[:60]!r}", fix=error.fix) from None
    if end != len(stripped):
        raise UnitError(
            f"cannot read '{stripped[end : end + 20]}' after '{stripped[:end]}'", where=f"unit {text[:60]!r}"
        )
    return DoseUnit(symbol, per)
