"""How a molecule moves through the body."""

from __future__ import annotations

from typing import Annotated

from pydantic import model_validator

from bimodal.drugs.part import MisfitError, Part
from bimodal.drugs.quantity import POSITIVE, Text, in_unit
from bimodal.drugs.varied import Varied

Ratio = Annotated[Varied, in_unit("1"), POSITIVE]
Rate = Annotated[Varied, in_unit("1/h"), POSITIVE]
Flow = Annotated[Varied, in_unit("L/h"), POSITIVE]
Volume = Annotated[Varied, in_unit("L"), POSITIVE]


class Pharmacokinetics(Part):
    """How the molecule moves in man: two compartments, and absorption from under the skin.

    Each number may have a ``cv``, its coefficient of variation between patients (`bimodal.drugs.varied.Varied`).

    Parameters
    ----------
    human
        Said in place of all numbers where there are none, such as ``"none published"``: regimens are then refused.
    clearance
        From plasma, uptake by receptors not counted, volume per time.
    v_plasma
        Volume of the central compartment, volume.
    k_out, k_back
        Rates to and from the peripheral compartment, per time; both or neither. Neither: one compartment.
    sc_transfer
        Rate of absorption from under the skin, per time; its inverse is the mean absorption time.
    sc_bioavailability
        Fraction of a subcutaneous dose that arrives, at most 1. Without both ``sc_`` numbers no SC dose is accepted.
    """

    human: Text | None = None
    clearance: Flow | None = None
    v_plasma: Volume | None = None
    k_out: Rate | None = None
    k_back: Rate | None = None
    sc_transfer: Rate | None = None
    sc_bioavailability: Ratio | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Pharmacokinetics:
        if self.sc_bioavailability is not None and self.sc_bioavailability.to("1") > 1:
            raise MisfitError("sc_bioavailability", "sc_bioavailability is a fraction, at most 1")
        if self.sc_bioavailability is not None and self.sc_bioavailability.value == 1 and self.sc_bioavailability.cv:
            raise MisfitError("sc_bioavailability.cv", "a share of 1 in the median patient cannot vary: give a cv of 0")
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if self.human is not None and len(given) > 1:
            raise MisfitError("human", f"human says that there are no numbers, yet {given[1]} is one: remove either")
        for one, other in (("k_out", "k_back"), ("k_back", "k_out")):
            if one in given and other not in given:
                raise MisfitError(one, f"{one} without {other}: give both, or neither for one compartment")
        return self
