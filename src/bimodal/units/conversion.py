"""Physical quantities that know no molecule, through pint at the boundary."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from bimodal.errors import UnitError

_PERCENT = ("%", "percent")
_PLAIN_UNIT = re.compile(r"(?:1|[A-Za-zµμ]+(?:\^?-?[1-9])?)(?:\s*[*/·]\s*[A-Za-zµμ]+(?:\^?-?[1-9])?){0,4}")


def convert(value: float, unit_from: str, unit_to: str) -> float:
    """Convert a physical quantity that knows no molecule (times, volumes, rates), through pint at the boundary.

    Units are products and quotients of plain ones; ``"1"`` is dimensionless, ``"%"`` a hundredth of it.

    Examples
    --------
    >>> round(convert(120.0, "mL/min", "L/h"), 12)
    7.2
    >>> convert(40.0, "%", "1")
    0.4
    """
    if unit_from == unit_to:
        return float(value)
    if unit_from in _PERCENT:
        return convert(value / 100.0, "1", unit_to)
    if unit_to in _PERCENT:
        return 100.0 * convert(value, unit_from, "1")
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
