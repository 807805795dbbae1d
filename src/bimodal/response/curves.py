"""Dose-response curves of one molecule at one time, and what is read off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.response.cells import CellPopulation
from bimodal.response.reading import read_curve

FloatArray = npt.NDArray[np.float64]

_REFERENCE = "treg"


@dataclass(frozen=True, eq=False)
class Response:
    """Curves of every subset.

    Parameters
    ----------
    concentrations
        (C,) in pM.
    pstat5, occupancy, cd25
        By subset: (C,) share of full signal, share of CD122 in complexes, CD25 per cell.
    populations
        By subset: cells that differ in receptors; empty unless asked for.
    """

    drug: str
    minutes: float
    concentrations: FloatArray
    pstat5: dict[str, FloatArray]
    occupancy: dict[str, FloatArray]
    cd25: dict[str, FloatArray] = field(default_factory=dict)
    populations: dict[str, CellPopulation] = field(default_factory=dict)

    def to_json(self, cells: Sequence[str] = ()) -> dict[str, Any]:
        """Return the figures of ``bimodal response --json``.

        Parameters
        ----------
        cells
            Subsets to give; none means all. Maxima stay relative to the subset that responds most of all, and ratios
            to Treg, given or not.
        """
        top = max(float(curve.max()) for curve in self.pstat5.values())
        found = {cell: read_curve(self.concentrations, curve) for cell, curve in self.pstat5.items()}
        wanted = [cell for cell in found if not cells or cell in cells]
        reference = found[_REFERENCE].ec50
        selectivity = [
            {"cell": cell, "ratio_to_treg": half / reference if half and reference else None}
            for cell in wanted
            if cell != _REFERENCE
            for half in [found[cell].ec50]
        ]
        return {
            "drug": self.drug,
            "minutes": self.minutes,
            "cells": [self._cell(cell, top) for cell in wanted],
            "selectivity": selectivity,
        }

    def _cell(self, cell: str, top: float) -> dict[str, Any]:
        found = read_curve(self.concentrations, self.pstat5[cell])
        bound = None
        if found.ec50 is not None:
            bound = float(np.interp(np.log(found.ec50), np.log(self.concentrations), self.occupancy[cell]))
        figures: dict[str, Any] = {
            "cell": cell,
            "ec50_pM": found.ec50,
            "hill": found.hill,
            "emax_relative": found.emax / top if top > 0 else None,
            "ec10_pM": found.ec10,
            "ec20_pM": found.ec20,
            "occupancy_at_ec50": bound,
            "emax": found.emax,
            "plateau": found.plateau,
        }
        if cell in self.populations:
            figures["heterogeneity"] = self.populations[cell].to_json(self.concentrations, top)
        return figures
