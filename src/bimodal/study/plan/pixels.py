"""Pieces of time a figure shows as one: it draws the lowest, mean and highest value within each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.dosing_times import DosingTimes

Array = npt.NDArray[np.float64]

_DAY_H = 24.0
_MOST = 150
#: Lengths that fit into a day or hold whole ones, so that pixels do not beat with daily doses.
_LENGTHS_H = (
    *(1 / 60, 1 / 30, 1 / 12, 1 / 6, 0.25, 0.5),
    *(1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0, 48.0, 72.0, 168.0),
)
#: Follow-up longer than treatment gets a stretch of its own.
_LONG = 2.0
_OF_A_DAY = 72


def pixels(dosing: Sequence[DosingTimes], horizon_h: float) -> tuple[float, ...]:
    """Divide a study into pixels, the same for all arms: finer while anybody is treated where follow-up is long.

    Returns
    -------
    tuple of float
        Edges in hours, from 0 to the horizon.

    Examples
    --------
    >>> pixels([DosingTimes((0.0, 24.0))], 960.0)[94:98]
    (47.0, 47.5, 48.0, 56.0)
    """
    ends = [doses.last_input_h + (doses.tau_h or _DAY_H) for doses in dosing if doses.times_h]
    treated = min(max(ends, default=horizon_h), horizon_h)
    if horizon_h < _LONG * treated:
        return even_pixels(0.0, horizon_h)
    first = even_pixels(0.0, treated)
    return (*first[:-1], *even_pixels(first[-1], horizon_h))


def day_pixels(dosing: Sequence[DosingTimes], horizon_h: float) -> tuple[float, ...]:
    """Divide the first day and the last dosing day of an arm into pixels of 20 minutes, edges in hours."""
    starts = [0.0]
    last = max((own.distinct[-1] for own in dosing if own.times_h), default=0.0)
    if last >= _DAY_H:
        starts.append(_DAY_H * np.floor(last / _DAY_H + 1e-9))
    edges = [start + _DAY_H * k / _OF_A_DAY for start in starts for k in range(_OF_A_DAY + 1)]
    return tuple(edge for edge in edges if edge <= horizon_h)


def even_pixels(start: float, stop: float) -> tuple[float, ...]:
    """Divide a stretch of time into at most 150 pixels of a length that fits days, edges in hours."""
    span = stop - start
    length = next((h for h in _LENGTHS_H if h * _MOST >= span), _LENGTHS_H[-1] * np.ceil(span / _MOST / _LENGTHS_H[-1]))
    if span < _LENGTHS_H[0] * _MOST:
        length = span / _MOST
    count = max(1, int(np.ceil(span / length - 1e-9)))
    return (*(start + k * length for k in range(count)), stop)
