"""How a molecule binds the receptor chains."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bimodal.drugs.part import Concentration, MisfitError, Part, Ratio
from bimodal.drugs.quantity import POSITIVE, Quantity, Text, in_unit


class Kd(Quantity):
    """A constant of binding, with that of native IL-2 in the same assay where it is known.

    Assays differ by an order of magnitude and more in what they report for native IL-2 itself, so a ratio carries over
    to the model where a number does not: with ``native`` the model takes ``value / native`` times its own value.
    """

    native: Annotated[float, Field(gt=0)] | None = None


AnyKd = Annotated[Kd, in_unit("nM"), POSITIVE]
SecondStep = Annotated[Kd, in_unit("molecule/cell"), POSITIVE]


class Affinity(Part):
    """Dissociation constants of the binding steps, all that the equilibrium receptor level needs.

    Parameters
    ----------
    ka_nM
        Of the molecule for CD25 (alpha), nM.
    alpha
        ``"none"`` in its place for a molecule that does not bind CD25.
    kbg_nM
        Of the molecule for beta and gamma together, nM.
    betagamma
        ``"none"`` in its place for an antibody complex that cannot bind them before it has handed its IL-2 over.
    k2_per_cell
        Of the CD25-bound molecule for beta on the cell's surface, molecules per cell. May be left out: it is then
        native IL-2's in proportion to ``kbg_nM``, because it is the same contact between the molecule and beta-gamma,
        made in the plane of the membrane. The contact contributes the same free energy in both, so a mutation there
        changes both constants by one factor, while the entropy lost on holding the molecule in the plane is a matter
        of CD25 and the membrane and stays (Wang & Smith 1987 J Exp Med 166:1055 for the cycle of steps). Give it where
        that does not hold, as for mutations that only do beforehand what CD25 does on binding.
    source
        What says that it does not bind; needed wherever ``"none"`` stands.
    """

    ka_nM: AnyKd | None = None  # noqa: N815
    alpha: Literal["none"] | None = None
    kbg_nM: AnyKd | None = None  # noqa: N815
    betagamma: Literal["none"] | None = None
    k2_per_cell: SecondStep | None = None
    source: Text | None = None
    where_in_source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Affinity:
        for number, word, chain in (("ka_nM", "alpha", "CD25"), ("kbg_nM", "betagamma", "beta-gamma")):
            if getattr(self, number) is not None and getattr(self, word) is not None:
                raise MisfitError(
                    word, f'either {number} or {word} = "none", not both: it binds {chain} or it does not'
                )
        if (self.alpha or self.betagamma) and self.source is None:
            raise MisfitError("source", 'source is missing: say where it is shown that it does not bind ("none")')
        if self.alpha and self.betagamma:
            raise MisfitError("betagamma", "a molecule that binds neither CD25 nor beta-gamma does nothing")
        if self.alpha and self.k2_per_cell is not None:
            raise MisfitError(
                "k2_per_cell", "k2_per_cell has no meaning for a molecule that does not bind CD25: remove it"
            )
        return self


class Avidity(Part):
    """By how much two heads tighten the binding of a bivalent molecule: its dissociation constants are divided by this.

    A single factor is a simplification: true avidity grows with receptors per cell. The factor is best taken at the
    receptor number of the cell on which the chain matters.

    ``k2`` is that of the second step on the cell: a molecule that already holds CD25 by one head can take beta with
    either. The factors are at least 1; one that is left out is 1.
    """

    alpha: Ratio | None = None
    betagamma: Ratio | None = None
    k2: Ratio | None = None

    @model_validator(mode="after")
    def _at_least_one(self) -> Avidity:
        for name in ("alpha", "betagamma", "k2"):
            factor: Quantity | None = getattr(self, name)
            if factor is not None and factor.to("1") < 1:
                raise MisfitError(
                    name, "avidity is a factor of at least 1, by which dissociation constants are divided"
                )
        if self.alpha is None and self.betagamma is None and self.k2 is None:
            raise MisfitError("alpha", "give alpha, betagamma or k2")
        return self


class Exchange(Part):
    """What an antibody complex does on CD25: it hands its IL-2 over, which then binds beta-gamma as native IL-2 does.

    ``kd_nM`` is the concentration of complex at which half of the CD25 has taken IL-2 from it. The antibody that comes
    free is not followed.

    Notes
    -----
    Source of the mechanism: Spangler 2015 Immunity 42:815 (abstract), where it is called triggered exchange.
    """

    kd_nM: Concentration  # noqa: N815
