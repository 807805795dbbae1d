"""Prodrugs: what is injected is inactive and becomes active in plasma."""

from __future__ import annotations

from bimodal.drugs.part import Flow, Part, Rate


class Release(Part):
    """How an inactive molecule becomes the active one, whose binding and clearance the rest of the file gives.

    Parameters
    ----------
    rate
        From inactive to active, per time. One step stands for a cascade such as the loss of PEG chains one by one.
    inactive_clearance
        Of the inactive form from plasma, volume per time. Its volume is ``pk.v_plasma``.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> load_molecule("bempegaldesleukin").release.rate.unit
    '1/h'
    """

    rate: Rate
    inactive_clearance: Flow
