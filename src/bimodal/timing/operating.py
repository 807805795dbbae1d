"""How the comparison does on series whose truth is known: false alarms, power, errors of period and phase."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bimodal.timing.assess import compare_hypotheses
from bimodal.timing.decide import decide
from bimodal.timing.phase import PhasePosterior, circular_mean
from bimodal.timing.posterior import Posterior
from bimodal.timing.simulate_series import SimulatedSeries
from bimodal.timing.status import Status
from bimodal.timing.windows import FIRST_DAY, LAST_DAY, P_CYCLE_BAR, P_WINDOW_BAR, SLOT_H

HORIZON_D = 3.0
"""Days after the last sample at which the phase is judged."""
WINDOW_H = 48.0
_BLOCK = 100
_COLUMNS = ("bayes_factor", "p_h1", "period_error_d", "phase_error_h", "rank", "p_window", "hit", "miss_d")
_TAU = 2.0 * math.pi
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Operating:
    """What came out for each series of one cell, arrays of shape (S,).

    Parameters
    ----------
    period_error_d
        Median of the period less the true one, days; NaN without a true cycle.
    phase_error_h
        Circular mean of the predicted phase less the true one, three days ahead, hours; NaN without a true cycle.
    rank
        Where the true phase lies in the predicted distribution, 0 to 1; NaN without a true cycle.
    p_window
        P(in the window | H1) of the slot that would be given; NaN where none is.
    hit
        1 if that slot is in the true window, 0 if not; NaN where none is given, or without a true cycle.
    miss_d
        Days from that slot to the nearest true peak; NaN as above.
    status
        What would be said, if the checks allow it.
    """

    bayes_factor: NDArray[np.float64]
    p_h1: NDArray[np.float64]
    period_error_d: NDArray[np.float64]
    phase_error_h: NDArray[np.float64]
    rank: NDArray[np.float64]
    p_window: NDArray[np.float64]
    hit: NDArray[np.float64]
    miss_d: NDArray[np.float64]
    status: NDArray[np.str_]

    @property
    def n(self) -> int:
        """Number of series."""
        return len(self.bayes_factor)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Which series would be given a window."""
        return np.isfinite(self.p_window)

    @property
    def statuses(self) -> dict[str, int]:
        """How often each status came out."""
        return dict(sorted(Counter(self.status.tolist()).items()))

    def part(self, which: slice) -> Operating:
        """Give some of the series."""
        return Operating(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def covers(self, level: float) -> NDArray[np.bool_]:
        """Say whether the central interval of this level holds the true phase, for series with one."""
        edge = 0.5 * (1.0 - level)
        known = self.rank[np.isfinite(self.rank)]
        return (known >= edge) & (known <= 1.0 - edge)


def operate(
    made: list[SimulatedSeries], *, progress: Progress | None = None, what: str = "", windows: bool = True
) -> Operating:
    """Compare the hypotheses for simulated series that share their times, and judge the answers by the truth.

    ``made`` are of the same days. Looking for ``windows`` takes most of the time where cycles are found.

    Examples
    --------
    >>> from bimodal.timing.simulate_series import sample_days, simulate_series
    >>> days = sample_days("14 daily", 1)
    >>> operate([simulate_series("white", days, seed=1, index=0)]).n
    1
    """
    rows: list[tuple[float, ...]] = []
    statuses: list[str] = []
    for start in range(0, len(made), _BLOCK):
        block = made[start : start + _BLOCK]
        logs = np.stack([one.series.log_values for one in block])
        for one, posterior in zip(block, compare_hypotheses(block[0].series.days, logs), strict=True):
            rows.append(_judge(one, posterior, windows=windows))
            statuses.append(decide(posterior, sufficient=True).value)
        if progress is not None:
            progress(len(rows), len(made), what)
    columns = np.array(rows, dtype=np.float64).reshape(-1, 8).T
    values: dict[str, Any] = dict(zip(_COLUMNS, columns, strict=True))
    return Operating(**values, status=np.array(statuses, dtype=np.str_))


def _judge(one: SimulatedSeries, posterior: Posterior, *, windows: bool) -> tuple[float, ...]:
    period_error = phase_error = rank = p_window = hit = miss = math.nan
    phase, last = posterior.phase, float(one.series.hours[-1])
    if one.period_days is not None:
        period_error = float(posterior.period.quantiles(0.5)) - one.period_days
        hour = last + 24.0 * HORIZON_D
        phase_error, rank = _phase_error(phase, hour, one.phase(hour), one.period_days)
    found = decide(posterior, sufficient=True) in (
        Status.RHYTHM_UNREPLICATED,
        Status.RHYTHM_REPLICATED_IN_THIS_SERIES,
    )
    if windows and found and posterior.p_h1 >= P_CYCLE_BAR:
        ahead = _slots_near_peaks(phase, last)
        inside = phase.within(ahead, WINDOW_H)
        if inside.max() >= P_WINDOW_BAR:
            slot = int(np.argmax(inside))
            p_window = float(inside[slot])
            if one.period_days is not None:
                miss = float(_wrap(one.phase(float(ahead[slot])))) / _TAU * one.period_days
                hit = float(abs(miss) <= WINDOW_H / 48.0)
    return posterior.bayes_factor, posterior.p_h1, period_error, phase_error, rank, p_window, hit, miss


def _slots_near_peaks(phase: PhasePosterior, last: float) -> NDArray[np.float64]:
    """Give the slots within half a day of an expected peak: the others cannot hold the highest probability."""
    ahead = last + np.arange(24.0 * FIRST_DAY, 24.0 * LAST_DAY + 1e-9, SLOT_H)
    middle = last + 24.0 * HORIZON_D
    expected = circular_mean(phase.grid, phase.at(middle)[0]) + _TAU * (ahead - middle) / (
        24.0 * phase.mean_period_days
    )
    near = ahead[np.abs(_wrap(expected)) <= _TAU * 12.0 / (24.0 * phase.mean_period_days)]
    return near if len(near) else ahead


def _phase_error(phase: PhasePosterior, hour: float, true: float, period_d: float) -> tuple[float, float]:
    weights = phase.at(hour)[0]
    centre = circular_mean(phase.grid, weights)
    turned = _wrap(phase.grid - centre)
    order = np.argsort(turned, kind="stable")
    width = _TAU / len(phase.grid)
    edges = np.append(turned[order] - 0.5 * width, turned[order][-1] + 0.5 * width)
    steps = np.append(0.0, np.cumsum(weights[order]))
    offset = float(_wrap(np.array(true - centre)))
    return -offset / _TAU * period_d * 24.0, float(np.interp(offset, edges, steps))


def _wrap(angle: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.mod(np.asarray(angle) + math.pi, _TAU) - math.pi
