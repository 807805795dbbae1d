"""Drugs with no IL-2 in them that are given beside it."""

from __future__ import annotations

from bimodal.drugs.part import Concentration, Part


class Block(Part):
    """An antibody that takes CD25 away from IL-2; ``kd_nM`` is its dissociation constant for CD25.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> load_molecule("basiliximab").block.kd_nM.to("nM")
    0.1
    """

    kd_nM: Concentration  # noqa: N815


class Inhibit(Part):
    """An inhibitor of the kinases that make pSTAT5; ``ic50_nM`` in plasma halves the signal of a receptor complex.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> load_molecule("tofacitinib").inhibit.ic50_nM.to("nM")
    56.0
    """

    ic50_nM: Concentration  # noqa: N815
