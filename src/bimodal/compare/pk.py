"""Pharmacokinetic numbers of the given molecule per patient, on a finely saved simulation.

The registry's own rules (`endpoints/pk.py`) look at the first 24 hours of total IL-2, which suits native IL-2 and
says little of a molecule that stays for weeks. Here the first dosing interval of each arm counts, and an engineered
molecule is followed itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from bimodal.compare.grid import Occasions

Array = npt.NDArray[np.float64]

_NEAR_H = 1e-6
_TERMINAL_POINTS = 4
_TERMINAL_FLOOR = 0.01  # of the peak, as in the registry's rule

PK_DEFINITIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "cmax": ("pM", "largest free concentration of the given molecule in its first dosing interval"),
        "tmax_h": ("h", "hours from the first dose to Cmax"),
        "auc_0_24": ("pM.h", "area under the free concentration from 0 to 24 h after the first dose"),
        "auc_first": ("pM.h", "the same over the first dosing interval"),
        "auc_tau": ("pM.h", "the same over the last dosing interval, from the last dose"),
        "auc_inf": ("pM.h", "auc_first plus the level at its end over the terminal rate; for linear loss only"),
        "auc_window": ("pM.h", "the same over the window in which exposure is compared, however many doses lie in it"),
        "t_half_h": (
            "h",
            "ln 2 over the slope of ln(concentration) through the last four saved points of the first dosing interval "
            "after the peak that lie at or above 1 % of it",
        ),
        "trough": ("pM", "free concentration just before the last dose"),
        "accumulation": ("1", "auc_tau over auc_first"),
    }
)
"""Unit and definition of every pharmacokinetic number of a comparison."""


@dataclass(frozen=True, eq=False)
class FreeLigand:
    """The free concentration of the given molecule in every patient of an arm.

    Parameters
    ----------
    times_h
        (T,) hours, ascending, from the first dose.
    level_pM
        (N, T) pM; of native IL-2 the rise above the patient's own day-0 value, where a fall counts as zero.

    Examples
    --------
    >>> ligand = FreeLigand(np.array([0.0, 1.0, 2.0]), np.array([[0.0, 4.0, 4.0]]))
    >>> ligand.area(0.0, 2.0).tolist()
    [6.0]
    """

    times_h: Array
    level_pM: Array  # noqa: N815

    def area(self, start_h: float, stop_h: float) -> Array:
        """Give the area under the curve of each patient: straight lines up, exponentials down.

        Returns
        -------
        ndarray (N,)
            pM.h; NaN where the curve ends earlier.
        """
        out = np.full(len(self.level_pM), np.nan)
        if stop_h > self.times_h[-1] + _NEAR_H:
            return out
        hours, level = self._between(start_h, stop_h)
        out[:] = 0.0
        # one interval at a time, in order: a patient's bits must not depend on how many others there are
        for k in range(len(hours) - 1):
            out += (hours[k + 1] - hours[k]) * _mean(level[:, k], level[:, k + 1])
        return out

    def peak(self, start_h: float, stop_h: float) -> tuple[Array, Array]:
        """Give the largest level of each patient and the hours from `start_h` to it."""
        hours, level = self._between(start_h, stop_h)
        return level.max(axis=1), hours[np.argmax(level, axis=1)] - start_h

    def at(self, hour: float) -> Array:
        """Give the level at the saved time nearest to `hour`."""
        return self.level_pM[:, int(np.argmin(np.abs(self.times_h - hour)))].copy()

    def half_life(self, start_h: float, stop_h: float) -> Array:
        """Give the terminal half-life of each patient, hours; NaN where nothing falls."""
        hours, level = self._between(start_h, stop_h)
        return np.array([_half_life(hours, row) for row in level], dtype=np.float64)

    def _between(self, start_h: float, stop_h: float) -> tuple[Array, Array]:
        inside = (self.times_h >= start_h - _NEAR_H) & (self.times_h <= stop_h + _NEAR_H)
        return self.times_h[inside], self.level_pM[:, inside]


def pharmacokinetics(ligand: FreeLigand, occasions: Occasions, window_h: float) -> dict[str, Array]:
    """Compute every pharmacokinetic number of an arm.

    Parameters
    ----------
    window_h
        Hours over which exposure is compared; a single dose is followed as long.

    Returns
    -------
    dict
        Id of `PK_DEFINITIONS` to (N,) values; NaN where a number cannot be said (a failed patient, a single dose for
        an interval).

    Examples
    --------
    >>> t = np.linspace(0.0, 24.0, 97)
    >>> found = pharmacokinetics(FreeLigand(t, 8.0 * 0.5 ** (t / 3.0)[None, :]), Occasions((0.0,), (0.0,)), 24.0)
    >>> round(float(found["t_half_h"][0]), 6), round(float(found["auc_inf"][0]), 3)
    (3.0, 34.625)
    """
    starts, nobody = occasions.starts_h, np.full(len(ligand.level_pM), np.nan)
    first = starts[0]
    end = first + (occasions.first_interval_h or window_h)
    cmax, tmax = ligand.peak(first, end)
    area, half = ligand.area(first, end), ligand.half_life(first, end)
    tau = occasions.last_interval_h
    last = nobody if tau is None else ligand.area(starts[-1], starts[-1] + tau)
    out = {
        "cmax": cmax,
        "tmax_h": tmax,
        "auc_0_24": ligand.area(first, first + 24.0),
        "auc_first": area,
        "auc_tau": last,
        "auc_inf": area + ligand.at(end) * half / np.log(2.0),
        "auc_window": ligand.area(0.0, window_h),
        "t_half_h": half,
        "trough": nobody if tau is None else ligand.at(starts[-1]),
        "accumulation": np.divide(last, area, out=nobody.copy(), where=area > 0.0),
    }
    failed = ~np.isfinite(ligand.level_pM).all(axis=1)
    return {name: np.where(failed, np.nan, values) for name, values in out.items()}


def _mean(left: Array, right: Array) -> Array:
    straight = 0.5 * (left + right)
    falls = (right > 0.0) & (left > right * (1.0 + 1e-9))
    safe_left, safe_right = np.where(falls, left, 2.0), np.where(falls, right, 1.0)
    return np.where(falls, (safe_left - safe_right) / np.log(safe_left / safe_right), straight)


def _half_life(hours: Array, level: Array) -> float:
    if not np.isfinite(level).all():
        return float("nan")
    peak = int(np.argmax(level))
    after = np.flatnonzero(level[peak + 1 :] >= _TERMINAL_FLOOR * level[peak]) + peak + 1
    if level[peak] <= 0.0 or len(after) < _TERMINAL_POINTS:
        return float("nan")
    last = after[-_TERMINAL_POINTS:]
    x, y = hours[last] - hours[last].mean(), np.log(level[last])
    slope = float((x * (y - y.mean())).sum() / (x * x).sum())
    return float(np.log(2.0)) / -slope if slope < 0.0 else float("nan")
