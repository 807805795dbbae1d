"""Series whose truth is known: cycles of several kinds, and noise that only looks like one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bimodal.errors import TimingError
from bimodal.timing.hypotheses import CRP_MEMORY_DAYS
from bimodal.timing.series import ASSAY_SD, Series, plain_series
from bimodal.timing.streams import stream

TRUTHS = (
    "cycle A .25 quiet",
    "cycle A .25",
    "cycle A .5 quiet",
    "cycle A .5",
    "cycle A .75",
    "cycle A 1.0",
    "mech",
    "drift",
    "pulse",
)
"""Series with a persistent cycle; without ``quiet`` the biological noise has an SD of 0.4, ``quiet`` 0.2 ln units."""

NULLS = (
    "white",
    "OU 27 h",
    "OU 3 d",
    "OU 7 d",
    "random walk",
    "filtered",
    "one pulse",
    "two pulses",
    "steep trend",
    "pseudo-cycle",
)
"""Series without a persistent cycle; ``pseudo-cycle`` looks rhythmic, with a memory of 2.2 days."""

DESIGNS = ("7 in 12 d", "10 in 18 d", "14 daily", "14 every 2 d", "21 daily", "28 daily", "42 daily")
"""Sampling plans of the reference tables."""

_AMPLITUDE = {"cycle A .25": 0.25, "cycle A .5": 0.5, "cycle A .75": 0.75, "cycle A 1.0": 1.0}
_LEVEL = math.log(20.0)
_QUIET, _USUAL = 0.2, 0.4
_TREND_SD = 0.02
_DRIFT = 0.25
_FINE = 1.0 / 24.0
_WARM_UP = 20.0
_QUARTER = 0.25
_AHEAD = 56


@dataclass(frozen=True, eq=False)
class SimulatedSeries:
    """A series and what is true of it.

    Parameters
    ----------
    period_days
        Period; None without a persistent cycle.
    phase_end
        Phase of the cycle of CRP at the last sample, radians, 0 at a peak; None without one. Ahead of it the phase
        moves on by 2 pi t / period.
    wander
        What drift adds to it at each quarter of a day after the last sample, radians; empty without drift.

    Examples
    --------
    >>> made = simulate_series("cycle A 1.0", sample_days("28 daily", 1), seed=1, index=0)
    >>> made.series.n, 5.0 < made.period_days < 9.0
    (28, True)
    """

    series: Series
    truth: str
    period_days: float | None
    phase_end: float | None
    wander: tuple[float, ...] = ()

    def phase(self, hours: float) -> float:
        """Give the true phase at an hour after the first sample, radians; drift goes on after the last sample."""
        if self.period_days is None or self.phase_end is None:
            raise TimingError(f"a series of '{self.truth}' has no phase")
        ahead = (hours - float(self.series.hours[-1])) / 24.0
        drift = float(np.interp(ahead, np.arange(len(self.wander)) * _QUARTER, self.wander)) if self.wander else 0.0
        return (self.phase_end + 2.0 * math.pi * ahead / self.period_days + drift) % (2.0 * math.pi)


def sample_days(design: str, seed: int, *, jitter_hours: float = 3.6) -> NDArray[np.float64]:
    """Give the days of sampling of a plan, with the jitter that real mornings have.

    All series of one cell share these times, so that a grid is worked out once for all of them.

    A design is one of `DESIGNS`, or ``N every D d``. Days ascend from 0.

    Examples
    --------
    >>> len(sample_days("14 every 2 d", 1))
    14
    """
    words = design.split()
    try:
        count = int(words[0])
        if words[1:] == ["daily"]:
            step = 1.0
        elif words[1] == "every" and words[3:] == ["d"]:
            step = float(words[2])
        elif words[1] == "in" and words[3:] == ["d"]:
            step = float(words[2]) / (count - 1)
        else:
            raise ValueError
    except (ValueError, IndexError, ZeroDivisionError):
        raise TimingError(
            f"'{design}' is no sampling plan", fix=f"write '28 daily', '14 every 2 d', or one of {', '.join(DESIGNS)}"
        ) from None
    shift = stream(seed, "times", design).uniform(-1.0, 1.0, count) * jitter_hours / 24.0
    days = np.sort(np.arange(count) * step + shift)
    return days - days[0]


def simulate_series(
    truth: str, days: NDArray[np.float64], *, seed: int, index: int, assay_sd: float = ASSAY_SD
) -> SimulatedSeries:
    """Make one series of a known truth.

    Each ``index`` of a cell has a stream of its own.

    Examples
    --------
    >>> simulate_series("filtered", np.arange(14.0), seed=1, index=3).period_days is None
    True

    Notes
    -----
    ln CRP = level + trend (SD 0.02 per day) + signal + biological noise + assay noise. Periods are log-uniform from 5
    to 9 days, phases uniform. ``mech`` and ``filtered`` drive production (log-normal), which blood forgets with a
    half-life of 19 h; ``drift`` lets the phase walk by 0.25 rad per root day; pulses multiply CRP by 3 to 10.
    """
    if truth not in TRUTHS and truth not in NULLS:
        raise TimingError(f"'{truth}' is no known truth", fix=f"one of {', '.join((*TRUTHS, *NULLS))}")
    draw = stream(seed, "series", truth, index)
    trend = draw.normal(0.0, _TREND_SD)
    period = math.exp(draw.uniform(math.log(5.0), math.log(9.0)))
    start = draw.uniform(0.0, 2.0 * math.pi)
    signal, phase_end = _signal(truth, days, draw, period, start)
    if truth == "steep trend":
        trend = draw.choice((-1.0, 1.0)) * draw.uniform(0.05, 0.15)
    values = _LEVEL + trend * (days - days.mean()) + signal + draw.normal(0.0, assay_sd, len(days))
    series = plain_series(days * 24.0, np.exp(values), assay_sd=assay_sd, label=f"simulated series {index}")
    wander: tuple[float, ...] = ()
    if truth == "drift":
        steps = draw.normal(0.0, 1.0, _AHEAD) * _DRIFT * math.sqrt(_QUARTER)
        wander = (0.0, *np.cumsum(steps).tolist())
    return SimulatedSeries(series, truth, None if phase_end is None else period, phase_end, wander)


def _signal(
    truth: str, days: NDArray[np.float64], draw: np.random.Generator, period: float, start: float
) -> tuple[NDArray[np.float64], float | None]:
    """Give cycle and biological noise in ln units, and the phase at the last sample where there is one."""
    angle = 2.0 * math.pi * days / period - start
    if truth == "mech":
        return _blood(days, draw, _USUAL, period, start), _phase_of_blood(angle[-1], period)
    if truth == "filtered":
        return _blood(days, draw, 0.6, None, 0.0), None
    if truth == "drift":
        steps = draw.normal(0.0, 1.0, len(days)) * _DRIFT * np.sqrt(np.append(0.0, np.diff(days)))
        angle = angle + np.cumsum(steps)
        return 0.75 * np.cos(angle) + _ou(days, draw, _QUIET, CRP_MEMORY_DAYS), _turn(angle[-1])
    if truth == "pulse":
        noise = _ou(days, draw, _QUIET, CRP_MEMORY_DAYS) + _pulses(days, draw, 1)
        return 0.75 * np.cos(angle) + noise, _turn(angle[-1])
    if truth in TRUTHS:
        noise = _QUIET if truth.endswith("quiet") else _USUAL
        size = _AMPLITUDE[truth.removesuffix(" quiet")]
        return size * np.cos(angle) + _ou(days, draw, noise, CRP_MEMORY_DAYS), _turn(angle[-1])
    return _null(truth, days, draw), None


def _null(truth: str, days: NDArray[np.float64], draw: np.random.Generator) -> NDArray[np.float64]:
    memories = {"OU 27 h": CRP_MEMORY_DAYS, "OU 3 d": 3.0, "OU 7 d": 7.0}
    if truth == "white":
        return draw.normal(0.0, _USUAL, len(days))
    if truth in memories:
        return _ou(days, draw, _USUAL, memories[truth])
    if truth == "random walk":
        return np.cumsum(draw.normal(0.0, 1.0, len(days)) * _QUIET * np.sqrt(np.append(0.0, np.diff(days))))
    if truth in ("one pulse", "two pulses"):
        return _ou(days, draw, _QUIET, CRP_MEMORY_DAYS) + _pulses(days, draw, 1 if truth == "one pulse" else 2)
    if truth == "steep trend":
        return _ou(days, draw, _QUIET, CRP_MEMORY_DAYS)
    # pseudo-cycle: a turning Ornstein-Uhlenbeck process, period 7 d, memory 2.2 d
    turning = np.exp(2j * math.pi * days / 7.0)
    return np.real(turning * (_ou(days, draw, 0.5, 2.2) + 1j * _ou(days, draw, 0.5, 2.2)))


def _ou(days: NDArray[np.float64], draw: np.random.Generator, sd: float, memory: float) -> NDArray[np.float64]:
    """Draw a stationary Ornstein-Uhlenbeck process at these days."""
    fresh = draw.normal(0.0, 1.0, len(days))
    path = np.empty(len(days))
    path[0] = sd * fresh[0]
    for k in range(1, len(days)):
        keep = math.exp(-(days[k] - days[k - 1]) / memory)
        path[k] = keep * path[k - 1] + sd * math.sqrt(1.0 - keep * keep) * fresh[k]
    return path


def _blood(
    days: NDArray[np.float64], draw: np.random.Generator, sd: float, period: float | None, start: float
) -> NDArray[np.float64]:
    """Give ln CRP of blood that forgets with a 19-h half-life while a log-normal production feeds it."""
    fine = np.arange(-_WARM_UP, days[-1] + _FINE, _FINE)
    drive = _ou(fine, draw, sd, CRP_MEMORY_DAYS)
    if period is not None:
        drive = drive + np.cos(2.0 * math.pi * fine / period - start)
    made = np.exp(drive)
    keep = math.exp(-_FINE / CRP_MEMORY_DAYS)
    level = np.empty(len(fine))
    level[0] = made[0]
    for k in range(1, len(fine)):
        level[k] = keep * level[k - 1] + (1.0 - keep) * made[k - 1]
    return np.interp(days, fine, np.log(level))


def _pulses(days: NDArray[np.float64], draw: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Give ln of the factor of infections: up within about a day, down with a half-life of 46 h."""
    rise, fall = 0.5, 46.0 / 24.0 / math.log(2.0)
    peak_at = math.log(fall / rise) * rise * fall / (fall - rise)
    peak = math.exp(-peak_at / fall) - math.exp(-peak_at / rise)
    total = np.ones(len(days))
    for _ in range(count):
        since = np.maximum(days - draw.uniform(0.0, days[-1]), 0.0)
        total += (draw.uniform(3.0, 10.0) - 1.0) * (np.exp(-since / fall) - np.exp(-since / rise)) / peak
    return np.log(total)


def _phase_of_blood(angle: float, period: float) -> float:
    """Give the phase of ln CRP when the production is at `angle`: its first harmonic, without noise, lags behind."""
    count = 512
    turns = 2.0 * math.pi * np.arange(count) / count
    waves = np.fft.fft(np.exp(np.cos(turns))) / (1.0 + 2j * math.pi / period * CRP_MEMORY_DAYS * _harmonics(count))
    first = np.fft.fft(np.log(np.real(np.fft.ifft(waves))))[1]
    return _turn(angle + float(np.angle(first)))


def _harmonics(count: int) -> NDArray[np.float64]:
    return np.asarray(np.fft.fftfreq(count, 1.0 / count), dtype=np.float64)


def _turn(angle: float) -> float:
    return float(angle) % (2.0 * math.pi)
