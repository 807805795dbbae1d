"""A patient's CRP over time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ASSAY_SD = 0.07
"""Assay noise in ln units where nothing else is said (CV of 5 to 7 %; Macy 1997 gives 5.2 %)."""

MARKER_KINDS = ("alc", "cd4", "cd8", "treg", "teff", "il6", "temp")
"""What else may be measured; read, counted and shown, never fitted."""

DISTURBANCES = ("infection", "surgery", "steroid")
"""What moves CRP for reasons of its own."""


@dataclass(frozen=True)
class Event:
    """Something that happened, or another marker, at a time.

    Hours count from the first CRP sample; the row is the line of the file, 0 for a simulated event.
    """

    kind: str
    hours: float
    value: float | None = None
    unit: str = ""
    row: int = 0


@dataclass(frozen=True, eq=False)
class Series:
    """CRP samples of one patient, in time order, with study-relative hours and no name.

    Parameters
    ----------
    label
        ``series 1`` and so on, by order of first appearance; never the patient's id.
    hours
        Hours after the first CRP sample, ascending, shape (n,).
    values
        CRP in mg/L, shape (n,); the detection limit where `censored`.
    censored
        True where the value lies below the detection limit, shape (n,).
    clock_hours
        Hour of the day on the clock of the place, 0 to 24, shape (n,).
    weekdays
        0 for Monday to 6, shape (n,).
    pulses
        Hours of known disturbances that the model lets CRP answer with a pulse.
    sha256
        Hash of the file, blank for a simulated series.
    notes
        What reading changed: rows sorted, units converted, repeats dropped.

    Examples
    --------
    >>> made = plain_series([0.0, 24.0, 48.0], [10.0, 12.0, 9.0])
    >>> made.n, made.span_days
    (3, 2.0)
    """

    label: str
    hours: NDArray[np.float64]
    values: NDArray[np.float64]
    censored: NDArray[np.bool_]
    clock_hours: NDArray[np.float64]
    weekdays: NDArray[np.int64]
    laboratories: tuple[str, ...]
    rows: tuple[int, ...]
    events: tuple[Event, ...] = ()
    assay_sd: float = ASSAY_SD
    pulses: tuple[float, ...] = ()
    sha256: str = ""
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.hours)

    @property
    def days(self) -> NDArray[np.float64]:
        """Days after the first sample, shape (n,)."""
        return self.hours / 24.0

    @property
    def span_days(self) -> float:
        """Days from the first sample to the last."""
        return float(self.hours[-1] - self.hours[0]) / 24.0 if self.n else 0.0

    @property
    def log_values(self) -> NDArray[np.float64]:
        """Natural logarithm of CRP in mg/L; the limit's where censored."""
        return np.log(self.values)

    @property
    def simulated(self) -> bool:
        """Whether the series was made and not measured."""
        return not self.sha256


def plain_series(
    hours: NDArray[np.float64] | list[float],
    values: NDArray[np.float64] | list[float],
    *,
    censored: NDArray[np.bool_] | list[bool] | None = None,
    events: tuple[Event, ...] = (),
    assay_sd: float = ASSAY_SD,
    label: str = "simulated series",
) -> Series:
    """Make a series from bare numbers, as simulations and tests need it.

    Hours ascend, of any start: the first sample gets 0 h, and the clock starts at 8 o'clock on a Monday. Values are in
    mg/L.

    Examples
    --------
    >>> plain_series([5.0, 29.0], [1.0, 2.0]).hours.tolist()
    [0.0, 24.0]
    """
    times = np.asarray(hours, dtype=np.float64)
    times = times - (times[0] if len(times) else 0.0)
    mask = np.zeros(len(times), dtype=np.bool_) if censored is None else np.asarray(censored, dtype=np.bool_)
    clock = times + 8.0
    return Series(
        label=label,
        hours=times,
        values=np.asarray(values, dtype=np.float64),
        censored=mask,
        clock_hours=clock % 24.0,
        weekdays=np.asarray([math.floor(hour / 24.0) % 7 for hour in clock], dtype=np.int64),
        laboratories=("",) * len(times),
        rows=(0,) * len(times),
        events=events,
        assay_sd=assay_sd,
    )
