"""When a run is saved: one time axis for all arms of a study, (T,) hours, ascending, from 0 to the horizon."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.endpoints.dose import Dose
from bimodal.study.endpoints.sampling import AFTER_PUSH_H
from bimodal.study.endpoints.trial.scan_plan import ScanPlan

Array = npt.NDArray[np.float64]

DAY_H = 24.0
_NEAR_H = 1e-7
# After a push or a short infusion IL-2 falls with a half-life of minutes (Konrad 1990: 12.9 min): hours would miss it.
_AFTER_IV_H = tuple(hours for hours in AFTER_PUSH_H if hours < 2.0)
_DEFAULT_FOLLOW_UP_DAYS = 28.0
_EVEN_POINTS = 201


def horizon_days(
    ends_h: Sequence[float], report_days: Sequence[float], follow_up: float | None, horizon: float | None
) -> float:
    """Say for how many days a study is simulated: `horizon`, else the end of dosing plus `follow_up`, or plus 28 days.

    Never before the last report day. `follow_up` and `horizon` are days, as the study file says; None if it does not.

    Examples
    --------
    >>> horizon_days([56 * 24.0], [7.0], None, None)
    84.0
    >>> horizon_days([0.0], [90.0], None, None)
    90.0
    """
    late = max(report_days, default=0.0)
    if horizon is not None:
        return max(horizon, late)
    after = _DEFAULT_FOLLOW_UP_DAYS if follow_up is None else follow_up
    return max(max(ends_h, default=0.0) / DAY_H + after, late, 1.0)


def own_horizon_days(
    ends_h: Sequence[float], report_days: Sequence[float], follow_up: float | None, horizon: float | None
) -> float:
    """Say for how many days a model file is simulated: as `horizon_days`, but never longer than its study says.

    The scale of its time is not known, so no days are added to the end of dosing unless `follow_up` says so.

    Examples
    --------
    >>> own_horizon_days([0.0], [0.5, 0.01], None, None)
    0.5
    """
    late = max(report_days, default=0.0)
    days = max(late, max(ends_h, default=0.0) / DAY_H + (follow_up or 0.0)) if horizon is None else max(horizon, late)
    if days <= 0.0:
        raise StudyError(
            "the study does not say how long to simulate the model file", where="horizon", fix="give 'horizon', in days"
        )
    return days


def save_times(
    arms: Sequence[Sequence[Dose]], *, report_days: Sequence[float], horizon: float
) -> npt.NDArray[np.float64]:
    """Lay out the saved times: a value at a dose time is pre-dose.

    Daily pre-dose values and 4 h later (near the SC peak), every hour of the first and last dosing day, minutes after
    the first and last IV dose, every dose time, the first interval after the last dose, and every report day.

    Examples
    --------
    >>> save_times([[]], report_days=[0.5], horizon=2.0).tolist()
    [0.0, 4.0, 12.0, 24.0, 28.0, 48.0]
    """
    last_h = horizon * DAY_H
    days = [d * DAY_H for d in range(math.floor(horizon) + 1)]
    exact = [0.0, last_h, *(d * DAY_H for d in report_days), *(dose.time_h for doses in arms for dose in doses)]
    loose = [*days, *(t + 4.0 for t in days)]
    for doses in arms:
        if doses:
            loose += _close_ups(doses)
    return _merged(exact, loose, last_h)


def sparse_times(
    arms: Sequence[Sequence[Dose]], *, days: Sequence[float], horizon: float, every_days: float
) -> npt.NDArray[np.float64]:
    """Lay out few saved times: every dose, the days that are asked for, and steps in between.

    Examples
    --------
    >>> sparse_times([[]], days=[10.0], horizon=21.0, every_days=7.0).tolist()
    [0.0, 168.0, 240.0, 336.0, 504.0]
    """
    last_h = horizon * DAY_H
    exact = [0.0, last_h, *(d * DAY_H for d in days), *(dose.time_h for doses in arms for dose in doses)]
    steps = [k * every_days * DAY_H for k in range(math.floor(horizon / every_days) + 1)]
    return _merged(exact, steps, last_h)


def trial_days(doses_h: Sequence[float], scans: ScanPlan, last: float) -> list[float]:
    """List the days at which a trial follows its patients: baseline, doses, scans, every week and the last day.

    Examples
    --------
    >>> trial_days([0.0, 24.0], ScanPlan(days=(20,)), 25.0)
    [0.0, 1.0, 7.0, 14.0, 20.0, 21.0, 25.0]
    """
    weeks = [7.0 * k for k in range(math.floor(last / 7.0) + 1)]
    days = {0.0, last, *weeks, *scans.visits(last), *(hour / DAY_H for hour in doses_h)}
    return sorted(day for day in days if day <= last)


def saved_among(times_h: Array, days: Sequence[float]) -> npt.NDArray[np.int64]:
    """Find the positions of the saved times that are one of some days.

    Examples
    --------
    >>> saved_among(np.array([0.0, 12.0, 24.0]), [0.0, 1.0, 7.0]).tolist()
    [0, 2]
    """
    near = np.abs(times_h[:, None] - DAY_H * np.asarray(days)[None, :]).min(axis=1, initial=np.inf)
    return np.flatnonzero(near < DAY_H * _NEAR_H)


def even_times(
    arms: Sequence[Sequence[Dose]], *, report_days: Sequence[float], horizon: float
) -> npt.NDArray[np.float64]:
    """Lay out the saved times of a model file, whose own time may be seconds or years: evenly from start to end.

    Around the first and last dose of each arm they lie as :func:`save_times` lays them.

    Examples
    --------
    >>> even_times([[]], report_days=[], horizon=100.0)[:3].tolist()
    [0.0, 12.0, 24.0]
    """
    last_h = horizon * DAY_H
    exact = [0.0, last_h, *(d * DAY_H for d in report_days), *(dose.time_h for doses in arms for dose in doses)]
    loose = np.linspace(0.0, last_h, _EVEN_POINTS).tolist()
    for doses in arms:
        if doses:
            loose += _close_ups(doses)
    return _merged(exact, loose, last_h, near=min(_NEAR_H, 1e-6 * last_h / _EVEN_POINTS))


def _close_ups(doses: Sequence[Dose]) -> list[float]:
    first, last = doses[0], doses[-1]
    times: list[float] = []
    for start, stop in (
        (first.time_h, first.time_h + DAY_H),
        (math.floor(last.time_h / DAY_H) * DAY_H, last.time_h + DAY_H),
    ):
        times += [start + h for h in range(math.floor(stop - start) + 1)]
        times.append(stop)
    times += [last.time_h + h for h in range(int(DAY_H) + 1)]
    distinct = sorted({dose.time_h for dose in doses})
    if len(distinct) > 1:
        times.append(2 * distinct[-1] - distinct[-2])
    for dose in (first, last):
        if dose.route not in ("sc", "ip"):
            end = dose.time_h + dose.duration_h
            times += [end, *(end + after for after in _AFTER_IV_H)]
    return times


def _merged(
    exact: Sequence[float], loose: Sequence[float], last_h: float, near: float = _NEAR_H
) -> npt.NDArray[np.float64]:
    kept = np.unique([t for t in exact if 0.0 <= t <= last_h])
    more = np.unique([t for t in loose if 0.0 <= t <= last_h])
    # a save time a rounding error after a dose would no longer be pre-dose, so near doubles of exact times go
    right = np.clip(np.searchsorted(kept, more), 0, len(kept) - 1)
    left = np.clip(right - 1, 0, len(kept) - 1)
    taken = np.minimum(np.abs(kept[right] - more), np.abs(kept[left] - more)) < near
    more = more[~taken]
    doubled = np.concatenate([[False], np.diff(more) < near]) if len(more) else np.zeros(0, bool)
    return np.union1d(kept, more[~doubled])
