"""What every table of a molecule file has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from bimodal.drugs.quantity import POSITIVE, Quantity, in_unit

Ratio = Annotated[Quantity, in_unit("1"), POSITIVE]
MolarMass = Annotated[Quantity, in_unit("g/mol"), POSITIVE]
Rate = Annotated[Quantity, in_unit("1/h"), POSITIVE]
Flow = Annotated[Quantity, in_unit("L/h"), POSITIVE]
Volume = Annotated[Quantity, in_unit("L"), POSITIVE]
Concentration = Annotated[Quantity, in_unit("nM"), POSITIVE]


class Part(BaseModel):
    """A table of a molecule file: frozen, strict, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class MisfitError(ValueError):
    """Something that is wrong between keys, with the key that a reader should look at.

    The key is dotted, below the table that is being checked.
    """

    def __init__(self, key: str, says: str) -> None:
        super().__init__(says)
        self.key = tuple(key.split("."))
