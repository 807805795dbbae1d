"""Pharmacokinetic numbers per patient, read along the whole trajectory of free IL-2.

IL-2 is there before the first dose, so Cmax, areas and half-life are those of the rise above the patient's own
day-0 value; a fall below it (the sink grows under treatment) counts as zero. The trough is the whole level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bimodal.engine import SegmentResults
from bimodal.errors import StudyError
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.half_life import LEAST_POINTS, TerminalPhase, terminal_phase
from bimodal.study.endpoints.phases import initial_level, two_half_lives
from bimodal.study.endpoints.sampling import push_samples, terminal_samples

_DAY_H = 24.0
_FLOOR = 1e-4  # of the peak, where the body has hardly any IL-2 of its own: ours
# limits of PKNCA for a half-life to be valid (`min.hl.r.squared`, there of R2; `min.span.ratio`); here it is flagged
_GOOD_R2 = 0.9
_GOOD_SPAN = 2.0

Array = npt.NDArray[np.float64]


def pk_value(name: str, course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    """Compute one PK endpoint for every patient.

    Parameters
    ----------
    name
        ``cmax tmax_h c0 auc_0_24 cmax_tau auc_tau t_half_h t_half_fast_min t_half_slow_min trough accumulation``.
    course
        Free IL-2 alone, pM, read between the edges of
        :func:`~bimodal.study.endpoints.sampling.pk_edges` with the area above `start`.
    start
        (N,) its value before the first dose, pM.

    Returns
    -------
    ndarray (N,)
        NaN where it cannot be said; :func:`pk_absence` says why.
    """
    if name not in _RULES:
        raise StudyError(f"there is no PK rule for '{name}'", fix="one of " + ", ".join(_RULES))
    if pk_absence(name, dosing) is not None:
        return np.full(len(start), np.nan)
    out = np.asarray(_RULES[name](course, start, dosing), np.float64)
    return np.where(np.isfinite(start), out, np.nan)


def pk_absence(name: str, dosing: DosingTimes) -> str | None:
    """Say why a PK endpoint has no value in any patient of an arm; None where it can have one.

    Examples
    --------
    >>> pk_absence("auc_tau", DosingTimes((0.0,)))
    'there is no dosing interval: one dose'
    """
    times = dosing.distinct
    if not times:
        return "no dose"
    if times[0] > dosing.until_h:
        return "the first dose lies after the end of the simulation"
    if name in _OF_AN_INTERVAL:
        if dosing.tau_h is None:
            return "there is no dosing interval: one dose"
        if name != "trough" and times[-1] + dosing.tau_h > dosing.until_h:
            return "the simulation ends before the last dosing interval does"
    if name == "auc_0_24" and times[0] + _DAY_H > dosing.until_h:
        return "the simulation ends within 24 h of the first dose"
    if name in _AFTER_A_PUSH and not dosing.pushed:
        return "the first dose is no intravenous push"
    if name == "t_half_h" and len(terminal_samples(dosing)) < LEAST_POINTS:
        return "the simulation ends too soon after the last input"
    return None


def pk_doubts(name: str, values: Array, course: SegmentResults, start: Array, dosing: DosingTimes) -> Counter[str]:
    """Count the patients with a result: those without a value, and those whose half-life is doubtful.

    Returns
    -------
    Counter
        ``patients``, ``lacking``, ``poor`` (fit) and ``short`` (span of the points); parts of an arm add up.
    """
    there = np.isfinite(start)
    found = Counter(patients=int(there.sum()), lacking=int((there & ~np.isfinite(values)).sum()))
    if name == "t_half_h" and pk_absence(name, dosing) is None:
        phase = _terminal(course, start, dosing)
        found.update(poor=int((phase.adjusted_r2 < _GOOD_R2).sum()), short=int((phase.span < _GOOD_SPAN).sum()))
    return found


def pk_note(name: str, doubts: Counter[str], dosing: DosingTimes) -> str | None:
    """Say of a PK endpoint why patients with a result have no value, and which values are doubtful.

    Examples
    --------
    >>> pk_note("c0", Counter(patients=10, lacking=2), DosingTimes((0.0,), pushed=True))
    'no value in 2 of 10 patients: the level does not fall after the push'
    """
    absent = pk_absence(name, dosing)
    if absent is not None:
        return absent
    said: list[str] = []
    if doubts["lacking"]:
        said.append(f"no value in {doubts['lacking']:,} of {doubts['patients']:,} patients: {_WHY_NOT[name]}")
    if doubts["poor"]:
        said.append(f"adjusted R2 below {_GOOD_R2:g} in {doubts['poor']:,} of {doubts['patients']:,}")
    if doubts["short"]:
        said.append(f"points span less than {_GOOD_SPAN:g} half-lives in {doubts['short']:,} of {doubts['patients']:,}")
    return "; ".join(said) or None


def value_at(course: SegmentResults, hour: float) -> Array:
    """Give the values (N, O) at an edge, after what happens there."""
    at = _edge(course, hour)
    return course.first[:, at] if at < len(course.edges) - 1 else course.last[:, -1]


def value_before(course: SegmentResults, hour: float) -> Array:
    """Give the values (N, O) just before an edge that is not the first."""
    return course.last[:, _edge(course, hour) - 1]


def _edge(course: SegmentResults, hour: float) -> int:
    return int(np.argmin(np.abs(course.edges - hour)))


def _between(course: SegmentResults, start_h: float, stop_h: float) -> SegmentResults:
    return course.merged([start_h, min(stop_h, float(course.edges[-1]))])


def largest_rise(course: SegmentResults, start: Array, first_h: float, stop_h: float) -> tuple[Array, Array]:
    """Give the largest rise (N,) between two times and when it is reached, hours."""
    part = _between(course, first_h, stop_h)
    rise = part.high[:, 0, 0] - start
    return np.maximum(rise, 0.0), np.where(rise > 0.0, part.high_time[:, 0, 0], first_h)


def area_above_start(course: SegmentResults, start_h: float, stop_h: float) -> Array:
    """Give the area (N,) above the value before the first dose between two edges."""
    above = _between(course, start_h, stop_h).area_above
    assert above is not None
    return above[:, 0, 0]


def _cmax(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    return largest_rise(course, start, dosing.distinct[0], dosing.first_stop_h)[0]


def _tmax(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    first = dosing.distinct[0]
    return largest_rise(course, start, first, dosing.first_stop_h)[1] - first


def _auc_first_day(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    first = dosing.distinct[0]
    return area_above_start(course, first, first + _DAY_H)


def _last_interval(dosing: DosingTimes) -> tuple[float, float]:
    last = dosing.distinct[-1]
    return last, last + (dosing.tau_h or 0.0)


def _cmax_tau(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    return largest_rise(course, start, *_last_interval(dosing))[0]


def _auc_tau(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    return area_above_start(course, *_last_interval(dosing))


def _accumulation(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    top = _auc_tau(course, start, dosing)
    bottom = area_above_start(course, dosing.distinct[0], dosing.first_stop_h)
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0.0)


def _trough(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    return value_before(course, dosing.distinct[-1])[:, 0]


def _sampled(course: SegmentResults, start: Array, hours: tuple[float, ...]) -> Array:
    return np.stack([value_at(course, hour)[:, 0] - start for hour in hours], axis=1)


def _after_push(course: SegmentResults, start: Array, dosing: DosingTimes) -> tuple[Array, Array]:
    hours = push_samples(dosing)
    return np.array(hours) - dosing.distinct[0], _sampled(course, start, hours)


def _c0(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    return initial_level(*_after_push(course, start, dosing))


def _fast(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    return 60.0 * two_half_lives(*_after_push(course, start, dosing))[0]


def _slow(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    return 60.0 * two_half_lives(*_after_push(course, start, dosing))[1]


def _terminal(course: SegmentResults, start: Array, dosing: DosingTimes) -> TerminalPhase:
    hours = np.array(terminal_samples(dosing))
    level = _sampled(course, start, tuple(hours.tolist()))
    peak, when = largest_rise(course, start, dosing.distinct[-1], dosing.until_h)
    # a rise smaller than the day-0 level may as well be a change of the endogenous IL-2
    floor = np.maximum(start, _FLOOR * peak)[:, None]
    usable = (hours[None, :] > when[:, None]) & (level >= floor) & (peak > 0.0)[:, None]
    # once below the floor a level that comes back is no longer the drug
    reached = np.cumsum((hours[None, :] > when[:, None]) & ~usable, axis=1) == 0
    return terminal_phase(hours, level, usable & reached)


def _half_life(course: SegmentResults, start: Array, dosing: DosingTimes) -> Array:
    return _terminal(course, start, dosing).half_life_h


_RULES: dict[str, Callable[[SegmentResults, Array, DosingTimes], Array]] = {
    "cmax": _cmax,
    "tmax_h": _tmax,
    "c0": _c0,
    "auc_0_24": _auc_first_day,
    "cmax_tau": _cmax_tau,
    "auc_tau": _auc_tau,
    "t_half_h": _half_life,
    "t_half_fast_min": _fast,
    "t_half_slow_min": _slow,
    "trough": _trough,
    "accumulation": _accumulation,
}
_OF_AN_INTERVAL = frozenset({"cmax_tau", "auc_tau", "accumulation", "trough"})
_AFTER_A_PUSH = frozenset({"c0", "t_half_fast_min", "t_half_slow_min"})
_WHY_NOT = {
    **dict.fromkeys(("cmax", "tmax_h", "auc_0_24", "cmax_tau", "auc_tau", "trough"), "the level is not a number"),
    "c0": "the level does not fall after the push",
    "t_half_h": f"fewer than {LEAST_POINTS} points after the last input rise above day 0 by that level, or no fall",
    "t_half_fast_min": "the level does not fall in two phases",
    "t_half_slow_min": "the level does not fall in two phases",
    "accumulation": "the first interval has no area",
}
