"""How near simulated pSTAT5 curves come to the measured ones, under stated rules, the authors' model beside ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from bimodal.engine import Schedule, Settings, solve
from bimodal.fit.receptors.assay_curves import ec50, projected, scaled
from bimodal.fit.receptors.receptors import LIGANDS, MINUTES, ReceptorData
from bimodal.model import load_receptor_cell

FloatArray = npt.NDArray[np.float64]

#: The two ways curves are put on one scale before they are compared; fluorescence itself has none.
RULES = {
    "one scale": "wells 0..1 by the lowest and highest of a subset over all times; one offset and factor per subset",
    "each time": "wells 0..1 by the lowest and highest of a subset within each time; an offset and factor per time",
}
#: An EC50 counts as met within this factor.
EC50_FACTOR = 2.0


@dataclass(frozen=True, eq=False)
class ReceptorScores:
    """Errors of one model.

    Attributes
    ----------
    rmse
        By rule, by ligand: root mean square over subsets and wells at each time.
    ec50_nM, measured_ec50_nM
        (subsets,) of IL-2 at 30 min, read alike.
    """

    rmse: dict[str, dict[str, FloatArray]]
    ec50_nM: FloatArray  # noqa: N815
    measured_ec50_nM: FloatArray  # noqa: N815
    subsets: tuple[str, ...]

    @property
    def ec50_met(self) -> int:
        """Subsets whose EC50 lies within a factor of two."""
        ratio = np.abs(np.log(self.ec50_nM / self.measured_ec50_nM))
        return int((ratio <= np.log(EC50_FACTOR)).sum())

    def to_json(self) -> dict[str, Any]:
        """Return the scores as plain numbers."""
        return {
            "rmse": {rule: {k: np.round(v, 4).tolist() for k, v in found.items()} for rule, found in self.rmse.items()},
            "ec50_nM": {
                name: {"simulated": float(f"{a:.4g}"), "measured": float(f"{b:.4g}")}
                for name, a, b in zip(self.subsets, self.ec50_nM, self.measured_ec50_nM, strict=True)
            },
            "ec50_within_2x": self.ec50_met,
        }


def score(data: ReceptorData, simulated: dict[str, FloatArray]) -> ReceptorScores:
    """Compare simulated curves with the measured ones.

    Parameters
    ----------
    simulated
        By ligand: (subsets, times, concentrations), on any linear scale.
    """
    rmse: dict[str, dict[str, FloatArray]] = {rule: {} for rule in RULES}
    for ligand in simulated:
        raw = np.nanmean(data.plates[ligand], axis=0)
        for rule, measured in (("one scale", scaled(raw)), ("each time", _within_time(raw))):
            fitted = projected(simulated[ligand][None], measured, each_time=rule == "each time")[0]
            rmse[rule][ligand] = _rms(fitted - measured)
    reached = ec50(data.curves.concentrations_nM, simulated["il2"][:, 0])
    return ReceptorScores(rmse, reached, data.ec50_nM, data.curves.subsets)


def noise_floor(data: ReceptorData) -> dict[str, dict[str, FloatArray]]:
    """Give the error the mean of the plates has by itself, by rule and ligand: no model can be expected below it.

    Each plate is brought to 0..1 by itself; the floor is the root mean square of half the difference of the two.
    """
    floor: dict[str, dict[str, FloatArray]] = {rule: {} for rule in RULES}
    for ligand in data.plates:
        for rule, plates in (
            ("one scale", _each(data.plates[ligand], scaled)),
            ("each time", _each(data.plates[ligand], _within_time)),
        ):
            floor[rule][ligand] = _rms((plates[0] - plates[1]) / 2.0)
    return floor


def hill_slopes(data: ReceptorData, curves: FloatArray) -> FloatArray:
    """Fit a four-parameter Hill curve to each dose-response and return the slopes, (subsets, C) -> (subsets,)."""
    x = np.log(data.curves.concentrations_nM)

    def slope(y: FloatArray) -> float:
        y = (y - y.min()) / (y.max() - y.min())
        start = [float(x[int((y >= 0.5).argmax())]), 1.5, 0.0, 1.0]
        bounds = ([x[0], 0.3, -0.2, 0.5], [x[-1] + 2.0, 6.0, 0.3, 1.3])
        fitted = least_squares(
            lambda p: p[2] + (p[3] - p[2]) / (1.0 + np.exp(-p[1] * (x - p[0]))) - y, start, bounds=bounds
        )
        return float(fitted.x[1])

    return np.array([slope(curve) for curve in curves])


def authors_curves(data: ReceptorData) -> dict[str, FloatArray]:
    """Simulate the same wells with the mass-action model in the authors' constants (Farhat 2021, posterior medians).

    Returns
    -------
    dict
        By ligand: (subsets, times, concentrations), active complexes per cell.
    """
    cell = load_receptor_cell()
    system = cell.system
    doses = data.curves.concentrations_nM
    out: dict[str, FloatArray] = {}
    for ligand in LIGANDS:
        rows = [[cell.parameters(name)[key] for key in system.parameter_ids] for name in data.curves.subsets]
        parameters = np.repeat(np.array(rows), len(doses), axis=0)
        schedule = Schedule.shared([0.0], [system.slot_set(ligand)], np.tile(doses, len(rows))[:, None])
        run = solve(system, parameters, schedule, np.array(MINUTES) / 60.0, settings=Settings(rtol=1e-8))
        out[ligand] = np.swapaxes(run["active"].reshape(len(rows), len(doses), len(MINUTES)), 1, 2)
    return out


def _within_time(raw: FloatArray) -> FloatArray:
    low, high = np.nanmin(raw, axis=-1, keepdims=True), np.nanmax(raw, axis=-1, keepdims=True)
    return (raw - low) / (high - low)


def _each(plates: FloatArray, rule: Any) -> FloatArray:
    with np.errstate(all="ignore"):
        present = [p for p in range(len(plates)) if np.isfinite(plates[p]).any()]
        out = np.full_like(plates, np.nan)
        for p in present:
            for s in range(plates.shape[1]):
                if np.isfinite(plates[p, s]).any():
                    out[p, s] = rule(plates[p, s][None])[0]
    return out


def _rms(difference: FloatArray) -> FloatArray:
    return np.sqrt(np.nanmean(difference**2, axis=(0, 2)))
