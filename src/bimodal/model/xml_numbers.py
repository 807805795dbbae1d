"""Numbers in a file that a double cannot hold: the parsers below clamp or overflow them without a word."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from bimodal.files.number_text import NUMBER

#: Attributes of SBML that hold a number.
_NUMERIC = frozenset(
    ("value", "size", "volume", "initialAmount", "initialConcentration", "stoichiometry", "denominator")
)
#: Whole numbers are read into 64 bits.
_LARGEST_WHOLE = 2.0**63
#: A power of ten of its own, apart from its mantissa, stays a normal double.
_LARGEST_EXPONENT = 300
_NUMBER = re.compile(rf"(?<![\w.]){NUMBER}")


def attribute_fault(attributes: Mapping[str, str]) -> str | None:
    """Return the first number among attributes, or in a formula of Level 1, that is too large."""
    for name, text in attributes.items():
        if name in _NUMERIC and _overflows(text):
            return text
        if name == "formula":
            for found in _NUMBER.findall(text):
                if _overflows(found) or (found.isdigit() and float(found) >= _LARGEST_WHOLE):
                    return found
    return None


def literal_fault(kind: str, parts: list[str]) -> str | None:
    """Return the text of a MathML number if it is too large; ``parts`` are divided by ``<sep/>``."""
    text = " ".join(part.strip() for part in parts)
    whole = parts if kind in ("integer", "rational") else parts[1:] if kind == "e-notation" else []
    try:
        if any(abs(float(part)) >= _LARGEST_WHOLE for part in whole):
            return text
        if kind == "e-notation" and abs(float(parts[-1])) > _LARGEST_EXPONENT:
            return text
    except ValueError:
        return None  # not a number at all: the validator says so
    return text if _overflows(parts[0]) else None


def _overflows(text: str) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return math.isinf(number) and "inf" not in text.lower()
