"""What a trial records of each patient: scans, best response, progression, death and toxicity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import uniform
from bimodal.errors import StudyError
from bimodal.study.endpoints.trial.best_response import best_response
from bimodal.study.endpoints.trial.criteria import RULES, Response, judge_scans
from bimodal.study.endpoints.trial.death import Cause, Deaths, crossing_days, deaths
from bimodal.study.endpoints.trial.lesions import at_days, measure
from bimodal.study.endpoints.trial.scan_plan import Criterion, ScanPlan

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_YEAR_DAYS = 365.25


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Outcomes of the patients of one arm; times in days since the first scheduled dose.

    Attributes
    ----------
    scan_days
        (V,) days of the scheduled scans, baseline first.
    sld, sums
        (N, V) sum of longest diameters, mm, and the sum the criterion judges; NaN where there was no scan (missed,
        after death) or nothing to measure.
    evaluated
        (N,) whether the patient has a trajectory; the others count nowhere.
    best
        (N,) best :class:`Response`; `NE` also for patients without a trajectory.
    response_day, complete_day, progression_day
        (N,) first scan of the response, complete response and progression; NaN for none.
    death_day, cause
        (N,) day of death (infinite while alive at the end of follow-up) and :class:`Cause`.
    pfs_days, pfs_event, os_days, os_event
        (N,) time to progression or death, and to death, and whether it was seen (else censored).
    dlt
        (N,) whether the toxicity index reached its limit, or None if it was not given.
    cut_days
        Last day of follow-up of who entered first.
    weights
        (N,) for how many patients each stands; None counts all the same.
    """

    criterion: Criterion
    scan_days: Array
    sld: Array
    sums: Array
    evaluated: Flags
    best: npt.NDArray[np.int8]
    response_day: Array
    complete_day: Array
    progression_day: Array
    death_day: Array
    cause: npt.NDArray[np.int8]
    pfs_days: Array
    pfs_event: Flags
    os_days: Array
    os_event: Flags
    dlt: Flags | None
    cut_days: float
    weights: Array | None = None

    @property
    def responders(self) -> Flags:
        """(N,) patients with a complete or partial response."""
        return self.best >= Response.PR

    @classmethod
    def pooled(cls, parts: Sequence[Outcomes]) -> Outcomes:
        """Put the patients of several arms or parts with the same scan plan together."""
        first = parts[0]
        if len(parts) == 1:
            return first
        if any(
            part.criterion != first.criterion or part.scan_days.tolist() != first.scan_days.tolist() for part in parts
        ):
            raise StudyError("outcomes by different scan plans cannot be pooled")
        whole = {}
        for name in (field.name for field in fields(cls)):
            values = [getattr(part, name) for part in parts]
            one = name in ("criterion", "scan_days", "cut_days") or any(value is None for value in values)
            whole[name] = values[0] if one else np.concatenate(values)
        return cls(**whole)


def trial_outcomes(
    days: Array,
    *,
    tumour_cells: Array,
    death_hazard_integral: Array,
    tox_hazard_integral: Array,
    patients: npt.ArrayLike,
    seed: int,
    plan: ScanPlan,
    tox_peak: Array | None = None,
    left_days: Array | None = None,
) -> Outcomes:
    """Follow patients as a trial would.

    Parameters
    ----------
    days
        (T,) saved days, the first is 0 (baseline, before the first dose).
    tumour_cells
        (N, T) cells of all clones; NaN for a failed patient.
    death_hazard_integral, tox_hazard_integral
        (N, T) summed hazards of death from the disease (and all else) and from the treatment.
    patients
        (N,) global indices, which own the random numbers.
    tox_peak
        (N,) largest toxicity index in the days that count for dose-limiting toxicity.
    left_days
        (N,) days after which patients are not followed: they are censored there. None: everybody is.

    Returns
    -------
    Outcomes
        A patient's outcome depends on nobody else: any part of the patients gives the same.

    Examples
    --------
    >>> days = np.arange(0.0, 366.0)
    >>> cells = 3e10 * np.exp(-0.02 * days)[None, :]
    >>> none = np.zeros((1, 366))
    >>> out = trial_outcomes(days, tumour_cells=cells, death_hazard_integral=none, tox_hazard_integral=none,
    ...                      patients=[0], seed=1, plan=ScanPlan(reader_sd_mm=0))
    >>> Response(out.best[0]).name, float(out.response_day[0])
    ('CR', 56.0)
    """
    _check(days, tumour_cells, death_hazard_integral, tox_hazard_integral)
    last = float(days[-1])
    cut = last if plan.data_cut_days is None else min(last, plan.data_cut_days)
    visits = np.asarray(plan.visits(last), np.float64)
    evaluated: Flags = np.asarray(np.isfinite(tumour_cells.sum(axis=1)), np.bool_)
    cells = np.nan_to_num(at_days(days, tumour_cells, visits), nan=0.0)
    dead = deaths(seed, patients, days, disease=death_hazard_integral, treatment=tox_hazard_integral)
    seen = _scanned(plan, seed, patients, visits, dead)
    followed = _followed(plan, seed, patients, cut, left_days)
    seen &= visits <= followed[:, None]
    measured = measure(plan, seed, patients, cells)
    rules = RULES[plan.criterion]
    sums = measured.sld if rules.measure == "sld" else measured.spd
    evaluable = seen & (measured.measurable & evaluated)[:, None]
    appeared = _new_lesion_days(plan, seed, patients, days, tumour_cells)
    states = judge_scans(sums, evaluable=evaluable, new_lesion=visits >= appeared[:, None], rules=rules)
    course = best_response(visits, states, confirmation_days=plan.confirmation_days, stable_days=plan.stable_days)
    progression = _day(visits, course.progression)
    died = (dead.day <= followed) & evaluated
    pfs_days, pfs_event = _progression_free(plan, visits, seen & evaluated[:, None], progression, died, dead.day)
    return Outcomes(
        criterion=plan.criterion,
        scan_days=visits,
        sld=np.where(evaluable, measured.sld, np.nan),
        sums=np.where(evaluable, sums, np.nan),
        evaluated=evaluated,
        best=course.best,
        response_day=_day(visits, course.first_response),
        complete_day=_day(visits, course.first_complete),
        progression_day=progression,
        death_day=np.where(died, dead.day, np.inf),
        cause=np.where(died, dead.cause, Cause.ALIVE).astype(np.int8),
        pfs_days=np.where(evaluated, pfs_days, np.nan),
        pfs_event=pfs_event,
        os_days=np.where(evaluated, np.minimum(dead.day, followed), np.nan),
        os_event=died,
        dlt=None if tox_peak is None else np.nan_to_num(tox_peak, nan=0.0) >= plan.dlt_tox_index,
        cut_days=cut,
    )


def _followed(plan: ScanPlan, seed: int, patients: npt.ArrayLike, cut: float, left_days: Array | None) -> Array:
    """Say until when each patient is followed: the data cut, less how late they entered, or when they left, (N,)."""
    entered = 0.0
    if plan.accrual_days > 0.0:
        entered = plan.accrual_days * uniform(seed, patients, "accrual", "day")[:, 0]
    followed = np.maximum(np.full(len(np.asarray(patients)), cut) - entered, 0.0)
    return followed if left_days is None else np.minimum(followed, left_days)


def _day(visits: Array, places: npt.NDArray[np.int64]) -> Array:
    return np.where(places >= 0, visits[places], np.nan)


def _progression_free(
    plan: ScanPlan, visits: Array, seen: Flags, progression: Array, died: Flags, death_day: Array
) -> tuple[Array, Flags]:
    event = np.fmin(progression, np.where(died, death_day, np.inf))
    before = seen & (visits < event[:, None])
    last = np.where(before, visits, 0.0).max(axis=1)
    missed = ((visits > last[:, None]) & (visits < event[:, None])).sum(axis=1)
    counts = np.isfinite(event) & (missed < plan.missed_visits)
    return np.where(counts, event, last), counts


def _scanned(plan: ScanPlan, seed: int, patients: npt.ArrayLike, visits: Array, dead: Deaths) -> Flags:
    made = visits <= dead.day[:, None]
    if plan.missing > 0.0 and len(visits) > 1:
        missed = uniform(seed, patients, "missed scan", "tumour_sld", len(visits)) < plan.missing
        missed[:, 0] = False
        made &= ~missed
    return made


def _new_lesion_days(plan: ScanPlan, seed: int, patients: npt.ArrayLike, days: Array, cells: Array) -> Array:
    if plan.new_lesions_per_year == 0.0:
        return np.full(len(cells), np.inf)
    share = np.minimum(cells / np.maximum(cells[:, :1], 1.0), 1.0)
    steps = 0.5 * (share[:, 1:] + share[:, :-1]) * np.diff(days)
    summed = np.concatenate([np.zeros((len(cells), 1)), np.cumsum(steps, axis=1)], axis=1)
    rate = plan.new_lesions_per_year / _YEAR_DAYS
    return crossing_days(days, rate * summed, -np.log(uniform(seed, patients, "new lesion", "day")[:, 0]))


def _check(days: Array, *series: Array) -> None:
    if len(days) == 0 or days[0] != 0.0:
        raise StudyError("the saved days do not start with day 0", where="trial outcomes")
    for one in series:
        if one.ndim != 2 or one.shape != (series[0].shape[0], len(days)):
            raise StudyError(
                "trial outcomes need patients by days", where=f"shape {one.shape} for {len(days)} saved days"
            )
