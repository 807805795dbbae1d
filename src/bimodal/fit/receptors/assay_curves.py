"""Simulated pSTAT5 curves of every stained subset, for many parameter sets at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, Settings, solve
from bimodal.errors import BimodalError
from bimodal.model import IL15, LIGAND, Assay

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AssayCurves:
    """The dish, ready to be simulated with changed rows of the human parameter table.

    Parameters
    ----------
    subsets
        Ids of the subsets wanted, in order.
    minutes
        (T,) times with the ligand, ascending.
    concentrations_nM
        (C,) of the ligand.
    """

    assay: Assay
    subsets: tuple[str, ...]
    minutes: tuple[float, ...]
    concentrations_nM: FloatArray  # noqa: N815

    def simulate(
        self,
        ids: Sequence[str],
        values: FloatArray,
        *,
        ligand: str = LIGAND,
        affinity: Mapping[str, float] | None = None,
    ) -> FloatArray:
        """Simulate K sets of changed rows: (K, subsets, times, concentrations) pSTAT5 as a share of the maximum.

        Parameters
        ----------
        ids
            (P,) rows of the human parameter table that are changed.
        values
            (K, P) their values.
        ligand
            ``LIGAND`` (native IL-2 or, with ``affinity``, another) or ``IL15``.
        affinity
            ``kd_alpha``, ``kd_betagamma``, ``k2`` as multiples of native IL-2's, for a ligand other than it.
        """
        system = self.assay.system
        rows = [self._row(dict(zip(ids, row, strict=True)), name, affinity) for row in values for name in self.subsets]
        count = len(self.concentrations_nM)
        parameters = np.repeat(np.array(rows), count, axis=0)
        doses = np.tile(self.concentrations_nM, len(rows))[:, None]
        schedule = Schedule.shared([0.0], [system.slot_set(ligand)], doses)
        run = solve(system, parameters, schedule, np.array(self.minutes) / 60.0, settings=Settings(rtol=1e-8))
        if run.failed:
            raise BimodalError(f"{run.failed} of {len(parameters)} wells could not be computed")
        shape = (len(values), len(self.subsets), count, len(self.minutes))
        return np.swapaxes(run["pstat5"].reshape(shape), 2, 3)

    def _row(self, changed: dict[str, float], subset: str, affinity: Mapping[str, float] | None) -> list[float]:
        stained = next(s for s in self.assay.subsets if s.id == subset)
        values = self.assay.parameters(stained, changed=changed, times_native=affinity)
        return [values[name] for name in self.assay.system.parameter_ids]


def scaled(rfu: FloatArray) -> FloatArray:
    """Bring measured curves to 0..1 by the lowest and highest well of each subset over all times and doses.

    (..., subsets, times, concentrations) -> the same shape; missing wells stay NaN.
    """
    low = np.nanmin(rfu, axis=(-2, -1), keepdims=True)
    high = np.nanmax(rfu, axis=(-2, -1), keepdims=True)
    return (rfu - low) / (high - low)


def projected(simulated: FloatArray, measured: FloatArray, *, each_time: bool = False) -> FloatArray:
    """Put simulated curves on the scale of the measured ones: best offset and factor (not below 0) per subset.

    Fluorescence has no absolute scale, so factor and offset are nuisance parameters, solved in closed form.

    Parameters
    ----------
    simulated
        (K, subsets, times, concentrations).
    measured
        (subsets, times, concentrations), NaN where there is no well.
    each_time
        A factor and offset for each time instead of one over all times.

    Returns
    -------
    ndarray
        As ``simulated``.
    """
    axes = (3,) if each_time else (2, 3)
    seen = np.isfinite(measured)[None]
    y = np.where(seen, np.nan_to_num(measured), 0.0)
    count = seen.sum(axis=axes, keepdims=True)
    mean_x = (simulated * seen).sum(axis=axes, keepdims=True) / count
    mean_y = y.sum(axis=axes, keepdims=True) / count
    x = (simulated - mean_x) * seen
    spread = (x * x).sum(axis=axes, keepdims=True)
    factor = np.maximum((x * (y - mean_y)).sum(axis=axes, keepdims=True), 0.0) / np.maximum(spread, 1e-30)
    return mean_y + factor * (simulated - mean_x)


def ec50(concentrations: FloatArray, curves: FloatArray) -> FloatArray:
    """Return the lowest concentration at which each curve reaches half of its way from lowest to highest well.

    Linear in the logarithm of the concentration between wells; (..., C) -> (...). The same reading for measured and
    simulated curves, so a curve without a plateau biases both alike.
    """
    low, high = curves.min(axis=-1, keepdims=True), curves.max(axis=-1, keepdims=True)
    level = (low + high) / 2.0
    at = np.maximum((curves >= level).argmax(axis=-1), 1)[..., None]
    y0, y1 = np.take_along_axis(curves, at - 1, -1), np.take_along_axis(curves, at, -1)
    x = np.log(concentrations)
    share = np.clip((level - y0) / np.where(y1 == y0, 1.0, y1 - y0), 0.0, 1.0)
    return np.exp(x[at - 1] + share * (x[at] - x[at - 1]))[..., 0]


__all__ = ["IL15", "LIGAND", "AssayCurves", "ec50", "projected", "scaled"]
