"""Patterns of a number as people write it, for texts read from users."""

from __future__ import annotations

#: A number without sign and exponent, of the digits 0 to 9. What is taken is not given back: tens of thousands of
#: digits that are none in the end are refused at once, where every way to split them would be tried.
DECIMAL = r"(?:[0-9]++\.?[0-9]*+|\.[0-9]++)"
#: A number without sign.
NUMBER = rf"{DECIMAL}(?:[eE][+-]?[0-9]++)?"
