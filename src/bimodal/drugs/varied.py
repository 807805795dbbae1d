"""A pharmacokinetic number, and how far it differs between patients."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, SerializerFunctionWrapHandler, model_serializer

from bimodal.drugs.quantity import Quantity, Text
from bimodal.files.number_text import NUMBER

LARGEST_CV = 2.0
"""Largest coefficient of variation of a pharmacokinetic number: 90 % of people then span a factor of 65."""

_TEXT = re.compile(rf"([+-]?{NUMBER})\s*+(.*)")


def _as_cv(value: object) -> object:
    """Read ``0.3`` or ``"30 %"``, and say what is wrong with anything else."""
    fix = 'write a fraction such as 0.3, or "30 %"'
    unit = ""
    if isinstance(value, str):
        found = _TEXT.fullmatch(value.strip())
        if found is None:
            raise ValueError(f"{value[:40]!r} is no number: {fix}")
        value, unit = float(found[1]), found[2]
        if unit not in ("", "1", "%"):
            raise ValueError(f"'{unit[:40]}' is no unit of a coefficient of variation: {fix}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number: {fix}")
    cv = value / 100.0 if unit == "%" else float(value)
    if cv < 0.0:
        raise ValueError(f"a coefficient of variation cannot be negative, as {value:g} is: {fix}")
    if cv > LARGEST_CV:
        raise ValueError(f"{cv:g} means {100.0 * cv:g} %, and at most {100.0 * LARGEST_CV:g} % makes sense: {fix}")
    return cv


class Varied(Quantity):
    """A number with its coefficient of variation between patients.

    Parameters
    ----------
    cv
        As a fraction, or as text with ``%``; 0 is the same number in everybody. None: nothing is said.
    cv_source
        Where the cv comes from; None is the source of the number.

    Examples
    --------
    >>> Varied(value=0.4, unit="L/h", cv="30 %", source="a paper", status="measured").cv
    0.3
    """

    cv: Annotated[float | None, BeforeValidator(_as_cv)] = None
    cv_source: Text | None = None

    @model_serializer(mode="wrap")
    def _said(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # what a file does not say is no part of the molecule, so files written before stay what they were
        plain = cast(dict[str, Any], write(self))
        return {key: value for key, value in plain.items() if key not in ("cv", "cv_source") or value is not None}
