"""Pharmacokinetic numbers per patient, from free IL-2 on the saved grid.

IL-2 is there before the first dose, so Cmax, areas and half-life are those of the rise above the patient's own
day-0 value; a fall below it (the sink grows under treatment) counts as zero. The trough is the whole level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.endpoints.phases import initial_level, two_half_lives

_DAY_H = 24.0
_TERMINAL_POINTS = 4
_TERMINAL_FLOOR = 0.01  # of the peak: below it a change of the endogenous level is as large as the drug
_TOL_H = 1e-6

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DosingTimes:
    """When an arm is dosed, as far as the PK rules need it.

    Parameters
    ----------
    times_h
        Start of every dose, hours, ascending; empty for an untreated arm.

    Examples
    --------
    >>> DosingTimes((0.0, 24.0, 48.0)).tau_h
    24.0
    """

    times_h: tuple[float, ...]

    @property
    def distinct(self) -> tuple[float, ...]:
        """Dose times without repeats (two doses at once are one occasion)."""
        return tuple(sorted(set(self.times_h)))

    @property
    def tau_h(self) -> float | None:
        """Hours between the last two dosing occasions; None when there are fewer than two."""
        times = self.distinct
        return times[-1] - times[-2] if len(times) > 1 else None


def pk_value(name: str, times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    """Compute one PK endpoint for every patient.

    Parameters
    ----------
    name
        ``cmax tmax_h c0 auc_0_24 auc_tau t_half_h t_half_fast_min t_half_slow_min trough accumulation``.
    times_h
        Saved times (T,), hours, ascending.
    level
        Free IL-2 (N, T), pM.

    Returns
    -------
    ndarray (N,)
        NaN where it cannot be said (no dose, a single dose for an interval, a failed patient).

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(0.0, 25.0)
    >>> level = 1.0 + 8.0 * np.exp(-np.log(2) / 3.0 * t)[None, :]
    >>> level[:, 0] = 1.0
    >>> round(float(pk_value("t_half_h", t, level, DosingTimes((0.0,)))[0]), 6)
    3.0
    """
    rules = {
        "cmax": _cmax,
        "tmax_h": _tmax,
        "c0": _c0,
        "auc_0_24": _auc_first_day,
        "auc_tau": _auc_tau,
        "t_half_h": _half_life,
        "t_half_fast_min": _fast,
        "t_half_slow_min": _slow,
        "trough": _trough,
        "accumulation": _accumulation,
    }
    if name not in rules:
        raise StudyError(f"there is no PK rule for '{name}'", fix="one of " + ", ".join(rules))
    level = np.asarray(level, dtype=np.float64)
    if not dosing.times_h:
        return _nobody(level)
    out = rules[name](times_h, level, dosing)
    out[~np.isfinite(level).all(axis=1)] = np.nan
    return out


def _nobody(level: Array) -> Array:
    return np.full(len(level), np.nan)


def _first_day(times_h: Array, level: Array, dosing: DosingTimes) -> tuple[Array, Array]:
    start = dosing.distinct[0]
    inside = (times_h >= start - _TOL_H) & (times_h <= start + _DAY_H + _TOL_H)
    return times_h[inside] - start, level[:, inside] - level[:, :1]


def _cmax(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    return np.asarray(_first_day(times_h, level, dosing)[1].max(axis=1), dtype=np.float64)


def _tmax(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    hours, rise = _first_day(times_h, level, dosing)
    return np.asarray(hours[np.argmax(rise, axis=1)], dtype=np.float64)


def _area(times_h: Array, level: Array, start_h: float, stop_h: float) -> Array:
    if stop_h > times_h[-1] + _TOL_H:
        return _nobody(level)
    inside = (times_h >= start_h - _TOL_H) & (times_h <= stop_h + _TOL_H)
    hours, rise = times_h[inside], np.maximum(level[:, inside] - level[:, :1], 0.0)
    # one interval at a time, in order: a matrix product could change bits with the number of patients
    out = np.zeros(level.shape[0])
    for k in range(len(hours) - 1):
        out += 0.5 * (hours[k + 1] - hours[k]) * (rise[:, k] + rise[:, k + 1])
    return out


def _auc_first_day(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    start = dosing.distinct[0]
    return _area(times_h, level, start, start + _DAY_H)


def _auc_tau(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    if dosing.tau_h is None:
        return _nobody(level)
    last = dosing.distinct[-1]
    return _area(times_h, level, last, last + dosing.tau_h)


def _accumulation(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    if dosing.tau_h is None:
        return _nobody(level)
    first = dosing.distinct[0]
    top, bottom = _auc_tau(times_h, level, dosing), _area(times_h, level, first, dosing.distinct[1])
    out = _nobody(level)
    np.divide(top, bottom, out=out, where=bottom > 0.0)
    return out


def _trough(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    nearest = int(np.argmin(np.abs(times_h - dosing.distinct[-1])))
    return level[:, nearest].copy()


def _first_interval(times_h: Array, level: Array, dosing: DosingTimes) -> tuple[Array, Array]:
    hours, rise = _first_day(times_h, level, dosing)
    if len(dosing.distinct) > 1:
        before = hours <= dosing.distinct[1] - dosing.distinct[0] + _TOL_H
        hours, rise = hours[before], rise[:, before]
    return hours, rise


def _c0(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    return initial_level(*_first_interval(times_h, level, dosing))


def _fast(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    return 60.0 * two_half_lives(*_first_interval(times_h, level, dosing))[0]


def _slow(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    return 60.0 * two_half_lives(*_first_interval(times_h, level, dosing))[1]


def _half_life(times_h: Array, level: Array, dosing: DosingTimes) -> Array:
    hours, rise = _first_interval(times_h, level, dosing)
    return np.array([_terminal(hours, row) for row in rise], dtype=np.float64)


def _terminal(hours: Array, rise: Array) -> float:
    if not np.isfinite(rise).all():
        return float("nan")
    peak = int(np.argmax(rise))
    after = np.flatnonzero(rise[peak + 1 :] >= _TERMINAL_FLOOR * rise[peak]) + peak + 1
    if rise[peak] <= 0.0 or len(after) < _TERMINAL_POINTS:
        return float("nan")
    last = after[-_TERMINAL_POINTS:]
    x, y = hours[last] - hours[last].mean(), np.log(rise[last])
    slope = float((x * (y - y.mean())).sum() / (x * x).sum())
    return float(np.log(2.0)) / -slope if slope < 0.0 else float("nan")
