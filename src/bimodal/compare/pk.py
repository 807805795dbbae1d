"""Pharmacokinetic numbers of the given molecule per patient.

The registry's own rules (`study/endpoints/pk.py`) look at all IL-2 in plasma. Here an engineered molecule is followed
itself, and exposure is compared over a window that is the same for all molecules.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from bimodal.engine import SegmentResults
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.pk import area_above_start, largest_rise, pk_value, value_at, value_before

Array = npt.NDArray[np.float64]

PK_DEFINITIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "cmax": ("pM", "largest free concentration of the given molecule in its first dosing interval"),
        "tmax_h": ("h", "hours from the first dose to Cmax"),
        "auc_0_24": ("pM.h", "area under the free concentration from 0 to 24 h after the first dose"),
        "auc_first": ("pM.h", "the same over the first dosing interval"),
        "cmax_tau": ("pM", "largest free concentration in the last dosing interval, from the last dose"),
        "auc_tau": ("pM.h", "area over the last dosing interval, from the last dose"),
        "auc_inf": ("pM.h", "auc_first plus the level at its end over the terminal rate; for linear loss only"),
        "auc_window": ("pM.h", "the same over the window in which exposure is compared, however many doses lie in it"),
        "t_half_h": (
            "h",
            "terminal half-life after the last input, through at least three samples, as many as give the best "
            "adjusted R2",
        ),
        "trough": ("pM", "free concentration just before the last dose"),
        "accumulation": ("1", "auc_tau over auc_first"),
    }
)
"""Unit and definition of every pharmacokinetic number of a comparison."""


def pharmacokinetics(course: SegmentResults, start: Array, dosing: DosingTimes, window_h: float) -> dict[str, Array]:
    """Compute every pharmacokinetic number of an arm, along the whole trajectories.

    Parameters
    ----------
    course
        Free concentration of the given molecule alone, pM, read between the edges of its dosing times and the window.
    start
        (N,) its value before the first dose, pM; what lies below counts as zero.
    window_h
        Hours over which exposure is compared; a single dose is followed as long.

    Returns
    -------
    dict
        Id of `PK_DEFINITIONS` to (N,) values; NaN where a number cannot be said (a failed patient, a single dose for
        an interval).
    """
    first = dosing.distinct[0]
    end = first + (dosing.first_interval_h or window_h - first)
    cmax, when = largest_rise(course, start, first, end)
    area = area_above_start(course, first, end)
    by_rule = {
        name: pk_value(name, course, start, dosing)
        for name in ("auc_0_24", "cmax_tau", "auc_tau", "t_half_h", "trough")
    }
    level = value_before(course, end)[:, 0] if dosing.first_interval_h else value_at(course, end)[:, 0]
    last = np.maximum(level - start, 0.0)
    numbers = {
        "cmax": cmax,
        "tmax_h": when - first,
        "auc_0_24": by_rule["auc_0_24"],
        "auc_first": area,
        "cmax_tau": by_rule["cmax_tau"],
        "auc_tau": by_rule["auc_tau"],
        "auc_inf": area + last * by_rule["t_half_h"] / np.log(2.0),
        "auc_window": area_above_start(course, 0.0, window_h),
        "t_half_h": by_rule["t_half_h"],
        "trough": np.maximum(by_rule["trough"] - start, 0.0),
        "accumulation": np.divide(by_rule["auc_tau"], area, out=np.full(len(area), np.nan), where=area > 0.0),
    }
    return {name: np.where(np.isfinite(start), values, np.nan) for name, values in numbers.items()}
