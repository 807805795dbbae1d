"""Drugs with no IL-2 in them that are given beside it: what each does, and the parameters of the model that say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, get_args

from bimodal.drugs.part import Concentration, Part

NO_BINDING_NM = 1e9
"""Concentration, nM, that stands for "does not bind": one molar, at which nothing is bound at any dose."""


@dataclass(frozen=True)
class Sets:
    """Which parameter of the model a number of a drug file sets.

    Parameters
    ----------
    parameter
        Its id after ``partner_``.
    unit
        In the model.
    absent
        Its value for a drug that does nothing of the kind.
    """

    parameter: str
    unit: str
    absent: float


class Action(Part):
    """One thing a partner drug does, with its numbers; `what` says it in words."""

    what: ClassVar[str]


class Block(Action):
    """An antibody that takes CD25 away from IL-2.

    Parameters
    ----------
    kd_nM
        Dissociation constant of the antibody for CD25, nM.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> load_molecule("basiliximab").block.kd_nM.to("nM")
    0.1
    """

    what: ClassVar[str] = "antibody against CD25"
    kd_nM: Annotated[Concentration, Sets("kd_alpha", "nM", NO_BINDING_NM)]  # noqa: N815


class Inhibit(Action):
    """An inhibitor of the kinases that make pSTAT5.

    Parameters
    ----------
    ic50_nM
        Plasma concentration that halves the signal of a receptor complex, nM.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> load_molecule("tofacitinib").inhibit.ic50_nM.to("nM")
    56.0
    """

    what: ClassVar[str] = "kinase inhibitor"
    ic50_nM: Annotated[Concentration, Sets("ic50", "nM", NO_BINDING_NM)]  # noqa: N815


class Slow(Action):
    """A drug that slows the division of cells; how far it can, the model's table says for each cell type.

    Parameters
    ----------
    ic50_nM
        Concentration of half of what it can do, nM.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> load_molecule("rapamycin").slow.ic50_nM.to("nM")
    5.0
    """

    what: ClassVar[str] = "mTOR inhibitor"
    ic50_nM: Annotated[Concentration, Sets("mtor_ic50", "nM", NO_BINDING_NM)]  # noqa: N815


class PartnerActions(Part):
    """What a partner drug may do, a table each: a new mechanism is a class above and a line here.

    Parameters
    ----------
    block, inhibit, slow
        A partner has at least one.
    """

    block: Block | None = None
    inhibit: Inhibit | None = None
    slow: Slow | None = None

    @classmethod
    def kinds(cls) -> dict[str, str]:
        """Return the tables with what each is, in words.

        Examples
        --------
        >>> PartnerActions.kinds()
        {'block': 'antibody against CD25', 'inhibit': 'kinase inhibitor', 'slow': 'mTOR inhibitor'}
        """
        return {table: kind.what for table, kind in _tables()}

    def partner_parameters(self) -> dict[str, float]:
        """Return the parameters of the model that say what the drug does, by their ids after ``partner_``.

        Examples
        --------
        >>> from bimodal.drugs import load_molecule
        >>> load_molecule("tofacitinib").partner_parameters()
        {'kd_alpha': 1000000000.0, 'ic50': 56.0, 'mtor_ic50': 1000000000.0}
        """
        out: dict[str, float] = {}
        for table, kind in _tables():
            given = getattr(self, table)
            for name, number in kind.model_fields.items():
                for sets in (mark for mark in number.metadata if isinstance(mark, Sets)):
                    out[sets.parameter] = sets.absent if given is None else getattr(given, name).to(sets.unit)
        return out


def _tables() -> Iterator[tuple[str, type[Action]]]:
    for table, field in PartnerActions.model_fields.items():
        yield table, get_args(field.annotation)[0]
