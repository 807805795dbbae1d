"""Dose-response curves of one molecule at one time, and what is read off them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bimodal.response.cells import CellPopulation
from bimodal.response.common import REFERENCE, SHARES, CommonEffect, percent
from bimodal.response.reading import NO_SIGNAL, Reading, read_curve

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
    reference
        By subset: (C,) pSTAT5 under native IL-2 of the species in the same medium at the same time.
    measure
        Which native IL-2 that is.
    """

    drug: str
    minutes: float
    concentrations: FloatArray
    pstat5: dict[str, FloatArray]
    occupancy: dict[str, FloatArray]
    cd25: dict[str, FloatArray] = field(default_factory=dict)
    populations: dict[str, CellPopulation] = field(default_factory=dict)
    reference: dict[str, FloatArray] = field(default_factory=dict)
    measure: str = REFERENCE

    def to_json(self, cells: Sequence[str] = ()) -> dict[str, Any]:
        """Return the figures of ``bimodal response --json``.

        Parameters
        ----------
        cells
            Subsets to give; none means all. Maxima stay relative to the subset that responds most of all, and ratios
            to Treg, given or not.

        Returns
        -------
        dict
            What a curve does not have is None, with ``reason`` (EC50 and what hangs on it) or ``common_reason``.
        """
        top = max(float(curve.max()) for curve in self.pstat5.values())
        found = {cell: read_curve(self.concentrations, curve) for cell, curve in self.pstat5.items()}
        wanted = [cell for cell in found if not cells or cell in cells]
        selectivity = [self._selectivity(cell, found) for cell in wanted if cell != _REFERENCE]
        return {
            "drug": self.drug,
            "minutes": self.minutes,
            "cells": [self._cell(cell, top) for cell in wanted],
            "selectivity": selectivity,
        }

    def to_pandas(self, cells: Sequence[str] = ()) -> pandas.DataFrame:
        """Give one row per subset: what :meth:`to_json` says of the typical cell, concentrations in pM."""
        import pandas

        return pandas.DataFrame(self.rows(cells))

    def rows(self, cells: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Give the rows of :meth:`to_pandas` as plain data."""
        data = self.to_json(cells)
        ratios = ratios_to_treg(data)
        return [
            {
                "drug": self.drug,
                "minutes": self.minutes,
                **{key: value for key, value in cell.items() if key != "heterogeneity"},
                "ec50_over_treg": ratios[cell["cell"]][0],
                "common_over_treg": ratios[cell["cell"]][1],
            }
            for cell in data["cells"]
        ]

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

    def _common(self, cell: str) -> CommonEffect:
        return CommonEffect.of(self.concentrations, self.pstat5[cell], self.reference.get(cell), self.measure)

    def _reason(self, found: Reading, common: CommonEffect) -> str | None:
        """Say why a curve has no EC50."""
        last = f"{self.concentrations[-1] / 1000.0:g} nM"
        if found.ec50 is not None:
            return None
        if found.emax < NO_SIGNAL:
            return f"no signal up to {last}"
        most = f"{percent(found.emax)} of full signal"
        if common.emax is not None:
            most = f"{percent(common.emax)} of {self.measure}'s maximum"
        return f"no plateau up to {last}; highest tested effect {most}"

    def _selectivity(self, cell: str, found: Mapping[str, Reading]) -> dict[str, Any]:
        half, reference = found[cell].ec50, found[_REFERENCE].ec50
        own, treg = self._common(cell), self._common(_REFERENCE)
        low, least = own.potency[SHARES[0]], treg.potency[SHARES[0]]
        reasons = [
            f"{name}: {reason}" if name != cell else reason
            for name, common in ((_REFERENCE, treg), (cell, own))
            if (reason := self._reason(found[name], common)) is not None
        ]
        return {
            "cell": cell,
            "ratio_to_treg": half / reference if half and reference else None,
            "common_ratio_to_treg": low / least if low and least else None,
            "reason": "; ".join(reasons) or None,
        }

    def _cell(self, cell: str, top: float) -> dict[str, Any]:
        found, common = read_curve(self.concentrations, self.pstat5[cell]), self._common(cell)
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
            "reason": self._reason(found, common),
            **common.to_json(),
        }
        if cell in self.populations:
            figures["heterogeneity"] = self.populations[cell].to_json(
                self.concentrations, top, self.reference.get(cell)
            )
        return figures


def ratios_to_treg(data: Mapping[str, Any]) -> dict[str, tuple[float | None, float | None]]:
    """Give for every cell of :meth:`Response.to_json` its EC50, and its potency at a common effect, over Treg's.

    Treg itself has 1 where there is something to compare with.
    """
    found = {row["cell"]: (row["ratio_to_treg"], row["common_ratio_to_treg"]) for row in data["selectivity"]}
    for cell in data["cells"]:
        if cell["cell"] == _REFERENCE:
            half, low = cell["ec50_pM"], cell["ec10_of_aldesleukin_pM"]
            found[_REFERENCE] = (None if half is None else 1.0, None if low is None else 1.0)
    return found
