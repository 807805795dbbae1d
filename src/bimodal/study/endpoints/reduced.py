"""A span of time reduced to one number per patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SpanReadings:
    """What an observable did between two days in each patient, all (N,).

    Parameters
    ----------
    start, end
        Value on the first and on the last day, before a dose of that moment.
    high, low
        Largest and smallest value in between, along the whole trajectory.
    area
        Its integral over time, in hours.
    hours
        Length of the span.
    """

    start: Array
    end: Array
    high: Array
    low: Array
    area: Array
    hours: float


def reduced(how: str, span: SpanReadings) -> Array:
    """Reduce what each patient shows between two days to one number.

    Papers give a peak, a nadir, a change or an exposure; it must be taken within the patient, before patients are
    summarised.

    Parameters
    ----------
    how
        ``peak min mean change rise fall ratio percent area``, as ``bimodal.evidence`` defines them.

    Returns
    -------
    ndarray (N,)
        In the unit of the observable; ``ratio`` has none, ``percent`` is in percent of the start, ``area`` in the unit
        times hours. NaN for failed patients and for a ratio to 0.

    Examples
    --------
    >>> four, seven, two = np.array([4.0]), np.array([7.0]), np.array([2.0])
    >>> span = SpanReadings(start=four, end=two, high=seven, low=two, area=np.array([240.0]), hours=48.0)
    >>> [float(reduced(how, span)[0]) for how in ("rise", "fall", "ratio", "percent", "mean")]
    [3.0, 2.0, 0.5, -50.0, 5.0]
    """
    if how not in _RULES:
        raise StudyError(f"there is no reduction '{how}'", fix="one of " + ", ".join(_RULES))
    return np.asarray(_RULES[how](span), dtype=np.float64)


def _ratio(span: SpanReadings) -> Array:
    out = np.full(len(span.start), np.nan)
    np.divide(span.end, span.start, out=out, where=span.start != 0.0)
    return out


_RULES: dict[str, Callable[[SpanReadings], Array]] = {
    "peak": lambda span: span.high,
    "min": lambda span: span.low,
    "mean": lambda span: span.area / span.hours,
    "change": lambda span: span.end - span.start,
    "rise": lambda span: span.high - span.start,
    "fall": lambda span: span.start - span.low,
    "ratio": _ratio,
    "percent": lambda span: 100.0 * (_ratio(span) - 1.0),
    "area": lambda span: span.area,
}
