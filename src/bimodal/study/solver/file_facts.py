"""What an SBML document says for people: its unit of time, and names and units of its quantities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NOT_GIVEN = "not given"
_PREFIXES = {-12: "p", -9: "n", -6: "u", -3: "m", 0: ""}
_SYMBOLS = {"mole": "mol", "litre": "L", "liter": "L", "second": "s", "gram": "g", "metre": "m", "dimensionless": "1"}
#: Names with which Level 2 redefines its units: they say nothing of what the unit is.
_BUILT_IN = ("substance", "volume", "area", "length", "time", "extent")


@dataclass(frozen=True)
class FileFacts:
    """What a model file says of itself.

    Parameters
    ----------
    second
        Seconds in its unit of time; None where it declares none, or none that is a time.
    labels
        Quantity to its name with its id, only where the file gives a name.
    units
        Quantity to its unit, only where the file declares one.
    """

    second: float | None
    labels: Mapping[str, str]
    units: Mapping[str, str]


def read_facts(sbml: str) -> FileFacts:
    """Read what a document says of its time, names and units.

    Level 2 lets a file leave its units out and then means seconds, moles and litres; published files that leave them
    out rarely mean those, so that is taken as nothing said.

    Examples
    --------
    >>> read_facts('<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">'
    ...            '<model timeUnits="second"/></sbml>').second
    1.0
    """
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    declared = model.getTimeUnits() if model.getLevel() > 2 else "time"
    quantities = [*model.getListOfSpecies(), *model.getListOfParameters(), *model.getListOfCompartments()]
    units = {item.getId(): _unit_of(model, item) for item in quantities}
    return FileFacts(
        second=_seconds(model, declared),
        labels={item.getId(): f"{item.getName()} ({item.getId()})" for item in quantities if _named(item)},
        units={name: unit for name, unit in units.items() if unit},
    )


def _named(item: Any) -> bool:
    return bool(item.getName().strip()) and item.getName() != item.getId()


def _seconds(model: Any, unit: str) -> float | None:
    if unit == "second":
        return 1.0
    definition = model.getUnitDefinition(unit)
    if definition is None:
        return None
    import libsbml

    length, power = 1.0, 0.0
    for part in definition.getListOfUnits():
        exponent = part.getExponentAsDouble()
        length *= (part.getMultiplier() * 10.0 ** part.getScale()) ** exponent
        if part.getKind() == libsbml.UNIT_KIND_SECOND:
            power += exponent
        elif part.getKind() != libsbml.UNIT_KIND_DIMENSIONLESS:
            return None
    return length if power == 1.0 and 0.0 < length < float("inf") else None


def _unit_of(model: Any, item: Any) -> str:
    import libsbml

    if item.getTypeCode() != libsbml.SBML_SPECIES:
        return _text(model, item.getUnits() or _default(model, item))
    default = model.getSubstanceUnits() if model.getLevel() > 2 else "substance"
    amount = _text(model, item.getSubstanceUnits() or default)
    compartment = model.getCompartment(item.getCompartment())
    if item.getHasOnlySubstanceUnits() or compartment.getSpatialDimensionsAsDouble() == 0.0:
        return amount
    size = _text(model, compartment.getUnits() or _default(model, compartment))
    return f"{amount}/{size}" if amount and size else ""


def _default(model: Any, item: Any) -> str:
    import libsbml

    if item.getTypeCode() != libsbml.SBML_COMPARTMENT:
        return ""
    kind = {3.0: "volume", 2.0: "area", 1.0: "length"}.get(item.getSpatialDimensionsAsDouble(), "")
    if model.getLevel() < 3:
        return kind
    return {"volume": model.getVolumeUnits(), "area": model.getAreaUnits(), "length": model.getLengthUnits()}.get(
        kind, ""
    )


def _text(model: Any, unit: str) -> str:
    """Write a unit shortly; blank where the file does not say what it is."""
    definition = model.getUnitDefinition(unit) if unit else None
    if definition is None:
        return "" if unit in _BUILT_IN else _SYMBOLS.get(unit, unit)
    given = definition.getName().strip() or unit
    if given not in _BUILT_IN:
        return given
    return " ".join(_part(part) for part in definition.getListOfUnits())


def _part(part: Any) -> str:
    import libsbml

    kind = str(libsbml.UnitKind_toString(part.getKind()))
    symbol = _SYMBOLS.get(kind, kind)
    multiplier, scale, exponent = part.getMultiplier(), part.getScale(), part.getExponentAsDouble()
    if multiplier == 1.0 and scale in _PREFIXES and symbol != "1":
        text = f"{_PREFIXES[scale]}{symbol}"
    else:
        factor = multiplier * 10.0**scale
        text = symbol if factor == 1.0 else f"{factor:g} {symbol}" if symbol != "1" else f"{factor:g}"
    return text if exponent == 1.0 else f"{text}^{exponent:g}"
