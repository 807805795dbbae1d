"""Dose and concentration units: international units, mass and moles, of IL-2 or of conjugate, per body size or flat.

Activity units never enter a model. They become nmol of IL-2 here, through the potency that a molecule declares.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bimodal.errors import UnitError
from bimodal.files.suggest import did_you_mean

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CETUS_UNIT_IU = 6.0
"""IU in one Cetus unit, the "U" of most United States papers before about 1990 (recalled; clinical_targets D11)."""

_ACTIVITY = {"IU": 1.0, "kIU": 1e3, "MIU": 1e6, "Cetus U": CETUS_UNIT_IU}
_MASS_MG = {"ng": 1e-6, "ug": 1e-3, "mg": 1.0, "g": 1e3}
_MOLES_NMOL = {"pmol": 1e-3, "nmol": 1.0, "umol": 1e3}
_MOLAR_PM = {"fM": 1e-3, "pM": 1.0, "nM": 1e3, "uM": 1e6, "mM": 1e9}
_LITRES = {"L": 1.0, "dL": 0.1, "mL": 1e-3, "uL": 1e-6}
_MOIETIES = ("IL-2", "conjugate")
_AMOUNTS = (*_MASS_MG, *_MOLES_NMOL)
_SYMBOLS = frozenset(
    (*_ACTIVITY, "Roche U", *_AMOUNTS, *(f"{symbol} {moiety}" for symbol in _AMOUNTS for moiety in _MOIETIES))
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
_PLAIN_UNIT = re.compile(r"(?:1|[A-Za-zµμ]+(?:\^?-?[1-9])?)(?:\s*[*/·]\s*[A-Za-zµμ]+(?:\^?-?[1-9])?){0,4}")


@dataclass(frozen=True)
class Substance:
    """What a unit conversion must know of a molecule, because units of activity mean nothing without it.

    Parameters
    ----------
    name
        Name for messages.
    molar_mass
        Molar mass of the IL-2 moiety, g/mol.
    potency
        Declared potency, IU per mg of IL-2; None where the molecule has none.
    potency_source
        Where the potency comes from.
    conjugate_molar_mass
        Molar mass of the whole conjugate, g/mol; None for plain IL-2.
    iu_per_roche_unit, roche_source
        IU in one Roche unit of this molecule, with its source; both or neither.
    il2_per_conjugate
        IL-2 moieties carried by one conjugate.

    Raises
    ------
    UnitError
        A number is not positive and finite, or a potency or Roche factor has no source.

    Examples
    --------
    >>> Substance("aldesleukin", molar_mass=15300.0, potency=18e6 / 1.1, potency_source="label").name
    'aldesleukin'
    """

    name: str
    molar_mass: float
    potency: float | None = None
    potency_source: str | None = None
    conjugate_molar_mass: float | None = None
    iu_per_roche_unit: float | None = None
    roche_source: str | None = None
    il2_per_conjugate: float = 1.0

    def __post_init__(self) -> None:
        numbers = ("molar_mass", "potency", "conjugate_molar_mass", "iu_per_roche_unit", "il2_per_conjugate")
        for field in numbers:
            value = getattr(self, field)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise UnitError(f"{field} must be a positive number, not {value}", where=self.name)
        for number, source in (("potency", "potency_source"), ("iu_per_roche_unit", "roche_source")):
            if getattr(self, number) is not None and not (getattr(self, source) or "").strip():
                raise UnitError(f"{number} has no source", where=self.name, fix=f"give {source}")


@dataclass(frozen=True)
class DoseUnit:
    """The unit of a dose: what is counted, and per which body size.

    Parameters
    ----------
    symbol
        Canonical symbol such as ``"MIU"``, ``"Cetus U"``, ``"mg"`` or ``"nmol conjugate"``.
    per
        ``"flat"``, ``"kg"`` (body weight) or ``"m2"`` (body surface area).

    Raises
    ------
    UnitError
        The symbol or the body size is unknown.

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

    Parameters
    ----------
    text
        Any text.
    start
        Index of the symbol's first character.

    Returns
    -------
    tuple of (str, int)
        The canonical symbol and the index after it.

    Raises
    ------
    UnitError
        No unit stands there, or it is ambiguous (``U``, ``mIU``).

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
        near = did_you_mean(word, {*_SPELLINGS.values(), *_ACTIVITY}).replace("'", "")
        raise UnitError(f"'{word}' is not a dose unit", fix=f"{near}use one of {_KNOWN}")
    symbol = _SPELLINGS[key]
    moiety = _MOIETY.match(text, end) if symbol in _AMOUNTS else None
    if moiety:
        return f"{symbol} {'IL-2' if moiety.group(1) else 'conjugate'}", moiety.end()
    return symbol, end


def scan_per(text: str, start: int) -> tuple[Literal["flat", "kg", "m2"], int]:
    """Read ``/kg`` or ``/m2`` at ``start``; a ``/day`` is left for the caller, as a dose is an amount and no rate.

    Parameters
    ----------
    text
        Any text.
    start
        Index after the unit symbol.

    Returns
    -------
    tuple of (str, int)
        ``"flat"``, ``"kg"`` or ``"m2"``, and the index after it.

    Raises
    ------
    UnitError
        Something else than a body size follows the slash.

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

    Parameters
    ----------
    text
        For example ``"MIU/m2"``, ``"IU/kg"``, ``"Cetus U/m2"``, ``"µg"``, ``"mg conjugate/kg"``.

    Returns
    -------
    DoseUnit
        The unit in canonical spelling.

    Raises
    ------
    UnitError
        The unit is unknown, or a bare ``U``.

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


def nmol_per_unit(symbol: str, substance: Substance) -> float:
    """Give the nmol of IL-2 in one flat unit, the single place where activity and mass become moles.

    Parameters
    ----------
    symbol
        Canonical symbol of :class:`DoseUnit`.
    substance
        The molecule.

    Returns
    -------
    float
        nmol of IL-2.

    Raises
    ------
    UnitError
        The molecule has no potency, Roche factor or conjugate that the unit needs, or the mass could be of either.

    Examples
    --------
    >>> round(nmol_per_unit("MIU", Substance("aldesleukin", 15300.0, 18e6 / 1.1, "label")), 2)
    3.99
    """
    if symbol in _ACTIVITY or symbol == "Roche U":
        iu = _ACTIVITY[symbol] if symbol != "Roche U" else _roche(substance)
        if substance.potency is None:
            raise UnitError(
                f"{substance.name} has no declared potency, so {symbol} means no amount of it",
                fix="give the dose in mg or nmol, or a potency with its source in the drug file",
            )
        return iu / substance.potency * 1e6 / substance.molar_mass
    base, _, moiety = symbol.partition(" ")
    if not moiety and substance.conjugate_molar_mass is not None:
        raise UnitError(
            f"{base} of {substance.name} is ambiguous: of IL-2 or of the whole conjugate",
            fix=f"write '{base} IL-2' or '{base} conjugate'",
        )
    if moiety != "conjugate":
        return _MOLES_NMOL[base] if base in _MOLES_NMOL else _MASS_MG[base] * 1e6 / substance.molar_mass
    if substance.conjugate_molar_mass is None:
        raise UnitError(f"{substance.name} is not a conjugate", fix=f"give the dose in {base}")
    moles = _MOLES_NMOL[base] if base in _MOLES_NMOL else _MASS_MG[base] * 1e6 / substance.conjugate_molar_mass
    return moles * substance.il2_per_conjugate


def _roche(substance: Substance) -> float:
    if substance.iu_per_roche_unit is None:
        raise UnitError(
            f"Roche U of {substance.name} has no factor to IU",
            fix="give [roche_unit] with value, unit IU and source in the drug file, or the dose in IU",
        )
    return substance.iu_per_roche_unit


def dose_nmol(
    amount: ArrayLike,
    unit: DoseUnit,
    substance: Substance,
    *,
    weight_kg: ArrayLike | None = None,
    bsa_m2: ArrayLike | None = None,
) -> Any:
    """Turn a dose into nmol of IL-2, for one patient or for many at once.

    Parameters
    ----------
    amount
        Dose in ``unit``, scalar or (N,); zero is a dose that was held.
    unit
        Its unit.
    substance
        The molecule.
    weight_kg
        Body weight, kg, scalar or (N,); needed for a unit per kg.
    bsa_m2
        Body surface area, m2, scalar or (N,); needed for a unit per m2.

    Returns
    -------
    float or ndarray of shape (N,)
        nmol of IL-2.

    Raises
    ------
    UnitError
        A number is negative or not finite, or the body size is missing, or the unit does not fit the molecule.

    Examples
    --------
    >>> drug = Substance("aldesleukin", 15300.0, 18e6 / 1.1, "label")
    >>> round(dose_nmol(1.0, DoseUnit("MIU", "m2"), drug, bsa_m2=1.85), 2)
    7.39
    """
    return _checked(amount, "the dose", allow_zero=True) * _per_patient(unit, substance, weight_kg, bsa_m2)


def dose_amount(
    nmol: ArrayLike,
    unit: DoseUnit,
    substance: Substance,
    *,
    weight_kg: ArrayLike | None = None,
    bsa_m2: ArrayLike | None = None,
) -> Any:
    """Turn nmol of IL-2 back into a dose in ``unit``, the inverse of :func:`dose_nmol`.

    Parameters
    ----------
    nmol
        Amount of IL-2, nmol, scalar or (N,).
    unit, substance, weight_kg, bsa_m2
        As in :func:`dose_nmol`.

    Returns
    -------
    float or ndarray of shape (N,)
        Dose in ``unit``.

    Raises
    ------
    UnitError
        As in :func:`dose_nmol`.

    Examples
    --------
    >>> dose_amount(2.0, DoseUnit("nmol", "kg"), Substance("IL-2", 15300.0), weight_kg=4.0)
    0.5
    """
    return _checked(nmol, "the amount", allow_zero=True) / _per_patient(unit, substance, weight_kg, bsa_m2)


def _per_patient(unit: DoseUnit, substance: Substance, weight_kg: ArrayLike | None, bsa: ArrayLike | None) -> Any:
    """Nmol in one ``unit`` for each patient."""
    factor = nmol_per_unit(unit.symbol, substance)
    if unit.per == "flat":
        return factor
    size, name = (weight_kg, "the body weight") if unit.per == "kg" else (bsa, "the body surface area")
    if size is None:
        raise UnitError(f"a dose in {unit} needs {name}", fix="give it, or a flat dose")
    return factor * _checked(size, name)


def _checked(value: ArrayLike, name: str, *, allow_zero: bool = False) -> Any:
    """Return a float or float64 array after refusing what no quantity can be."""
    array: NDArray[np.float64] = np.asarray(value, dtype=np.float64)
    if not np.all(np.isfinite(array)) or np.any(array < 0) or (not allow_zero and np.any(array == 0)):
        kind = "a finite number, zero or more" if allow_zero else "a positive finite number"
        raise UnitError(f"{name} must be {kind}")
    return float(array) if array.ndim == 0 else array


def bsa_m2(weight_kg: ArrayLike, height_cm: ArrayLike) -> Any:
    """Compute body surface area by Mosteller's formula, on which doses per m2 are based.

    Parameters
    ----------
    weight_kg
        Body weight, kg, scalar or (N,).
    height_cm
        Height, cm, scalar or (N,).

    Returns
    -------
    float or ndarray of shape (N,)
        Body surface area, m2.

    Raises
    ------
    UnitError
        A number is not positive and finite.

    Examples
    --------
    >>> bsa_m2(72.0, 180.0) == 3.6 ** 0.5
    True

    Notes
    -----
    Source: Mosteller RD, N Engl J Med 1987;317:1098.
    """
    area = np.sqrt(_checked(weight_kg, "the body weight") * _checked(height_cm, "the height") / 3600.0)
    return float(area) if np.ndim(area) == 0 else area


def concentration(value: ArrayLike, unit_from: str, unit_to: str, substance: Substance) -> Any:
    """Convert a concentration of IL-2 between molar, mass and activity units.

    Parameters
    ----------
    value
        Concentration, scalar or (N,).
    unit_from, unit_to
        For example ``"pM"``, ``"nM"``, ``"IU/mL"``, ``"ng/mL"``, ``"Cetus U/mL"``, ``"nmol/L"``.
    substance
        The molecule.

    Returns
    -------
    float or ndarray of shape (N,)
        The same concentration in ``unit_to``.

    Raises
    ------
    UnitError
        A unit is unknown, ambiguous, or does not fit the molecule; a value is negative or not finite.

    Examples
    --------
    >>> round(concentration(1.0, "IU/mL", "pM", Substance("aldesleukin", 15300.0, 18e6 / 1.1, "label")), 2)
    3.99
    """
    ratio = _picomolar(unit_from, substance) / _picomolar(unit_to, substance)
    return _checked(value, "the concentration", allow_zero=True) * ratio


def _picomolar(text: str, substance: Substance) -> float:
    plain = text.strip().replace("µ", "u").replace("μ", "u")
    if plain in _MOLAR_PM:
        return _MOLAR_PM[plain]
    known = f"use {', '.join(_MOLAR_PM)}, or an amount per volume such as IU/mL or ng/mL"
    amount, slash, volume = plain.rpartition("/")
    litres = {name.lower(): size for name, size in _LITRES.items()}.get(volume.strip().lower())
    if not slash or litres is None:
        raise UnitError(f"{text[:60]!r} is not a unit of concentration", fix=known)
    unit = parse_dose_unit(amount)
    if unit.per != "flat":
        raise UnitError(f"{text[:60]!r} is not a unit of concentration", fix=known)
    return nmol_per_unit(unit.symbol, substance) / litres * 1e3


def convert(value: float, unit_from: str, unit_to: str) -> float:
    """Convert a physical quantity that knows no molecule (times, volumes, rates), through pint at the boundary.

    Parameters
    ----------
    value
        The number.
    unit_from, unit_to
        Products and quotients of plain units, e.g. ``"mL/min"`` and ``"L/h"``; ``"1"`` is dimensionless.

    Returns
    -------
    float
        The number in ``unit_to``.

    Raises
    ------
    UnitError
        A unit is unknown, or the two are of different dimension.

    Examples
    --------
    >>> round(convert(120.0, "mL/min", "L/h"), 12)
    7.2
    """
    if unit_from == unit_to:
        return float(value)
    for unit in (unit_from, unit_to):
        if not _PLAIN_UNIT.fullmatch(unit):
            raise UnitError(f"cannot read the unit {unit[:60]!r}", fix="write e.g. L/h, 1/min, nM, g/mol")
    import pint

    registry = _registry()
    try:
        return float(registry.Quantity(float(value), unit_from).to(unit_to).magnitude)
    except (pint.errors.PintError, AttributeError, TypeError, ValueError) as error:
        raise UnitError(f"{unit_from!r} cannot be turned into {unit_to!r}", fix=str(error).splitlines()[0]) from None


@cache
def _registry() -> Any:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(cache_folder=None)
    registry.define("molecule = count")
    registry.define("cell = count")
    return registry
