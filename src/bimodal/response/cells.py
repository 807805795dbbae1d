"""Dose-response of a population of unlike cells, read off the mean and the median cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.response.common import CommonEffect
from bimodal.response.reading import read_curve
from bimodal.response.spread import CELLS, MOST_CV, ReceptorSpread

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CellPopulation:
    """One subset's cells under one molecule at one time.

    Parameters
    ----------
    mean, median
        (C,) of pSTAT5 over cells at each concentration.
    """

    spread: ReceptorSpread
    mean: FloatArray
    median: FloatArray

    @classmethod
    def of(cls, spread: ReceptorSpread, pstat5: FloatArray) -> CellPopulation:
        """Average cells, (cells, C) pSTAT5.

        Examples
        --------
        >>> CellPopulation.of(ReceptorSpread(None, 1.0), np.array([[0.0, 0.2], [0.0, 0.6]])).mean.tolist()
        [0.0, 0.4]
        """
        return cls(spread, pstat5.mean(axis=0), np.median(pstat5, axis=0))

    def to_json(self, concentrations: FloatArray, top: float, reference: FloatArray | None = None) -> dict[str, Any]:
        """Return the figures of both curves.

        Parameters
        ----------
        top
            Typical maximum to which ``emax_relative`` relates.
        reference
            (C,) aldesleukin's curve in the typical cell.
        """
        spread = self.spread
        said = {"cells": CELLS, "cv_cd25": spread.cd25, "cv_cd122": spread.cd122}
        fixed = [name for name, cv in (("CD25", spread.cd25), ("CD122", spread.cd122)) if cv is None]
        note = f"{' and '.join(fixed)} not varied: measured CV above {MOST_CV:g} is scatter of the background"
        curves = {"mean_of_cells": self.mean, "median_of_cells": self.median}
        return {
            **said,
            **({"note": note} if fixed else {}),
            **{name: _figures(concentrations, curve, top, reference) for name, curve in curves.items()},
        }


def _figures(concentrations: FloatArray, curve: FloatArray, top: float, reference: FloatArray | None) -> dict[str, Any]:
    found = read_curve(concentrations, curve)
    return {
        "ec10_pM": found.ec10,
        "ec20_pM": found.ec20,
        "ec50_pM": found.ec50,
        "hill": found.hill,
        "emax_relative": found.emax / top if top > 0 else None,
        "plateau": found.plateau,
        **CommonEffect.of(concentrations, curve, reference).to_json(),
    }
