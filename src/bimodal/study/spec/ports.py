"""Where doses enter a model file, as its study says."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

AmountUnit = Literal["pmol", "nmol", "umol", "mmol", "mol", "ng", "ug", "mg", "g"]


class PortsSpec(BaseModel):
    """Where doses enter a model file, and in which unit of amount; a file itself says nothing of either.

    Parameters
    ----------
    unit
        Unit of amount of the states and the parameter below.
    sc, iv_bolus
        Species, or other quantity with a rate, that receives a dose; a species the file keeps as a concentration
        receives the dose divided by the size of its compartment.
    iv_infusion
        Species, or other quantity with a rate, that an infusion runs into; or a constant that holds the present
        infusion rate, `unit` per unit of time of the file, and is 0 in the file.

    Raises
    ------
    ValueError
        No route is given.

    Examples
    --------
    >>> PortsSpec(unit="nmol", sc="depot").routes
    {'sc': 'depot'}
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: AmountUnit
    sc: str | None = Field(default=None, min_length=1)
    iv_bolus: str | None = Field(default=None, min_length=1)
    iv_infusion: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _some(self) -> PortsSpec:
        if not self.routes:
            raise ValueError("give at least one of 'sc', 'iv_bolus' and 'iv_infusion'")
        return self

    @property
    def routes(self) -> dict[str, str]:
        """Route to the quantity of the file, for the routes that are given."""
        every = {"sc": self.sc, "iv_bolus": self.iv_bolus, "iv_infusion": self.iv_infusion}
        return {route: name for route, name in every.items() if name is not None}
