"""How a dose enters the body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bimodal.dosing.span import Span
from bimodal.errors import DosingError


@dataclass(frozen=True)
class Route:
    """The way a dose is given, with its length where it has one.

    ``civ`` is continuous, as long as the clause; only ``iv_infusion`` has a length.

    Examples
    --------
    >>> str(Route("iv_infusion", Span(15.0, "min")))
    'IV over 15 min'
    """

    kind: Literal["sc", "ip", "iv_bolus", "iv_infusion", "civ"]
    length: Span | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("sc", "ip", "iv_bolus", "iv_infusion", "civ"):
            raise DosingError(f"'{self.kind}' is not a route", fix="use sc, ip, iv_bolus, iv_infusion or civ")
        if (self.kind == "iv_infusion") != (self.length is not None):
            raise DosingError("an IV infusion, and nothing else, has a length of its own")

    def __str__(self) -> str:
        if self.kind == "iv_infusion":
            return f"IV over {self.length}"
        return {"sc": "SC", "ip": "IP", "iv_bolus": "IV bolus", "civ": "CIV"}[self.kind]
