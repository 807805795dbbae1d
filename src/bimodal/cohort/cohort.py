"""Who is treated: the covariates and baseline of a group of people, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bimodal.cohort.correlation import Correlation
from bimodal.cohort.mixture import Mixture
from bimodal.cohort.quantity import Quantity


@dataclass(frozen=True)
class Body:
    """Weight and height of one sex, bivariate log-normal.

    Weights are in kg, heights in cm; ``log_correlation`` is that of their logarithms.
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
    parameters
        Model parameter id to its value in this group; all other parameters come from the model's own table.
    factors
        Model parameter id to a fixed number that multiplies the table's value: what differs in this group without
        replacing a value that is fitted for all.
    covariates
        What else is known of the people, such as ``age_years``; part of the patient, no parameter of the model.
    correlations
        Parameter or covariate to what it goes together with.
    mixtures
        Name of a covariate to the kinds of people behind it, such as ``tumour_class``.
    sha256
        Hash of the cohort file's bytes.
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
    factors: Mapping[str, Quantity] = field(default_factory=dict[str, Quantity])
    covariates: Mapping[str, Quantity] = field(default_factory=dict[str, Quantity])
    correlations: Mapping[str, Correlation] = field(default_factory=dict[str, Correlation])
    mixtures: Mapping[str, Mixture] = field(default_factory=dict[str, Mixture])

    def __repr__(self) -> str:
        return f"cohort {self.name}: {self.title}; {len(self.quantities())} numbers with their sources: quantities()"

    @property
    def leaders(self) -> Mapping[str, tuple[str, float]]:
        """What each parameter or covariate follows, and with which correlation."""
        named = {name: (q.follows, q.log_correlation) for name, q in self.parameters.items() if q.follows}
        return named | {name: (c.follows, c.log_correlation) for name, c in self.correlations.items()}

    def quantities(self) -> dict[str, Quantity]:
        """Give every number of the cohort under its dotted key, to list it with its source.

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
        for group in ("covariates", "parameters", "factors"):
            rows.update({f"{group}.{name}": quantity for name, quantity in getattr(self, group).items()})
        for name, mixture in self.mixtures.items():
            for kind, one in mixture.classes.items():
                rows[f"mixture.{name}.{kind}.proportion"] = one.as_quantity()
                rows.update({f"mixture.{name}.{kind}.parameters.{key}": q for key, q in one.parameters.items()})
        rows.update({f"correlations.{name}": _as_quantity(row) for name, row in self.correlations.items()})
        return rows


def _as_quantity(row: Correlation) -> Quantity:
    return Quantity(
        median=row.log_correlation,
        unit="1",
        distribution="fixed",
        source=row.source,
        where_in_source=row.where_in_source,
        status=row.status,
        note=f"with {row.follows}" + (f"; {row.note}" if row.note else ""),
    )
