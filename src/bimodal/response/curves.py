"""Dose-response curves of one molecule at one time, and what is read off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bimodal.response.cells import CellPopulation
from bimodal.response.reading import read_curve

if TYPE_CHECKING:
    import pandas

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

    def to_pandas(self, cells: Sequence[str] = ()) -> pandas.DataFrame:
        """Give one row per subset: what :meth:`to_json` says of the typical cell, concentrations in pM."""
        import pandas

        data = self.to_json(cells)
        ratios = {row["cell"]: row["ratio_to_treg"] for row in data["selectivity"]}
        rows = [
            {
                "drug": self.drug,
                "minutes": self.minutes,
                **{key: value for key, value in cell.items() if key != "heterogeneity"},
                "ec50_over_treg": ratios.get(cell["cell"], 1.0),
            }
            for cell in data["cells"]
        ]
        return pandas.DataFrame(rows)

    def curves(self, cells: Sequence[str] = ()) -> pandas.DataFrame:
        """Give one row per subset and concentration (pM): share of full signal, and of CD122 in complexes."""
        import pandas

        return pandas.concat(
            [
                pandas.DataFrame(
                    {
                        "drug": self.drug,
                        "minutes": self.minutes,
                        "cell": cell,
                        "concentration_pM": self.concentrations,
                        "pstat5": curve,
                        "occupancy": self.occupancy[cell],
                    }
                )
                for cell, curve in self.pstat5.items()
                if not cells or cell in cells
            ],
            ignore_index=True,
        )

    def in_words(self, cells: Sequence[str] = (), most: int = 10) -> str:
        """Say the EC50 of the first subsets."""
        wanted = [cell for cell in self.pstat5 if not cells or cell in cells]
        halves = [(cell, read_curve(self.concentrations, self.pstat5[cell]).ec50) for cell in wanted[:most]]
        said = [f"{cell} EC50 {half:.3g} pM" if half is not None else f"{cell} no EC50" for cell, half in halves]
        return ", ".join([*said, *([f"{len(wanted) - most} more"] if len(wanted) > most else [])])

    def __repr__(self) -> str:
        return f"pSTAT5 dose-response to {self.drug} after {self.minutes:g} min: {self.in_words()}"

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
