"""The part of a series that nothing has disturbed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bimodal.timing.series import DISTURBANCES, Series


def undisturbed(series: Series) -> Series:
    """Keep the samples before the first dose, or before the first disturbance that the series gives no pulse.

    IL-2 itself raises IL-6 within hours and CRP after it, so a sample after a dose says nothing of an earlier phase;
    one at the very time of a dose counts as taken before it.

    Examples
    --------
    >>> from bimodal.timing.series import Event, plain_series
    >>> whole = plain_series([0.0, 24.0, 48.0], [1.0, 2.0, 3.0], events=(Event("dose", 24.0),))
    >>> undisturbed(whole).n
    2
    """
    ends = [
        event.hours
        for event in series.events
        if event.kind == "dose" or (event.kind in DISTURBANCES and event.hours not in series.pulses)
    ]
    if not ends:
        return series
    keep = series.hours <= min(ends)
    if keep.all():
        return series
    index = np.flatnonzero(keep)
    return replace(
        series,
        hours=series.hours[keep],
        values=series.values[keep],
        censored=series.censored[keep],
        clock_hours=series.clock_hours[keep],
        weekdays=series.weekdays[keep],
        laboratories=tuple(series.laboratories[k] for k in index),
        rows=tuple(series.rows[k] for k in index),
        pulses=tuple(hour for hour in series.pulses if hour <= min(ends)),
    )
