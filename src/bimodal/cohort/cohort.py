"""Who is treated: the covariates and baseline of a group of people, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bimodal.cohort.quantity import Quantity


@dataclass(frozen=True)
class Body:
    """Weight and height of one sex, bivariate log-normal.

    Attributes
    ----------
    weight_kg, height_cm
        Body weight (kg) and height (cm).
    log_correlation
        Correlation of the logarithms of weight and height.
    """

    weight_kg: Quantity
    height_cm: Quantity
    log_correlation: Quantity


@dataclass(frozen=True)
class Cohort:
    """A group of people from whom virtual patients are drawn.

    The mechanism is the same for all groups; who they are and where they start is data with sources.

    Attributes
    ----------
    name, title, note
        Id, one line for people, and what a reader must know before believing it.
    female_fraction
        Fraction of women.
    female, male
        Body size by sex.
    parameters
        Model parameter id to its value in this group; all other parameters come from the model's own table.
    sha256
        Hash of the cohort file's bytes.
    origin
        File name, for messages.
    """

    name: str
    title: str
    note: str
    female_fraction: Quantity
    female: Body
    male: Body
    parameters: Mapping[str, Quantity]
    sha256: str
    origin: str

    def quantities(self) -> dict[str, Quantity]:
        """Give every number of the cohort under its dotted key, to list it with its source.

        Returns
        -------
        dict
            For example ``"male.weight_kg"`` or ``"parameters.treg_count_rest"`` to the quantity.

        Examples
        --------
        >>> from bimodal.cohort import load_cohort
        >>> load_cohort("healthy").quantities()["male.weight_kg"].unit
        'kg'
        """
        rows = {"female_fraction": self.female_fraction}
        for sex, body in (("female", self.female), ("male", self.male)):
            rows[f"{sex}.weight_kg"] = body.weight_kg
            rows[f"{sex}.height_cm"] = body.height_cm
            rows[f"{sex}.log_correlation"] = body.log_correlation
        rows.update({f"parameters.{name}": quantity for name, quantity in self.parameters.items()})
        return rows
