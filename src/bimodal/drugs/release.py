"""Prodrugs: what is injected is inactive and becomes active in plasma."""

from __future__ import annotations

from bimodal.drugs.part import Flow, Part, Rate


class Release(Part):
    """How an inactive molecule becomes the active one, whose binding and clearance the rest of the file gives.

    The inactive form has the volume ``pk.v_plasma``.

    Parameters
    ----------
    rate
        From inactive to active. One step stands for a cascade such as the loss of PEG chains one by one.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> load_molecule("bempegaldesleukin").release.rate.unit
    '1/h'
    """

    rate: Rate
    inactive_clearance: Flow
