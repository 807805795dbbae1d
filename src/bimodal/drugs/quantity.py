"""A number with its unit, source and status."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from bimodal.errors import UnitError
from bimodal.units import convert

EvidenceStatus = Literal["measured", "fitted", "assumed"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Quantity(BaseModel):
    """A number that says where it comes from, because a number without a source cannot be judged.

    ``where_in_source`` is the table, figure, page or row of it.

    Examples
    --------
    >>> Quantity(value=120.0, unit="mL/min", source="Konrad 1990", status="measured").to("L/h")
    7.2
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    value: float
    unit: Text
    source: Text
    status: EvidenceStatus
    where_in_source: str = ""
    note: str = ""

    def to(self, unit: str) -> float:
        """Give the number in another unit of the same dimension."""
        # a decimal such as 7.2 should not come out as 7.199999999999999
        exact = convert(self.value, self.unit, unit)
        rounded = float(f"{exact:.15g}")
        return rounded if math.isclose(rounded, exact, rel_tol=4e-16) else exact


def _positive(quantity: Quantity) -> Quantity:
    if quantity.value <= 0:
        raise ValueError("must be greater than zero")
    return quantity


def in_unit(unit: str) -> AfterValidator:
    """Make a validator that accepts only quantities of one dimension, so that a wrong unit is found on reading.

    Examples
    --------
    >>> from pydantic import TypeAdapter
    >>> Affinity = TypeAdapter(Annotated[Quantity, in_unit("nM")])
    >>> data = {"value": 10.0, "unit": "pM", "source": "a paper", "status": "measured"}
    >>> Affinity.validate_python(data).to("nM")
    0.01
    """

    def check(quantity: Quantity) -> Quantity:
        try:
            convert(1.0, quantity.unit, unit)
        except UnitError:
            raise ValueError(f"the unit '{quantity.unit}' cannot be turned into {unit}") from None
        return quantity

    return AfterValidator(check)


POSITIVE = AfterValidator(_positive)
"""Validator for quantities that must be greater than zero."""
