"""Serial CRP of virtual patients before their first dose, as a laboratory would report it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import normal
from bimodal.errors import StudyError
from bimodal.study.plan.plan import Plan
from bimodal.study.solver.events import Events
from bimodal.timing.hypotheses import CRP_MEMORY_DAYS
from bimodal.timing.series import ASSAY_SD

Array = npt.NDArray[np.float64]
_SETTLING_DAYS = 7
_FIRST = datetime(2026, 1, 5, 8, tzinfo=UTC)  # a made-up Monday: dates of simulated patients mean nothing


def crp_series(plan: Plan, arm: str, patients: range, *, days: int = 28, noise_sd: float = 0.4) -> Array:
    """Give daily CRP of virtual patients before the first dose of an arm, with biological noise and assay error.

    So the question `bimodal timing assess` asks of a patient can be asked of patients whose truth is known, and who are
    then treated in the same study: the loop is turned back so that it stands at the first dose where the arm has it.

    Parameters
    ----------
    plan
        A study on the model ``human_cycle``.
    arm
        Name of an arm; no dose of it is given.
    patients
        Indices, consecutive.
    days
        Samples, one a day; the last a day before the first dose.
    noise_sd
        SD of biological noise, ln units: it remembers as CRP does (Ornstein-Uhlenbeck, 27 h). 0.4 is a CV of 42 %.

    Returns
    -------
    ndarray (N, days)
        mg/L.

    Notes
    -----
    Biological noise of a CV of 42 % and assay error of 7 %: Macy et al., Clin Chem 1997;43:52.
    """
    names = [one.name for one in plan.arms]
    if "crp" not in plan.solver.observables:
        raise StudyError("the model has no CRP", fix="use the model 'human_cycle'")
    if arm not in names:
        raise StudyError(f"there is no arm '{arm}'", fix=f"one of: {', '.join(names)}")
    if days < 1 or len(patients) < 1 or patients.step != 1 or not noise_sd >= 0.0:
        raise StudyError("a series needs at least one day, one patient, and noise of 0 or more")
    parameters = turned_back(plan, arm, patients, 24.0 * (days + _SETTLING_DAYS))
    times = 24.0 * np.arange(_SETTLING_DAYS + days, dtype=np.float64)
    nothing = Events(np.zeros(0), (), np.zeros((len(patients), 0)))
    found = plan.solver.solve(parameters, nothing, times, plan.options.workers)
    crp = found.values[:, _SETTLING_DAYS:, plan.solver.observables.index("crp")]
    index, seed = np.arange(patients.start, patients.stop, dtype=np.int64), plan.options.seed
    assay = ASSAY_SD * normal(seed, index, "measurement", "crp, assay", days)
    fresh = normal(seed, index, "measurement", "crp, biological", days)
    keep = math.exp(-1.0 / CRP_MEMORY_DAYS)
    noise = np.empty_like(fresh)
    noise[:, 0] = fresh[:, 0]
    for day in range(1, days):
        noise[:, day] = keep * noise[:, day - 1] + math.sqrt(1.0 - keep * keep) * fresh[:, day]
    return np.asarray(crp * np.exp(noise_sd * noise + assay), dtype=np.float64)


def turned_back(plan: Plan, arm: str, patients: range, hours: float) -> Array:
    """Give the parameters of patients of an arm with the loop where it stands so many hours before the first dose.

    Returns
    -------
    ndarray (N, P)
        In the order of the model.
    """
    place = [one.name for one in plan.arms].index(arm)
    parameters = plan.inputs(place, patients.start, patients.stop)[0].copy()
    column = {name: k for k, name in enumerate(plan.solver.parameter_ids)}
    period, phase, aim, lead, error, draw = (
        parameters[:, column[f"cycle_{name}"]]
        for name in ("period", "phase", "aim", "aim_lead", "aim_error", "aim_draw")
    )
    turns = (1.0 - aim) * phase - aim * (lead + error * np.log(draw)) / period
    parameters[:, column["cycle_phase"]] = turns - hours / period
    parameters[:, column["cycle_aim"]] = 0.0
    return parameters


def crp_csv(series: Array, patients: range) -> str:
    """Write series in the form that ``bimodal timing assess`` reads.

    Parameters
    ----------
    series
        (N, days) mg/L, one sample a day.
    patients
        Indices of the patients, for their codes.

    Returns
    -------
    str
        CSV with the dose a day after the last sample; dates are made up.

    Examples
    --------
    >>> print(crp_csv(np.array([[12.345]]), range(3, 4)), end="")
    patient_id,datetime,kind,value,unit,flag
    V3,2026-01-05T08:00+00:00,crp,12.3,mg/L,
    V3,2026-01-06T08:00+00:00,dose,,,
    """
    lines = ["patient_id,datetime,kind,value,unit,flag"]
    for patient, values in zip(patients, series, strict=True):
        times = [(_FIRST + timedelta(days=day)).isoformat(timespec="minutes") for day in range(len(values) + 1)]
        lines += [f"V{patient},{time},crp,{value:.3g},mg/L," for time, value in zip(times, values, strict=False)]
        lines.append(f"V{patient},{times[-1]},dose,,,")
    return "\n".join(lines) + "\n"
